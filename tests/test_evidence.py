"""What a question asks for, and when its words are not covered."""

import pytest

from assistant import Assistant
from assistant.evidence import confidence, covered, read


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
    asked = read(question, answering.names, answering.words)
    assert (asked.wants, asked.speech, asked.people) == (wants, speech, people)


def test_words_that_no_article_has_are_unknown_and_typos_are_not(
    corpus_assistant: Assistant,
) -> None:
    answering = corpus_assistant.answering
    asked = read("What did Lavorov clame about fisheries?", answering.names, answering.words)
    assert asked.unknown == ("fisheries",)
    assert asked.people == ("Sergei Lavrov",)


def test_coverage_weighs_rare_words_more() -> None:
    assert covered({}, set()) == 1
    assert covered({"a": 1.0, "b": 3.0}, {"b"}) == 0.75
    assert covered({"a": 1.0}, {"b"}) == 0


def test_confidence_grows_with_the_score_and_never_overflows() -> None:
    assert 0 < confidence(0) < confidence(3) < confidence(6) < 1
    assert confidence(-1e9) == pytest.approx(0) and confidence(1e9) == pytest.approx(1)
