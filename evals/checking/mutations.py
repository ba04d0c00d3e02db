"""How many false sentences `assistant.checking` lets pass, when true ones are made false on purpose.

    python -m evals.checking.mutations [--show]

True sentences come from an index of `corpus/`: the quotes themselves and light rewordings. Each
mutation changes what one of them says. The same index gives the same mutations.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from assistant.checking import Quoted, check
from assistant.composing import Chosen
from assistant.evidence import Opened
from assistant.names import NameTable, one_name_for_countries
from assistant.service import Assistant
from assistant.types import Message, Said
from assistant.writing import Writer, Written

EACH = 80
MIN_CHARS, MAX_CHARS = 40, 320
SAME_SHARE = 0.6  # a passage with so many of a sentence's words may say the same
UNKNOWN_ID = "z9q0"  # ids are drawn from other letters and digits, so this is never one


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence beside a quote; `was` is the true sentence, "" when this is it."""

    mutation: str
    sentence: str
    quote: Quoted
    was: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A quote, where it stands, and who and what else its article speaks of."""

    quote: Quoted
    article: Opened
    position: int
    people: tuple[str, ...]


class Scripted:
    """A chat model that says what it is told to."""

    name = "scripted"
    context_tokens = 100_000

    def __init__(self, reply: str = "") -> None:
        self._reply = reply

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """Yield the reply, to whatever is asked."""
        yield self._reply

    def count_tokens(self, text: str) -> int:
        """Return a number that always fits."""
        return len(text) // 4


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_CITIES = (
    "Riyadh", "Jeddah", "Istanbul", "Ankara", "Paris", "London", "Berlin", "Munich", "Geneva",
    "Vienna", "Budapest", "Warsaw", "Beijing", "Doha", "Anchorage", "Miami", "Bucharest", "Rome",
)  # fmt: skip
_COUNTRIES = (
    "Germany", "France", "Britain", "Poland", "Italy", "Turkey", "China", "Hungary", "India",
    "Romania", "Ukraine", "Russia",
)  # fmt: skip
_PEOPLES = (
    "German", "French", "British", "Polish", "Italian", "Turkish", "Chinese", "Saudi",
    "Ukrainian", "Russian", "American", "European",
)  # fmt: skip
_INVENTED = ("decisive", "historic", "worthless", "welcome", "forever", "openly")

_ANY_MONTH = "|".join(_MONTHS)
_DAYS = r"\d{1,2}(?:(?:, | and | to | or |–|-)\d{1,2})*"
_DATE = re.compile(rf"\b{_DAYS} (?:{_ANY_MONTH})\b|\b(?:{_ANY_MONTH}) {_DAYS}\b|\b(?:19|20)\d\d\b")
_FIGURE = re.compile(
    rf"(?<![\w.,:/-])\d{{1,3}}(?:\.\d)?(?![\w:/-]|[.,]\d)|(?<!the )\b(?:{'|'.join(_NUMBERS)})\b"
)
_QUOTATION = re.compile(r"[\"“][^\"“”]{12,}[\"”]")
_OPENS_PLAINLY = re.compile(r"(?:The|A|An|There|Both|All|Talks|It|They|This|No)\b")
_SAYS = re.compile(r"\b(?:said|says|told|called|wrote|added|announced|according)\b")
_AUXILIARY = re.compile(
    r"\b(?:will|would|was|were|is|are|can|could|should|must|has|had)\b(?! not|n)"
)
_NOT = re.compile(r"(?<=\bcan)not\b|n[’']t\b|(?<!or )(?<!if )\b(?:not|never) (?!only|just|yet)")
# Between these words it makes no difference who comes first.
_MUTUAL = re.compile(r"^\W*$|^\s*,|\b(?:and|or|with|met|between|alongside|joined|both)\b")


# --- True sentences -------------------------------------------------------------------------


def sources(assistant: Assistant, writer: Writer) -> Iterator[Source]:
    """Yield every sentence of the index that can be cited, in the order of file names."""
    for head in sorted(assistant.catalog(), key=lambda h: h.source.rpartition("/")[2]):
        stored = assistant.answering.index.article(head.id)
        assert stored is not None
        opened = Opened(stored.article, stored.sentences, stored.vectors)
        people = tuple(dict.fromkeys(map(writer.names.standard, head.people)))
        for position, sentence in enumerate(stored.sentences):
            text = opened.text(position)
            named = {m.name for m in writer.names.find(f"{sentence.speaker}. {text}")}
            about = " ".join(writer.about(name) for name in sorted(named))
            if MIN_CHARS <= len(text) <= MAX_CHARS and text[-1] in '.!?”"':
                quote = Quoted(text, sentence.speaker, head.title, head.date, about)
                yield Source(quote, opened, position, people)


def reworded(source: Source, names: NameTable) -> str:
    """Return the quote in slightly other words: its speaker named, a day written another way."""
    text, speaker = source.quote.text, source.quote.speaker
    if speaker in names.people and not names.find(text):
        if _OPENS_PLAINLY.match(text) and not _SAYS.search(text):
            return f"{speaker} said that {text[0].lower()}{text[1:]}"
        text = re.sub(r"^(?:He|She)\b", speaker, text)
    text = re.sub(rf"(?<![\w,]) (\d{{1,2}}) ({_ANY_MONTH})\b", r" \2 \1", text)
    return re.sub(r"\bsaid\b(?! (?:no|yes)\b)", "stated", text, count=1)


# --- Mutations: each returns what it makes of a sentence, "" where it finds nothing to change -----

Mutate = Callable[[str, Source, NameTable, random.Random], str]


def _in_place_of(match: re.Match[str], choices: Iterable[str], chance: random.Random) -> str:
    """Return the text with another of the choices where the match stands."""
    others = [c for c in choices if c.casefold() != match[0].casefold()]
    text = match.string
    return text[: match.start()] + chance.choice(others) + text[match.end() :]


def _one_of(choices: Sequence[str], pattern: str = "", *, within: str = "") -> Mutate:
    """Return a mutation of one word; `within` is what it must stand in."""
    words = re.compile(pattern or rf"\b(?:{'|'.join(choices)})\b(?!-)")

    def mutate(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
        spans = [m.span() for m in re.finditer(within, text)] if within else [(0, len(text))]
        found = [m for span in spans for m in words.finditer(text) if _lies_in(m, *span)]
        return _in_place_of(chance.choice(found), choices, chance) if found else ""

    return mutate


def _lies_in(match: re.Match[str], start: int, end: int) -> bool:
    return start <= match.start() and match.end() <= end


def _number(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
    found = list(_FIGURE.finditer(_DATE.sub(lambda date: "_" * len(date[0]), text)))
    if not found:
        return ""
    match = chance.choice(found)
    if match[0] in _NUMBERS:
        choices = list(_NUMBERS)
    else:
        choices = [f"{float(match[0]) + step:g}" for step in (1, 2, 3, 10, 100)]
    figure = chance.choice([c for c in choices if c != match[0]])
    return text[: match.start()] + figure + text[match.end() :]


def _person(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
    found = [m for m in names.find(text) if text[m.start].isupper()]
    others = [p for p in source.people if p not in {m.name for m in found}]
    if not found or not others:
        return ""
    mention, other = chance.choice(found), chance.choice(others)
    is_full = " " in text[mention.start : mention.end]
    return text[: mention.start] + (other if is_full else other.split()[-1]) + text[mention.end :]


def _speaker(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
    said = f"{source.quote.speaker} said that "
    others = [p for p in source.people if p != source.quote.speaker]
    if not text.startswith(said) or not others:
        return ""
    return f"{chance.choice(others)} said that {text.removeprefix(said)}"


def _swapped(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
    pairs = [
        (a, b)
        for a, b in pairwise(names.find(text))
        if a.name != b.name and a.end < b.start and not _MUTUAL.search(text[a.end : b.start])
    ]
    if not pairs:
        return ""
    a, b = chance.choice(pairs)
    one, two = text[a.start : a.end], text[b.start : b.end]
    return text[: a.start] + two + text[a.end : b.start] + one + text[b.end :]


def _not_dropped(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
    found = list(_NOT.finditer(text))
    if not found:
        return ""
    match = chance.choice(found)
    return text[: match.start()] + text[match.end() :]


def _not_added(text: str, source: Source, names: NameTable, chance: random.Random) -> str:
    outside = _QUOTATION.sub(lambda quoted: "_" * len(quoted[0]), text)
    found = list(_AUXILIARY.finditer(outside))
    if not found:
        return ""
    end = chance.choice(found).end()
    return f"{text[:end]} not{text[end:]}"


MUTATIONS: dict[str, Mutate] = {
    "number": _number,
    "day": _one_of([str(d) for d in range(1, 29)], r"(?<!\d)\d{1,2}(?!\d)", within=_DATE.pattern),
    "month": _one_of(_MONTHS, within=_DATE.pattern),
    "year": _one_of(["2007", "2014", "2019", "2022", "2024", "2027"], r"\b(?:19|20)\d\d\b"),
    "weekday": _one_of(_WEEKDAYS),
    "person": _person,
    "city": _one_of(_CITIES),
    "country": _one_of(_COUNTRIES),
    "people of a country": _one_of(_PEOPLES),
    "speaker": _speaker,
    "names swapped": _swapped,
    "“not” dropped": _not_dropped,
    "“not” added": _not_added,
    "invented quotation": _one_of(_INVENTED, r"\b[a-z]{4,}\b", within=_QUOTATION.pattern),
}


def cases(writer: Writer, every: Sequence[Source], *, each: int = EACH) -> Iterator[Case]:
    """Yield up to `each` false sentences of every kind, and several times as many true ones."""
    true = [(s.quote.text, s, "true: a quote") for s in every]
    true += [
        (text, s, "true: reworded")
        for s in every
        if (text := reworded(s, writer.names)) != s.quote.text
    ]
    random.Random(2025).shuffle(true)
    for text, source, kind in true[: 6 * each]:
        yield Case(kind, text, source.quote)
    for mutation, mutate in MUTATIONS.items():
        made = (
            Case(mutation, changed, source.quote, text)
            for text, source, _ in true
            if (changed := mutate(text, source, writer.names, random.Random(f"{mutation}{text}")))
            and one_name_for_countries(changed) != one_name_for_countries(text)
        )
        yield from islice(made, each)
    yield from islice(_wrong_passages(true, every, writer), 2 * each)


def _wrong_passages(
    true: Sequence[tuple[str, Source, str]], every: Sequence[Source], writer: Writer
) -> Iterator[Case]:
    """Yield true sentences beside another quote, in turn of the same and of another article."""
    for number, (text, source, _) in enumerate(true):
        is_same = number % 2 == 0
        chance = random.Random(f"passage{text}")
        others = [o for o in every if (o.article is source.article) == is_same and o is not source]
        other = chance.choice(others)
        words, there = (set(writer.language.stem(t)) for t in (text, other.quote.text))
        if len(words & there) < SAME_SHARE * len(words):
            yield Case(
                f"passage of {'the same' if is_same else 'another'} article",
                text,
                other.quote,
                text,
            )


def invented_ids(
    writer: Writer, every: Sequence[Source], *, each: int = EACH
) -> Iterator[tuple[str, bool]]:
    """Yield sentences under an id that stands for nothing, and whether that was caught.

    It is caught when no sentence is said under it, and what was left out is noted: every other
    time, the evidence has the quote, and the sentence may come back under the right id.
    """
    for number, source in enumerate(every[:each]):
        text, position = source.quote.text, source.position
        if number % 2:
            position = (position + 2) % len(source.article.sentences)
        model = Scripted(f"{text.rstrip('.')} [{UNKNOWN_ID}].")
        article = source.article.article
        *said, written = replace(writer, model=model).write(
            "What was said?", [Chosen(article, position)], {article.id: source.article}
        )
        assert isinstance(written, Written)
        cited = {c.quote for event in said if isinstance(event, Said) for c in event.citations}
        yield text, bool(written.rejected) and cited <= {text}


def table(caught: Mapping[str, Sequence[bool]]) -> Iterator[str]:
    """Yield a Markdown table of what was caught, and last what of the true was rejected."""
    yield "| mutation | n | caught | missed |\n|---|---|---|---|"
    false = {kind: found for kind, found in caught.items() if not kind.startswith("true")}
    for kind, found in {**false, "all": [f for each in false.values() for f in each]}.items():
        yield f"| {kind} | {len(found)} | {sum(found)} | {1 - sum(found) / len(found):.1%} |"
    yield "\n| unmutated | n | rejected | share |\n|---|---|---|---|"
    for kind, found in caught.items():
        if kind.startswith("true"):
            yield f"| {kind} | {len(found)} | {sum(found)} | {sum(found) / len(found):.1%} |"


def open_writer(assistant: Assistant) -> Writer:
    """Return who checks, over the assistant's index."""
    writer = Assistant(assistant.settings, assistant.embedder, model=Scripted()).answering.writer
    assert writer is not None
    return writer


def main() -> None:
    """Make every mutation, check it, and print how many were caught."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--show", action="store_true", help="print what was judged wrongly")
    args = parser.parse_args()
    assistant = Assistant.from_settings()
    writer = open_writer(assistant)
    every = list(sources(assistant, writer))
    caught: dict[str, list[bool]] = defaultdict(list)
    for case in cases(writer, every):
        checked = check(case.sentence, [case.quote], writer.names, writer.language)
        caught[case.mutation].append(checked.verdict != "supported")
        if args.show and caught[case.mutation][-1] == (not case.was):
            reasons = "; ".join(map(str, checked.reasons))
            print(
                f"{case.mutation}: {case.sentence}\n    {case.quote.speaker}: {case.quote.text}\n    {reasons} {checked.likeness:.2f}"
            )
    caught["invented id"] = [was_caught for _, was_caught in invented_ids(writer, every)]
    print("\n".join(table(caught)))


if __name__ == "__main__":
    main()
