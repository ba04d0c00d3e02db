"""Whether a written sentence says no more than the quotes it cites. Pure.

Each check looks for one way of saying something that was not said: a figure, a date, a name, a
quotation, a speaker, a "not", or who did what to whom. They are rules, because a rule can say what
is wrong; `likeness` then weighs how much of the sentence its quotes cover, for what no rule sees.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from assistant.asking import days_in, figures_in
from assistant.dates import absolute_days
from assistant.evidence import sigmoid
from assistant.names import NameTable, one_name_for_countries, spelling_key
from assistant.speakers import attribute
from assistant.types import Sentence, Verdict


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Code = Literal[
    "uncited", "figure", "date", "name", "quotation", "negation", "speaker", "order", "unlike",
    "markup", "garbled",
]  # fmt: skip

SUPPORTED_FROM = 0.5  # likeness above this is support
PARTLY_FROM = 0.25


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote as a sentence may rest on it; `about` are words known of its speaker, as a role."""

    text: str
    speaker: str = ""
    title: str = ""
    date: datetime.date | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What is wrong: the kind, and the words of the sentence that have no support."""

    code: Code
    words: str

    def __str__(self) -> str:
        return _SAID[self.code].format(self.words)


_SAID: dict[Code, str] = {
    "uncited": "it cites no quote",
    "figure": "the figure {} is not in the quotes",
    "date": "the date {} is not in the quotes",
    "name": "the name {} is not in the quotes",
    "quotation": "the words {} are in quotation marks but are not words of the quotes",
    "negation": "the quotes deny what it states, or the other way round: {}",
    "speaker": "the quotes are not words of {}",
    "order": "the quotes have it the other way round: {}",
    "unlike": "the quotes do not say this: {}",
    "markup": "it holds a link or markup: {}",
    "garbled": "it is no readable sentence: {}",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict and its reasons; no reasons when supported. `likeness` lies in (0, 1)."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    likeness: float = 1.0


@dataclass(frozen=True, slots=True)
class Language:
    """What checking asks of the index: word stems, how rare a word is, and how near texts are.

    `similarity` is the cosine of a sentence and the quotes, in [-1, 1].
    """

    stem: Callable[[str], Sequence[str]]
    rarity: Callable[[str], float]
    similarity: Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class _Case:
    """What every rule looks at."""

    sentence: str
    quotes: Sequence[Quoted]
    names: NameTable
    language: Language


def check(sentence: str, quotes: Sequence[Quoted], names: NameTable, language: Language) -> Checked:
    """Return whether the quotes support the sentence, and what in it they do not.

    A broken rule makes it unsupported. Where every rule holds, likeness decides between
    supported, partly and unsupported.
    """
    if not quotes:
        return Checked("unsupported", (Reason("uncited", sentence),), 0.0)
    case = _Case(sentence, quotes, names, language)
    reasons = tuple(reason for rule in _RULES for reason in rule(case))
    like = likeness(sentence, quotes, language)
    if reasons:
        return Checked("unsupported", reasons, like)
    if like >= SUPPORTED_FROM:
        return Checked("supported", (), like)
    missing = ", ".join(_not_covered(sentence, quotes, language)[:4]) or sentence
    return Checked(
        "partly" if like >= PARTLY_FROM else "unsupported", (Reason("unlike", missing),), like
    )


# --- Figures and dates ----------------------------------------------------------------------

_SCALES = re.compile(
    r"\b(?:hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|twice|double|triple|"
    r"quarter|per ?cent|percentage)\b|%",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"[\s\-]+([a-z]{3,})")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS)})\b")
_RELATIVE_DAY = re.compile(r"\b(?:yesterday|today|tomorrow)\b", re.IGNORECASE)
_ONE = re.compile(r"\bone\b", re.IGNORECASE)  # "one of them" counts nothing


def _figures(case: _Case) -> Iterator[Reason]:
    """Yield figures that no quote has, or has of other things."""
    there = {
        figure for q in case.quotes for figure in (*figures_in(q.text), *_YEAR.findall(q.text))
    }
    for figure in dict.fromkeys(figures_in(_ONE.sub(" ", case.sentence))):
        if figure not in there and figure != "1":
            yield Reason("figure", figure)
    scales = {_scale(m[0]) for q in case.quotes for m in _SCALES.finditer(q.text)}
    for match in _SCALES.finditer(case.sentence):
        if _scale(match[0]) not in scales:
            yield Reason("figure", match[0])
    counted = [pair for q in case.quotes for pair in _counted(q.text, case.language)]
    for figure, thing in _counted(case.sentence, case.language):
        others = [f for f, t in counted if t == thing]
        if others and figure not in others and figure in there:
            yield Reason("figure", f"{figure} {thing}")


def _scale(word: str) -> str:
    plain = word.casefold().replace(" ", "")
    return "percent" if plain in ("%", "percentage") else plain.removesuffix("s")


def _counted(text: str, language: Language) -> Iterator[tuple[str, str]]:
    """Yield each figure with the stem of the word right after it."""
    for match in re.finditer(r"(?<![\w.,])([\w.,]+)[\s\-]+([a-z]{3,})", text):
        if (figure := figures_in(match[1])) and (stem := language.stem(match[2])):
            yield figure[0], stem[0]


def _dates(case: _Case) -> Iterator[Reason]:
    """Yield days, months, weekdays and years that no quote names or means."""
    meant = {m.day for q in case.quotes if q.date for m in absolute_days(q.text, q.date)}
    days = {day for q in case.quotes for day in days_in(q.text)} | {(d.month, d.day) for d in meant}
    text = " ".join(q.text for q in case.quotes)
    for month, day in days_in(case.sentence):
        if (month, day) not in days:
            yield Reason("date", f"{day} {_MONTHS[month - 1]}")
    months = {month for month, _ in days} | {_MONTHS.index(m) + 1 for m in _MONTH.findall(text)}
    for name in _MONTH.findall(case.sentence):
        if _MONTHS.index(name) + 1 not in months and not (name == "May" and "may" in text):
            yield Reason("date", name)
    weekdays = {*_WEEKDAY.findall(text), *(_WEEKDAYS[d.weekday()] for d in meant)}
    for q in case.quotes:
        for month, day in days_in(q.text):
            for year in {int(y) for y in _YEAR.findall(q.text)} or {q.date.year if q.date else 0}:
                try:
                    weekdays.add(_WEEKDAYS[datetime.date(year, month, day).weekday()])
                except ValueError:  # 30 February, or no year known
                    continue
    for name in _WEEKDAY.findall(case.sentence):
        if name not in weekdays:
            yield Reason("date", name)
    for word in _RELATIVE_DAY.findall(case.sentence):
        if word.casefold() not in text.casefold():
            yield Reason("date", word)
    years = set(_YEAR.findall(text)) | {str(d.year) for d in meant}
    years |= {
        str(q.date.year)
        for q in case.quotes
        if q.date and (days_in(q.text) or _MONTH.search(q.text))
    }
    for year in dict.fromkeys(_YEAR.findall(case.sentence)):
        if year not in years:
            yield Reason("date", year)


# --- Names ----------------------------------------------------------------------------------

_NAME = re.compile(r"\b[A-Z][\w]*(?:['’\-][^\W\d_]+)*")
_PRONOUN = re.compile(r"\b(?:he|she|they|him|her|them|his|their|it|its)\b", re.IGNORECASE)
# Words that begin a sentence or a title and name nobody.
_NO_NAMES = _words(
    "the a an this that these those it he she we they i you his her its their both all each some "
    "many most other another one two three four five six seven eight nine ten first second third "
    "then also but and or so yet while when where after before during since until if as according "
    "in on at by for from to with without against about over under between among mr mrs ms dr sir "
    "president minister foreign secretary state prime chancellor spokesman spokeswoman "
    "spokesperson envoy ambassador adviser aide leader chief head king prince crown general "
    "deputy vice special senior however instead moreover further officials talks there here not "
    "no nor neither either what who why how which"
)


def _names(case: _Case) -> Iterator[Reason]:
    """Yield people, places and bodies that neither a quote nor what is known of it names."""
    sources = [f"{q.text} {q.speaker} {q.about}" for q in case.quotes]
    # "They agreed to start": whom a quote leaves to its title, a sentence may name.
    titles = " ".join(
        q.title for q in case.quotes if _PRONOUN.search(q.text) or not _NAME.search(q.text[1:])
    )
    there = {m.name for text in (*sources, titles) for m in case.names.find(text)}
    covered = " ".join((*sources, titles))
    keys = _keys(covered)
    lowered = {word.casefold() for word in re.findall(r"\w+", covered)}
    outside = _QUOTATION.sub(lambda quoted: " " * len(quoted[0]), case.sentence)
    people = [m for m in case.names.find(outside) if outside[m.start].isupper()]
    for mention in people:
        shared = {m.name for m in people if (m.start, m.end) == (mention.start, mention.end)}
        if not shared & there:
            yield Reason("name", outside[mention.start : mention.end])
    taken = [range(m.start, m.end) for m in people]
    plain = one_name_for_countries(_blanked(outside, taken))
    for match in _NAME.finditer(plain):
        word = re.sub(r"['’]s$", "", match[0])
        if word.casefold() in _NO_NAMES or _MONTH.fullmatch(word) or _WEEKDAY.fullmatch(word):
            continue
        parts = [part for part in word.split("-") if len(part) > 1]
        if all(spelling_key(p) in keys or p.casefold() in lowered for p in parts):
            continue
        opens = not plain[: match.start()].strip(" \"“'‘")
        if (
            opens
            and not _NAME.match(plain[match.end() :].lstrip())
            and _is_common(word, case.language)
        ):
            continue
        yield Reason("name", word)


def _keys(text: str) -> set[str]:
    plain = one_name_for_countries(text)
    return {
        spelling_key(part) for word in _NAME.findall(plain) for part in (word, *word.split("-"))
    }


def _is_common(word: str, language: Language) -> bool:
    """Whether a capitalised first word is one that the articles use as any other word."""
    return language.rarity(word.casefold()) < MAX_COMMON_RARITY


MAX_COMMON_RARITY = 0.75


def _blanked(text: str, spans: Sequence[range]) -> str:
    for span in spans:
        text = text[: span.start] + " " * len(span) + text[span.stop :]
    return text


# --- Quotations and speakers ----------------------------------------------------------------

_QUOTATION = re.compile(r"\"[^\"]+\"|“[^”]+”|«[^»]+»|„[^“”]+[“”]|(?<!\w)[‘'][^'’]{8,}[’'](?!\w)")


def _quotations(case: _Case) -> Iterator[Reason]:
    """Yield words in quotation marks that no quote has, word for word."""
    there = [_bare(q.text) for q in case.quotes]
    for match in _QUOTATION.finditer(case.sentence):
        words = _bare(match[0][1:-1])
        if words and not any(f" {words} " in f" {text} " for text in there):
            yield Reason("quotation", match[0])


def _bare(text: str) -> str:
    """Return the words alone: punctuation, case and marks do not change what was said."""
    return " ".join(re.findall(r"\w+(?:['’\-.]\w+)*", text.casefold().replace("’", "'")))


def _speakers(case: _Case) -> Iterator[Reason]:
    """Yield somebody who is said to have said it, where the quotes are another's words."""
    [claimed] = attribute(case.sentence, [Sentence(0, len(case.sentence))], case.names)
    speaker = claimed.speaker
    if not speaker or speaker not in case.names.people:
        return  # nobody, or a body, which the names rule has looked for
    own = {case.names.standard(q.speaker) for q in case.quotes if q.speaker}
    if speaker in own:
        return
    # A quote may report in its own words what somebody else said.
    reported = {
        attribute(q.text, [Sentence(0, len(q.text))], case.names)[0].speaker for q in case.quotes
    }
    if speaker not in reported:
        yield Reason("speaker", speaker)


# --- Negation and order ---------------------------------------------------------------------

_NEGATION = re.compile(
    r"\b(?:not|no|never|nor|neither|none|nothing|nobody|without|cannot|hardly|unable|fail(?:s|ed)?|"
    r"refus\w+|reject\w*|den(?:y|ies|ied|ying)|lack\w*|oppos\w+|rul\w+ out|declin\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:!?,—–]|\b(?:but|while|although|though|whereas|because)\b")
MIN_SHARED_TO_ALIGN = 0.5
_LIGHT = _words(
    "said says say told that this with from have has had were was been being will would could "
    "should also into than they their there which what when where while about after before more "
    "most some such only just very"
)


def _negations(case: _Case) -> Iterator[Reason]:
    """Yield a clause that is denied on one side only: here, or in the words nearest to it."""
    clauses = [clause for q in case.quotes for clause in _clauses(q.text)]
    for clause in _clauses(case.sentence):
        stems = _content(clause, case.language)
        if len(stems) < 2:
            continue
        scored = [(len(stems & _content(c, case.language)) / len(stems), c) for c in clauses]
        best = max((share for share, _ in scored), default=0.0)
        if best < MIN_SHARED_TO_ALIGN:
            continue
        nearest = [c for share, c in scored if share >= best - 0.15]
        denied = bool(_NEGATION.search(clause))
        if all(bool(_NEGATION.search(c)) != denied for c in nearest):
            yield Reason("negation", clause.strip())


def _clauses(text: str) -> list[str]:
    parts, at = [], 0
    for match in _CLAUSE.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
    return [part for part in (*parts, text[at:]) if part.strip()]


def _orders(case: _Case) -> Iterator[Reason]:
    """Yield two names that stand the other way round about the same verb in every quote."""
    there: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
    for q in case.quotes:
        for a, b, between in _pairs(q.text, case.names):
            there.setdefault((a, b), []).append((between, _content(between, case.language)))
    for a, b, between in _pairs(case.sentence, case.names):
        if (a, b) in there or (" and " in f" {between} " and len(between.split()) < 3):
            continue
        stems = _content(between, case.language)
        for other, stems_there in there.get((b, a), []):
            same_voice = bool(re.search(r"\bby\b", between)) == bool(re.search(r"\bby\b", other))
            if stems & stems_there and same_voice:
                yield Reason("order", f"{a} {between.strip()} {b}")


def _pairs(text: str, names: NameTable) -> Iterator[tuple[str, str, str]]:
    """Yield neighbouring people and countries, with the words between them."""
    plain = one_name_for_countries(text)
    found = [(m.start, m.end, m.name) for m in names.find(plain)]
    people = [range(start, end) for start, end, _ in found]
    found += [
        (m.start(), m.end(), m[0])
        for m in re.finditer(r"\b(?:America|Russia|Ukraine|Europe|Britain|Turkey|NATO)\b", plain)
        if not any(m.start() in span for span in people)
    ]
    for (_, end, a), (start, _, b) in pairwise(sorted(found)):
        if a != b and start > end:
            yield a, b, plain[end:start]


# --- Likeness -------------------------------------------------------------------------------

# Fitted by evals/checking/fit.py, in the order of `likeness_features`.
LIKENESS_WEIGHTS = (4.0, 2.0, 4.0, -1.5)
LIKENESS_OFFSET = -4.0
LIKENESS = ("covered", "covered_by_rarity", "similarity", "rarest_missing")


def likeness(sentence: str, quotes: Sequence[Quoted], language: Language) -> float:
    """Return how likely the quotes say the sentence, in (0, 1), by its words and its meaning."""
    features = likeness_features(sentence, quotes, language)
    return sigmoid(
        LIKENESS_OFFSET + sum(w * f for w, f in zip(LIKENESS_WEIGHTS, features, strict=True))
    )


def likeness_features(
    sentence: str, quotes: Sequence[Quoted], language: Language
) -> tuple[float, ...]:
    """Return what likeness weighs, in the order of LIKENESS, each in [-1, 1]."""
    there = _content(_all_words(quotes), language)
    words = {w: _content(w, language) for w in _content_words(sentence)}
    stems = {w: s for w, s in words.items() if s}
    if not stems:
        return (1.0, 1.0, language.similarity(sentence, _joined(quotes)), 0.0)
    missing = [w for w, s in stems.items() if not s & there]
    rarity = {w: language.rarity(w) for w in stems}
    total = sum(rarity.values()) or 1.0
    return (
        1 - len(missing) / len(stems),
        1 - sum(rarity[w] for w in missing) / total,
        language.similarity(sentence, _joined(quotes)),
        max((rarity[w] for w in missing), default=0.0),
    )


def _not_covered(sentence: str, quotes: Sequence[Quoted], language: Language) -> list[str]:
    """Return the content words that the quotes lack, rarest first."""
    there = _content(_all_words(quotes), language)
    missing = [w for w in _content_words(sentence) if not _content(w, language) & there]
    return sorted(dict.fromkeys(missing), key=lambda w: -language.rarity(w))


def _joined(quotes: Sequence[Quoted]) -> str:
    return " ".join(f"{q.speaker}: {q.text}" if q.speaker else q.text for q in quotes)


def _all_words(quotes: Sequence[Quoted]) -> str:
    return " ".join(f"{q.text} {q.speaker} {q.about} {q.title}" for q in quotes)


def _content_words(text: str) -> list[str]:
    return [
        word
        for word in re.findall(r"[^\W\d_][\w'’\-]{2,}", text)
        if word.casefold() not in _LIGHT and word.casefold() not in _NO_NAMES
    ]


def _content(text: str, language: Language) -> frozenset[str]:
    """Return the stems of the words that carry meaning, countries by one name."""
    plain = one_name_for_countries(text)
    return frozenset(stem for word in _content_words(plain) for stem in language.stem(word))


_RULES = (_figures, _dates, _names, _quotations, _speakers, _negations, _orders)
