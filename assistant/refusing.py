"""Whether the articles answer at all, and what is missing when they do not.

In this order: names and topics that occur in no article are refused, whatever the confidence; a
premise that the evidence contradicts is corrected with the quote that shows it, where the reader
agrees; people who are not quoted on this are named; what is merely not there is refused by one
calibrated confidence. A refusal says what is missing and offers the nearest that is there.
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asking import Asked, Wants, Words, days_in, figures_in
from assistant.evidence import Candidate, sigmoid, verdict
from assistant.reader import Judges, read_alone

NEAREST_OFFERED = 3
DENYING_OFFERED = 2
SHORT_TOPIC_WORDS = 4
# A sentence this much about the question's topic may correct its premise.
MIN_COVERED = 0.6
MIN_READER_OF_ANOTHER = 0.0
# The reader's logit for "contradicts" from which a rule's correction is believed, and from which
# the reader's own is shown.
MIN_CONTRADICTS = 1.0
MAY_CONTRADICT = 2.0  # offered first as the nearest, and nothing claimed of it
SURELY_CONTRADICTS = 3.0
CONFIDENT = 0.5
CONFIDENT_OF_TOPIC = 0.75
CONFIDENT_THOUGH_UNKNOWN = 0.5  # that a word which no article has is only another word for it
FOREIGN = 0.5  # share of a question, by rarity, in words that no article has: about something else
SURE_THOUGH_FOREIGN = 0.8
OFF_TOPIC = 0.25  # share of the question's words, by rarity, that the best sentences must have
CONFIDENT_OFF_TOPIC = 0.6  # that they say it in other words
UNLIKELY = 0.05  # probability of the best sentence
MIN_RARITY = 0.5  # of a word worth naming as missing
OTHERS_TRIED = 3
WINDOWS_OF = 3  # the best sentences
OF_PEOPLE = 5  # of the best sentences one has to have to do with somebody asked about
UNSAID = 0.8  # share of a verdict from which a yes-or-no question has no answer

# Fitted by evals/fit_evidence.py, in the order of SURETY: each sign is what sense demands.
SURETY = ("window", "contradicted", "absent")
SURETY_SIGNS = (1, -1, -1)
SURETY_WEIGHTS = (0.72, -0.17, -0.69)
SURETY_OFFSET = 1.06

_TOPIC = re.compile(
    r"\b(?:about|on|regarding|concerning|of|for|how many|how much)\s+(?P<topic>[^?.!]+)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Z][a-z'’\-]*[a-z]|[A-Z]{2,}|(?:[A-Z][a-z]+-?){2,}")  # "POWs" is none
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
    sure = confidence(judged)
    if missing := _missing(asked, sure):
        if asked.speakers and any(c.sentence.speaker in asked.speakers for c in judged):
            whom = _listed(asked.speakers)
            return Refusal(
                f"The articles quote {whom}, but say nothing about {_listed(missing)}.", nearest
            )
        return Refusal(f"The articles say nothing about {_listed(missing)}.", nearest)
    of_somebody = bool(asked.people) and sure >= CONFIDENT_OF_TOPIC
    if (foreign := _foreign(asked, words, sure)) and not asked.speakers and not of_somebody:
        return Refusal(f"The articles say nothing about {_listed(foreign)}.", nearest)
    if not (asked.stems or asked.people or asked.unknown):
        return Refusal("The question names nobody and nothing to look for.", nearest)
    if not judged:
        return Refusal("Nothing in the articles matches this question.")
    if correction := _other_figure(asked, judged) or _other_day(asked, judged):
        return correction
    needed = max(min_confidence, CONFIDENT) if min_confidence else 0.0  # 0: refuse nothing for it
    if asked.speakers and not (sure >= needed and judged[0].feature("speaker")):
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
    if asked.people and all(c.feature("absent") == 1.0 for c in judged[:OF_PEOPLE]):
        return Refusal(f"On this, the articles say nothing about {_listed(asked.people)}.", nearest)
    if sure < CONFIDENT and (correction := _contradicted(asked, judged)):
        return correction
    if sure < min_confidence or (min_confidence > 0 and _is_off_topic(asked, judged, sure)):
        return Refusal(_unsure(asked, judged, words), nearest)
    if asked.wants == "whether" and verdict(judged).unsaid >= UNSAID:
        return Refusal("The articles do not say.", nearest)
    return None


def confidence(judged: Sequence[Candidate]) -> float:
    """Return how likely it is that the question has an answer here, in [0, 1); 0 for none."""
    if not judged:
        return 0.0
    logit = SURETY_OFFSET + sum(
        w * f for w, f in zip(SURETY_WEIGHTS, surety_features(judged), strict=True)
    )
    return sigmoid(logit)


def surety_features(judged: Sequence[Candidate]) -> tuple[float, ...]:
    """Return what confidence rests on, in the order of SURETY, given at least one candidate.

    What the reader says of the windows that the best sentences stand in; how strongly any sentence
    contradicts what the question assumes; whether people asked about are missing around the best
    sentence.
    """
    best = judged[0]
    return (
        max(c.reading.answerable for c in judged[:WINDOWS_OF]),
        max(c.reading.contradicts for c in judged),
        best.feature("absent"),
    )


# --- What can be checked outright ------------------------------------------------------------


def _missing(asked: Asked, sure: float) -> list[str]:
    """Return the names and the topic of the question that occur in no article, quoted.

    A name is missing whatever the confidence; a word of the topic may be another one for what the
    articles call otherwise, if the reader is very sure.
    """
    topic = _TOPIC.search(asked.text)
    said = topic["topic"].split() if topic else []
    counted = topic is not None and topic[0].casefold().startswith("how")
    # The noun right after "how many", or all of a short topic.
    named = said[:1] if counted else said if len(said) <= SHORT_TOPIC_WORDS else []
    short_topic = {word.strip("\"',;:()") for word in named}
    another_word = sure >= CONFIDENT_THOUGH_UNKNOWN
    return [
        f'"{word}"'
        for word in asked.unknown
        if not any(c.isdigit() for c in word)
        and (
            (_NAME.fullmatch(word) and not asked.text.startswith(word))
            or (word in short_topic and not another_word)
        )
    ]


def _is_off_topic(asked: Asked, judged: Sequence[Candidate], sure: float) -> bool:
    """Whether the best sentences have hardly a word of the question, and nothing makes up for it.

    The reader takes a window for an answer too readily where the question is about other things.
    """
    on_topic = max(c.feature("all_coverage") for c in judged[:WINDOWS_OF])
    if asked.people or not asked.stems or on_topic >= OFF_TOPIC:
        return False
    return sure < CONFIDENT_OFF_TOPIC or judged[0].probability < UNLIKELY


def _foreign(asked: Asked, words: Words, sure: float) -> list[str]:
    """Return the unknown words, quoted, of a question that consists of little else.

    "Who met in Riyadh?" may be answered by "the sides held talks in Riyadh": beside words that the
    articles have, the reader may be sure enough.
    """
    total = sum(asked.stems.values())
    unknown = [w for w in asked.unknown if any(s in asked.stems for s in words.stem(w))]
    weight = sum(max(asked.stems.get(s, 0.0) for s in words.stem(w)) for w in unknown)
    if not unknown or weight < FOREIGN * total:
        return []
    if weight < total and sure >= SURE_THOUGH_FOREIGN:
        return []
    return [f'"{word}"' for word in unknown]


def _other_figure(asked: Asked, judged: Sequence[Candidate]) -> Refusal | None:
    """Return a correction when the question's figure is another one in the articles.

    Only of the same thing: "the 17 points" against "28 points", told by the word that follows.
    """
    for counted in _counted(asked.text):
        if any(counted.figure in figures_in(f"{c.text} {c.article.title}") for c in judged):
            continue
        for candidate in judged[:3]:
            if candidate.feature("all_coverage") < MIN_COVERED or not _agrees(candidate):
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


def _things_counted(text: str) -> set[tuple[str, str]]:
    return {(counted.figure, counted.thing) for counted in _counted(text)}


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
        if others and candidate.feature("all_coverage") >= MIN_COVERED and _agrees(candidate):
            return Refusal(
                f"The articles say {_spoken(*others[0])}, not {_spoken(day.month, day.day)}.",
                (candidate,),
            )
    return None


def _agrees(candidate: Candidate) -> bool:
    """Whether the reader, too, takes a sentence to contradict what the question assumes."""
    return candidate.reading.contradicts >= MIN_CONTRADICTS


def _contradicted(asked: Asked, judged: Sequence[Candidate]) -> Refusal | None:
    """Return a refusal when the reader is sure that the question assumes what is not so.

    Of such questions on held-out texts six in ten were given the very sentence that shows it, so
    it is offered first, and nothing is claimed of it.
    """
    strongest = max(judged, key=lambda c: c.reading.contradicts)
    if strongest.reading.contradicts < SURELY_CONTRADICTS or asked.wants in ("whether", "list"):
        return None
    if strongest.by_another or strongest.feature("absent") > 0:
        return None
    return Refusal("The articles do not bear out what the question assumes.", _nearest(judged))


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
        title = candidate.article.title
        reading = read_alone(reader, question, candidate.text, title=title, speaker=speaker)
        if reading.answers >= MIN_READER_OF_ANOTHER:
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


def _unsure(asked: Asked, judged: Sequence[Candidate], words: Words) -> str:
    """Say what was read lacks: a counted thing of the question, or what the best sentence lacks."""
    best = judged[0]
    read = {counted for c in judged for counted in _things_counted(f"{c.article.title} {c.text}")}
    absent = [c.written for c in _counted(asked.text) if (c.figure, c.thing) not in read]
    if absent:
        return f"Nothing was found in the articles on “{absent[0]}”."
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
    """Return the likeliest sentences, one for each article.

    Before them the two that most contradict what the question assumes, if the reader finds any:
    they are what whoever asked should read first.
    """
    denying = sorted(judged, key=lambda c: -c.reading.contradicts)[:DENYING_OFFERED]
    chosen = {c.place: c for c in denying if c.reading.contradicts >= MAY_CONTRADICT}
    articles = {c.article.id for c in chosen.values()}
    for candidate in judged:
        if candidate.article.id not in articles:
            articles.add(candidate.article.id)
            chosen[candidate.place] = candidate
    return tuple(chosen.values())[:NEAREST_OFFERED]


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
