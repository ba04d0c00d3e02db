"""Which sentences answer a question, and how sure that is.

`shortlist` scores every sentence of the articles that retrieval found, cheaply, and keeps the best;
`judge` has the reader read those where they stand, and turns all that is known of each into a
probability. Vectors, word statistics and the reader come in as values. Weights are fitted by
`evals/fit_evidence.py`.
"""

import datetime
import math
import re
from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from assistant.asking import DATE_LIKE, Asked, Wants, Within, Words, days_in
from assistant.embedding import Vectors
from assistant.hostile import addresses_machine
from assistant.reader import Excerpt, Judges, Reading, Statement, Verdict
from assistant.types import Article, Hit, Sentence

MIN_WORDS = 2  # "China abstained." is an answer
MIN_UNENDED_CHARS = 90  # a line without a full stop is a heading unless it is this long
SHORTLIST = 30
OWN_WORDS = 6  # sentences of the one whose words are asked for, read in any case
OF_THE_DAY = 6  # sentences of the day or period asked for, read in any case
ORDERS_REACH = 5  # sentences: what is said around an order to machines belongs to it
VERDICT_FROM = 3  # sentences
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
_ITEM = re.compile(r"(?:[-–—•*]|\d{1,2}[.)])\s")  # of a list: it need not end as a sentence


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

    def excerpt(self, positions: Sequence[int]) -> Excerpt:
        """Return sentences as the reader sees them, in the order of `positions`."""
        date = self.article.date
        return Excerpt(
            tuple(Statement(self.text(p), self.sentences[p].speaker) for p in positions),
            self.article.title,
            f"{date.day} {date:%B %Y}" if date else "",
        )

    def in_context(self, position: int) -> Excerpt:
        """Return a sentence, as the last line, after the one that stands before it."""
        return self.excerpt(range(max(0, position - 1), position + 1))


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
# What a judgement weighs: the reader's logit for the sentence, how far the network prefers words of
# it to none, the shortlist's score, and whose words they are.
JUDGED = ("answers", "words", "shortlist", "speaker", "other_speaker")
JUDGEMENT_WEIGHTS = (0.35, 0.19, 0.71, 0.16, -0.62)
JUDGEMENT_OFFSET = -3.91

UNREAD = Reading(-10.0, -10.0, -10.0, Verdict(0.0, 0.0, 1.0), 0, 0, -10.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    `features` are named by FEATURES and `score` is the shortlist's; once judged, `reading` is what
    the reader makes of it, and `probability` how likely the sentence answers.
    """

    article: Article
    sentence: Sentence
    position: int
    text: str
    features: tuple[float, ...]
    score: float
    reading: Reading = UNREAD
    probability: float = 0.0

    @property
    def marked(self) -> tuple[int, int]:
        """Where the likeliest answering words stand in `text`."""
        return self.reading.start, self.reading.end

    @property
    def place(self) -> tuple[str, int]:
        """The article's id and the sentence's position in it."""
        return self.article.id, self.position

    def feature(self, name: str) -> float:
        """Return one feature by its name in FEATURES."""
        return self.features[FEATURES.index(name)]

    @property
    def of_others(self) -> bool:
        """Whether nobody asked about says these words, or is named in them or around them."""
        return self.by_another or self.feature("absent") == 1.0

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
) -> list[Candidate]:
    """Return the sentences to read, best first; see `scored` and `to_read`."""
    return to_read(scored(asked, vectors, hits, opened, words), opened)


def scored(
    asked: Asked,
    vectors: tuple[Vectors, Vectors],
    hits: Sequence[Hit],
    opened: dict[str, Opened],
    words: Words,
) -> list[Candidate]:
    """Return the sentences of the articles that were hit, each with its features and its score.

    `vectors` are the question's and where its answers lie. In the order of hits and of reading.
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
            score = sum(w * f for w, f in zip(WEIGHTS, features, strict=True))
            candidates.append(Candidate(article.article, sentence, position, text, features, score))
    return candidates


def to_read(
    candidates: Sequence[Candidate], opened: dict[str, Opened], *, limit: int = SHORTLIST
) -> list[Candidate]:
    """Return those candidates that are read, best first: the `limit` likeliest, and some more.

    With them come some of those whose words, or whose day, are asked for, and the sentence before
    each, which gives "he" and "there" their meaning. Paragraphs that talk to machines are left out.
    """
    best_first = sorted(candidates, key=lambda candidate: -candidate.score)

    def honest(fitting: Iterable[Candidate], number: int) -> dict[tuple[str, int], Candidate]:
        kept = (c for c in fitting if not opened[c.article.id].is_hostile(c.position))
        return {c.place: c for c in islice(kept, number)}

    kept = honest(best_first, limit)
    for name, number in (("speaker", OWN_WORDS), ("day", OF_THE_DAY)):
        kept |= honest((c for c in best_first if c.feature(name) > 0), number)
    everything = {c.place: c for c in candidates}
    before = [(id, position - 1) for id, position in kept]
    kept |= honest((everything[place] for place in before if place in everything), len(before))
    return sorted(kept.values(), key=lambda candidate: -candidate.score)


def judge(
    asked: Asked, candidates: Sequence[Candidate], opened: dict[str, Opened], reader: Judges
) -> list[Candidate]:
    """Have the reader read the candidates where they stand; return them by probability.

    Where somebody's words are asked for, the words of others come last.
    """
    by_article: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_article.setdefault(candidate.article.id, []).append(candidate)
    gathered = [sorted(found, key=lambda c: c.position) for found in by_article.values()]
    readings = reader.read(
        asked.text,
        [opened[found[0].article.id].excerpt([c.position for c in found]) for found in gathered],
    )
    judged = [
        replace(candidate, reading=reading, probability=probability(candidate, reading))
        for found, of_article in zip(gathered, readings, strict=True)
        for candidate, reading in zip(found, of_article, strict=True)
    ]
    # Another's words never stand before those of somebody who is asked for.
    return sorted(judged, key=lambda c: (bool(asked.speakers) and c.of_others, -c.probability))


def verdict(judged: Sequence[Candidate]) -> Verdict:
    """Return what the sentences say to a yes-or-no question: the best few's, weighed by how likely
    each answers."""
    best = judged[:VERDICT_FROM]
    total = sum(c.probability for c in best) or 1.0

    def mean(of: Callable[[Verdict], float]) -> float:
        return sum(c.probability * of(c.reading.verdict) for c in best) / total

    return Verdict(mean(lambda v: v.yes), mean(lambda v: v.no), mean(lambda v: v.unsaid))


def judged_features(candidate: Candidate, reading: Reading) -> tuple[float, ...]:
    """Return what a judgement weighs, in the order of JUDGED."""
    return (
        reading.answers,
        reading.words,
        candidate.score,
        *(candidate.feature(name) for name in JUDGED[3:]),
    )


def probability(candidate: Candidate, reading: Reading) -> float:
    """Return how likely a sentence answers, in (0, 1), given what the reader makes of it."""
    features = judged_features(candidate, reading)
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
    """Whether this is more than a heading or a scrap: it ends as a sentence, or is an item."""
    if _ENDS_AS_SENTENCE.search(text) or _ITEM.match(text):
        return len(text.split()) >= MIN_WORDS
    return len(text) >= MIN_UNENDED_CHARS


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
