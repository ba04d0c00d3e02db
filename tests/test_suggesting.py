"""What to ask next: over the real corpus, each suggestion answered before it is made."""

from collections.abc import Callable, Sequence

import pytest

from assistant import Assistant, Turn
from assistant.phrases import Phrase
from assistant.positions import subjects
from assistant.suggesting import suggested
from assistant.types import Answer, Done, Found, Hit

LONG_MS = 60_000  # what is suggested must not hang on how busy the machine is

Suggest = Callable[..., tuple[str, ...]]


@pytest.fixture(scope="module")
def phrases(corpus_assistant: Assistant) -> tuple[Phrase, ...]:
    return subjects(corpus_assistant.answering)


def asked(assistant: Assistant, question: str) -> tuple[Answer, tuple[Hit, ...]]:
    events = list(assistant.stream(question))
    done = events[-1]
    assert isinstance(done, Done)
    return done.answer, tuple(h for e in events if isinstance(e, Found) for h in e.hits)


@pytest.fixture
def suggest(corpus_assistant: Assistant, phrases: tuple[Phrase, ...]) -> Suggest:
    def to_ask(
        question: str, *, history: Sequence[Turn] = (), budget_ms: float = LONG_MS
    ) -> tuple[str, ...]:
        answer, hits = asked(corpus_assistant, question)
        answering = corpus_assistant.answering
        return suggested(answering, answer, hits, phrases, history=history, budget_ms=budget_ms)

    return to_ask


def test_others_are_suggested_on_the_same_topic(suggest: Suggest) -> None:
    found = suggest("What did Rubio say about sanctions?")
    assert "What did Donald Trump say about sanctions?" in found
    assert "What did Jean-Noel Barrot say about sanctions?" in found
    assert len(found) <= 3


@pytest.mark.parametrize(
    "question",
    ["What did Macron say about security guarantees?", "What did Macron say about fisheries?"],
)
def test_each_is_answered_with_a_quote_that_is_new(
    corpus_assistant: Assistant, suggest: Suggest, question: str
) -> None:
    before = corpus_assistant.ask(question)
    used = {(c.article_id, c.start) for c in before.citations if before.status == "answered"}
    found = suggest(question)
    assert found
    for next_question in found:
        answer = corpus_assistant.ask(next_question)
        assert answer.status == "answered"
        assert {(c.article_id, c.start) for c in answer.citations} - used


def test_what_was_asked_before_is_not_suggested(suggest: Suggest) -> None:
    first = suggest("What did Rubio say about sanctions?")
    again = suggest("What did Rubio say about sanctions?", history=[Turn(q) for q in first])
    assert first and not set(first) & set(again)


def test_nothing_is_suggested_where_nothing_fits(suggest: Suggest) -> None:
    assert suggest("Who led the Russian team in Istanbul?") == ()


def test_no_time_gives_no_questions(suggest: Suggest) -> None:
    assert suggest("What did Rubio say about sanctions?", budget_ms=0) == ()


def test_without_hits_there_is_nothing_to_suggest(
    corpus_assistant: Assistant, phrases: tuple[Phrase, ...]
) -> None:
    answer, _ = asked(corpus_assistant, "What did Rubio say about sanctions?")
    assert suggested(corpus_assistant.answering, answer, (), phrases) == ()
