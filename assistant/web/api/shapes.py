"""The JSON that the API takes and gives, and its document describes.

What it takes is strict: an unknown field or another type is refused. What it gives names the file
of an article, never where on the server that file lies.
"""

import datetime
import re
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.feedback import MAX_COMMENT_CHARS, Feedback, Rating
from assistant.records import ArticleHead
from assistant.types import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Failure,
    Filters,
    Hit,
    Rejected,
    Status,
    Turn,
)
from assistant.web import render

MAX_TURNS = 50
MAX_TURN_CHARS = 20_000
MAX_FILTER_CHARS = 200
MAX_HITS = 50
MAX_URLS = 50
MAX_URL_CHARS = 2_000

S = TypeVar("S", Citation, Hit)


def _iso_day(value: Any) -> Any:
    # Pydantic would take a number of seconds for a day, too.
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"[\d-]{10}", value)):
        raise ValueError("must be a day, such as 2025-02-18")
    return value


Day = Annotated[datetime.date | None, BeforeValidator(_iso_day)]


class Taken(BaseModel):
    """What a request may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FiltersIn(Taken):
    """What may be looked at; days are inclusive and leave out undated articles."""

    since: Day = None
    until: Day = None
    person: str = Field(default="", max_length=MAX_FILTER_CHARS)
    source: str = Field(
        default="",
        max_length=MAX_FILTER_CHARS,
        description="A part of the article's source or of its outlet's name.",
    )

    @property
    def filters(self) -> Filters:
        """The same as a value."""
        return Filters(self.since, self.until, self.person, self.source)


class TurnIn(Taken):
    """An earlier question of the conversation, and what was answered, if known."""

    question: str = Field(max_length=MAX_TURN_CHARS)
    answer: str = Field(default="", max_length=MAX_TURN_CHARS)


Earlier = Annotated[str, Field(max_length=MAX_TURN_CHARS)] | TurnIn


class AskIn(Taken):
    """A question, with what it may need to be understood."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "What did Zakharova demand?"},
                {
                    "question": "And what did he say about NATO?",
                    "history": [{"question": "What did Peskov say about Ukraine joining the EU?"}],
                    "filters": {"since": "2025-02-01", "until": "2025-02-28"},
                },
            ]
        }
    )

    question: str = Field(min_length=1)
    history: list[Earlier] = Field(
        default=[], max_length=MAX_TURNS, description="Earlier turns, oldest first."
    )
    filters: FiltersIn = FiltersIn()

    @property
    def turns(self) -> list[Turn]:
        """The earlier turns as values."""
        return [
            Turn(turn) if isinstance(turn, str) else Turn(turn.question, turn.answer)
            for turn in self.history
        ]


class SearchIn(Taken):
    """What to look for in the passages."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "NATO and Bucharest 2008", "limit": 5}]}
    )

    question: str = Field(min_length=1)
    limit: int = Field(default=10, ge=1, le=MAX_HITS, strict=True)
    filters: FiltersIn = FiltersIn()


class FeedbackIn(Taken):
    """What somebody thought of an answer; an empty verdict takes it back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "0" * 32, "verdict": "down", "comment": "The date is that of the next day."}
            ]
        }
    )

    id: str = Field(pattern="^[0-9a-f]{32}$", description="X-Answer-Id of the answer.")
    verdict: Rating
    comment: str = Field(default="", max_length=MAX_COMMENT_CHARS)


Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=MAX_URL_CHARS)]


class UrlsIn(Taken):
    """Pages to fetch and add."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"urls": ["https://news.example/talks"]}]}
    )

    urls: list[Url] = Field(min_length=1, max_length=MAX_URLS)


class AnswerOut(BaseModel):
    """An answer or an abstention, and the words it rests on.

    `answer` is all sentences with their marks, `lead` the answer in a few words of the quotes,
    where a few can answer. When `status` is "abstained", `reason` says why, and `citations` may
    hold the nearest passages. `writer` is the model that wrote the sentences, "" when they are
    quotes; `rejected` are sentences of that model which did not hold up.
    """

    question: str
    standalone: str
    status: Status
    answer: str
    lead: str
    sentences: list[AnswerSentence]
    citations: list[Citation]
    reason: str | None
    writer: str
    note: str
    rejected: list[Rejected]
    invented_ids: int
    confidence: float | None
    timings_ms: dict[str, float]


class HitsOut(BaseModel):
    """Passages, best first."""

    hits: list[Hit]


class ArticleLine(BaseModel):
    """What is known of an article without reading it."""

    id: str
    title: str
    date: datetime.date | None
    outlet: str
    source: str
    people: list[str]
    passages: int


class ArticlesOut(BaseModel):
    """A part of the articles that match, newest first, and how many there are."""

    total: int
    articles: list[ArticleLine]


class ArticleOut(BaseModel):
    """An article or a part of it: `text` is its characters from `start` to `end`.

    Offsets count Unicode characters of the whole text, of which there are `characters`.
    """

    id: str
    title: str
    date: datetime.date | None
    outlet: str
    author: str
    place: str
    source: str
    sources: list[str]
    people: list[str]
    characters: int
    start: int
    end: int
    text: str


class FeedbackOut(BaseModel):
    """A part of what is kept, newest first, and how much there is."""

    total: int
    entries: list[Feedback]


class SourcesOut(BaseModel):
    """The inputs behind each count of a report."""

    added: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]


class ReportOut(BaseModel):
    """What an ingest did."""

    added: int
    changed: int
    unchanged: int
    removed: int
    failed: list[Failure]
    passages: int
    characters: int
    dry_run: bool
    sources: SourcesOut


class JobOut(BaseModel):
    """Articles on their way into the index.

    `done` of `total` inputs are read, `current` is next; `report` is there once it is done, and
    lists inputs that could not be added; `error` says why the whole job failed.
    """

    id: str
    state: Literal["queued", "working", "done", "failed"]
    done: int
    total: int
    current: str
    report: ReportOut | None
    error: str


class HealthOut(BaseModel):
    """That the server runs, and with what. `articles` are those that you may see."""

    status: Literal["ok"]
    articles: int
    model: str = Field(description='The chat model that writes; "" when answers are quoted.')
    version: str


def with_named_source(value: S) -> S:
    """Return a citation or a hit that names its article's file, but not where it lies."""
    return replace(value, source=render.named(value.source))


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the JSON of an `AnswerOut`."""
    cited = tuple(with_named_source(citation) for citation in answer.citations)
    return replace(answer, citations=cited).to_json()


def line_of(head: ArticleHead) -> ArticleLine:
    """Return an article as it is listed."""
    return ArticleLine(
        id=head.id,
        title=head.title,
        date=head.date,
        outlet=head.outlet,
        source=render.named(head.source),
        people=list(head.people),
        passages=head.passages,
    )


def part_of(article: Article, start: int, end: int) -> ArticleOut:
    """Return an article with these characters of its text."""
    return ArticleOut(
        id=article.id,
        title=article.title,
        date=article.date,
        outlet=article.outlet,
        author=article.author,
        place=article.place,
        source=render.named(article.source),
        sources=list(article.sources),
        people=list(article.people),
        characters=len(article.text),
        start=start,
        end=end,
        text=article.text[start:end],
    )
