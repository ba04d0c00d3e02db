"""What readers thought of answers: the one module that meets the feedback database.

Kept are questions that a reader rated and questions that were abstained on, each with its answer,
its time and what is needed to understand it; of any other question nothing is. Who asked is never
known here.
"""

import datetime
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sql
import tenacity
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from assistant.errors import FeedbackError
from assistant.types import Answer, Status

OFF = "off"
MAX_COMMENT_CHARS = 500
BUSY_TIMEOUT_S = 2  # short, since a reader waits; a rating is one small write
ATTEMPTS, MAX_WAIT_S = 8, 0.2

Rating = Literal["up", "down", ""]

_TEXTS = ("question", "standalone", "status", "answer", "verdict", "comment")
_ENTRIES = sql.Table(
    "feedback",
    sql.MetaData(),
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("at", sql.DateTime(timezone=True), nullable=False),
    *(sql.Column(name, sql.Text, nullable=False) for name in _TEXTS),
    *(sql.Column(name, sql.JSON, nullable=False) for name in ("history", "articles")),
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One question and what its reader thought of the answer; `verdict` "" means unrated.

    `history` are the earlier questions that a follow-up was understood by; `articles` the ids of
    those that the answer cites; `at` is in UTC.
    """

    question: str
    standalone: str
    status: Status
    answer: str
    history: tuple[str, ...] = ()
    verdict: Rating = ""
    comment: str = ""
    articles: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    at: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    @classmethod
    def on(
        cls,
        answer: Answer,
        text: str,
        *,
        id: str,
        earlier: Iterable[str] = (),
        verdict: Rating = "",
        comment: str = "",
    ) -> "Feedback":
        """Return what there is to keep of an answer, which reads as `text`.

        `earlier` are the questions before it, kept only if it was understood by them.
        """
        alone = answer.standalone == answer.question
        return cls(
            answer.question,
            answer.standalone,
            answer.status,
            text,
            history=() if alone else tuple(earlier),
            verdict=verdict,
            comment=comment,
            articles=tuple(dict.fromkeys(c.article_id for c in answer.citations)),
            id=id,
        )

    @property
    def is_kept(self) -> bool:
        """Whether it is one that may be kept: rated, or abstained on."""
        return self.verdict != "" or self.status == "abstained"


class FeedbackStore:
    """The feedback in one database, made by the first write; "off" keeps nothing.

    Holds nothing open between calls, so it is safe to share between threads and processes.
    Everything that fails raises FeedbackError.
    """

    def __init__(self, url: str | sql.URL) -> None:
        self.is_on = url != OFF
        self._url = url

    @classmethod
    def beside(cls, index: Path) -> "FeedbackStore":
        """Return the store of an index: beside its folder, which may be deleted and made anew."""
        folder = index.absolute()
        file = folder.parent / f"{folder.name}-feedback.sqlite3"
        return cls(sql.URL.create("sqlite", database=str(file)))

    def record(self, feedback: Feedback) -> None:
        """Keep it in the place of what had its id; one that may not be kept is only taken out."""
        row = {column.name: getattr(feedback, column.name) for column in _ENTRIES.columns}
        row["comment"] = feedback.comment[:MAX_COMMENT_CHARS]
        self._write(
            _ENTRIES.delete().where(_ENTRIES.c.id == feedback.id),
            *([_ENTRIES.insert().values(row)] if feedback.is_kept else []),
        )

    def rate(self, id: str, verdict: Rating, comment: str = "") -> None:
        """Change the rating of what is kept; taken back, it stays only if it was abstained on."""
        columns = _ENTRIES.c
        rated = {"verdict": verdict, "comment": comment[:MAX_COMMENT_CHARS]}
        self._write(
            _ENTRIES.update().where(columns.id == id).values(rated),
            _ENTRIES.delete().where(
                columns.id == id, columns.verdict == "", columns.status != "abstained"
            ),
        )

    def entries(
        self, *, verdict: Rating | None = None, status: Status | None = None
    ) -> list[Feedback]:
        """Return what is kept, oldest first; None means any verdict or status."""
        query = _ENTRIES.select().order_by(_ENTRIES.c.at, _ENTRIES.c.id)
        if verdict is not None:
            query = query.where(_ENTRIES.c.verdict == verdict)
        if status is not None:
            query = query.where(_ENTRIES.c.status == status)
        with self._mapped_errors():
            # A SQLite file that is not there would be made by looking into it.
            if not self.is_on or (self._file and not self._file.exists()):
                return []
            with self._engine.connect() as connection:
                if not sql.inspect(connection).has_table(_ENTRIES.name):
                    return []
                return [_read(row) for row in connection.execute(query).mappings()]

    def _write(self, *statements: sql.Executable) -> None:
        """Execute all or none of the statements, in a database that is made if need be."""
        if not self.is_on:
            return
        with self._mapped_errors():
            if self._file:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            self._execute(statements)

    # A server lets two make the table, or insert one id, at the same time; the second one fails,
    # on PostgreSQL as a broken key or as a type that is there already.
    @tenacity.retry(
        retry=tenacity.retry_if_exception_type((IntegrityError, ProgrammingError)),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_random(max=MAX_WAIT_S),
        reraise=True,
    )
    def _execute(self, statements: Sequence[sql.Executable]) -> None:
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if self._engine.dialect.name == "sqlite":
                # Stays set in the file: readers and a writer then do not wait for each other.
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.execute(CreateTable(_ENTRIES, if_not_exists=True))
        with self._engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)

    @cached_property
    def _engine(self) -> sql.Engine:
        url = sql.make_url(self._url)
        options = {"timeout": BUSY_TIMEOUT_S} if url.get_backend_name() == "sqlite" else {}
        return sql.create_engine(url, poolclass=NullPool, connect_args=options)

    @cached_property
    def _file(self) -> Path | None:
        """The SQLite file; None for a server and for the `file:` form, which says how to open."""
        url = sql.make_url(self._url)
        plain = url.get_backend_name() == "sqlite" and "uri" not in url.query
        return Path(url.database) if plain and url.database else None

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        # ImportError: the driver is not installed. ValueError: half a character, a damaged field.
        except (SQLAlchemyError, OSError, ImportError, ValueError) as error:
            reason = getattr(error, "orig", None) or error
            raise FeedbackError(
                f"The feedback database cannot be used ({' '.join(str(reason).split())[:200]}).",
                hint="Check ASSISTANT_FEEDBACK_URL, or set it to off.",
            ) from error


def _read(row: Mapping[Any, Any]) -> Feedback:
    at = row["at"] if row["at"].tzinfo else row["at"].replace(tzinfo=datetime.UTC)
    lists = {name: tuple(row[name]) for name in ("history", "articles")}
    return Feedback(**{**row, **lists, "at": at.astimezone(datetime.UTC)})
