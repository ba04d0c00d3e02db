"""The product's vocabulary: frozen values, no behaviour beyond what their own fields imply.

An `Article` is split into `Sentence`s and `Passage`s that point into its text. A question
becomes a `Question`, retrieval returns `Hit`s, and an `Answer` is made of `AnswerSentence`s
whose `Citation`s hold exact words of an article. Storage and rendering live elsewhere.
"""

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

# Called with how much is done, of how much, and what is being worked on.
OnProgress = Callable[[int, int, str], None]

Status = Literal["answered", "abstained"]
Verdict = Literal["supported", "partly", "unsupported"]


@dataclass(frozen=True, slots=True)
class Article:
    """A news article as it is quoted: `text` is normalised once, and every offset points into it.

    `source` is an absolute file path or a URL. `id` is derived from the source and the content,
    so a changed article is a new one. `date` is the day the article is dated, if it says. `groups`
    are those whose members alone may know of it; none, and everybody may.
    """

    id: str
    source: str
    title: str
    text: str
    date: datetime.date | None = None
    outlet: str = ""
    author: str = ""
    place: str = ""
    people: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its offsets: `article.text[start:end]`, whitespace around it left out.

    `speaker` is who says it, as the article's standard name for that person, or "".
    """

    start: int
    end: int
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive whole sentences of one article: `article.text[start:end] == text`, always.

    `first` and `last` are the positions of its first and last sentence in the article, inclusive.
    """

    article_id: str
    number: int
    start: int
    end: int
    first: int
    last: int
    text: str

    @property
    def id(self) -> str:
        """`article id:number`, the same in every index that holds this article."""
        return f"{self.article_id}:{self.number:05d}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What retrieval may look at. Empty means everything.

    `person` matches passages that name or quote that person in any spelling, `source` matches
    a part of the source or the outlet's name, dates are inclusive and leave out undated articles.
    """

    since: datetime.date | None = None
    until: datetime.date | None = None
    person: str = ""
    source: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        return bool(self.since or self.until or self.person or self.source)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same conversation, and what was answered, if known."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a chat model; `role` is "system", "user" or "assistant"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found.

    `score` is the fused score, comparable within one search only; `similarity` is the cosine
    in [-1, 1] or None when only keywords found it; the ranks count from 1, None when absent.
    """

    passage: Passage
    title: str
    date: datetime.date | None
    source: str
    outlet: str
    score: float
    similarity: float | None = None
    dense_rank: int | None = None
    keyword_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Exact words of an article: `article.text[start:end] == quote`, checked when it is made.

    `marked` are the words within the quote that answer, or "".
    """

    number: int
    article_id: str
    title: str
    date: datetime.date | None
    source: str
    outlet: str
    speaker: str
    quote: str
    start: int
    end: int
    marked: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer and the numbers of the citations that carry it.

    `under` names whose side it gives, where an answer compares.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict = "supported"
    under: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A sentence that a chat model wrote and no reader sees, and what is wrong with it.

    `codes` are of `checking.Code`; `was_mended` says whether it came back in another form.
    """

    text: str
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    was_mended: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says, and the words it rests on.

    When `status` is "abstained", `reason` says why, and `citations` may hold the nearest
    passages, which are offered as reading and not as an answer. `standalone` is the question
    as it was searched for, with earlier turns folded in; `lead` the answer in a few words of the
    quotes, where a few words can answer. `writer` is the model that wrote the sentences, "" when
    they are quotes; `note` says what a reader should know of how the answer came about, and
    `invented_ids` counts marks of the model that stand for no quote. `confidence` is how likely the
    articles are to answer, in [0, 1), whether or not something else made it refuse.
    """

    question: str
    standalone: str
    status: Status
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    reason: str | None = None
    lead: str = ""
    writer: str = ""
    note: str = ""
    rejected: tuple[Rejected, ...] = ()
    invented_ids: int = 0
    confidence: float | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as one string, each sentence followed by its marks: `… [1] … [2]`."""
        return "\n".join(
            sentence.text + "".join(f" [{number}]" for number in sentence.citations)
            for sentence in self.sentences
        )

    def to_json(self) -> dict[str, Any]:
        """Return the documented JSON form; dates are ISO days."""
        return {
            "question": self.question,
            "standalone": self.standalone,
            "status": self.status,
            "answer": self.text,
            "lead": self.lead,
            "sentences": [
                {
                    "text": s.text,
                    "citations": list(s.citations),
                    "verdict": s.verdict,
                    "under": s.under,
                }
                for s in self.sentences
            ],
            "citations": [jsonable(citation) for citation in self.citations],
            "reason": self.reason,
            "writer": self.writer,
            "note": self.note,
            "rejected": [jsonable(rejected) for rejected in self.rejected],
            "invented_ids": self.invented_ids,
            "confidence": None if self.confidence is None else round(self.confidence, 3),
            "timings_ms": {name: round(ms, 1) for name, ms in self.timings_ms.items()},
        }


@dataclass(frozen=True, slots=True)
class Understood:
    """The answer path has begun: the question it will search for."""

    standalone: str


@dataclass(frozen=True, slots=True)
class Found:
    """Retrieval is done."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of the answer, with the citations that it is the first to use."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class FellBack:
    """What was said so far is withdrawn: the model failed, and quotes follow instead."""

    note: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; always the last event."""

    answer: Answer


Event = Understood | Found | Said | FellBack | Done


@dataclass(frozen=True, slots=True)
class Failure:
    """One input that could not be ingested, and why, as a sentence."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, by source, in the order of the input."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    passages: int = 0
    characters: int = 0
    dry_run: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the counts, the failures with their reasons, and the sources behind each count."""
        names = ("added", "changed", "unchanged", "removed")
        return {
            **{name: len(getattr(self, name)) for name in names},
            "failed": [jsonable(failure) for failure in self.failed],
            "passages": self.passages,
            "characters": self.characters,
            "dry_run": self.dry_run,
            "sources": {name: list(getattr(self, name)) for name in names},
        }


def jsonable(value: Any) -> dict[str, Any]:
    """Return a flat frozen value as a dict whose dates are ISO days."""
    return {item.name: _iso(getattr(value, item.name)) for item in dataclasses.fields(value)}


def iso_day(date: datetime.date | None) -> str | None:
    """Return `2025-02-18`, or None for no date."""
    return date.isoformat() if date else None


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value
