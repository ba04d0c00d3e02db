"""What a question asks for: the kind of answer, whose words, on what, when, and what is unknown.

`read` is pure: what the index knows of names and words comes in as functions.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.dates import Period, asked_periods
from assistant.names import Mention, NameTable
from assistant.roles import RoleTable

Wants = Literal["who", "when", "where", "duration", "number", "list", "why", "whether", "what"]

_OPENS = r"^\W*(?:(?:and|but|so|in|from|on|at)\W+)?"
_THING_LISTED = r"(?:points|goals|conditions|demands|steps|topics)"
_WANTS: tuple[tuple[Wants, str], ...] = (
    ("duration", r"\bhow (?:long|many (?:hours|minutes|days|weeks|months|years))\b"),
    ("number", r"\bhow (?:many|much|far|large|big|often|old)\b"),
    (
        "when",
        rf"{_OPENS}when\b|\bwhen (?:did|do|does|was|were|is|are|will|would|has|have|had)\b|"
        r"\bwhen\W*$|\b(?:what|which) (?:date|day|year|month|time)\b",
    ),
    (
        "where",
        rf"{_OPENS}where\b|\bwhere (?:did|do|does|was|were|is|are|will|would|has|have|had)\b|"
        r"\bwhere\W*$|"
        r"\b(?:what|which|wich) (?:\w+ )?(?:city|place|country|venue|building|palace)\b",
    ),
    ("why", r"\b(?:why|what (?:reason|caused)|how come|reason for)\b"),
    (
        "list",
        rf"\b(?:which {_THING_LISTED}|what (?:were|are) the \w+ {_THING_LISTED}|"
        rf"(?:two|three|four|five|six|\d+) {_THING_LISTED})\b",
    ),
    ("who", r"^\W*(?:(?:and|but|so)\W+)?who\b|\b(?:whose|whom)\b|\bwho (?:was|were|is|are|did)\b"),
    (
        "whether",
        r"^\W*(?:(?:and|but|so|then)\W+)?(?:did|does|do|is|are|was|were|has|have|had|will|would|can|"
        r"could|should|must)(?:n['’]?t)?\s+(?!(?:you|me|i|we)\b)[^,?]*\w",
    ),
)
# "Can you tell me what …" and "Did Putin say what …" ask for what follows.
_ASKS_FURTHER = re.compile(r"\b(?:say|said|tell|told|explain|know|describe)\b[^,]*\b(?:what|how)\b")

_SPEECH = re.compile(
    r"\b(?:say|said|says|tell|told|repl(?:y|ied|ies)|demand\w*|claim\w*|clame\w*|"
    r"call(?:ed)? (?:for|it|the)|argue\w*|"
    r"warn\w*|announce\w*|promise\w*|want\w*|insist\w*|describe\w*|think|thinks|believe\w*|position|"
    r"comment\w*|react\w*|respon\w+|suggest\w*|propose\w*|accus\w+|den(?:y|ied|ies)|reject\w*|"
    r"according to|statement\w*|remark\w*|view\w*|stance|explain\w*|put it|threat\w*|state|stated|"
    r"offer\w*|urg\w+|pledg\w+|vow\w*|refus\w+|express\w*|mention\w*|admit\w*|predict\w*|"
    r"rule[ds]? out|ask(?:ed)? for)\b",
    re.IGNORECASE,
)

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE_LIKE = re.compile(
    rf"\b(?:\d{{1,2}}\s+(?:{_MONTHS})|(?:{_MONTHS})\s+\d{{1,2}}|(?:{_MONTHS})|(?:19|20)\d\d|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday|today|tomorrow|spring|summer|autumn|"
    r"winter|week|month)\b"
)
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

MIN_MENDED_CHARS = 7  # shorter words are too near to one another
# Words of a question that say what kind of thing is asked for, not what it is about.
_ASKING = frozenset(
    {"who", "what", "when", "where", "why", "how", "which", "whom", "whose", "many", "much", "long"}
    | {"say", "said", "tell", "told", "claim", "clame", "demand", "mention", "comment", "view"}
    | {"happen", "give", "get", "make", "come", "go", "stance", "accord", "exactly", "article"}
    | {"know", "explain", "describ", "repli", "respond", "argu", "date"}
)


_COUNTED_FROM_TODAY = re.compile(
    r"\b(?:last|past|previous|this|next|coming|ago|yesterday|today|tomorrow|(?:mon|tues|wednes|"
    r"thurs|fri|satur|sun)day)\b|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Within:
    """A period that a question names, both days included.

    "18 February" names no year: then a day of `any_year` is within it.
    """

    first: datetime.date
    last: datetime.date
    any_year: bool = False

    @classmethod
    def of(cls, period: Period) -> "Within":
        """Return a period read from a question."""
        whole = (period.last - period.first).days > 300
        free = not whole and not _COUNTED_FROM_TODAY.search(period.text)
        return cls(period.first, period.last, any_year=free)

    @property
    def is_day(self) -> bool:
        """Whether it is a single day."""
        return self.first == self.last

    def has(self, day: datetime.date) -> bool:
        """Whether a day is within the period.

        >>> march = Within(datetime.date(2026, 3, 1), datetime.date(2026, 3, 31), any_year=True)
        >>> march.has(datetime.date(2025, 3, 9))
        True
        """
        if self.any_year and self.first.year == self.last.year:
            return self.first.timetuple()[1:3] <= day.timetuple()[1:3] <= self.last.timetuple()[1:3]
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for, read from its words.

    `people` are standard names; `speakers` are those of them whose words are wanted, the others
    are what is talked about. `speech` says that somebody's words are wanted; `stems` maps the
    stem of each topic word to its rarity in the corpus; `unknown` are words, as written, that
    occur in no article and resemble none; `periods` are the dates that it names; `topic` are stems
    of the names of places and bodies after "about", which are rarely said in other words;
    `compares` says that two sides are wanted.
    """

    text: str
    wants: Wants
    speech: bool
    people: tuple[str, ...]
    speakers: tuple[str, ...]
    stems: dict[str, float]
    unknown: tuple[str, ...]
    periods: tuple[Within, ...] = ()
    topic: frozenset[str] = frozenset()
    compares: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What the index knows of words and names, as functions, so that reading stays pure.

    `similar` gives the articles' word that an unknown one is a slip for, or ""; `named` the
    standard names of the people whom a text names, `standard` that of one name.
    """

    stem: Callable[[str], list[str]]
    rarity: Callable[[str], float]
    unknown: Callable[[str], list[str]]
    has_similar: Callable[[str], bool]
    similar: Callable[[str], str]
    named: Callable[[str], frozenset[str]]
    standard: Callable[[str], str]


_COMPARES = re.compile(
    r"\b(?:compar\w+|differ\w*|both|versus|vs\.?|respective\w*|each side|contrast\w*|"
    r"disagree\w*|agree with|same as)\b",
    re.IGNORECASE,
)
# "What did Peskov say about Zelensky?": who stands after such a word is talked about.
_TALKED_ABOUT = re.compile(
    r"\b(?:about|on|of|with|to|for|against|regarding|concerning|over|that|by phone with|toward|"
    r"towards|from)\s+(?:[\w'’\-]+\s+){0,2}$",
    re.IGNORECASE,
)
_SAID_BY = re.compile(r"\b(?:according to|by|words of|position of|view of|from)\s+$", re.IGNORECASE)


def spelled_out(
    question: str,
    names: NameTable,
    roles: RoleTable,
    words: Words,
    *,
    today: datetime.date,
) -> str:
    """Return the question with typos mended, and with people's names as articles write them.

    Somebody who is called by a role is named after it.

    Search, reader and the person who asks then see the same question.
    """
    unknown = words.unknown(question)
    # Who held a role in "March", of no year, is whoever the articles mostly mean.
    periods = [Within.of(period) for period in asked_periods(question, today)]
    on = (periods[0].first, periods[0].last) if periods and not periods[0].any_year else None
    mentions = names.find(question, fuzzy_words=unknown)
    changes = [(m.start, m.end, m.name) for m in mentions if not m.exact]
    named = {m.name for m in mentions}
    taken = {question[start:end] for start, end, _ in changes}
    for word in unknown:
        mended = words.similar(word) if len(word) >= MIN_MENDED_CHARS and word not in taken else ""
        if mended:
            changes += [
                (m.start(), m.end(), mended)
                for m in re.finditer(rf"\b{re.escape(word)}\b", question)
            ]
    changes += [
        (r.end, r.end, f" ({r.person})") for r in roles.find(question, on=on)
        if r.person not in named
    ]  # fmt: skip
    for start, end, shown in sorted(changes, reverse=True):
        question = question[:start] + shown + question[end:]
    return question


def read(question: str, names: NameTable, words: Words, *, today: datetime.date) -> Asked:
    """Say what a question asks for; `today` is what "last month" counts from."""
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
    if wants == "whether" and _ASKS_FURTHER.search(question):
        wants = "what"
    without_names = _blank(question, spans)
    # Words in another script can only be names here: the articles' language has none of them.
    readable = " ".join(w for w in without_names.split() if w.isascii() or w not in unknown)
    stems = {s: words.rarity(s) for s in words.stem(readable) if s not in _ASKING}
    # Of a question in another script only the names are read: their words are the best guess.
    speech = bool(_SPEECH.search(question) or not re.search("[A-Za-z]", question))
    speakers = _speakers(question, mentions) if speech else ()
    return Asked(
        text=question,
        wants=wants,
        speech=speech,
        people=tuple(dict.fromkeys(m.name for m in mentions)),
        speakers=speakers if wants in _WORDS_WANTED else (),
        stems=stems,
        unknown=tuple(
            w for w in unknown
            if w not in misspelt
            and w.isascii()
            and not words.has_similar(w)
            and w.casefold() not in _ASKING
        ),
        periods=tuple(Within.of(period) for period in asked_periods(question, today)),
        topic=_named_topic(without_names, words),
        compares=bool(_COMPARES.search(question)) or len(speakers) > 1,
    )  # fmt: skip


# Of other kinds the answer counts, whoever gives it.
_WORDS_WANTED: frozenset[Wants] = frozenset({"what", "why", "list", "whether"})


def _speakers(question: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Return whose words are asked for: "according to" them, or who stands before the saying.

    Where nobody does, those who are not what the words are about.
    """
    said = _SPEECH.search(question)
    found = (
        [m for m in mentions if _SAID_BY.search(question[: m.start])]
        or [m for m in mentions if said and m.end <= said.start()]
        or [m for m in mentions if not _TALKED_ABOUT.search(question[: m.start])]
    )
    return tuple(dict.fromkeys(m.name for m in found))


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _named_topic(question: str, words: Words) -> frozenset[str]:
    """Return the stems of the capitalised words after "about"; dates are no topic."""
    found = _ABOUT.search(question)
    named = re.findall(r"\b[A-Z][\w.]+", DATE_LIKE.sub("", found["topic"])) if found else []
    return frozenset(stem for name in named for stem in words.stem(name))


def days_in(text: str) -> list[tuple[int, int]]:
    """Return the days that a text names, as (month, day), in order.

    >>> days_in("between 18 February and March 3")
    [(2, 18), (3, 3)]
    """
    months = [m.casefold() for m in _MONTHS.split("|")]
    return [
        (months.index((f["month"] or f["month2"]).casefold()) + 1, int(f["day"] or f["day2"]))
        for f in _DAY.finditer(text)
    ]


_WORD_FIGURES = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "  # noqa: SIM905
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "hundred": "100"}
_FIGURE = re.compile(
    rf"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])|\b(?:{'|'.join(_WORD_FIGURES)})\b", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def figures_in(text: str) -> tuple[str, ...]:
    """Return the figures of a text that are no dates, words as digits, in order.

    >>> figures_in("Three of 20 points on 18 February 2025, 4.5 hours")
    ('3', '20', '4.5')
    """
    plain = _YEAR.sub(" ", _DAY.sub(" ", text))
    return tuple(
        _WORD_FIGURES.get(found[0].casefold(), found[0].replace(",", ""))
        for found in _FIGURE.finditer(plain)
    )
