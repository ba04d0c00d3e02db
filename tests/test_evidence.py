"""Which sentences are read, and what a judgement rests on."""

import datetime
from collections.abc import Sequence

import pytest

from assistant import Assistant, asking
from assistant.asking import Asked
from assistant.evidence import (
    OF_THE_DAY,
    OWN_WORDS,
    UNREAD,
    Candidate,
    Opened,
    covered,
    judge,
    probability,
    scored,
    to_read,
    verdict,
)
from assistant.reader import Excerpt, Reading, Verdict

TODAY = datetime.date(2025, 3, 10)
UNSAID = Verdict(0.0, 0.0, 1.0)


class Prefers:
    """A reader that likes sentences with one word in them, and marks it."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.seen: list[Excerpt] = []

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[tuple[Reading, ...]]:
        self.seen = list(excerpts)
        return [tuple(self._reading(line.text) for line in e.lines) for e in excerpts]

    def _reading(self, text: str) -> Reading:
        at = text.find(self.word)
        if at < 0:
            return UNREAD
        return Reading(9.0, -5.0, 5.0, UNSAID, at, at + len(self.word), 9.0)


def everything(
    assistant: Assistant, question: str
) -> tuple[Asked, list[Candidate], dict[str, Opened]]:
    """Return every candidate for a question, and the articles that they are of."""
    answering = assistant.answering
    vector = answering.embedder.embed_question(question)
    hits = answering.retriever.search(question, vector=vector)
    asked = asking.read(question, answering.names, answering.words, today=TODAY)
    opened = answering.open(hits)
    vectors = (vector, answering.adapter.adapt(vector))
    return asked, scored(asked, vectors, hits, opened, answering.words), opened


def test_coverage_weighs_rare_words_more() -> None:
    assert covered({}, set()) == 1
    assert covered({"a": 1.0, "b": 3.0}, {"b"}) == 0.75
    assert covered({"a": 1.0}, {"b"}) == 0


def test_each_sentence_read_brings_the_one_before_it(corpus_assistant: Assistant) -> None:
    _, found, opened = everything(corpus_assistant, "What was agreed at the talks in Riyadh?")
    kept = to_read(found, opened, limit=20)
    best = sorted(found, key=lambda c: -c.score)[:20]
    assert {c.place for c in best} <= {c.place for c in kept}
    assert [c.score for c in kept] == sorted((c.score for c in kept), reverse=True)
    assert len({c.place for c in kept}) == len(kept)
    read, there = {c.place for c in kept}, {c.place for c in found}
    for candidate in best:
        before = (candidate.article.id, candidate.position - 1)
        assert before in read or before not in there


def test_whose_words_and_which_day_are_asked_for_is_read_in_any_case(
    corpus_assistant: Assistant,
) -> None:
    question = "What did Peskov say on 18 February?"
    _, found, opened = everything(corpus_assistant, question)
    kept = {c.place for c in to_read(found, opened, limit=1)}
    for name, number in (("speaker", OWN_WORDS), ("day", OF_THE_DAY)):
        fitting = [c for c in sorted(found, key=lambda c: -c.score) if c.feature(name) > 0]
        assert fitting, name
        assert {c.place for c in fitting[:number]} <= kept


def test_a_short_sentence_is_read_and_a_heading_is_not(corpus_assistant: Assistant) -> None:
    _, found, _ = everything(corpus_assistant, "Who abstained in the vote?")
    texts = [c.text for c in found]
    assert any(len(text) < 25 for text in texts)
    assert all(len(text.split()) > 1 for text in texts)


def test_the_reader_decides_and_sees_sentences_of_an_article_in_their_order(
    corpus_assistant: Assistant,
) -> None:
    asked, found, opened = everything(corpus_assistant, "What was agreed at the talks in Riyadh?")
    kept = to_read(found, opened, limit=20)
    word = kept[9].text.split()[3]
    reader = Prefers(word)
    judged = judge(asked, kept, opened, reader)
    assert word in judged[0].text
    assert judged[0].text[slice(*judged[0].marked)] == word
    assert {c.place for c in judged} == {c.place for c in kept}
    assert sum(len(e.lines) for e in reader.seen) == len(kept)  # each is read once
    for excerpt in reader.seen:
        (article,) = (o for o in opened.values() if o.article.title == excerpt.title)
        places = [article.article.text.find(line.text) for line in excerpt.lines]
        assert places == sorted(places)
        assert excerpt.date


def test_probability_grows_with_the_readers_logit_and_never_overflows(
    corpus_assistant: Assistant,
) -> None:
    _, found, _ = everything(corpus_assistant, "Who hosted the talks?")

    def likely(answers: float) -> float:
        return probability(found[0], Reading(answers, 0.0, 0.0, UNSAID, 0, 0, 0.0))

    assert 0 < likely(-3) < likely(3) < 1
    assert likely(-1e9) == pytest.approx(0)
    assert likely(1e9) == pytest.approx(1)


def test_a_verdict_is_that_of_the_likeliest_sentences(corpus_assistant: Assistant) -> None:
    asked, found, opened = everything(corpus_assistant, "Was a date agreed?")
    judged = judge(asked, to_read(found, opened, limit=5), opened, Prefers("agreed"))
    said = verdict(judged)
    assert said.yes + said.no + said.unsaid == pytest.approx(1)
    assert verdict([]) == Verdict(0.0, 0.0, 0.0)
