"""Roles that articles give to people, and whom a question means that names only a role."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.articles import parse_article
from assistant.names import NameTable
from assistant.roles import Role, RoleMention, RoleTable, find_roles

NAMES = NameTable(
    (
        "Dmitry Peskov", "Marco Rubio", "Grigory Karasin", "Sergey Beseda", "Vladimir Putin",
        "Yuri Ushakov", "Donald Trump", "Steve Witkoff", "Mike Waltz", "Mark Rutte",
        "Mohammed bin Salman", "Musaed al-Aiban", "Rustem Umerov", "Kirill Dmitriev",
        "Anton Siluanov", "Michael Anton", "Jean-Noel Barrot", "Emmanuel Macron",
        "Keir Starmer", "Volodymyr Zelensky", "Sergei Lavrov", "Luc Frieden", "Andrei Belousov",
    )
)  # fmt: skip


def corpus_table() -> RoleTable:
    folder = Path(__file__).parent.parent / "corpus"
    articles = [
        parse_article(path.read_bytes(), source=str(path), suffix=".md")
        for path in sorted(folder.glob("*.md"))
    ]
    names = NameTable(person for article in articles for person in article.people)
    return RoleTable(
        (role.words, role.person, article.date)
        for article in articles
        for role in find_roles(article.text, names)
    )


CORPUS = corpus_table()
FEBRUARY = (datetime.date(2025, 2, 10), datetime.date(2025, 2, 25))
SEPTEMBER = (datetime.date(2025, 9, 1), datetime.date(2025, 9, 30))


# --- What articles say ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Kremlin spokesman Dmitry Peskov said no.", [("Dmitry Peskov", "Kremlin spokesman")]),
        (
            "Dmitry Peskov, the Kremlin's spokesman, said no.",
            [("Dmitry Peskov", "Kremlin's spokesman")],
        ),
        (
            "Marco Rubio, the US secretary of state, left.",
            [("Marco Rubio", "US secretary of state")],
        ),
        (
            "Russia was represented by Grigory Karasin, a member of the Federation Council, and "
            "Sergey Beseda, an adviser to the director of the FSB security service.",
            [
                ("Grigory Karasin", "Russia member of the Federation Council"),
                (
                    "Sergey Beseda",
                    "Russia adviser to the director of the FSB security service",
                ),
            ],
        ),
        (
            "He saw Grigory Karasin, a member of the Federation Council.",
            [("Grigory Karasin", "member of the Federation Council")],
        ),
        (
            "Vladimir Putin's aide Yuri Ushakov spoke.",
            [("Yuri Ushakov", "Vladimir Putin's aide")],
        ),
        (
            "Yuri Ushakov, foreign-policy aide to Russian President Vladimir Putin, spoke.",
            [
                ("Yuri Ushakov", "foreign-policy aide to Russian President Vladimir Putin"),
                ("Vladimir Putin", "Russian President"),
            ],
        ),
        (
            "bringing US Secretary of State Marco Rubio along",
            [("Marco Rubio", "US Secretary of State")],
        ),
        ("NATO Secretary General Mark Rutte came.", [("Mark Rutte", "NATO Secretary General")]),
        (
            "Saudi Crown Prince Mohammed bin Salman hosted.",
            [("Mohammed bin Salman", "Saudi Crown Prince")],
        ),
        (
            "the kingdom's national security adviser, Musaed al-Aiban, were there",
            [("Musaed al-Aiban", "kingdom's national security adviser")],
        ),
        (
            "and the prime minister of Luxembourg, Luc Frieden. By video",
            [("Luc Frieden", "prime minister of Luxembourg")],
        ),
        (
            "Rustem Umerov, the former defence minister who is now secretary of the National "
            "Security and Defence Council.",
            [
                ("Rustem Umerov", "former defence minister"),
                ("Rustem Umerov", "secretary of the National Security and Defence Council"),
            ],
        ),
        (
            "Kirill Dmitriev, the head of Russia's sovereign wealth fund and President Vladimir "
            "Putin's envoy for economic cooperation.",
            [
                ("Kirill Dmitriev", "head of Russia's sovereign wealth fund"),
                ("Kirill Dmitriev", "President Vladimir Putin's envoy for economic cooperation"),
                ("Vladimir Putin", "President"),
            ],
        ),
        (
            "On the Russian side were Defence Minister Andrei Belousov and Finance Minister Anton "
            "Siluanov.",
            [
                ("Andrei Belousov", "Russian Defence Minister"),
                ("Anton Siluanov", "Russian Finance Minister"),
            ],
        ),
        (
            "French Foreign Minister Jean-Noel Barrot agreed.",
            [("Jean-Noel Barrot", "French Foreign Minister")],
        ),
        ("Steve Witkoff (US special envoy) left.", [("Steve Witkoff", "US special envoy")]),
        (
            "Rustem Umerov was appointed defence minister in 2023.",
            [("Rustem Umerov", "defence minister")],
        ),
    ],
)
def test_an_article_gives_roles(text: str, roles: list[tuple[str, str]]) -> None:
    assert [(role.person, role.words) for role in find_roles(text, NAMES)] == roles


@pytest.mark.parametrize(
    "text",
    [
        "According to the envoy, Vladimir Putin accepted that.",
        "According to the French president, Volodymyr Zelensky, who left, was right.",
        "The crown prince also received Rubio and Waltz.",
        "Macron, the British prime minister and Zelensky were there.",
        "He was a department head at the Russian Foreign Ministry. Rubio left.",
        "his deputy Rustem Umerov",
        "Zelensky, Macron and Starmer met Lavrov.",
        "Putin, by contrast, spoke of agreements.",
        "Presidents Trump and Putin talked.",
        "Rubio rebuked the president. Zelensky did not.",
        "Trump told the minister that Zelensky, in charge, was late.",
        "",
    ],
)
def test_an_article_gives_no_role_that_it_does_not_give(text: str) -> None:
    assert find_roles(text, NAMES) == []


def test_a_list_gives_everybody_only_the_own_role() -> None:
    text = (
        "Present were Mike Waltz, envoy Steve Witkoff, Russian Foreign Minister Sergei Lavrov and "
        "Kremlin aide Yuri Ushakov."
    )
    assert find_roles(text, NAMES) == [
        Role("Steve Witkoff", "envoy"),
        Role("Sergei Lavrov", "Russian Foreign Minister"),
        Role("Yuri Ushakov", "Kremlin aide"),
    ]


def test_a_side_ends_with_its_sentence() -> None:
    text = "The Russian side was glad. Foreign Minister Sergei Lavrov came."
    assert find_roles(text, NAMES) == [Role("Sergei Lavrov", "Foreign Minister")]


@given(st.text(alphabet="Rubio, the US secretary of state.'’s Putin-\n(", max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    for role in find_roles(text, NAMES):
        assert role.person in NAMES.people
        assert role.words
    CORPUS.find(text)


# --- What questions mean, with the whole corpus ---------------------------------------------------


@pytest.mark.parametrize(
    ("question", "person"),
    [
        ("What did the Kremlin spokesman say about the call?", "Dmitry Peskov"),
        ("what did the Kremlin's mouthpiece claim", "Dmitry Peskov"),
        ("Putin's spokesperson on elections", "Dmitry Peskov"),
        ("What did the Russian president's spokesman say?", "Dmitry Peskov"),
        ("what did russia's top diplomat say in riyadh", "Sergei Lavrov"),
        ("Russia's foreign minister on NATO troops", "Sergei Lavrov"),
        ("according to the head of the Russian foreign ministry, what is next?", "Sergei Lavrov"),
        ("What did Ukraine's president say?", "Volodymyr Zelensky"),
        ("the president of Ukraine on elections", "Volodymyr Zelensky"),
        ("did the ukrainian leader refuse", "Volodymyr Zelensky"),
        ("What is in Ukraine’s president’s plan?", "Volodymyr Zelensky"),
        ("US secretary of state on concessions", "Marco Rubio"),
        ("What did Lavrov tell the US secretary of state?", "Marco Rubio"),
        ("what did america's top diplomat promise", "Marco Rubio"),
        ("the chief diplomat of the United States", "Marco Rubio"),
        ("what does the Saudi crown prince want", "Mohammed bin Salman"),
        ("trump's special envoy to the middle east", "Steve Witkoff"),
        ("the US special envoy for Ukraine", "Keith Kellogg"),
        ("What did the French president say about troops?", "Emmanuel Macron"),
        ("head of the Russian sovereign wealth fund on losses", "Kirill Dmitriev"),
        ("did the russian wealth fund chief mention losses", "Kirill Dmitriev"),
        ("putin's investment envoy", "Kirill Dmitriev"),
        ("what did the NATO chief say", "Mark Rutte"),
        ("nato's secretary general on peacekeepers", "Mark Rutte"),
        ("british prime minister on peacekeepers", "Keir Starmer"),
        ("what did the Italian leader sign", "Giorgia Meloni"),
        ("the Russian foreign ministry spokeswoman on Bucharest", "Maria Zakharova"),
        ("spokesperson for the US State Department", "Tammy Bruce"),
        ("According to the White House press secretary, who was it?", "Karoline Leavitt"),
        ("Putin's foreign policy adviser on the call", "Yuri Ushakov"),
        ("Was Trump's security aide worried?", "Mike Waltz"),
        ("what did the pentagon chief say in brussels", "Pete Hegseth"),
        ("director of the CIA on the pause", "John Ratcliffe"),
        ("did the kremlin leader see progress", "Vladimir Putin"),
        ("EU's top diplomat", "Kaja Kallas"),
        ("the head of the European Commission", "Ursula von der Leyen"),
        ("Ukraine's foreign minister in Jeddah", "Andrii Sybiha"),
        ("head of Zelensky's office", "Andriy Yermak"),
        ("the Polish foreign minister in Munich", "Radoslaw Sikorski"),
        ("Turkish head of state", "Recep Tayyip Erdogan"),
        ("russia's deputy foreign minister", "Sergei Ryabkov"),
        ("Canada's leader at that time", "Justin Trudeau"),
    ],
)
def test_a_role_means_who_holds_it(question: str, person: str) -> None:
    assert [m.person for m in CORPUS.find(question)] == [person]


@pytest.mark.parametrize(
    "question",
    [
        "what did the president say",
        "What did the spokesman deny?",
        "the foreign minister on troops",
        "what did the Russian side say",
        "russian officials on the truce",
        "what did a Kremlin aide say",
        "what did the envoy's visit achieve",
        "What did China's foreign minister say about the meeting?",
        "the Chinese president",
        "the Hungarian prime minister",
        "the Belarusian foreign minister",
        "the UN chief on the war",
        "the Jordanian crown prince",
        "special envoy to Syria",
        "the US ambassador to Israel",
        "the American ambassador in Kyiv",
        "the presidents of Russia and Ukraine",
        "the president of the company",
        "the president of the European Parliament",
        "the next US president",
        "the former US president",
        "the first Ukrainian president",
        "any Russian diplomat",
        "Who replaced Umerov as Ukraine's defence minister?",
        "When was Darchiev appointed ambassador to the United States?",
        "the leader of the opposition in Ukraine",
        "deputy head of Russia's sovereign wealth fund",
        "Norway's wealth fund head",
        "the head of russia's wealth management",
        "the German chancellor",  # two held it
        "What did president Zelensky say?",
        "Zelensky, the Ukrainian president, on elections",
        "Ukraine's president Zelensky on elections",
        "Is Marco Rubio the US national security adviser?",
        "What did Polish president Nawrocki say?",
        "did they tell us anything",
        "",
    ],
)
def test_a_role_that_pins_nobody_down_means_nobody(question: str) -> None:
    assert CORPUS.find(question) == []


def test_a_mention_is_the_role_as_the_question_has_it() -> None:
    question = "The French minister or the Bulgarian president?"
    assert [(m.person, question[m.start : m.end]) for m in CORPUS.find(question)] == [
        ("Jean-Noel Barrot", "French minister"),
        ("Rumen Radev", "Bulgarian president"),
    ]


def test_two_roles_joined_by_and_are_two_people() -> None:
    found = CORPUS.find("What did the president of Belarus and the president of Russia discuss?")
    assert [m.person for m in found] == ["Alexander Lukashenko", "Vladimir Putin"]


def test_the_time_asked_about_decides_between_holders() -> None:
    question = "what did the German chancellor say"
    assert [m.person for m in CORPUS.find(question, on=FEBRUARY)] == ["Olaf Scholz"]
    assert [m.person for m in CORPUS.find(question, on=SEPTEMBER)] == ["Friedrich Merz"]
    assert [m.person for m in CORPUS.find("German leader", on=FEBRUARY)] == ["Olaf Scholz"]


# --- Tables made by hand --------------------------------------------------------------------------


def table(*entries: tuple[str, str], date: datetime.date | None = None) -> RoleTable:
    return RoleTable((words, person, date) for words, person in entries)


def test_of_two_the_one_with_three_times_the_mentions_is_meant() -> None:
    entries = [("US envoy", "Steve Witkoff")] * 3 + [("US envoy", "Keith Kellogg")]
    found = table(*entries).find("the US envoy")
    assert found == [RoleMention("Steve Witkoff", 4, 12)]
    assert table(*entries[1:]).find("the US envoy") == []


def test_a_period_reaches_half_a_year_to_both_sides() -> None:
    people = table(("Polish President", "Andrzej Duda"), date=datetime.date(2025, 2, 18))
    june = (datetime.date(2025, 6, 1), datetime.date(2025, 6, 30))
    october = (datetime.date(2025, 10, 1), datetime.date(2025, 10, 30))
    assert [m.person for m in people.find("Poland's president", on=june)] == ["Andrzej Duda"]
    assert people.find("Poland's president", on=october) == []
    ever = (datetime.date.min, datetime.date.max)
    assert [m.person for m in people.find("Poland's president", on=ever)] == ["Andrzej Duda"]


def test_an_undated_article_counts_in_any_period() -> None:
    people = table(("Polish President", "Andrzej Duda"))
    assert [m.person for m in people.find("Poland's president", on=FEBRUARY)] == ["Andrzej Duda"]


def test_a_country_leads_by_its_president_or_else_its_prime_minister() -> None:
    both = table(("Polish President", "Andrzej Duda"), ("Polish Prime Minister", "Donald Tusk"))
    assert [m.person for m in both.find("the Polish leader")] == ["Andrzej Duda"]
    one = table(("Polish Prime Minister", "Donald Tusk"))
    assert [m.person for m in one.find("poland's leader")] == ["Donald Tusk"]
    assert one.find("poland's president") == []


def test_a_role_without_country_takes_the_country_of_its_holder() -> None:
    people = table(
        ("Foreign Minister", "Sergei Lavrov"),
        ("Russian Foreign Minister", "Sergei Lavrov"),
        ("Foreign Minister", "Andrii Sybiha"),
    )
    assert [m.person for m in people.find("Russia's foreign minister")] == ["Sergei Lavrov"]
    assert people.find("Ukraine's foreign minister") == []


def test_an_empty_table_knows_nobody() -> None:
    assert RoleTable(()).find("the Kremlin spokesman") == []
