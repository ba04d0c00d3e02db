"""Which sentences answer a question, and how sure that is.

`shortlist` scores every sentence of the articles that retrieval found, cheaply, and keeps the best;
`judge` has the reader read those, and turns all that is known of each into a probability. Vectors,
word statistics and the reader come in as values. Weights are fitted by `evals/fit_evidence.py`.
"""

import datetime
import math
import re
from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from assistant.asking import DATE_LIKE, Asked, Wants, Within, Words, days_in
from assistant.embedding import Vectors
from assistant.hostile import addresses_machine
from assistant.reader import InContext, Judges
from assistant.types import Article, Hit, Sentence

MIN_SENTENCE_CHARS = 25
MIN_UNENDED_CHARS = 90  # a line without a full stop is a heading unless it is this long
SHORTLIST = 10
ORDERS_REACH = 5  # sentences: what is said around an order to machines belongs to it
MAX_SCORED = 300  # sentences of one article; of a longer one the nearest are scored

_NUMBER_LIKE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|half|twenty|"
    r"thirty|forty|fifty|hundred|thousand|million|billion|once|twice|first|second|third)\b",
    re.IGNORECASE,
)
_DURATION_LIKE = re.compile(
    r"\b(?:hours?|minutes?|days?|weeks?|months?|years?|fortnight|overnight|briefly|indefinitely)\b"
)
_NAME_LIKE = re.compile(r"(?<!^)(?<![.!?“\"] )\b[A-Z][\w'’\-]+")
_PLACE_LIKE = re.compile(r"\b(?:in|at|to|from|near)\s+(?:the\s+)?[A-Z][\w'’\-]+")
_REASON_LIKE = re.compile(
    r"\b(?:because|since|due to|so that|in order to|reason|therefore|as a result|after|over|"
    r"would|must|cannot|need\w*|meant|arguing|blam\w+)\b",
    re.IGNORECASE,
)
TYPE_LIKE: dict[Wants, re.Pattern[str]] = {
    "when": DATE_LIKE,
    "duration": _DURATION_LIKE,
    "number": _NUMBER_LIKE,
    "who": _NAME_LIKE,
    "where": _PLACE_LIKE,
    "why": _REASON_LIKE,
}
_ENDS_AS_SENTENCE = re.compile(r"[.!?…:;][\"”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Opened:
    """An article that retrieval found: its sentences and their unit vectors, shape (n, dim)."""

    article: Article
    sentences: Sequence[Sentence]
    vectors: Vectors

    def text(self, position: int) -> str:
        """Return the words of one sentence."""
        sentence = self.sentences[position]
        return self.article.text[sentence.start : sentence.end]

    def is_hostile(self, position: int) -> bool:
        """Whether a sentence, or one near it in its paragraph, talks to machines, not readers."""
        first, last = position - ORDERS_REACH, position + ORDERS_REACH
        return any(
            addresses_machine(self.text(other))
            for other in range(max(0, first), min(len(self.sentences) - 1, last) + 1)
            if not self._is_break_between(*sorted((position, other)))
        )

    def _is_break_between(self, first: int, last: int) -> bool:
        between = self.sentences[first].start, self.sentences[last].end
        return "\n\n" in self.article.text[between[0] : between[1]]

    def in_context(self, position: int) -> InContext:
        """Return one sentence as the reader sees it."""
        date = self.article.date
        return InContext(
            text=self.text(position),
            title=self.article.title,
            date=f"{date.day} {date:%B %Y}" if date else "",
            speaker=self.sentences[position].speaker,
            previous=self.text(position - 1) if position else "",
        )


FEATURES = (
    "cosine", "near_cosine", "answer_cosine", "near_answer_cosine", "coverage", "near_coverage",
    "all_coverage", "lacking", "speaker", "other_speaker", "named", "absent", "type", "rank", "day",
)  # fmt: skip
WEIGHTS = (
    1.56,
    0.16,
    2.68,
    0.46,
    1.87,
    0.47,
    0.60,
    -0.38,
    0.81,
    -0.12,
    0.84,
    -1.04,
    0.47,
    0.96,
    0.87,
)
# What a judgement weighs: the reader's logit, the shortlist's score, and these features again.
JUDGED = ("reader", "shortlist", "speaker", "other_speaker", "absent", "day", "all_coverage")
JUDGEMENT_WEIGHTS = (0.49, 0.60, -0.09, -1.71, -1.29, 0.06, -0.36)
JUDGEMENT_OFFSET = -4.30


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    `features` are named by FEATURES and `score` is the shortlist's; once judged, `reader` is the
    reader's logit, `probability` how likely the sentence answers, and `text[marked[0]:marked[1]]`
    the answering words.
    """

    article: Article
    sentence: Sentence
    position: int
    text: str
    features: tuple[float, ...]
    score: float
    reader: float = 0.0
    probability: float = 0.0
    marked: tuple[int, int] = (0, 0)

    def feature(self, name: str) -> float:
        """Return one feature by its name in FEATURES."""
        return self.features[FEATURES.index(name)]

    @property
    def by_another(self) -> bool:
        """Whether somebody's words are wanted and these are somebody else's."""
        return self.feature("other_speaker") == 1.0


def shortlist(
    asked: Asked,
    vectors: tuple[Vectors, Vectors],
    hits: Sequence[Hit],
    opened: dict[str, Opened],
    words: Words,
    *,
    limit: int = SHORTLIST,
    weights: Sequence[float] = WEIGHTS,
) -> list[Candidate]:
    """Return the likeliest sentences of the articles that were hit, best first.

    Paragraphs that talk to machines are left out. `vectors` are the question's and where its
    answers lie. Equal scores keep the order of hits and of reading.
    """
    places: dict[tuple[str, int], int] = {}
    for place, hit in enumerate(hits):
        for position in range(hit.passage.first, hit.passage.last + 1):
            places.setdefault((hit.passage.article_id, position), place)
    candidates: list[Candidate] = []
    for id in dict.fromkeys(hit.passage.article_id for hit in hits):
        if (article := opened.get(id)) is None:
            continue
        own, answer = (article.vectors @ vector for vector in vectors)
        near, near_answer = _smoothed(own), _smoothed(answer)
        surroundings = _Surroundings(asked, article, words)
        for position in _worth_scoring(own, answer, places.keys(), id):
            sentence, text = article.sentences[position], article.text(position)
            if not _is_sentence(text):
                continue
            hit_at = places.get((id, position))
            features = (
                float(own[position]),
                float(near[position]),
                float(answer[position]),
                float(near_answer[position]),
                *_features(surroundings, position),
                0.0 if hit_at is None else 1 / (1 + hit_at),
                _day_agreement(asked.periods, text, article.article.date),
            )
            score = sum(w * f for w, f in zip(weights, features, strict=True))
            candidates.append(Candidate(article.article, sentence, position, text, features, score))
    best_first = sorted(candidates, key=lambda candidate: -candidate.score)
    honest = (c for c in best_first if not opened[c.article.id].is_hostile(c.position))
    return list(islice(honest, limit))


def judge(
    asked: Asked, candidates: Sequence[Candidate], opened: dict[str, Opened], reader: Judges
) -> list[Candidate]:
    """Have the reader read the candidates, and return them by probability, best first."""
    judgements = reader.judge(
        asked.text, [opened[c.article.id].in_context(c.position) for c in candidates]
    )
    judged = [
        replace(
            candidate,
            reader=judgement.score,
            probability=probability(candidate, judgement.score),
            marked=(judgement.start, judgement.end),
        )
        for candidate, judgement in zip(candidates, judgements, strict=True)
    ]
    return sorted(judged, key=lambda candidate: -candidate.probability)


def judged_features(candidate: Candidate, reader: float) -> tuple[float, ...]:
    """Return what a judgement weighs, in the order of JUDGED."""
    return (reader, candidate.score, *(candidate.feature(name) for name in JUDGED[2:]))


def probability(candidate: Candidate, reader: float) -> float:
    """Return how likely a sentence answers, in (0, 1), given the reader's logit for it."""
    features = judged_features(candidate, reader)
    logit = JUDGEMENT_OFFSET + sum(w * f for w, f in zip(JUDGEMENT_WEIGHTS, features, strict=True))
    return sigmoid(logit)


def sigmoid(logit: float) -> float:
    """Return the probability of a logit, without overflow at either end."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _worth_scoring(
    own: Vectors, answer: Vectors, places: Iterable[tuple[str, int]], id: str
) -> Sequence[int]:
    """Return the positions to score: all of an article, the nearest and those hit of a long one."""
    if len(own) <= MAX_SCORED:
        return range(len(own))
    nearest = np.argsort(-np.maximum(own, answer))[:MAX_SCORED]
    return sorted({int(p) for p in nearest} | {p for of, p in places if of == id})


class _Surroundings:
    """What each sentence of an article, and the ones around it, share with a question.

    Stems are kept to those of the question; both are found once for each sentence.
    """

    def __init__(self, asked: Asked, article: Opened, words: Words) -> None:
        self.asked, self.article, self._words = asked, article, words
        self.title = self._stems(article.article.title)
        # An article on somebody need not name them in each paragraph; to quote them it must.
        everywhere = asked.people and not asked.speech
        self._everywhere = (
            frozenset(words.standard(person) for person in article.article.people)
            if everywhere
            else frozenset()
        )
        self._found: dict[int, tuple[frozenset[str], frozenset[str]]] = {}

    def of(self, position: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the question's stems, and the people, in one sentence."""
        if position not in self._found:
            text = self.article.text(position)
            people = self._words.named(text) if self.asked.people else frozenset()
            self._found[position] = (self._stems(text), people)
        return self._found[position]

    def around(self, position: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the same for the sentence with the ones before and after."""
        last = len(self.article.sentences) - 1
        found = [self.of(p) for p in range(max(0, position - 1), min(last, position + 1) + 1)]
        stems = frozenset().union(*(stems for stems, _ in found))
        return stems, self._everywhere.union(*(people for _, people in found))

    def speaker(self, position: int) -> str:
        """Return who says a sentence, by the standard name, where the question names people."""
        speaker = self.article.sentences[position].speaker
        return self._words.standard(speaker) if speaker and self.asked.people else ""

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(self.asked.stems.keys() & self._words.stem(text))


def _features(surroundings: _Surroundings, position: int) -> tuple[float, ...]:
    """Return the features from "coverage" to "type"."""
    asked = surroundings.asked
    own, here = surroundings.of(position)
    around, near = surroundings.around(position)
    everything = around | surroundings.title
    speaker = surroundings.speaker(position)
    present = sum(person in here or person == speaker for person in asked.people)
    absent = sum(person not in near and person != speaker for person in asked.people)
    pattern = TYPE_LIKE.get(asked.wants)
    matches = pattern is not None and pattern.search(surroundings.article.text(position))
    return (
        covered(asked.stems, own),
        covered(asked.stems, around),
        covered(asked.stems, everything),
        max((rarity for s, rarity in asked.stems.items() if s not in everything), default=0.0),
        float(bool(asked.speakers) and speaker in asked.speakers),
        float(bool(asked.speakers) and bool(speaker) and speaker not in asked.speakers),
        present / max(1, len(asked.people)),
        absent / max(1, len(asked.people)),
        0.0 if pattern is None else (1.0 if matches else -1.0),
    )


def _is_sentence(text: str) -> bool:
    """Whether this is more than a heading or a scrap."""
    long_enough = MIN_SENTENCE_CHARS if _ENDS_AS_SENTENCE.search(text) else MIN_UNENDED_CHARS
    return len(text) >= long_enough


def _smoothed(similarities: Vectors) -> Vectors:
    """Return each value's mean with its neighbours: how near the surroundings are."""
    padded = np.concatenate([similarities[:1], similarities, similarities[-1:]])
    smoothed: Vectors = ((padded[:-2] + padded[1:-1] + padded[2:]) / 3).astype(np.float32)
    return smoothed


def covered(stems: dict[str, float], present: Set[str]) -> float:
    """Return the share of the topic words that are present, weighed by rarity; 1 for no words.

    >>> covered({"fisheri": 1.0, "talk": 0.5, "eu": 0.5}, {"talk"})
    0.25
    """
    total = sum(stems.values())
    if not total:
        return 1.0
    return sum(weight for stem, weight in stems.items() if stem in present) / total


def _day_agreement(periods: Sequence[Within], text: str, date: datetime.date | None) -> float:
    """Return 1 when the sentence or its article is of a period asked for, -1 when not."""
    if not periods:
        return 0.0
    days = [date] if date else []
    for month, day in days_in(text):
        for year in {date.year} if date else {period.first.year for period in periods}:
            with suppress(ValueError):  # 30 February
                days.append(datetime.date(year, month, day))
    return 1.0 if any(period.has(day) for period in periods for day in days) else -1.0
