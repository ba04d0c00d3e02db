"""How many false sentences `assistant.checking` lets pass, when true ones are made false.

    python -m evals.checking.mutations [--show]

True sentences are the quotes of an index of `corpus/`, and light rewordings; a mutation changes
what one of them says. The same index gives the same mutations. Reads the index that is set.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from assistant.asking import figures_in
from assistant.checking import Quoted, check
from assistant.composing import Chosen
from assistant.evidence import Opened
from assistant.names import NameTable, one_name_for_countries
from assistant.service import Assistant
from assistant.types import Message, Said
from assistant.writing import Writer, Written

EACH = 80
MIN_CHARS, MAX_CHARS = 40, 320
SAME_SHARE = 0.6  # a passage that has so many of a sentence's words may say the same
UNKNOWN_ID = "z0q1"  # ids hold no such letters and digits, so this one stands for nothing


class Scripted:
    """A chat model that says what it is told to."""

    name = "scripted"
    context_tokens = 100_000

    def __init__(self, reply: str = "") -> None:
        self._reply = reply

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:  # noqa: ARG002
        """Yield the reply, to whatever is asked."""
        yield self._reply

    def count_tokens(self, text: str) -> int:
        """Return a number that always fits."""
        return len(text) // 4


@dataclass(frozen=True, slots=True)
class Source:
    """A quote, where it stands, and whom its article names."""

    quote: Quoted
    article: Opened
    position: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A true sentence: a quote or a light rewording of it."""

    text: str
    source: Source
    names: NameTable


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence beside a quote, which supports it where `mutation` begins with "true"."""

    mutation: str
    sentence: str
    quote: Quoted


# --- True sentences -------------------------------------------------------------------------

_ANY_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_OPENS_PLAINLY = re.compile(r"(?:The|A|An|There|Both|All|Talks|It|They|This|No)\b")
_SAYS = re.compile(r"\b(?:said|says|told|called|wrote|added|announced|according)\b")


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


# --- Mutations: each returns a false sentence, "" where it finds nothing to change ---------------

Mutate = Callable[[Statement, random.Random], str]
_DAYS = r"\d{1,2}(?:(?:, | and | to | or |–|-)\d{1,2})*"
_DATE = rf"\b{_DAYS} (?:{_ANY_MONTH})\b|\b(?:{_ANY_MONTH}) {_DAYS}\b|\b(?:19|20)\d\d\b"
_SPELLED = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_FIGURE = rf"(?<![\w.,:/-])\d{{1,3}}(?:\.\d)?(?![\w:/-]|[.,]\d)|(?<!the )\b(?:{_SPELLED})\b"
_QUOTATION = r"\"[^\"]{12,}\"|“[^”]{12,}”"
_AUXILIARIES = "will|would|was|were|is|are|can|could|should|must|has|had"
_BEFORE_NOT = rf"(?:{'|'.join(rf'(?<= {a})' for a in _AUXILIARIES.split('|'))})(?= )(?! not)"
_NOT = r"(?<=\bcan)not\b|n[’']t\b|(?<!or )(?<!if )\b(?:not|never) (?!only|just|yet)"
_OWNER = re.compile(r"['’]s")
# Between these words it makes no difference who comes first.
_MUTUAL = re.compile(r"^\W*$|^\s*,|\b(?:and|or|with|met|between|alongside|joined|both)\b")


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
        others = [c for c in choices.split("|") if figures_in(c) != figures_in(match[0]) or
                  not figures_in(c) and c.casefold() != match[0].casefold()]  # fmt: skip
        return f"{true.text[: match.start()]}{chance.choice(others)}{true.text[match.end() :]}"

    return mutate


def _person(true: Statement, chance: random.Random) -> str:
    found = [m for m in true.names.find(true.text) if true.text[m.start].isupper()]
    others = [p for p in true.source.people if p not in {m.name for m in found}]
    if not found or not others:
        return ""
    mention, other = chance.choice(found), chance.choice(others)
    is_full = " " in true.text[mention.start : mention.end]
    name = other if is_full else other.split()[-1]
    return true.text[: mention.start] + name + true.text[mention.end :]


def _speaker(true: Statement, chance: random.Random) -> str:
    speaker = true.source.quote.speaker
    others = [p for p in true.source.people if p != speaker]
    if speaker not in true.names.people or not true.text.startswith(speaker) or not others:
        return ""
    return chance.choice(others) + true.text.removeprefix(speaker)


def _swapped(true: Statement, chance: random.Random) -> str:
    text = true.text
    found = [m for m in true.names.find(text) if text[m.start].isupper()]
    found = [m for m in found if not _OWNER.search(text[m.start : m.end + 2])]
    pairs = [
        (a, b)
        for a, b in pairwise(found)
        if a.name != b.name and a.end < b.start and not _MUTUAL.search(text[a.end : b.start])
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
    "city": _one_of(
        "Riyadh|Jeddah|Istanbul|Ankara|Paris|London|Berlin|Munich|Geneva|Vienna|Budapest|Warsaw"
    ),
    "country": _one_of("Germany|France|Britain|Poland|Italy|Turkey|China|Hungary|Ukraine|Russia"),
    "people of a country": _one_of("German|French|British|Polish|Turkish|Saudi|Ukrainian|Russian"),
    "speaker": _speaker,
    "names swapped": _swapped,
    "“not” dropped": _one_of("", _NOT),
    "“not” added": _one_of(" not", _BEFORE_NOT, but=_QUOTATION),
    "quotation": _one_of("decisive|historic|worthless|openly", r"\b[a-z]{4,}\b", within=_QUOTATION),
}


def cases(writer: Writer, every: Sequence[Source], *, each: int = EACH) -> Iterator[Case]:
    """Yield true sentences, and up to `each` false ones of every kind."""
    true = [Statement(text, s, writer.names) for s in every
            for text in dict.fromkeys((s.quote.text, reworded(s, writer.names)))]  # fmt: skip
    random.Random(2025).shuffle(true)
    for one in true[: 6 * each]:
        is_quote = one.text == one.source.quote.text
        yield Case("true: a quote" if is_quote else "true: reworded", one.text, one.source.quote)
    for mutation, mutate in MUTATIONS.items():
        made = (
            Case(mutation, changed, one.source.quote)
            for one in true
            if (changed := mutate(one, random.Random(f"{mutation} {one.text}")))
            and one_name_for_countries(changed) != one_name_for_countries(one.text)
        )
        yield from islice(made, each)
    for is_same, kind in ((True, "passage of its article"), (False, "passage of another")):
        wrong = (
            Case(kind, one.text, other.quote)
            for one in true
            if (other := _elsewhere(one, every, is_same=is_same, writer=writer))
        )
        yield from islice(wrong, each)


def _elsewhere(
    one: Statement, every: Sequence[Source], *, is_same: bool, writer: Writer
) -> Source | None:
    """Return a quote, of the same or of another article, that says something else."""
    here = one.source
    others = [o for o in every if (o.article is here.article) == is_same and o is not here]
    other = random.Random(one.text).choice(others)
    words, there = ({*writer.language.stem(t)} for t in (one.text, other.quote.text))
    return other if len(words & there) < SAME_SHARE * len(words) else None


def invented_ids(writer: Writer, every: Sequence[Source]) -> Iterator[bool]:
    """Yield of true sentences under an id that stands for nothing whether that was caught.

    It is when none is said but under a quote's own id, and what was left out is noted. In every
    other case the evidence lacks the quote.
    """
    for number, source in enumerate(every):
        text, article = source.quote.text, source.article.article
        position = (source.position + number % 2) % len(source.article.sentences)
        model = Scripted(f"{text.rstrip('.')} [{UNKNOWN_ID}].")
        *said, written = replace(writer, model=model).write(
            "What was said?", [Chosen(article, position)], {article.id: source.article}
        )
        assert isinstance(written, Written)
        quotes = {c.quote for event in said if isinstance(event, Said) for c in event.citations}
        yield bool(written.rejected) and quotes <= {text} and UNKNOWN_ID not in str(said)


def table(judged: Mapping[str, Sequence[bool]]) -> Iterator[str]:
    """Yield a Markdown table from who was rejected: false sentences, and below them true ones."""
    false = {kind: found for kind, found in judged.items() if not kind.startswith("true")}
    yield "| mutation | n | caught | missed |\n|---|---|---|---|"
    for kind, found in {**false, "all": [f for each in false.values() for f in each]}.items():
        yield f"| {kind} | {len(found)} | {sum(found)} | {1 - sum(found) / len(found):.1%} |"
    yield "\n| unmutated | n | wrongly rejected | share |\n|---|---|---|---|"
    for kind in judged.keys() - false.keys():
        found = judged[kind]
        yield f"| {kind} | {len(found)} | {sum(found)} | {sum(found) / len(found):.1%} |"


def main() -> None:
    """Make every mutation, check it, and print how many were caught."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--show", action="store_true", help="print what was judged wrongly")
    args = parser.parse_args()
    assistant = Assistant.from_settings()
    assistant.model = Scripted()
    writer = assistant.answering.writer
    assert writer is not None
    every = list(sources(assistant, writer))
    judged: dict[str, list[bool]] = defaultdict(list)
    for case in cases(writer, every):
        checked = check(case.sentence, [case.quote], writer.names, writer.language)
        judged[case.mutation].append(checked.verdict != "supported")
        if args.show and judged[case.mutation][-1] == case.mutation.startswith("true"):
            print(f"{case.mutation}: {case.sentence}\n    {case.quote.text} {checked.reasons}")
    judged["invented id"] = list(invented_ids(writer, every[:EACH]))
    print("\n".join(table(judged)))


if __name__ == "__main__":
    main()
