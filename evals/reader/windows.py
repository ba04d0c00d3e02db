"""What the reader learns from: questions with a window of sentences, and what it says to them.

Only sources whose licence lets the weights be shipped; `assistant/weights/README.md` lists them.
What a reader learns follows from the windows that do not answer: each source says below where its
own come from. Three things are never learned from: `written_3`'s story 8, the texts of `written_2`
whose name ends in 3, and the tuning parts of published sets; `measure.py` measures on them.
"""

import gzip
import json
import math
import random
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from assistant.articles import parse_article
from assistant.names import NameTable, likely_people
from assistant.passages import split_sentences
from assistant.reader import Excerpt, Statement
from assistant.speakers import attribute
from assistant.types import Article

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "corpus"
STORY_KEPT_APART = "8-"
SQUAD_WITHOUT_TWIN = 34_000  # questions that are drawn besides those with a twin
FEVER_EACH = 3_600  # claims drawn of each verdict
ELSEWHERE = 0.13  # share of answerable questions put to another paragraph of their article
WINDOW_CHARS = (420, 1000)

Said = Literal["", "yes", "no", "unsaid"]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a window, and what is right.

    `right` and `contradicts` are places of lines; None: not known, nothing is learned of them.
    `contradicts_only` says that other lines than these may contradict too. `words` is (line, start,
    end) of the answering words, None: not known. `verdict` is "" for none or not known. Examples of
    one `group` differ in a detail and are read in one batch.
    """

    question: str
    excerpt: Excerpt
    right: tuple[int, ...] | None
    answerable: bool
    contradicts: tuple[int, ...] | None = ()
    words: tuple[int, int, int] | None = None
    verdict: Said = ""
    weight: float = 1.0
    group: str = ""
    source: str = ""


def of_everything(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield the examples of all sources; `data` holds the published sets, a folder each."""
    yield from squad(data, chance)
    for name in ("qed", "timeqa", "afriqa"):
        yield from extractive(data, name, chance)
    yield from condaqa(data)
    yield from fever(data, chance)
    yield from claims(data, chance)
    yield from written(data, chance)


# --- Published sets ----------------------------------------------------------------------------


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON Lines file, compressed or not."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return [json.loads(line) for line in text.decode("utf-8").splitlines() if line.strip()]


def paragraph(record: dict[str, Any], *, title: str = "") -> tuple[Excerpt, list[int]]:
    """Return a record's context as one excerpt, and where each line begins in it."""
    context = record["context"]
    if given := record.get("sentences"):
        spans = [(a, b) for a, b in given if context[a:b].strip()]
    else:
        spans = [(s.start, s.end) for s in split_sentences(context)]
    return Excerpt(tuple(Statement(context[a:b]) for a, b in spans), title), [a for a, _ in spans]


def located(starts: Sequence[int], answer: dict[str, Any]) -> tuple[int, int, int]:
    """Return (line, start, end) of an answer given by its place in the context."""
    line = max(i for i, start in enumerate(starts) if start <= max(answer["start"], starts[0]))
    start = max(0, answer["start"] - starts[line])
    return line, start, start + len(answer["text"])


def title_of(record: dict[str, Any]) -> str:
    """Return the title that ends a record's source."""
    return str(record["source"]).rpartition(" / ")[2]


def extractive_example(
    record: dict[str, Any], chance: random.Random, *, group: str = "", source: str = ""
) -> Example | None:
    """Return a question on its paragraph; the title is shown half of the time."""
    title = title_of(record) if chance.random() < 0.5 else ""
    excerpt, starts = paragraph(record, title=title)
    if not excerpt.lines:
        return None
    question = record["question"].strip()
    if not record["answerable"]:
        return Example(question, excerpt, (), False, None, group=group, source=source)
    words = located(starts, record["answers"][0])
    return Example(
        as_typed(question, chance), excerpt, (words[0],), True,
        words=words, group=group, source=source,
    )  # fmt: skip


def squad(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield SQuAD 2.0's questions: all that have a twin, and as many others as are wanted.

    Windows that do not answer: the paragraphs of its unanswerable questions, and another paragraph
    of the article for a share of the others.
    """
    records = rows(data / "squad2_train/train.jsonl.gz")
    twin_of = {r["question"].strip(): r["twin"] for r in rows(data / "squad2_twins/train.jsonl.gz")}
    alone = [r for r in records if r["question"].strip() not in twin_of]
    chosen = [r for r in records if r["question"].strip() in twin_of]
    chosen += chance.sample(alone, min(SQUAD_WITHOUT_TWIN, len(alone)))
    contexts: dict[str, list[str]] = defaultdict(list)
    for record in records:
        contexts[title_of(record)].append(record["context"])
    for record in chosen:
        group = twin_of.get(record["question"].strip(), "")
        if record["answerable"] and not group and chance.random() < ELSEWHERE:
            other = chance.choice(contexts[title_of(record)])
            if all(a["text"] not in other for a in record["answers"]):
                record = record | {"context": other, "answerable": False}
        if example := extractive_example(record, chance, group=group, source="squad"):
            yield example


def extractive(data: Path, name: str, chance: random.Random) -> Iterator[Example]:
    """Yield the questions of another set in SQuAD's form, a quarter put to another paragraph."""
    records = rows(data / name / "train.jsonl.gz")
    for record in records:
        if record["answerable"] and chance.random() < 0.25:
            other = chance.choice(records)["context"]
            if all(a["text"] not in other for a in record["answers"]):
                record = {k: v for k, v in record.items() if k != "sentences"}
                record |= {"context": other, "answerable": False}
        if example := extractive_example(record, chance, source=name):
            yield example


def condaqa(data: Path) -> Iterator[Example]:
    """Yield yes-or-no questions on passages with a negation; what decides is not known."""
    for record in rows(data / "condaqa/train.jsonl.gz"):
        said: Said = record.get("yesno") or ("" if record["answerable"] else "unsaid")
        if said:
            excerpt, _ = paragraph(record)
            yield Example(
                record["question"].strip(), excerpt, None, said != "unsaid", None,
                verdict=said, weight=0.5, source="condaqa",
            )  # fmt: skip


def fever(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield FEVER's claims put as yes-or-no questions, their evidence among sentences of others.

    Windows that do not say: evidence on the same thing that does not decide, and a window without
    the evidence.
    """
    by_verdict: dict[Said, list[dict[str, Any]]] = defaultdict(list)
    verdicts: dict[str, Said] = {"SUPPORTS": "yes", "REFUTES": "no"}
    for record in rows(data / "fever/train.jsonl.gz"):
        if len(record["premise"]) < 500:
            by_verdict[verdicts.get(record["orig_label"], "unsaid")].append(record)
    everything = [r["premise"] for records in by_verdict.values() for r in records]
    for said, records in by_verdict.items():
        for record in chance.sample(records, min(FEVER_EACH, len(records))):
            lines = [chance.choice(everything) for _ in range(chance.randint(1, 3))]
            missing = said != "unsaid" and chance.random() < 0.12
            at = chance.randrange(len(lines) + 1)
            if not missing:
                lines.insert(at, record["premise"])
            found: Said = "unsaid" if missing else said
            yield Example(
                as_question(record["claim"], chance),
                Excerpt(tuple(Statement(text) for text in lines)),
                () if found == "unsaid" else (at,),
                found != "unsaid",
                None,
                verdict=found,
                source="fever",
            )


# A claim altered in this way is contradicted by its quote, or merely not said by it.
_DENIED = frozenset(
    [
        "date",
        "role-reversed",
        "polarity",
        "comparison-direction",
        "figure",
        "number-word",
        "weekday",
        "speaker",
        "name",
        "addressee",
        "place",
        "order-of-events",
        "unit",
        "quotation-altered",
        "negation-kept",
    ]
)
_UNSAID = frozenset("cause-invented detail-added part-unsupported".split())  # noqa: SIM905


def claims(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield claims about news, put as yes-or-no questions on the window of their quotes."""
    texts = Texts(data / "written_2/texts")
    for record in rows(data / "claims/pairs.jsonl"):
        if kept_apart(record["article"]):
            continue
        said: Said = (
            "yes" if record["label"] == "supported"
            else "" if record["label"] != "not"
            else "no" if record["kind"] in _DENIED
            else "unsaid" if record["kind"] in _UNSAID
            else ""
        )  # fmt: skip
        if not said:
            continue
        text = texts[record["article"]]
        right = text.places(record["quotes"])
        if not right:
            continue
        yield text.window(
            as_question(record["claim"], chance), text.around(right, chance), chance,
            right=right if said != "unsaid" else [], verdict=said,
            contradicts=None, source="claims",
        )  # fmt: skip


_AUXILIARY = re.compile(
    r"^(?P<subject>(?:[\w'’.\-]+ ){1,6}?)(?P<aux>is|was|are|were|will|can|could|would|should)"
    r"(?P<rest> .+?)\.?$"
)
_PAST = re.compile(r"^(?P<subject>(?:[A-Z][\w'’.\-]* ){1,4})(?P<verb>[a-z]+ed) (?P<rest>.+?)\.?$")
_KEPT_CAPITAL = re.compile(r"^(?:The|A|An|He|She|It|They|There|This|That|In|His|Her)\b")


def as_question(claim: str, chance: random.Random) -> str:
    """Return a claim as a yes-or-no question, as people would put it where that is easy."""
    claim = claim.strip()
    if found := _AUXILIARY.match(claim):
        subject = found["subject"].strip()
        if "," not in subject and " that" not in subject:
            if _KEPT_CAPITAL.match(subject):
                subject = subject[0].lower() + subject[1:]
            return as_typed(f"{found['aux'].capitalize()} {subject}{found['rest']}?", chance)
    if found := _PAST.match(claim):
        verb = found["verb"]
        stem = verb[:-1] if verb[:-1] in _ENDING_IN_E else verb[:-2]
        if len(stem) > 4 and stem[-1] == stem[-2] and stem[-1] in "bdgmnprt":
            stem = stem[:-1]
        return as_typed(f"Did {found['subject'].strip()} {stem} {found['rest']}?", chance)
    lowered = claim[0].lower() + claim[1:] if _KEPT_CAPITAL.match(claim) else claim
    return f"{chance.choice(['Is it true that', 'Is it so that', 'Do the articles say that'])} " + (
        lowered.rstrip(".") + "?"
    )


_ENDING_IN_E = frozenset(
    [
        "agree",
        "announce",
        "propose",
        "release",
        "close",
        "decline",
        "receive",
        "include",
        "refuse",
        "describe",
        "urge",
        "accuse",
        "note",
        "move",
        "leave",
        "argue",
        "live",
        "die",
        "retire",
        "write",
        "produce",
        "create",
        "serve",
        "name",
        "base",
        "exchange",
        "promise",
        "change",
        "choose",
        "continue",
        "raise",
        "reduce",
        "replace",
        "require",
        "restore",
        "resume",
        "schedule",
        "secure",
        "share",
        "state",
        "suspend",
        "use",
        "vote",
        "welcome",
        "arrange",
        "believe",
        "deliberate",
        "separate",
        "move",
        "place",
        "score",
        "estimate",
        "invite",
        "impose",
        "increase",
        "declare",
        "decide",
        "date",
        "cause",
        "charge",
        "hope",
        "issue",
        "judge",
        "make",
        "merge",
    ]
)


# --- Questions written for this project ----------------------------------------------------------


def kept_apart(article: str) -> bool:
    """Whether a text of `written_2` or `written_3` is measured on and never learned from."""
    if article.startswith(("inv-", "wh-")):
        return article.endswith("3")
    return bool(re.fullmatch(r"\d+-\d", article)) and article.startswith(STORY_KEPT_APART)


@dataclass(frozen=True)
class Text:
    """An article as the reader sees it."""

    lines: tuple[Statement, ...]
    title: str
    date: str

    @classmethod
    def of(cls, article: Article) -> "Text":
        """Return an article's sentences with who says them, as ingest finds it."""
        people = [*article.people, *likely_people(article.text)]
        sentences = attribute(article.text, split_sentences(article.text), NameTable(people))
        return cls(
            tuple(Statement(article.text[s.start : s.end], s.speaker) for s in sentences),
            article.title,
            f"{article.date.day} {article.date:%B %Y}" if article.date else "",
        )

    @cached_property
    def words(self) -> list[frozenset[str]]:
        """The words of each line, in lower case."""
        return [frozenset(_WORD.findall(line.text.casefold())) for line in self.lines]

    def places(self, pieces: Iterable[str]) -> list[int]:
        """Return the lines that are one of some pieces, or the greater part of one."""
        kept = list(pieces)
        return [i for i, line in enumerate(self.lines) if among(line.text, kept)]

    def around(
        self, centres: Sequence[int], chance: random.Random, *, without: Iterable[int] = ()
    ) -> list[int]:
        """Return consecutive lines around one of some places, about a window's length."""
        dropped = frozenset(without)
        room = chance.randint(*WINDOW_CHARS)
        first = last = chance.choice(list(centres))
        size = len(self.lines[first].text)
        while size < room and (first > 0 or last + 1 < len(self.lines)):
            if first > 0 and (last + 1 == len(self.lines) or chance.random() < 0.5):
                first -= 1
                size += len(self.lines[first].text) * (first not in dropped)
            else:
                last += 1
                size += len(self.lines[last].text) * (last not in dropped)
        return [i for i in range(first, last + 1) if i not in dropped]

    def gathered(
        self, wanted: Sequence[int], chance: random.Random, *, without: Iterable[int] = ()
    ) -> list[int]:
        """Return lines as a shortlist gathers them: some wanted, some others, half with the line
        before."""
        dropped = frozenset(without)
        others = [i for i in range(len(self.lines)) if i not in dropped]
        chosen = {i for i in wanted if i not in dropped}
        chosen |= set(chance.sample(others, min(len(others), chance.randint(2, 4))))
        chosen |= {i - 1 for i in chosen if i and chance.random() < 0.6} - dropped
        room = WINDOW_CHARS[1]
        kept: list[int] = []
        for i in sorted(chosen, key=lambda i: (i not in wanted, chance.random())):
            if not kept or room > len(self.lines[i].text):
                kept.append(i)
                room -= len(self.lines[i].text)
        return sorted(kept)

    def window(
        self,
        question: str,
        places: Sequence[int],
        chance: random.Random,
        *,
        right: Sequence[int] = (),
        words: str = "",
        contradicts: Sequence[int] | None = (),
        verdict: Said = "",
        weight: float = 1.0,
        group: str = "",
        source: str = "written",
    ) -> Example:
        """Return an example on some lines; `right` and `contradicts` are places in the text."""
        lines = tuple(self.lines[i] for i in places)
        shown = tuple(n for n, i in enumerate(places) if i in right)
        denied = None if contradicts is None else tuple(
            n for n, i in enumerate(places) if i in contradicts
        )  # fmt: skip
        answering = None
        for n in shown:
            if words and (at := lines[n].text.find(words)) >= 0:
                answering = (n, at, at + len(words))
                break
        bare = chance.random() < 0.15
        excerpt = Excerpt(lines, "" if bare else self.title, "" if bare else self.date)
        return Example(
            question, excerpt, shown, bool(shown), denied, answering, verdict, weight, group, source
        )


class Texts(dict[str, Text]):
    """The Markdown texts of a folder by name, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> Text:
        path = self._folder / f"{name}.md"
        self[name] = Text.of(parse_article(path.read_bytes(), source=path.name, suffix=".md"))
        return self[name]


@dataclass(frozen=True, slots=True)
class Written:
    """The written questions: records with the text that each is about."""

    records: list[dict[str, Any]]
    texts: dict[str, Text]


def first_set(data: Path) -> Written:
    """Return the questions kept in this project: on corpus, statements, invented articles."""
    records = [r for f in sorted((HERE / "questions").glob("*.jsonl")) for r in rows(f)]
    texts = {}
    for path in sorted([*CORPUS.glob("[0-9]*.md"), *(HERE / "texts").glob("*.md")]):
        texts[path.stem] = parse_article(path.read_bytes(), source=path.name, suffix=".md")
    for number, record in enumerate(rows(data / "riyadh_usgov/statements.jsonl"), start=1):
        head = f"---\ntitle: {json.dumps(record['title'])}\ndate: {record['date']}\n---\n"
        name = f"usgov-{number}"
        texts[name] = parse_article((head + record["text"]).encode(), source=name, suffix=".md")
    asked = {r["article"] for r in records}
    return Written(records, {n: Text.of(a) for n, a in texts.items() if n in asked})


def later_set(data: Path, name: str, *, apart: bool = False) -> Written:
    """Return the questions of `written_2` or `written_3`: learned from, or kept apart."""
    found = rows(data / name / "questions.jsonl")
    records = [r for r in found if kept_apart(r["article"]) == apart]
    texts = Texts(data / name / "texts")
    return Written(records, {r["article"]: texts[r["article"]] for r in records})


def written(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield the questions written for this project.

    Windows that do not answer: around a tempting sentence once every answering one is taken out,
    the like of another text by rare words, and windows in which a name, a figure or a day of the
    question was swapped, in the question or in the text.
    """
    for source in (first_set(data), later_set(data, "written_2"), later_set(data, "written_3")):
        foreign = Foreign(source.texts, chance)
        names = sorted({n for t in source.texts.values() for line in t.lines
                        for n in _NAME.findall(line.text)})  # fmt: skip
        for record in source.records:
            text = source.texts[record["article"]]
            yield from _of_question(record, text, foreign, names, chance)


def _of_question(
    record: dict[str, Any],
    text: Text,
    foreign: "Foreign",
    names: Sequence[str],
    chance: random.Random,
) -> Iterator[Example]:
    question = " ".join([*record.get("history", [])[-1:], record["question"]])
    right = text.places(record.get("right", ()))
    near = [i for i in text.places(record.get("near", ())) if i not in right]
    denied = text.places(record.get("contradicts", ()))
    said: Said = record.get("verdict", "")
    group = min(f"{record['article']} {record.get(k) or '~'}" for k in ("id", "twin"))
    anything = list(range(len(text.lines)))
    if record.get("right") and not right:  # the text was split otherwise than the writer saw it
        return

    def example(places: Sequence[int], *, asked: str = question, **more: Any) -> Example:
        return text.window(asked, places, chance, group=group, **more)

    if right:
        shown: dict[str, Any] = {"right": right, "words": record.get("words", ""), "verdict": said}
        denying = None if said else ()
        typed = as_typed(question, chance)
        yield example(text.around(right, chance), asked=typed, contradicts=denying, **shown)
        if said or chance.random() < 0.6:
            places = text.gathered([*right, *near], chance)
            yield example(places, contradicts=denying, **shown)
        if said == "yes":  # rarer than "no", and harder to learn
            yield example(text.around(right, chance), contradicts=denying, **shown)
        # Every answering sentence taken out.
        if near or chance.random() < 0.5:
            ways = text.around if chance.random() < 0.6 else text.gathered
            places = ways(near or anything, chance, without=right)
            yield example(places, contradicts=None, verdict="unsaid" if said else "")
        if not said and chance.random() < 0.3:
            yield from _swapped(text, question, right, names, group, chance)
    else:
        centres = denied or near or anything
        unsaid: Said = "unsaid" if said else ""
        more = {"contradicts": denied or None, "verdict": unsaid}
        yield example(text.around(centres, chance), **more)
        yield example(text.gathered([*denied, *near], chance), **more)
        if denied:
            others = text.gathered(near or anything, chance, without=denied)
            yield example(others, contradicts=None, verdict=unsaid)
    other, places = foreign.nearest(question, text)
    if places and chance.random() < 0.5:
        yield other.window(
            question, places, chance, verdict="unsaid" if said else "", weight=0.7, group=group
        )


def _swapped(
    text: Text,
    question: str,
    right: Sequence[int],
    names: Sequence[str],
    group: str,
    chance: random.Random,
) -> Iterator[Example]:
    """Yield the question about something else, or put to a text about something else."""
    line = text.lines[right[0]]
    shared = [
        m[0] for p in (_NAME, _NUMBER, _DAY) for m in p.finditer(question) if m[0] in line.text
    ]
    if not shared:
        return
    old = chance.choice(shared)
    new = _other(old, names, chance)
    if new in line.text or new in question:
        return
    places = text.around(right, chance)
    if chance.random() < 0.5:
        asked = question.replace(old, new)
        yield text.window(asked, places, chance, contradicts=None, group=group)
    else:
        changed = replace_in(text, old, new)
        yield changed.window(question, places, chance, contradicts=None, group=group)


def replace_in(text: Text, old: str, new: str) -> Text:
    """Return a text that says something else throughout."""
    lines = tuple(
        replace(x, text=x.text.replace(old, new), speaker=x.speaker.replace(old, new))
        for x in text.lines
    )
    return Text(lines, text.title.replace(old, new), text.date)


class Foreign:
    """The nearest lines of other texts, by words that are rare among all."""

    def __init__(self, texts: dict[str, Text], chance: random.Random, sample: int = 24) -> None:
        self._texts, self._chance, self._sample = list(texts.values()), chance, sample
        counted = Counter(w for t in self._texts for words in t.words for w in words)
        total = sum(len(t.lines) for t in self._texts)
        self._rarity = {w: math.log(total / n) for w, n in counted.items()}

    def nearest(self, question: str, own: Text) -> tuple[Text, list[int]]:
        """Return another text and a window of it around the line that shares most."""
        asked = frozenset(_WORD.findall(question.casefold()))
        best: tuple[float, Text, int] | None = None
        others = self._chance.sample(self._texts, min(self._sample, len(self._texts)))
        for text in others:
            # The built-in corpus and the texts of a story repeat one another.
            if text is own or self._tell_of_the_same(text, own):
                continue
            for i, words in enumerate(text.words):
                score = sum(self._rarity[w] for w in asked & words)
                if best is None or score > best[0]:
                    best = score, text, i
        if best is None:
            return own, []
        return best[1], best[1].around([best[2]], self._chance)

    def _tell_of_the_same(self, one: Text, other: Text) -> bool:
        names = [
            {n for line in text.lines[:12] for n in _NAME.findall(line.text)}
            for text in (one, other)
        ]
        return len(names[0] & names[1]) > 1


def among(sentence: str, pieces: Sequence[str]) -> bool:
    """Whether a sentence is one of the pieces, or the greater part of one."""
    return any(sentence in piece or (len(piece) > 30 and piece in sentence) for piece in pieces)


_WORD = re.compile(r"[^\W_]+")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAY = re.compile(rf"\b(?:{'|'.join((*_WEEKDAYS, *_MONTHS))})\b")


def _other(old: str, names: Sequence[str], chance: random.Random) -> str:
    """Return another thing of the same kind."""
    for kind in (_WEEKDAYS, _MONTHS):
        if old in kind:
            return chance.choice([x for x in kind if x != old])
    if old[0].isdigit():
        plain = int(re.sub(r"\D", "", old)[:6] or 0)
        return str(plain + chance.choice([1, 2, 3, 5, 10, 20, 100]))
    return chance.choice(names)


_FILLERS = frozenset("what did the does do is was were are a an of in how to".split())  # noqa: SIM905


def as_typed(question: str, chance: random.Random) -> str:
    """Return the question as somebody in a hurry types it, some of the time."""
    kind = chance.random()
    if kind < 0.1:
        return question.rstrip("?").casefold()
    if kind < 0.14:
        kept = [w for w in question.rstrip("?").split() if w.casefold() not in _FILLERS]
        return " ".join(kept) or question
    if kind < 0.19 and len(question) > 12:
        at = chance.randrange(3, len(question) - 3)
        return question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    return question


def jitter(group: str, seed: int) -> float:
    """Return a number in [0, 1) that is the same for all examples of a group."""
    return zlib.crc32(f"{seed} {group}".encode()) / 2**32
