"""Whether the articles answer at all, and what is missing when they do not.

What can be checked outright decides first: names and topics that occur nowhere, people who are not
quoted on this, figures, days and speakers that the articles give otherwise. Everything else weighs
into one calibrated confidence. A refusal says what is missing and offers the nearest that is there.
"""

import calendar
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asking import Asked, Wants, Words, days_in, figures_in
from assistant.evidence import TYPE_LIKE, Candidate, sigmoid
from assistant.reader import InContext, Judges

NEAREST_OFFERED = 3
SHORT_TOPIC_WORDS = 4
# A sentence this much about the question's topic may correct its premise.
MIN_COVERED = 0.6
MIN_READER_OF_ANOTHER = 0.0
CONFIDENT = 0.5
CONFIDENT_OF_TOPIC = 0.75
MIN_RARITY = 0.5  # of a word worth naming as missing
OTHERS_TRIED = 3

# Fitted by evals/fit_evidence.py, in the order of `surety_features`.
SURETY_WEIGHTS = (0.40, 0.32, -0.14, 0.06, -0.88, 0.24, 0.62, -0.13, -0.91, 0.07, 0.33, 0.04, 0.61)
SURETY_OFFSET = 1.25

_TOPIC = re.compile(
    r"\b(?:about|on|regarding|concerning|of|for|how many|how much)\s+(?P<topic>[^?.!]+)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\bwhat (?:did|does|do|has|have|had|was|were|is)\b.*\b(?:say|said|think|thinks|tell|comment|"
    r"demand|want|claim|reaction|position|view|stance)\b",
    re.IGNORECASE,
)
_NOT_SAID: dict[Wants, str] = {
    "when": "when",
    "where": "where",
    "duration": "how long",
    "number": "how many or how much",
    "who": "who",
    "why": "why",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, as a sentence or two, and the nearest sentences to offer instead."""

    reason: str
    nearest: tuple[Candidate, ...] = ()


def refuse(
    asked: Asked,
    judged: Sequence[Candidate],
    words: Words,
    reader: Judges,
    *,
    min_confidence: float,
) -> Refusal | None:
    """Return why the articles do not answer, or None when they do."""
    nearest = _nearest(judged)
    sure = confidence(asked, judged) if judged else 0.0
    # What no article names cannot be answered, unless the reader finds it under another name.
    if (missing := _missing(asked)) and sure < CONFIDENT:
        if asked.speakers and any(c.sentence.speaker in asked.speakers for c in judged):
            whom = _listed(asked.speakers)
            return Refusal(
                f"The articles quote {whom}, but say nothing about {_listed(missing)}.", nearest
            )
        return Refusal(f"The articles say nothing about {_listed(missing)}.", nearest)
    if not (asked.stems or asked.people or asked.unknown):
        return Refusal("The question names nobody and nothing to look for.", nearest)
    if not judged:
        return Refusal("Nothing in the articles matches this question.")
    if correction := _other_figure(asked, judged) or _other_day(asked, judged):
        return correction
    if asked.speakers and not (sure >= min_confidence and judged[0].feature("speaker")):
        # "What did Macron say about Riyadh?" assumes nothing that could be another's.
        if not _OPEN.search(asked.text) and (
            correction := _other_speaker(asked, judged, words, reader)
        ):
            return correction
        if not any(c.feature("speaker") for c in judged):
            whom = _listed(asked.speakers)
            return Refusal(f"On this, the articles quote nothing by {whom}.", nearest)
        on_topic = [c for c in judged if c.feature("speaker") and asked.topic <= _stems(c, words)]
        if not on_topic and sure < CONFIDENT_OF_TOPIC:
            whom = _listed(asked.speakers)
            return Refusal(f"On this topic, the articles quote nothing by {whom}.", nearest)
    if asked.people and all(c.feature("absent") == 1.0 for c in judged[:3]):
        return Refusal(f"On this, the articles say nothing about {_listed(asked.people)}.", nearest)
    if sure < min_confidence:
        return Refusal(_unsure(asked, judged[0], words), nearest)
    return None


def confidence(asked: Asked, judged: Sequence[Candidate]) -> float:
    """Return how likely it is that the question has an answer here, in (0, 1)."""
    logit = SURETY_OFFSET + sum(
        w * f for w, f in zip(SURETY_WEIGHTS, surety_features(asked, judged), strict=True)
    )
    return sigmoid(logit)


SURETY = (
    "reader", "judgement", "margin", "marked", "coverage", "all_coverage", "lacking", "speaker",
    "other_speaker", "named", "absent", "type", "day",
)  # fmt: skip


def surety_features(asked: Asked, judged: Sequence[Candidate]) -> tuple[float, ...]:
    """Return what confidence rests on, in the order of SURETY, given at least one candidate.

    The best reader's logit of the first three, the whole judgement's for the best sentence and
    how far that stands above the fourth; whether the answering words marked in it are of the kind
    asked for; then features of the best sentence.
    """
    best = judged[0]
    later = judged[min(3, len(judged) - 1)]
    return (
        max(c.reader for c in judged[:3]),
        _logit(best.probability),
        _logit(best.probability) - _logit(later.probability),
        _marked_fit(asked, best),
        *(best.feature(name) for name in SURETY[4:]),
    )


def _marked_fit(asked: Asked, best: Candidate) -> float:
    """Return 1 when the marked words are, say, a date where one is asked for, -1 when not."""
    pattern = TYPE_LIKE.get(asked.wants)
    if pattern is None or asked.wants == "why":
        return 0.0
    return 1.0 if pattern.search(f" {best.text[slice(*best.marked)]}") else -1.0


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))


# --- What can be checked outright ------------------------------------------------------------


def _missing(asked: Asked) -> list[str]:
    """Return the names and the topic of the question that occur in no article, quoted."""
    topic = _TOPIC.search(asked.text)
    said = topic["topic"].split() if topic else []
    counted = topic is not None and topic[0].casefold().startswith("how")
    # The noun right after "how many", or all of a short topic.
    named = said[:1] if counted else said if len(said) <= SHORT_TOPIC_WORDS else []
    short_topic = {word.strip("\"',;:()") for word in named}
    return [
        f'"{word}"'
        for word in asked.unknown
        if not any(c.isdigit() for c in word)
        and (word in short_topic or (word[0].isupper() and not asked.text.startswith(word)))
    ]


def _other_figure(asked: Asked, judged: Sequence[Candidate]) -> Refusal | None:
    """Return a correction when the question's figure is another one in the articles.

    Only of the same thing: "the 17 points" against "28 points", told by the word that follows.
    """
    for counted in _counted(asked.text):
        if any(counted.figure in figures_in(f"{c.text} {c.article.title}") for c in judged):
            continue
        for candidate in judged[:3]:
            if candidate.feature("all_coverage") < MIN_COVERED:
                continue
            for other in _counted(candidate.text):
                if other.thing == counted.thing:
                    return Refusal(
                        f"The articles say “{other.written}”, not {counted.figure}.", (candidate,)
                    )
    return None


@dataclass(frozen=True, slots=True)
class _Counted:
    """A figure as digits, the thing counted in the singular, and both as written."""

    figure: str
    thing: str
    written: str


def _counted(text: str) -> list[_Counted]:
    """Return each figure with the word right after it."""
    found = []
    for match in re.finditer(r"(?=\b(([\w.,]+)[\s\-]+([a-z]{3,})))", text):
        if figure := figures_in(match[2]):
            found.append(_Counted(figure[0], match[3].removesuffix("s"), match[1]))
    return found


def _other_day(asked: Asked, judged: Sequence[Candidate]) -> Refusal | None:
    """Return a correction when the best sentences on the topic name another day than asked."""
    if len(asked.periods) != 1 or not asked.periods[0].is_day:
        return None
    if any(c.feature("day") > 0 for c in judged[:12]):
        return None
    day = asked.periods[0].first
    for candidate in judged[:2]:
        others = [d for d in days_in(candidate.text) if d[0] == day.month and d[1] != day.day]
        if others and candidate.feature("all_coverage") >= MIN_COVERED:
            return Refusal(
                f"The articles say {_spoken(*others[0])}, not {_spoken(day.month, day.day)}.",
                (candidate,),
            )
    return None


def _spoken(month: int, day: int) -> str:
    return f"{day} {calendar.month_name[month]}"


def _other_speaker(
    asked: Asked, judged: Sequence[Candidate], words: Words, reader: Judges
) -> Refusal | None:
    """Return a correction when somebody else than asked for said it, as far as the reader can tell.

    The question is read again with the other name in it; only a clear answer then counts.
    """
    own = max((c.feature("coverage") for c in judged if c.feature("speaker")), default=0.0)
    others = [
        c
        for c in judged
        if c.feature("other_speaker") and c.feature("coverage") >= max(0.5, own + 0.2)
    ][:OTHERS_TRIED]
    for candidate in others:
        speaker = words.standard(candidate.sentence.speaker)
        question = _with_speaker(asked, speaker)
        if not question:
            return None
        context = InContext(candidate.text, candidate.article.title, speaker=speaker)
        if reader.judge(question, [context])[0].score >= MIN_READER_OF_ANOTHER:
            return Refusal(
                f"The articles attribute this to {speaker}, not to {_listed(asked.speakers)}.",
                (candidate,),
            )
    return None


def _with_speaker(asked: Asked, speaker: str) -> str:
    """Return the question with another's name in the place of the one it names, or ""."""
    for name in asked.speakers:
        for form in (name, name.split()[-1]):
            found = re.search(rf"\b{re.escape(form)}\b", asked.text, re.IGNORECASE)
            if found:
                return asked.text[: found.start()] + speaker + asked.text[found.end() :]
    return ""


# --- Saying so -------------------------------------------------------------------------------


def _unsure(asked: Asked, best: Candidate, words: Words) -> str:
    """Say what the best sentence lacks."""
    about = best.feature("near_coverage") >= MIN_COVERED
    if about and asked.wants in _NOT_SAID:
        return f"The articles speak of this, but do not clearly say {_NOT_SAID[asked.wants]}."
    near = _stems(best, words)
    rare = {
        word: max(asked.stems[stem] for stem in stems)
        for word in re.findall(r"[^\W\d][\w'’\-]+", asked.text)
        if (stems := [s for s in words.stem(word) if s in asked.stems]) and not near & set(stems)
    }
    rarest = sorted(rare, key=lambda word: -rare[word])[:2]
    lacking = [f'"{word}"' for word in rarest if rare[word] >= MIN_RARITY]
    if asked.speakers and best.feature("speaker"):
        whom = _listed(asked.speakers)
        if lacking:
            return f"The articles quote {whom}, but nothing clear about {_listed(lacking)}."
        return f"The articles quote {whom}, but nothing that clearly answers this."
    if lacking:
        return f"The articles say nothing clear about {_listed(lacking)} here."
    return "Nothing in the articles answers this clearly enough."


def _stems(candidate: Candidate, words: Words) -> set[str]:
    """Return the stems of a sentence and its article's title."""
    return set(words.stem(f"{candidate.article.title} {candidate.text}"))


def _nearest(judged: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the likeliest sentences, one for each article."""
    best: dict[str, Candidate] = {}
    for candidate in judged:
        best.setdefault(candidate.article.id, candidate)
    return tuple(best.values())[:NEAREST_OFFERED]


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
