"""The API's routes that read: articles, what readers thought of answers, and health."""

import importlib.metadata
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from assistant.articles import MAX_TEXT_CHARS
from assistant.errors import IndexMissingError
from assistant.feedback import Rating
from assistant.service import Assistant
from assistant.types import Status
from assistant.web.answers import Answers
from assistant.web.api import shapes
from assistant.web.api.document import ALWAYS, problems
from assistant.web.people import visit_of
from assistant.web.problems import RefusedError

CONTEXT_CHARS = 300  # around a part of an article
MAX_LISTED = 200

Id = Annotated[str, Path(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]
Place = Annotated[int | None, Query(ge=0, le=MAX_TEXT_CHARS)]


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    assistant = answers.assistant
    misread = problems(HTTPStatus.UNPROCESSABLE_ENTITY)
    routes = APIRouter(tags=["reading"], responses=problems(*ALWAYS))

    @routes.get("/articles", responses=misread)
    def articles(
        request: Request,
        query: Annotated[
            str,
            Query(
                max_length=shapes.MAX_FILTER_CHARS,
                description="Words that must all be in title, outlet, date or people.",
            ),
        ] = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> shapes.ArticlesOut:
        """List the articles, newest first."""
        lines = map(shapes.line_of, answers.seen_by(visit_of(request).person).catalog())
        found = [line for line in lines if _has_words(line, query)]
        return shapes.ArticlesOut(total=len(found), articles=found[offset : offset + limit])

    @routes.get("/articles/{id}", responses=misread | problems(HTTPStatus.NOT_FOUND))
    def article(
        id: Id, request: Request, start: Place = None, end: Place = None
    ) -> shapes.ArticleOut:
        """Return an article as it is quoted.

        With `start` and `end`, the offsets of a citation or a passage, only that part and a
        little around it.
        """
        found = answers.seen_by(visit_of(request).person).article(id)
        if found is None:
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                "There is no such article.",
                hint="The list of articles has those that there are.",
            )
        size = len(found.text)
        if start is None and end is None:
            return shapes.part_of(found, 0, size)
        if start is None or end is None or not start < end <= size:
            raise RefusedError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"A part of this article has a start, and an end after it up to {size}.",
            )
        return shapes.part_of(found, max(0, start - CONTEXT_CHARS), min(size, end + CONTEXT_CHARS))

    @routes.get("/feedback", responses=misread)
    def feedback(
        request: Request,
        verdict: Rating | None = None,
        status: Status | None = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> shapes.FeedbackOut:
        """List what readers thought of answers, and what was abstained on; for admins."""
        visit_of(request).person.must("admin")
        kept = assistant.feedback.entries(verdict=verdict, status=status)[::-1]
        return shapes.FeedbackOut(total=len(kept), entries=kept[offset : offset + limit])

    @routes.get("/health")
    def health(request: Request) -> shapes.HealthOut:
        """Say that the server runs, and with what."""
        return shapes.HealthOut(
            status="ok",
            articles=_count(answers.seen_by(visit_of(request).person)),
            model=assistant.settings.model,
            version=importlib.metadata.version("talks-assistant"),
        )

    return routes


def _has_words(line: shapes.ArticleLine, query: str) -> bool:
    words = " ".join((line.title, line.outlet, str(line.date or ""), *line.people)).casefold()
    return all(word in words for word in query.casefold().split())


def _count(assistant: Assistant) -> int:
    try:
        return len(assistant.catalog())
    except IndexMissingError:
        return 0
