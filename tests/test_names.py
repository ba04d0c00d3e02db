"""One person in any spelling, and nobody whom the text does not name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.names import NameTable, likely_people, spelling_key, to_latin

PEOPLE = (
    "Sergei Lavrov",
    "Maria Zakharova",
    "Volodymyr Zelensky",
    "Dmitry Peskov",
    "Kirill Dmitriev",
    "Mohammed bin Salman",
    "Faisal bin Farhan",
    "Yuri Ushakov",
    "Marco Rubio",
    "Mike Waltz",
    "Steve Witkoff",
    "Donald Trump",
    "Vladimir Putin",
    "Emmanuel Macron",
    "Recep Tayyip Erdogan",
    "Keir Starmer",
    "Ursula von der Leyen",
)
TABLE = NameTable(PEOPLE)


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("Lavrov", "Sergei Lavrov"),
        ("lavrov", "Sergei Lavrov"),
        ("LAVROV", "Sergei Lavrov"),
        ("Lavrov's", "Sergei Lavrov"),
        ("Lavrov’s", "Sergei Lavrov"),
        ("Sergey Lavrov", "Sergei Lavrov"),
        ("Лавров", "Sergei Lavrov"),
        ("Zakharova", "Maria Zakharova"),
        ("Захарова", "Maria Zakharova"),
        ("Zaharova", "Maria Zakharova"),
        ("Zelenskyy", "Volodymyr Zelensky"),
        ("Zelenskiy", "Volodymyr Zelensky"),
        ("Zelenskyi", "Volodymyr Zelensky"),
        ("Зеленский", "Volodymyr Zelensky"),
        ("Volodymyr Zelenskyy", "Volodymyr Zelensky"),
        ("Dimitry Peskov", "Dmitry Peskov"),
        ("Dmitri Peskov", "Dmitry Peskov"),
        ("MBS", "Mohammed bin Salman"),
        ("Erdoğan", "Recep Tayyip Erdogan"),
        ("Yury Ushakov", "Yuri Ushakov"),
        ("von der Leyen", "Ursula von der Leyen"),
    ],
)
def test_a_person_is_found_in_another_spelling(written: str, person: str) -> None:
    assert [m.name for m in TABLE.find(f"what did {written} say")] == [person]
    assert TABLE.standard(written) == person


@pytest.mark.parametrize(
    ("misspelt", "person"),
    [
        ("Lavorov", "Sergei Lavrov"),
        ("Zakarova", "Maria Zakharova"),
        ("zelenksy", "Volodymyr Zelensky"),
        ("Dmitiev", "Kirill Dmitriev"),
        ("Pesakov", "Dmitry Peskov"),
    ],
)
def test_a_misspelt_name_is_found_only_where_no_article_knows_the_word(
    misspelt: str, person: str
) -> None:
    assert TABLE.find(f"what did {misspelt} say") == []
    [mention] = TABLE.find(f"what did {misspelt} say", fuzzy_words=[misspelt])
    assert (mention.name, mention.exact) == (person, False)


@pytest.mark.parametrize(
    "text",
    [
        "what did Dmitry say",  # a given name, and not Dmitriev
        "Dimitry",
        "Sergei came, Maria left",
        "the rubble and the waltzes of Vienna",
        "put in a good word for a salmon",
        "trumped-up charges, a trumpet",
        "a stamina test and macaroons",
        "",
        "…",
        "12 February 2025",
    ],
)
def test_nobody_is_found_where_nobody_is_named(text: str) -> None:
    words = text.replace(",", "").split()
    assert TABLE.find(text) == []
    assert TABLE.find(text, fuzzy_words=words) == []


def test_where_a_mention_stands_is_exact_with_its_given_name() -> None:
    text = "Then Sergey Lavrov met Marco Rubio."
    assert [text[m.start : m.end] for m in TABLE.find(text)] == ["Sergey Lavrov", "Marco Rubio"]


def test_a_shared_surname_names_both_until_a_given_name_decides() -> None:
    table = NameTable(["Donald Trump", "Eric Trump"])
    assert {m.name for m in table.find("Trump said")} == {"Donald Trump", "Eric Trump"}
    assert [m.name for m in table.find("Eric Trump said")] == ["Eric Trump"]


def test_the_most_frequent_spelling_is_the_standard_one() -> None:
    table = NameTable(["Dimitry Peskov", "Dmitry Peskov", "Dmitry Peskov", "Peskov"])
    assert table.people == ("Dmitry Peskov",)
    assert set(table.spellings("Песков")) == {"Dimitry Peskov", "Dmitry Peskov", "Peskov", "Песков"}


def test_an_unknown_person_keeps_the_name_that_was_given() -> None:
    assert TABLE.standard("Angela Merkel") == "Angela Merkel"
    assert TABLE.spellings("Angela Merkel") == ("Angela Merkel",)


@given(st.text(max_size=80))
def test_any_text_is_searched_without_an_error_and_with_offsets_inside_it(text: str) -> None:
    for mention in TABLE.find(text, fuzzy_words=text.split()):
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.name in PEOPLE
    assert to_latin(text).isascii()
    assert spelling_key(text) == spelling_key(text.upper()) or not text.isascii()


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Kremlin spokesman Dmitry Peskov said no.", ["Dmitry Peskov"]),
        ("Foreign Minister of Germany Annalena Baerbock left.", ["Annalena Baerbock"]),
        ("President Emmanuel Macron's plan", ["Emmanuel Macron"]),
        ("Crown Prince Mohammed bin Salman hosted.", ["Mohammed bin Salman"]),
        ("The president said so. The Black Sea was calm.", []),
        ("the Security Council met", []),
    ],
)
def test_people_are_guessed_only_beside_a_title(text: str, people: list[str]) -> None:
    assert likely_people(text) == people
