"""Which sentences are shortlisted, and what a judgement rests on."""

import datetime

import pytest

from assistant import Assistant
from assistant.evidence import covered, judge, probability, shortlist
from assistant.reader import InContext, Judgement

TODAY = datetime.date(2025, 3, 10)


class Prefers:
    """A reader that likes sentences with one word in them, and marks it."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.seen: list[InContext] = []

    def judge(self, question: str, sentences: list[InContext]) -> list[Judgement]:
        self.seen = list(sentences)
        found = [s.text.find(self.word) for s in sentences]
        return [
            Judgement(6.0, at, at + len(self.word)) if at >= 0 else Judgement(-6.0, 0, 1)
            for at in found
        ]


def test_coverage_weighs_rare_words_more() -> None:
    assert covered({}, set()) == 1
    assert covered({"a": 1.0, "b": 3.0}, {"b"}) == 0.75
    assert covered({"a": 1.0}, {"b"}) == 0


def test_the_reader_decides_among_the_shortlisted(corpus_assistant: Assistant) -> None:
    from assistant import asking

    answering = corpus_assistant.answering
    question = "What was agreed at the talks in Riyadh?"
    vector = answering.embedder.embed_question(question)
    hits = answering.retriever.search(question, vector=vector)
    asked = asking.read(question, answering.names, answering.words, today=TODAY)
    opened = answering.open(hits)
    vectors = (vector, answering.adapter.adapt(vector))
    candidates = shortlist(asked, vectors, hits, opened, answering.words, limit=20)
    assert len(candidates) == 20
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
    word = candidates[9].text.split()[3]
    reader = Prefers(word)
    judged = judge(asked, candidates, opened, reader)
    assert len(judged) == 20
    assert word in judged[0].text
    assert judged[0].text[slice(*judged[0].marked)] == word
    assert all(s.title and s.date for s in reader.seen)
    assert {(c.article.id, c.position) for c in judged} == {
        (c.article.id, c.position) for c in candidates
    }


def test_probability_grows_with_the_readers_logit_and_never_overflows(
    corpus_assistant: Assistant,
) -> None:
    from assistant import asking

    answering = corpus_assistant.answering
    question = "Who hosted the talks?"
    vector = answering.embedder.embed_question(question)
    hits = answering.retriever.search(question, vector=vector)
    asked = asking.read(question, answering.names, answering.words, today=TODAY)
    candidate = shortlist(
        asked, (vector, vector), hits, answering.open(hits), answering.words, limit=1
    )[0]
    assert 0 < probability(candidate, -3) < probability(candidate, 3) < 1
    assert probability(candidate, -1e9) == pytest.approx(0)
    assert probability(candidate, 1e9) == pytest.approx(1)
