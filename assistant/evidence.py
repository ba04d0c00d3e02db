"""Which sentences answer a question, and how sure that is.

`shortlist` scores every sentence of the articles that retrieval found, cheaply, and keeps the best;
`judge` has the reader read those, and turns all that is known of each into a probability. Vectors,
word statistics and the reader come in as values. Weights are fitted by `evals/fit_evidence.py`.
"""

import datetime
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from assistant.asking import DATE_LIKE, Asked, Wants, Within, Words, days_in
from assistant.embedding import Vectors
from assistant.reader import InContext, Judges
from assistant.types import Article, Hit, Sentence

MIN_SENTENCE_CHARS = 25
MIN_UNENDED_CHARS = 90  # a line without a full stop is a heading unless it is this long
SHORTLIST = 24

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
    "all_coverage", "speaker", "other_speaker", "named", "absent", "type", "rank", "day",
)  # fmt: skip
WEIGHTS = (1.80, -0.02, 3.10, 0.49, 2.27, 0.56, 0.39, 1.24, 0.52, 1.08, -0.63, 0.19, 0.98, 0.57)
# What a judgement weighs: the reader's logit, the shortlist's score, and these features again.
JUDGED = ("reader", "shortlist", "speaker", "other_speaker", "absent", "day", "all_coverage")
JUDGEMENT_WEIGHTS = (0.51, 0.71, -0.67, -2.19, -0.35, -0.21, -0.30)
JUDGEMENT_OFFSET = -5.29


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

    `vectors` are the question's and where its answers lie. Equal scores keep the order of hits and
    of reading.
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
        for position, sentence in enumerate(article.sentences):
            text = article.text(position)
            if not _is_sentence(text):
                continue
            hit_at = places.get((id, position))
            features = (
                float(own[position]),
                float(near[position]),
                float(answer[position]),
                float(near_answer[position]),
                *_features(asked, article, position, words),
                0.0 if hit_at is None else 1 / (1 + hit_at),
                _day_agreement(asked.periods, text, article.article.date),
            )
            score = sum(w * f for w, f in zip(weights, features, strict=True))
            candidates.append(Candidate(article.article, sentence, position, text, features, score))
    return sorted(candidates, key=lambda candidate: -candidate.score)[:limit]


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
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _features(asked: Asked, opened: Opened, position: int, words: Words) -> tuple[float, ...]:
    """Return the features from "coverage" to "type"."""
    article, sentence, text = opened.article, opened.sentences[position], opened.text(position)
    neighbours = [
        opened.text(p)
        for p in range(max(0, position - 1), min(len(opened.sentences), position + 2))
    ]
    own, title = set(words.stem(text)), set(words.stem(article.title))
    around = {stem for neighbour in neighbours for stem in words.stem(neighbour)}
    present, absent, speaker = 0, 0, ""
    if asked.people:
        speaker = words.standard(sentence.speaker) if sentence.speaker else ""
        here = words.named(text) | {speaker}
        near = here.union(*(words.named(neighbour) for neighbour in neighbours))
        if not asked.speech:
            # An article on somebody need not name them in each paragraph; to quote them it must.
            near |= {words.standard(person) for person in article.people}
        present = sum(person in here for person in asked.people)
        absent = sum(person not in near for person in asked.people)
    pattern = TYPE_LIKE.get(asked.wants)
    return (
        covered(asked.stems, own),
        covered(asked.stems, own | around),
        covered(asked.stems, own | around | title),
        float(bool(asked.speakers) and speaker in asked.speakers),
        float(bool(asked.speakers) and bool(speaker) and speaker not in asked.speakers),
        present / max(1, len(asked.people)),
        absent / max(1, len(asked.people)),
        0.0 if pattern is None else (1.0 if pattern.search(text) else -1.0),
    )


def _is_sentence(text: str) -> bool:
    """Whether this is more than a heading or a scrap."""
    long_enough = MIN_SENTENCE_CHARS if _ENDS_AS_SENTENCE.search(text) else MIN_UNENDED_CHARS
    return len(text) >= long_enough


def _smoothed(similarities: Vectors) -> Vectors:
    """Return each value's mean with its neighbours: how near the surroundings are."""
    padded = np.pad(similarities, 1, mode="edge")
    return ((padded[:-2] + padded[1:-1] + padded[2:]) / 3).astype(np.float32)


def covered(stems: dict[str, float], present: set[str]) -> float:
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
