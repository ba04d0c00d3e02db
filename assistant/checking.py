"""Whether a written sentence says no more than the quotes it cites. Pure.

Each rule looks for one way of saying something that was not said, and can say what is wrong: a
figure, a date, a name, a quotation, a speaker, a "not", or who did what to whom. `likeness` then
weighs how much of the sentence its quotes cover, for what no rule sees.
"""

import calendar
import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from assistant import marks
from assistant.asking import days_in, figures_in
from assistant.dates import absolute_days
from assistant.evidence import sigmoid
from assistant.names import NameTable, one_name_for_countries, spelling_key
from assistant.speakers import attribute
from assistant.types import Sentence, Verdict


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Code = Literal[
    "uncited", "figure", "date", "name", "quotation", "negation", "speaker", "order",
    "certainty", "extent", "cause", "added", "unlike", "markup", "garbled",
]  # fmt: skip

SUPPORTED_FROM = 0.7  # likeness above this is support
PARTLY_FROM = 0.4
MAX_CHARS = 2000  # no sentence is longer


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


_SAID: dict[str, str] = {
    "uncited": "it cites no quote",
    "figure": "the figure {} is not in the quotes",
    "date": "the date {} is not in the quotes",
    "name": "the quotes do not name {}",
    "quotation": "the words {} are in quotation marks but are not words of the quotes",
    "negation": "the quotes deny what it states, or the other way round: {}",
    "speaker": "the quotes are not words of {}",
    "order": "the quotes have it the other way round: {}",
    "certainty": "what the quotes give as planned, wanted or possible is told as done: {}",
    "extent": "the quotes do not say {}",
    "cause": "the quotes give no reason such as {}",
    "added": "the quotes say nothing of this: {}",
    "unlike": "the quotes do not say this: {}",
    "markup": "it holds a link or markup: {}",
    "garbled": "it is no readable sentence: {}",
}


def what_is_wrong(code: str) -> str:
    """Return what is wrong with a sentence without any of its words, which nobody has checked.

    >>> what_is_wrong("figure")
    'the figure … is not in the quotes'
    """
    return _SAID[code].format("…")


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict and its reasons; no reasons when supported. `likeness` lies in (0, 1)."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    likeness: float = 1.0


@dataclass(frozen=True, slots=True)
class Language:
    """What checking asks of the index: word stems, how rare a word is, and how near texts are.

    `similarity` is the cosine of a sentence and the quotes, in [-1, 1]; `reading` what the reader
    makes of a quote for a sentence, as a logit.
    """

    stem: Callable[[str], Sequence[str]]
    rarity: Callable[[str], float]
    similarity: Callable[[str, str], float]
    reading: Callable[[str, Quoted], float]


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
    if len(sentence) > MAX_CHARS or not sentence.isprintable():
        return Checked("unsupported", (Reason("garbled", ascii(sentence[:80])),), 0.0)
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
    r"(?i)\b(?:hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|twice|double|triple|"
    r"quarter|per ?cent|percentage)\b|%"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTHS = list(calendar.month_name)[1:]
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_WEEKDAYS = list(calendar.day_name)
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS)})\b")
_RELATIVE_DAY = re.compile(r"(?i)\b(?:yesterday|today|tomorrow)\b")
_ONE = re.compile(r"(?i)\bone\b")  # "one of them" counts nothing
_BOTH = re.compile(r"(?i)\b(?:the|these|those|his|her|their|its) two\b|\bfirst(?:ly)?\b")
_ORDINALS = {
    word: str(number)
    for number, word in enumerate(
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh "  # noqa: SIM905
        "twelfth".split()
    )
} | {"twentieth": "20", "thirtieth": "30", "fortieth": "40", "fiftieth": "50", "sixtieth": "60"}
_ORDINAL = re.compile(rf"(?i)\b(?:{'|'.join(_ORDINALS)})\b|\b(\d+)(?:st|nd|rd|th)\b")
_SHORT_SCALES = {
    "bn": "billion", "m": "million", "mn": "million", "k": "thousand", "tn": "trillion",
}  # fmt: skip
_SHORT_SCALE = re.compile(rf"(?i)(\d)\s?({'|'.join(_SHORT_SCALES)})\b")
_AND_A_HALF = re.compile(r"(?i)\b(\w+) and a half\b")
_DAY_LIST = re.compile(
    rf"\b(\d{{1,2}})(\s*(?:,|and|to|or|until|[-–—])\s*)(?=\d{{1,2}}\s+({'|'.join(_MONTHS)})\b)"
)
_LIST_OF_DAYS = re.compile(
    rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}})(\s*(?:,|and|to|or|until|[-–—])\s*)(?=\d{{1,2}}\b)"
)


def _spelled(text: str) -> str:
    """Return the text with each figure and day on its own: "2 and 3 April" names two days.

    >>> _spelled("from 23 to 25 March, for four and a half hours")
    'from 23 March to 25 March, for 4.5 hours'
    """
    for _ in range(3):
        text = _DAY_LIST.sub(r"\1 \3\2", text)
        text = _LIST_OF_DAYS.sub(r"\1 \2\3\1 ", text)
    text = _SHORT_SCALE.sub(lambda m: f"{m[1]} {_SHORT_SCALES[m[2].casefold()]}", text)
    return _AND_A_HALF.sub(lambda m: f"{''.join(figures_in(m[1])[:1]) or m[1]}.5", text)


def _figures_in(text: str) -> tuple[str, ...]:
    """Return the figures that are no dates, ordinals and dozens among them."""
    plain = _ORDINAL.sub(lambda m: m[1] or _ORDINALS[m[0].casefold()], _BOTH.sub(" ", text))
    return figures_in(_ONE.sub(" ", plain))


def _figures(case: _Case) -> Iterator[Reason]:
    """Yield figures that no quote has, or has of other things."""
    texts = [_spelled(q.text) for q in case.quotes]
    there = {f for text in texts for f in (*_figures_in(text), *_YEAR.findall(text))}
    there |= {"50"} if any(re.search(r"\bhalf\b", text, re.I) for text in texts) else set()
    there |= {"1000"} if any("thousand" in text.casefold() for text in texts) else set()
    sentence = _spelled(case.sentence)
    for figure in dict.fromkeys(_figures_in(sentence)):
        if figure not in there and figure != "1":
            yield Reason("figure", figure)
    scales = {_scale(m[0]) for text in texts for m in _SCALES.finditer(text)}
    scales |= {"percent"} if "half" in scales else set()
    scales |= {"half"} if "50" in there and "percent" in scales else set()
    scales |= {"thousand"} if any(f.endswith("000") for f in there) else set()
    for match in _SCALES.finditer(sentence):
        if _scale(match[0]) not in scales:
            yield Reason("figure", match[0])
    counted = [pair for text in texts for pair in _counted(text, case.language)]
    for figure, thing in _counted(sentence, case.language):
        others = [f for f, t in counted if t == thing]
        if others and figure not in others and figure in there:
            yield Reason("figure", f"{figure} {thing}")


def _scale(word: str) -> str:
    plain = word.casefold().replace(" ", "")
    return "percent" if plain in ("%", "percentage") else plain.removesuffix("s")


def _counted(text: str, language: Language) -> Iterator[tuple[str, str]]:
    """Yield each figure with the stem of the word right after it."""
    for match in re.finditer(r"(?<![\w.,])([\w.,]+)(?=[\s\-]+([a-z]{3,}))", text):
        if (figure := figures_in(match[1])) and (stem := language.stem(match[2])):
            yield figure[0], stem[0]


def _dates(case: _Case) -> Iterator[Reason]:
    """Yield days, months, weekdays and years that no quote names or means."""
    meant = {m.day for q in case.quotes if q.date for m in absolute_days(q.text, q.date)}
    text = " ".join(q.text for q in case.quotes)
    days = {*days_in(_spelled(text)), *((d.month, d.day) for d in meant)}
    sentence = _spelled(case.sentence)
    for month, day in days_in(sentence):
        if (month, day) not in days:
            yield Reason("date", f"{day} {_MONTHS[month - 1]}")
    months = {month for month, _ in days} | {_MONTHS.index(m) + 1 for m in _MONTH.findall(text)}
    for name in _MONTH.findall(case.sentence):
        if _MONTHS.index(name) + 1 not in months and not (name == "May" and "may" in text):
            yield Reason("date", name)
    weekdays = {*_WEEKDAY.findall(text), *(_WEEKDAYS[d.weekday()] for d in meant)}
    for q in case.quotes:
        for month, day in days_in(_spelled(q.text)):
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
# Where a government speaks, its capital may stand for it; a place it must not stand for.
_CAPITALS = {
    "Berlin": "Germany", "Paris": "France", "Rome": "Italy", "Warsaw": "Poland",
    "Madrid": "Spain", "London": "Britain", "Ankara": "Turkey", "Minsk": "Belarus",
    "Budapest": "Hungary", "Beijing": "China", "Tokyo": "Japan", "Tehran": "Iran",
    "Vienna": "Austria", "Ottawa": "Canada", "Prague": "Czechia", "Helsinki": "Finland",
    "Stockholm": "Sweden", "Oslo": "Norway", "Copenhagen": "Denmark", "Riga": "Latvia",
    "Vilnius": "Lithuania", "Tallinn": "Estonia", "Bucharest": "Romania", "Athens": "Greece",
}  # fmt: skip
_DEMONYMS = {
    "French": "France", "Polish": "Poland", "Pole": "Poland", "Spanish": "Spain",
    "Chinese": "China", "Finnish": "Finland", "Swedish": "Sweden", "Danish": "Denmark",
    "Dutch": "Netherlands", "Hungarian": "Hungary", "Belgian": "Belgium", "Greek": "Greece",
    "Swiss": "Switzerland", "Czech": "Czechia", "Norwegian": "Norway", "Saudi": "Arabia",
}  # fmt: skip
_DEMONYM = re.compile(rf"\b(?:{'|'.join(_DEMONYMS)})\b")
_COUNTRIES = {*_CAPITALS.values(), *_DEMONYMS.values(), "America", "Russia", "Ukraine", "Europe"}
_PLACED = re.compile(r"\b(?:in|at|to|from|near|outside|of)\s+$")
# A place is not its country: "came to Kyiv" where the quote has "Ukrainian".
_PLACE = re.compile(r"\b(?:in|at|to|from|near|outside)\s+([A-Z]\w+)(?!['’]s)")
_SEATS = {*_CAPITALS, "Kyiv", "Kiev", "Moscow", "Washington", "Brussels"}
_PRONOUN = re.compile(r"(?i)\b(?:he|she|they|him|her|them|his|their|it|its)\b")
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
    keys = _keys(" ".join((*sources, titles)))
    written = {spelling_key(word) for source in sources for word in re.findall(r"\w+", source)}
    lowered = {word.casefold() for word in re.findall(r"\w+", " ".join(sources))}
    outside = _QUOTATION.sub(lambda quoted: " " * len(quoted[0]), case.sentence)
    people = [m for m in case.names.find(outside) if outside[m.start].isupper()]
    for mention in people:
        shared = {m.name for m in people if (m.start, m.end) == (mention.start, mention.end)}
        if not shared & there:
            yield Reason("name", outside[mention.start : mention.end])
    for match in _PLACE.finditer(outside):
        if match[1] in _SEATS and spelling_key(match[1]) not in written:
            yield Reason("name", match[1])
    for mention in people:
        width = mention.end - mention.start
        outside = f"{outside[: mention.start]}{' ' * width}{outside[mention.end :]}"
    plain = one_name_for_countries(outside)
    for match in _NAME.finditer(plain):
        word = re.sub(r"['’]s$", "", match[0])
        if word.casefold() in _NO_NAMES or _MONTH.fullmatch(word) or _WEEKDAY.fullmatch(word):
            continue
        parts = [part for part in word.split("-") if len(part) > 1]
        placed = bool(_PLACED.search(plain[: match.start()]))
        there_by_name = written if placed and word not in _COUNTRIES else keys
        if all(_is_named(part, there_by_name, lowered, placed=placed) for part in parts):
            continue
        opens = not plain[: match.start()].strip(" \"“'‘")
        alone = not _NAME.match(plain[match.end() :].lstrip())
        if opens and alone and word not in _CAPITALS and word not in _COUNTRIES:
            continue  # any word may open a sentence; likeness weighs it
        yield Reason("name", word)


def _keys(text: str) -> set[str]:
    plain = _DEMONYM.sub(lambda m: f"{m[0]} {_DEMONYMS[m[0]]}", one_name_for_countries(text))
    return {
        spelling_key(part) for word in _NAME.findall(plain) for part in (word, *word.split("-"))
    }


def _is_named(part: str, keys: set[str], lowered: set[str], *, placed: bool) -> bool:
    """Whether a name, or another form of it, is among those of the quotes."""
    forms = {part, part.removesuffix("s"), _DEMONYMS.get(part, part)}
    if not placed:
        forms.add(_CAPITALS.get(part, part))
    if any(spelling_key(form) in keys or form.casefold() in lowered for form in forms):
        return True
    key = spelling_key(part.removesuffix("s"))  # German, Germany, Germans
    return len(key) >= 4 and any(
        k.startswith(key) or (len(k) > 3 and key.startswith(k)) for k in keys
    )


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
    own = {case.names.standard(q.speaker) for q in case.quotes if q.speaker}
    if not speaker or speaker not in case.names.people or speaker in own:
        return  # nobody, a body, which the names rule has looked for, or the right one
    # A quote may report in its own words what somebody else said.
    reported = {
        attribute(q.text, [Sentence(0, len(q.text))], case.names)[0].speaker for q in case.quotes
    }
    told_of = {m.name for q in case.quotes for m in case.names.find(q.text)} if not own else set()
    if speaker not in reported | told_of:
        yield Reason("speaker", speaker)


def _marks(case: _Case) -> Iterator[Reason]:
    """Yield an id that is left in the words: a mark that nobody could read."""
    if left := re.search(rf"\b{marks.ID}\b", case.sentence):
        yield Reason("markup", left[0])


# --- Negation and order ---------------------------------------------------------------------

_NEGATION = re.compile(
    r"(?i)\b(?:not|no|never|nor|neither|none|nothing|nobody|without|cannot|hardly|unable|refus\w+|"
    r"fail(?:s|ed)?|reject\w*|den(?:y|ies|ied|ying)|lack\w*|oppos\w+|rul\w+ out|declin\w+|only|"
    r"bar(?:s|red)?|ban(?:s|ned)?|prohibit\w*|forbid\w*|forbade|exclud\w+|dismiss\w*|disput\w+|"
    r"turn\w* down|absent|against|unlikely|improbable|impossible|avoid\w*|withdr\w+|resist\w*|"
    r"un(?:provoked|acceptable|willing|clear|able)|rather than|instead of|yet to|disagree\w*)\b|"
    r"n['’]t\b"
)
_CLAUSE = re.compile(r"[.;:!?,—–]|\b(?:but|while|although|though|whereas|because)\b")
MIN_SHARED_TO_ALIGN = 0.5
_PASSIVE = re.compile(r"\bby\s*(?:the\s*)?$")
_LIGHT = _words(
    "said says say told that this with from have has had were was been being will would could "
    "should also into than they their there which what when where while about after before more "
    "most some such only just very"
)


def _negations(case: _Case) -> Iterator[Reason]:
    """Yield a clause that is denied on one side only: here, or in the words nearest to it."""
    clauses = [clause for q in case.quotes for clause in _clauses(q.text)]
    if _NEGATION.search(case.sentence) and not any(map(_NEGATION.search, clauses)):
        yield Reason("negation", case.sentence)
        return
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
    return [part for part in _CLAUSE.split(text) if part.strip()]


def _orders(case: _Case) -> Iterator[Reason]:
    """Yield two names that stand the other way round about the same verb in every quote."""
    there: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
    for q in case.quotes:
        for a, b, between in _pairs(q.text, case.names):
            there.setdefault((a, b), []).append((between, _content(between, case.language)))
    for a, b, between in _pairs(case.sentence, case.names):
        if " and " in f" {between} " and len(between.split()) < 3:
            continue
        stems, is_passive = _content(between, case.language), bool(_PASSIVE.search(between))
        same = [o for o, s in there.get((a, b), []) if s & stems]
        turned = [o for o, s in there.get((b, a), []) if s & stems]
        alike = [bool(_PASSIVE.search(o)) == is_passive for o in same]
        alike += [bool(_PASSIVE.search(o)) != is_passive for o in turned]
        if alike and not any(alike):
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


# --- The same words but one -----------------------------------------------------------------

MIN_SHARED_TO_COMPARE = 0.7  # of a sentence's words, in the same order
MAX_INSTEAD = 3  # words that stand in the place of others; more are another way to say it
_TOKEN = re.compile(r"\w+(?:\.\d+)?")
_CONTRACTED = re.compile(r"(?<=can)not\b|n['’]t\b")
_DENIALS = {"not", "never", "no", "Not", "Never", "No"}
_KINDS: dict[str, Code] = {
    "person": "name", "place": "name", "weekday": "date", "figure": "figure",
}  # fmt: skip
_GOVERNMENTS = {"Kremlin": "Russia", "White House": "America", "Downing Street": "Britain"}
_GOVERNMENT = re.compile("|".join(_GOVERNMENTS))


def _replaced(case: _Case) -> Iterator[Reason]:
    """Yield another name, figure or weekday, or a "not", in what else is a quote word for word."""
    ours = _tokens(case.sentence, case.names)
    compared = []
    for q in case.quotes:
        theirs = _tokens(q.text, case.names)
        plain = [[token.casefold() for token in tokens] for tokens in (ours, theirs)]
        matcher = SequenceMatcher(None, plain[0], plain[1], autojunk=False)
        shared = sum(block.size for block in matcher.get_matching_blocks())
        compared.append((shared, theirs, matcher))
    shared, theirs, matcher = max(compared, key=lambda c: c[0])
    if shared < MIN_SHARED_TO_COMPARE * len(ours):
        return
    for _, a, b, c, d in matcher.get_opcodes():
        here, there = ours[a:b], theirs[c:d]
        if len(here) + len(there) == 1 and {*here, *there} & _DENIALS:
            yield Reason("negation", _shown(" ".join(ours[max(0, a - 3) : b + 3])))
        if max(len(here), len(there)) > MAX_INSTEAD:
            continue
        for kind, code in _KINDS.items():
            one, other = ([t for t in side if _kind(t) == kind] for side in (here, there))
            if one and other and not {*one} & {*other}:
                yield Reason(code, _shown(f"{one[0]} in the place of {other[0]}"))


def _tokens(text: str, names: NameTable) -> list[str]:
    """Return the words, a person's name as one, countries by one name, "can't" as two."""
    for mention in reversed({m.end: m for m in names.find(text)}.values()):
        if text[mention.start].isupper():
            name = mention.name.replace(" ", "_")
            text = f"{text[: mention.start]}{name}_{text[mention.end :]}"
    text = _GOVERNMENT.sub(lambda m: _GOVERNMENTS[m[0]], _CONTRACTED.sub(" not", text))
    plain = re.sub(r"['’]s\b", "", one_name_for_countries(text))
    tokens = (figure for t in _TOKEN.findall(plain) for figure in figures_in(t)[:1] or (t,))
    return [_DEMONYMS.get(token, _CAPITALS.get(token, token)) for token in tokens]


def _shown(tokens: str) -> str:
    return " ".join(tokens.replace("_", " ").split())


def _kind(token: str) -> str:
    if "_" in token or token[0].isdigit():
        return "person" if "_" in token else "figure"
    is_name = token[0].isupper() and token.casefold() not in _NO_NAMES and token not in _MONTHS
    return ("weekday" if token in _WEEKDAYS else "place") if is_name else ""


# --- How sure, how much, and why ------------------------------------------------------------

_OPEN = re.compile(
    r"(?i)\b(?:will|would|shall|may|might|could|can|should|must|need\w*|plan\w*|propos\w+|offer\w*|"
    r"want\w*|hop(?:e|es|ed|ing)|expect\w*|ask\w*|demand\w*|urg(?:e|es|ed|ing)|intend\w*|"
    r"intention|aim\w*|call\w* (?:for|on)|suggest\w*|ready|willing\w*|consider\w*|possib\w+|"
    r"likely|unlikely|improbable|perhaps|if|unless|prepar\w+|promis\w+|pledg\w+|vow\w*|threat\w+|"
    r"invit\w+|agree\w* to|due|ought|scheduled|foresees?|envisage\w*|future|next|upcoming|coming|"
    r"goal|ultimately|wish\w*|seek\w*|sought|insist\w*|request\w*|draft|(?:is|are|was|were) to|"
    r"to be|let|condition\w*|able|prospect\w*|would-be|going to|predict\w*|forecast\w*|favou?r\w*|"
    r"set to|idea|initiative|option|whether)\b|['’]ll\b"
)
_EXTENT = re.compile(
    r"(?i)\b(?:all|every|everyone|everybody|everything|always|none|only|entire(?:ly)?|whole|fully|"
    r"complete(?:ly)?|total(?:ly)?|unanimous(?:ly)?|most|majority|exclusively|solely|never|"
    r"immediately|permanent(?:ly)?|final(?:ly)?|unconditional(?:ly)?)\b"
)
_CAUSE = re.compile(
    r"(?i)\b(?:because|due to|owing to|thanks to|as a result|therefore|so that|in order to|since|"
    r"for fear|caused|in response|in retaliation|in protest|out of|on account of|prompted|"
    r"which is why|led to|so as to|leading to|over)\b"
)
_REASON = re.compile(
    rf"{_CAUSE.pattern}|\b(?:reason\w*|after|following|meant|blam\w+|argu\w+|why|led|"
    r"justif\w+|explain\w*|consequence|but|as|to)\b"
)
_PLANNED = re.compile(
    r"\b(?:will|would|may|might|could|should|plan(?:s|ned|ning)?|propos\w+|offer\w*|want\w*|"
    r"hop(?:e|es|ed|ing)|expect\w*|demand\w*|urg(?:e|es|ed)|intend\w*|ready|possible|possibly|"
    r"likely|if|promis\w+|vow\w*|is to|are to|was to|were to)\b",
)


def _certainty(case: _Case) -> Iterator[Reason]:
    """Yield a sentence that tells as done what every quote gives as planned or possible."""
    if all(_PLANNED.search(q.text) for q in case.quotes) and not _OPEN.search(case.sentence):
        yield Reason("certainty", case.sentence)


def _beyond(case: _Case) -> Iterator[Reason]:
    """Yield "all", "only" and the like, or a "because", where no quote has a word of that kind."""
    kinds: tuple[tuple[Code, re.Pattern[str], re.Pattern[str]], ...] = (
        ("extent", _EXTENT, _EXTENT),
        ("cause", _CAUSE, _REASON),
    )
    for code, kind, grounds in kinds:
        found = kind.search(case.sentence)
        if found and not any(grounds.search(q.text) for q in case.quotes):
            yield Reason(code, found[0])


_PART = re.compile(r"[;:,]|\b(?:and|but|while|which|who|where|after|before)\b")
MIN_PART_WORDS = 2
MIN_PART_SIMILARITY = 0.4


def _added(case: _Case) -> Iterator[Reason]:
    """Yield a part of the sentence of which the quotes have no word, and nothing like it."""
    for part in _PART.split(_QUOTATION.sub(" ", case.sentence)):
        words = _content_words(part)
        missing = _not_covered(part, case.quotes, case.language)
        if len(words) < MIN_PART_WORDS or len(missing) < len(set(words)):
            continue
        said = " ".join(q.text for q in case.quotes)
        if case.language.similarity(part, said) < MIN_PART_SIMILARITY:
            yield Reason("added", part.strip())


# --- Likeness -------------------------------------------------------------------------------

# Fitted by evals/checking/measure.py, in the order of LIKENESS.
LIKENESS = ("covered", "similarity", "reading")
LIKENESS_WEIGHTS = (0.8, 1.6, 0.6)
LIKENESS_OFFSET = -2.2


def likeness(sentence: str, quotes: Sequence[Quoted], language: Language) -> float:
    """Return how likely the quotes say the sentence, in (0, 1), by its words and its meaning."""
    features = likeness_features(sentence, quotes, language)
    return sigmoid(
        LIKENESS_OFFSET + sum(w * f for w, f in zip(LIKENESS_WEIGHTS, features, strict=True))
    )


def likeness_features(
    sentence: str, quotes: Sequence[Quoted], language: Language
) -> tuple[float, ...]:
    """Return what likeness weighs, in the order of LIKENESS.

    The share of its content words that the quotes have, by rarity; the cosine of both; and the
    reader's logit for the quote that answers the sentence best, as if it were a question.
    """
    rarity = {w: language.rarity(w) for w in _content_words(sentence)}
    missing = sum(rarity[w] for w in _not_covered(sentence, quotes, language))
    total = sum(rarity.values())
    covered = 1 - missing / total if total else 1.0
    said = " ".join(f"{q.speaker}: {q.text}" if q.speaker else q.text for q in quotes)
    reading = max(language.reading(sentence, quote) for quote in quotes)
    return covered, language.similarity(sentence, said), reading


def _not_covered(sentence: str, quotes: Sequence[Quoted], language: Language) -> list[str]:
    """Return the content words that the quotes lack, rarest first."""
    there = _content(" ".join(f"{q.text} {q.speaker} {q.about}" for q in quotes), language)
    missing = [w for w in _content_words(sentence) if not _content(w, language) & there]
    return sorted(dict.fromkeys(missing), key=lambda w: -language.rarity(w))


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


_RULES = (
    _figures, _dates, _names, _quotations, _speakers, _negations, _orders, _replaced,
    _certainty, _beyond, _added, _marks,
)  # fmt: skip
