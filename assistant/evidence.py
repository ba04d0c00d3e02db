"""Which sentences answer a question, how sure that is, and what is missing when nothing does.

`read` says what a question asks for, `rank` scores the sentences around the retrieved passages,
`refuse` says whether the best of them answers. All pure: vectors and word statistics come in as
values. The weights are fitted by `evals/fit_evidence.py` on questions over the built-in corpus.
"""

import datetime
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.embedding import Vectors
from assistant.names import NameTable
from assistant.types import Article, Hit, Sentence

Wants = Literal["who", "when", "where", "duration", "number", "list", "why", "what"]

# Sentences this far around a passage are read with it: an answer often follows what matched.
NEIGHBOURS = 2
MIN_SENTENCE_CHARS = 25
MIN_UNENDED_CHARS = 90  # a line without a full stop is a heading unless it is this long

_THING_LISTED = r"(?:points|goals|conditions|demands|steps|topics)"
_WANTS: tuple[tuple[Wants, str], ...] = (
    ("duration", r"\bhow (?:long|many (?:hours|minutes|days|weeks|months|years))\b"),
    ("number", r"\bhow (?:many|much|far|large|big|often|old)\b"),
    ("when", r"\b(?:when|(?:what|which) (?:date|day|year|month|time))\b"),
    ("where", r"\b(?:where|(?:what|which) (?:city|place|country|venue))\b"),
    ("why", r"\b(?:why|what (?:reason|caused)|how come|reason for)\b"),
    (
        "list",
        rf"\b(?:which {_THING_LISTED}|what (?:were|are) the \w+ {_THING_LISTED}|"
        rf"(?:two|three|four|five|six|\d+) {_THING_LISTED})\b",
    ),
    ("who", r"^\W*(?:(?:and|but|so)\W+)?who\b|\b(?:whose|whom)\b|\bwho (?:was|were|is|are|did)\b"),
)

_SPEECH = re.compile(
    r"\b(?:say|said|says|tell|told|demand\w*|claim\w*|clame\w*|call(?:ed)? (?:for|it|the)|argue\w*|"
    r"warn\w*|announce\w*|promise\w*|want\w*|insist\w*|describe\w*|think|thinks|believe\w*|position|"
    r"comment\w*|react\w*|respon\w+|suggest\w*|propose\w*|accus\w+|den(?:y|ied|ies)|reject\w*|"
    r"according to|statement\w*|remark\w*|view\w*|stance|explain\w*|put it|threat\w*|state|stated|"
    r"offer\w*|urg\w+|pledg\w+|vow\w*|refus\w+|express\w*|mention\w*|admit\w*|predict\w*|"
    r"rule[ds]? out|ask(?:ed)? for)\b",
    re.IGNORECASE,
)

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE_LIKE = re.compile(
    rf"\b(?:\d{{1,2}}\s+(?:{_MONTHS})|(?:{_MONTHS})\s+\d{{1,2}}|(?:{_MONTHS})|(?:19|20)\d\d|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday|today|tomorrow|spring|summer|autumn|"
    r"winter|week|month)\b"
)
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
_TYPE_LIKE: dict[Wants, re.Pattern[str]] = {
    "when": _DATE_LIKE,
    "duration": _DURATION_LIKE,
    "number": _NUMBER_LIKE,
    "who": _NAME_LIKE,
    "where": _PLACE_LIKE,
    "why": _REASON_LIKE,
}
_ENDS_AS_SENTENCE = re.compile(r"[.!?…:;][\"”’»)\]]*$")
_DAY = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>{_MONTHS})\b|"
    rf"\b(?P<month2>{_MONTHS})\s+(?P<day2>\d{{1,2}})\b",
    re.IGNORECASE,
)

# "What did X say about fisheries?": a topic that no article mentions cannot have been answered.
_TOPIC = re.compile(
    r"\b(?:about|on|regarding|concerning|of|for|how many|how much|which)\s+(?P<topic>[^?.!]+)",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning)\s+(?P<topic>[^?.!]+)", re.IGNORECASE)
SHORT_TOPIC_WORDS = 4

# Words of a question that say what kind of thing is asked for, not what it is about.
_ASKING = frozenset(
    {"who", "what", "when", "where", "why", "how", "which", "whom", "whose", "many", "much", "long"}
    | {"say", "said", "tell", "told", "claim", "clame", "demand", "mention", "comment", "view"}
    | {"happen", "give", "get", "make", "come", "go", "stance", "accord", "exactly", "article"}
    | {"know", "explain", "describ", "repli", "respond", "argu", "date"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for, read from its words.

    `people` are standard names; `speech` says that somebody's words are wanted; `stems` maps the
    stem of each topic word to its rarity in the corpus; `unknown` are words, as written, that
    occur in no article and resemble none; `days` are (month, day); `topic` are stems of the names
    of places and bodies after "about", which are rarely said in other words.
    """

    text: str
    wants: Wants
    speech: bool
    people: tuple[str, ...]
    stems: dict[str, float]
    unknown: tuple[str, ...]
    days: tuple[tuple[int, int], ...] = ()
    topic: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """What the index knows of words and names, as functions, so that this module stays pure.

    `named` gives the standard names of the people whom a text names, `standard` that of one name.
    """

    stem: Callable[[str], list[str]]
    rarity: Callable[[str], float]
    unknown: Callable[[str], list[str]]
    has_similar: Callable[[str], bool]
    named: Callable[[str], frozenset[str]]
    standard: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its place, its features, and its score among the others."""

    article: Article
    sentence: Sentence
    position: int
    text: str
    features: tuple[float, ...]
    score: float

    @property
    def by_another(self) -> bool:
        """Whether somebody's words are wanted and these are somebody else's."""
        return self.features[FEATURES.index("other_speaker")] == 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """An article's sentences and their unit vectors, shape (sentences, dim)."""

    article: Article
    sentences: Sequence[Sentence]
    vectors: Vectors


FEATURES = (
    "cosine", "near_cosine", "coverage", "near_coverage", "all_coverage", "speaker",
    "other_speaker", "named", "absent", "type", "rank", "day", "topic",
)  # fmt: skip
# Both fitted by evals/fit_evidence.py. SURETY is slope and offset from best score to confidence.
WEIGHTS = (1.81, 1.20, 1.45, 0.13, 1.34, 0.86, -0.23, 0.74, 0.04, 0.39, 0.82, 0.79, 0.0)
SURETY = (0.62, -3.37)


def read(question: str, names: NameTable, words: Words) -> Asked:
    """Say what a question asks for."""
    unknown = words.unknown(question)
    mentions = names.find(question, fuzzy_words=unknown)
    spans = [(m.start, m.end) for m in mentions]
    named = {question[start:end] for start, end in spans}
    misspelt = {w for name in named for w in name.split()}
    wants: Wants = "what"
    for kind, pattern in _WANTS:
        if re.search(pattern, question, re.IGNORECASE):
            wants = kind
            break
    without_names = _blank(question, spans)
    # Words in another script can only be names here: the articles' language has none of them.
    readable = " ".join(w for w in without_names.split() if w.isascii() or w not in unknown)
    stems = {s: words.rarity(s) for s in words.stem(readable) if s not in _ASKING}
    return Asked(
        text=question,
        wants=wants,
        # Of a question in another script only the names are read: their words are the best guess.
        speech=bool(_SPEECH.search(question) or not re.search("[A-Za-z]", question)),
        people=tuple(dict.fromkeys(m.name for m in mentions)),
        stems=stems,
        unknown=tuple(
            w for w in unknown
            if w not in misspelt
            and w.isascii()
            and not words.has_similar(w)
            and w.casefold() not in _ASKING
        ),
        days=tuple(_days(question)),
        topic=_named_topic(without_names, words),
    )  # fmt: skip


def rank(
    asked: Asked,
    question_vector: Vectors,
    hits: Sequence[Hit],
    readings: dict[str, Reading],
    words: Words,
    *,
    weights: Sequence[float] = WEIGHTS,
) -> list[Candidate]:
    """Score every sentence in or near the hits, best first; equal scores keep reading order."""
    candidates: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    for place, hit in enumerate(hits):
        reading = readings.get(hit.passage.article_id)
        if reading is None:
            continue
        own = reading.vectors @ question_vector
        near = _smoothed(own)
        first = max(0, hit.passage.first - NEIGHBOURS)
        last = min(len(reading.sentences) - 1, hit.passage.last + NEIGHBOURS)
        for position in range(first, last + 1):
            key = (hit.passage.article_id, position)
            if key in seen:
                continue
            seen.add(key)
            sentence = reading.sentences[position]
            text = reading.article.text[sentence.start : sentence.end]
            if not _is_sentence(text):
                continue
            features = _features(
                asked, reading, position, text, (float(own[position]), float(near[position])),
                place, words,
            )  # fmt: skip
            score = sum(w * f for w, f in zip(weights, features, strict=True))
            candidates.append(Candidate(reading.article, sentence, position, text, features, score))
    return sorted(_on_the_point(asked, candidates), key=lambda candidate: -candidate.score)


def _on_the_point(asked: Asked, candidates: list[Candidate]) -> list[Candidate]:
    """Keep to sentences on the people and the topic asked for, as long as there are any."""
    absent, topic = FEATURES.index("absent"), FEATURES.index("topic")
    near = [c for c in candidates if c.features[absent] < 1] if asked.people else candidates
    on_topic = [c for c in near if c.features[topic]]
    return on_topic or near or candidates


def _features(
    asked: Asked,
    reading: Reading,
    position: int,
    text: str,
    cosines: tuple[float, float],
    place: int,
    words: Words,
) -> tuple[float, ...]:
    article, sentence = reading.article, reading.sentences[position]
    neighbours = [
        article.text[n.start : n.end]
        for n in reading.sentences[max(0, position - 1) : position + 2]
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
    pattern = _TYPE_LIKE.get(asked.wants)
    return (
        *cosines,
        covered(asked.stems, own),
        covered(asked.stems, own | around),
        covered(asked.stems, own | around | title),
        float(asked.speech and speaker in asked.people),
        float(asked.speech and bool(speaker) and speaker not in asked.people),
        present / max(1, len(asked.people)),
        absent / max(1, len(asked.people)),
        0.0 if pattern is None else (1.0 if pattern.search(text) else -1.0),
        1 / (1 + place),
        _day_agreement(asked.days, text, article.date),
        float(asked.topic <= own | around | title),
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


def confidence(score: float) -> float:
    """Return how likely the best sentence is right, in (0, 1), given its score."""
    slope, offset = SURETY
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, slope * score + offset))))


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _named_topic(question: str, words: Words) -> frozenset[str]:
    """Return the stems of the capitalised words after "about"; dates are no topic."""
    found = _ABOUT.search(question)
    named = re.findall(r"\b[A-Z][\w.]+", _DATE_LIKE.sub("", found["topic"])) if found else []
    return frozenset(stem for name in named for stem in words.stem(name))


def _days(text: str) -> list[tuple[int, int]]:
    months = [m.casefold() for m in _MONTHS.split("|")]
    return [
        (months.index((f["month"] or f["month2"]).casefold()) + 1, int(f["day"] or f["day2"]))
        for f in _DAY.finditer(text)
    ]


def _day_agreement(
    asked: Sequence[tuple[int, int]], text: str, date: datetime.date | None
) -> float:
    """Return 1 when a day that is asked for is the sentence's or the article's, -1 when not."""
    if not asked:
        return 0.0
    there = set(_days(text)) | ({(date.month, date.day)} if date else set())
    return 1.0 if there & set(asked) else -1.0


# --- Deciding ------------------------------------------------------------------------------


def refuse(asked: Asked, candidates: Sequence[Candidate], *, min_confidence: float) -> str:
    """Return why the articles do not answer, as a sentence or two, or "" when they do.

    A name or topic that occurs in no article, or somebody asked for who is not near what was
    found, decides alone; everything else weighs into the confidence in the best sentence.
    """
    if missing := _missing(asked):
        return f"The articles say nothing about {_listed(missing)}.{_nearest(candidates)}"
    if not candidates:
        return "Nothing in the articles matches this question."
    best = candidates[0]
    features = dict(zip(FEATURES, best.features, strict=True))
    if asked.people and features["absent"] == 1.0:
        whom = _listed(asked.people)
        what = "quote nothing by" if asked.speech else "say nothing about"
        return f"On this, the articles {what} {whom}.{_nearest(candidates)}"
    if asked.people and asked.speech and not features["topic"]:
        whom = _listed(asked.people)
        return f"On this topic, the articles quote nothing by {whom}.{_nearest(candidates)}"
    if confidence(best.score) < min_confidence:
        return f"Nothing in the articles answers this clearly enough.{_nearest(candidates)}"
    return ""


def _missing(asked: Asked) -> list[str]:
    """Return the names and the topic of the question that occur in no article, quoted."""
    topic = _TOPIC.search(asked.text)
    words = topic["topic"].split() if topic else []
    counted = topic is not None and topic[0].casefold().startswith(("how", "which"))
    # The noun right after "how many", or all of a short topic.
    named = words[:1] if counted else words if len(words) <= SHORT_TOPIC_WORDS else []
    short_topic = {word.strip("\"',;:()") for word in named}
    return [
        f'"{word}"'
        for word in asked.unknown
        if (word[0].isupper() and not asked.text.startswith(word)) or word in short_topic
    ]


def _nearest(candidates: Sequence[Candidate]) -> str:
    titles = list(dict.fromkeys(c.article.title for c in candidates[:6]))[:2]
    return (
        f" The nearest they have: {_listed([f'“{title}”' for title in titles])}." if titles else ""
    )


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
