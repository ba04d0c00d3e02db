"""How many false sentences `assistant.checking` lets pass, when true ones are made false.

    python -m evals.checking.mutations [--show]

True sentences are the quotes of the index that is set, and rewordings; mutations change what they
say, the same way each time.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, product
from typing import NamedTuple

from assistant.asking import figures_in
from assistant.checking import Quoted, check
from assistant.composing import Chosen
from assistant.evidence import Opened
from assistant.names import Mention, NameTable, one_name_for_countries
from assistant.service import Assistant
from assistant.types import Message, Said
from assistant.writing import Writer, Written

EACH = 80
MIN_CHARS, MAX_CHARS = 40, 320
SAME_SHARE = 0.6  # a passage that has so many of a sentence's words may say the same
UNKNOWN_ID = "z0q1"  # ids hold no such letters and digits, so this one stands for nothing


@dataclass(frozen=True, slots=True)
class Scripted:
    """A chat model that says what it is told to."""

    reply: str = ""
    name: str = "scripted"
    context_tokens: int = 100_000

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:  # noqa: ARG002
        """Yield the reply, to whatever is asked."""
        yield self.reply

    def count_tokens(self, text: str) -> int:
        """Return a number that always fits."""
        return len(text) // 4


@dataclass(frozen=True, slots=True)
class Statement:
    """A true sentence: a quote or a light rewording of it; and whom it and its article name."""

    text: str
    quote: Quoted
    article: Opened
    position: int
    named: tuple[Mention, ...]
    people: tuple[str, ...]


class Case(NamedTuple):
    """A sentence beside a quote, which supports it where `mutation` begins with "true"."""

    mutation: str
    sentence: str
    quote: Quoted


# --- True sentences -------------------------------------------------------------------------

_ANY_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_OPENS_PLAINLY = re.compile(r"(?:The|A|An|There|Both|All|Talks|It|They|This|No)\b")
_SAYS = re.compile(r"\b(?:said|says|told|called|wrote|added|announced|according)\b")


def statements(assistant: Assistant, writer: Writer) -> Iterator[Statement]:
    """Yield every quote that the index has, and its rewording if any, in the order of files."""
    names = writer.names
    for head in sorted(assistant.catalog(), key=lambda h: h.source.rpartition("/")[2]):
        stored = assistant.answering.index.article(head.id)
        assert stored is not None
        opened = Opened(stored.article, stored.sentences, stored.vectors)
        people = tuple(dict.fromkeys(map(names.standard, head.people)))
        for position, sentence in enumerate(stored.sentences):
            words = opened.text(position)
            if not MIN_CHARS <= len(words) <= MAX_CHARS or words[-1] not in '.!?”"':
                continue
            known = sorted({m.name for m in names.find(f"{sentence.speaker}. {words}")})
            about = " ".join(map(writer.about, known))
            quote = Quoted(words, sentence.speaker, head.title, head.date, about)
            for text in dict.fromkeys((words, _reworded(quote, names))):
                named = tuple(m for m in names.find(text) if text[m.start].isupper())
                yield Statement(text, quote, opened, position, named, people)


def _reworded(quote: Quoted, names: NameTable) -> str:
    """Return the quote in slightly other words: its speaker named, a day written another way."""
    text, speaker = quote.text, quote.speaker
    if speaker in names.people and not names.find(text):
        if _OPENS_PLAINLY.match(text) and not _SAYS.search(text):
            return f"{speaker} said that {text[0].lower()}{text[1:]}"
        text = re.sub(r"^(?:He|She)\b", speaker, text)
    text = re.sub(rf"(?<![\w,]) (\d{{1,2}}) ({_ANY_MONTH})\b", r" \2 \1", text)
    return re.sub(r"\bsaid\b(?! (?:no|yes)\b)", "stated", text, count=1)


# --- Mutations: each returns a false sentence, "" where it finds nothing to change ---------------

Mutate = Callable[[Statement, random.Random], str]
_DAYS = r"\d{1,2}(?:(?:, | and | to | or |–|-)\d{1,2})*"
_DATE = rf"\b{_DAYS} (?:{_ANY_MONTH})\b|\b(?:{_ANY_MONTH}) {_DAYS}\b|\b(?:19|20)\d\d\b"
_SPELLED = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_FIGURE = rf"(?<![\w.,:/-])\d{{1,3}}(?:\.\d)?(?![\w:/-]|[.,]\d)|(?<!the )\b(?:{_SPELLED})\b"
_QUOTATION = r"\"[^\"]+\"|“[^”]+”"
_AUXILIARIES = "will|would|was|were|is|are|can|could|should|must|has|had"
_BEFORE_NOT = rf"(?:{'|'.join(rf'(?<= {a})' for a in _AUXILIARIES.split('|'))})(?= )(?! not)"
_NOT = r"(?<=\bcan)not\b|n[’']t\b|(?<!or )(?<!if )\b(?:not|never) (?!only|just|yet)"
_MUTUAL = re.compile(r"^\W*$|^\s*,|\b(?:and|or|with|met|between|joined|both)\b")  # any order


def _one_of(choices: str, pattern: str = "", *, within: str = "", but: str = "") -> Mutate:
    """Return a mutation of one word into another of the choices, which "|" separates.

    It must stand in something `within` matches, and in nothing that `but` does.
    """
    words = re.compile(pattern or rf"\b(?:{choices})\b(?!-| Arabia)")

    def mutate(true: Statement, chance: random.Random) -> str:
        text = re.sub(but, lambda m: "_" * len(m[0]), true.text) if but else true.text
        spans = [m.span() for m in re.finditer(within, text)] if within else [(0, len(text))]
        found = [m for m in words.finditer(text) if any(a <= m.start() < b for a, b in spans)]
        if not found:
            return ""
        match = chance.choice(found)
        value = figures_in(match[0]) or match[0].casefold()
        others = [c for c in choices.split("|") if value not in (figures_in(c), c.casefold())]
        return f"{true.text[: match.start()]}{chance.choice(others)}{true.text[match.end() :]}"

    return mutate


def _person(true: Statement, chance: random.Random) -> str:
    others = [p for p in true.people if p not in {m.name for m in true.named}]
    if not true.named or not others:
        return ""
    one, other = chance.choice(true.named), chance.choice(others)
    name = other if " " in true.text[one.start : one.end] else other.split()[-1]
    return true.text[: one.start] + name + true.text[one.end :]


def _speaker(true: Statement, chance: random.Random) -> str:
    speaker = true.quote.speaker
    others = [p for p in true.people if p != speaker]
    if speaker not in true.people or not true.text.startswith(speaker) or not others:
        return ""
    return chance.choice(others) + true.text.removeprefix(speaker)


def _swapped(true: Statement, chance: random.Random) -> str:
    text = true.text
    pairs = [
        (a, b)
        for a, b in pairwise(true.named)
        if a.name != b.name and a.end < b.start and not _MUTUAL.search(text[a.end : b.start])
        if not re.search("['’]s", text[a.start : a.end + 2] + text[b.start : b.end + 2])
    ]
    if not pairs:
        return ""
    a, b = chance.choice(pairs)
    one, two = text[a.start : a.end], text[b.start : b.end]
    return text[: a.start] + two + text[a.end : b.start] + one + text[b.end :]


MUTATIONS: dict[str, Mutate] = {
    "number": _one_of("3|4|6|7|9|14|25|45|70", _FIGURE, but=_DATE),
    "day": _one_of("1|4|6|9|11|14|17|22|25|27", r"(?<!\d)\d{1,2}(?!\d)", within=_DATE),
    "month": _one_of(_ANY_MONTH, within=_DATE),
    "year": _one_of("2007|2014|2019|2022|2024|2027", r"\b(?:19|20)\d\d\b"),
    "weekday": _one_of("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"),
    "person": _person,
    "city": _one_of("Riyadh|Jeddah|Istanbul|Ankara|Paris|London|Berlin|Munich|Geneva|Budapest"),
    "country": _one_of("Germany|France|Britain|Poland|Italy|Turkey|China|Hungary|Ukraine|Russia"),
    "people of a country": _one_of("German|French|British|Polish|Turkish|Saudi|Ukrainian|Russian"),
    "speaker": _speaker,
    "names swapped": _swapped,
    "“not” dropped": _one_of("", _NOT),
    "“not” added": _one_of(" not", _BEFORE_NOT, but=_QUOTATION),
    "quotation": _one_of("decisive|historic|worthless|openly", r"\b[a-z]{4,}\b", within=_QUOTATION),
}


def cases(writer: Writer, every: Sequence[Statement], *, each: int = EACH) -> Iterator[Case]:
    """Yield true sentences, and up to `each` false ones of every kind."""
    true = random.Random(2025).sample(every, len(every))
    for one in true[: 6 * each]:
        kind = "true: a quote" if one.text == one.quote.text else "true: reworded"
        yield Case(kind, one.text, one.quote)
    for mutation, mutate in MUTATIONS.items():
        made = (
            Case(mutation, changed, one.quote)
            for one in true
            if (changed := mutate(one, random.Random(f"{mutation} {one.text}")))
            and one_name_for_countries(changed) != one_name_for_countries(one.text)
        )
        yield from islice(made, each)
    for one, kind in product(true[:each], ("passage of its article", "passage of another")):
        is_same = kind == "passage of its article"
        others = [o for o in every if (o.article is one.article) == is_same]
        other = random.Random(one.text).choice(others)
        words, there = ({*writer.language.stem(t)} for t in (one.text, other.quote.text))
        if len(words & there) < SAME_SHARE * len(words):
            yield Case(kind, one.text, other.quote)


def invented_ids(writer: Writer, every: Sequence[Statement]) -> Iterator[bool]:
    """Yield whether sentences under an id of no quote are noted, and said only under their own."""
    for number, one in enumerate(every):
        position = (one.position + number % 2) % len(one.article.sentences)
        article = one.article.article
        model = Scripted(f"{one.text.rstrip('.')} [{UNKNOWN_ID}].")
        *said, written = replace(writer, model=model).write(
            "What was said?", [Chosen(article, position)], {article.id: one.article}
        )
        assert isinstance(written, Written)
        quotes = {c.quote for event in said if isinstance(event, Said) for c in event.citations}
        yield bool(written.rejected) and quotes <= {one.quote.text} and UNKNOWN_ID not in str(said)


def table(judged: Mapping[str, Sequence[bool]]) -> Iterator[str]:
    """Yield a Markdown table from whether each sentence was rejected, by mutation."""
    yield "| mutation | n | rejected | wrongly |\n|---|---|---|---|"
    false = [r for kind, found in judged.items() if not kind.startswith("true") for r in found]
    for kind, found in {**judged, "all mutations": false}.items():
        wrong = sum(found) if kind.startswith("true") else len(found) - sum(found)
        yield f"| {kind} | {len(found)} | {sum(found)} | {wrong / len(found):.1%} |"


def main() -> None:
    """Make every mutation, check it, and print how many were caught."""
    parser = argparse.ArgumentParser(description="Check true sentences and what is made of them.")
    parser.add_argument("--show", action="store_true", help="print what was judged wrongly")
    show = parser.parse_args().show
    assistant = Assistant.from_settings()
    assistant.model = Scripted()
    writer = assistant.answering.writer
    assert writer is not None
    every = list(statements(assistant, writer))
    judged: dict[str, list[bool]] = defaultdict(list)
    for case in cases(writer, every):
        checked = check(case.sentence, [case.quote], writer.names, writer.language)
        judged[case.mutation].append(checked.verdict != "supported")
        if show and judged[case.mutation][-1] == case.mutation.startswith("true"):
            print(f"{case.mutation}: {case.sentence}\n    {case.quote.text} {checked.reasons}")
    judged["invented id"] = list(invented_ids(writer, every[:EACH]))
    print("\n".join(table(judged)))


if __name__ == "__main__":
    main()
