"""The API's routes that answer: ask, at once or as a stream, search, and rate an answer."""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from assistant.errors import AssistantError, TooManyError
from assistant.types import Answer, Done, Event, FellBack, Found, Said, Understood, jsonable
from assistant.web.answers import Answers
from assistant.web.api import shapes
from assistant.web.api.document import ALWAYS, ASKED, EVENTS, problems
from assistant.web.api.ratings import Ratings
from assistant.web.people import Visit, visit_of
from assistant.web.problems import RefusedError, body_of
from assistant.web.streaming import unless_left

CHANNEL = "api"
ANSWER_ID = "X-Answer-Id"
NO_ONE_WAITS = 499  # never sent: whoever asked has left
WITH_ID = {
    "headers": {
        ANSWER_ID: {
            "description": "What the answer can be rated by.",
            "schema": {"type": "string"},
        }
    }
}


logger = logging.getLogger(__name__)


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["asking"], responses=problems(*ALWAYS, *ASKED))
    ratings = Ratings(answers.assistant.feedback)

    async def remember(answer: Answer, asked: shapes.AskIn, id: str, visit: Visit) -> None:
        await asyncio.to_thread(
            ratings.remember, answer, id=id, subject=visit.person.subject, history=asked.turns
        )

    @routes.post("/ask", response_model=shapes.AnswerOut, responses={200: WITH_ID})
    async def ask(asked: shapes.AskIn, request: Request) -> Response:
        """Answer a question. Whoever closes the connection stops the answering."""
        id, visit = uuid.uuid4().hex, visit_of(request)
        answering = answers.ask(
            asked.question,
            visit=visit,
            channel=CHANNEL,
            history=asked.turns,
            filters=asked.filters.filters,
        )
        answer = await unless_left(request, answering)
        if answer is None:
            return Response(status_code=NO_ONE_WAITS)
        await remember(answer, asked, id, visit)
        return JSONResponse(shapes.answer_json(answer), headers={ANSWER_ID: id})

    async def begun(
        asked: shapes.AskIn, request: Request, response: Response
    ) -> AsyncGenerator[AsyncGenerator[ServerSentEvent, None], None]:
        """Begin to answer, so that what is refused has its status, and give what follows."""
        id, visit = uuid.uuid4().hex, visit_of(request)
        response.headers[ANSWER_ID] = id
        events = answers.stream(
            asked.question,
            visit=visit,
            channel=CHANNEL,
            history=asked.turns,
            filters=asked.filters.filters,
        )

        async def following(event: Event) -> AsyncGenerator[ServerSentEvent, None]:
            yield _sent(event)
            async for event in events:
                if isinstance(event, Done):
                    await remember(event.answer, asked, id, visit)
                yield _sent(event)

        async with aclosing(events), aclosing(following(await anext(events))) as sent:
            yield sent

    @routes.post(
        "/ask/stream",
        response_class=EventSourceResponse,
        response_description=EVENTS,
        responses={200: WITH_ID},
    )
    async def stream(
        events: Annotated[AsyncGenerator[ServerSentEvent, None], Depends(begun)],
    ) -> AsyncIterator[ServerSentEvent]:
        """Answer a question sentence by sentence."""
        try:
            async for event in events:
                yield event
        except AssistantError as error:
            yield ServerSentEvent(event="error", data=body_of(error))
        except Exception:
            logger.exception("A question could not be answered.")
            apology = AssistantError("Something went wrong here.")
            yield ServerSentEvent(event="error", data=body_of(apology))

    @routes.post("/search")
    async def search(wanted: shapes.SearchIn, request: Request) -> shapes.HitsOut:
        """Find passages without answering. It counts as a question."""
        visit = visit_of(request)
        try:
            await answers.limits.count(visit)
            async with answers.limits.turn():
                hits = await asyncio.to_thread(
                    answers.seen_by(visit.person).search,
                    wanted.question,
                    limit=wanted.limit,
                    filters=wanted.filters.filters,
                )
        except TooManyError:
            answers.metrics.limited(CHANNEL)
            raise
        return shapes.HitsOut(hits=[shapes.with_named_source(hit) for hit in hits])

    @routes.post(
        "/feedback", status_code=HTTPStatus.NO_CONTENT, responses=problems(HTTPStatus.NOT_FOUND)
    )
    def rate(said: shapes.FeedbackIn, request: Request) -> None:
        """Say what you thought of an answer that you were given of late.

        Kept with it are the question and the answer, and never who asked.
        """
        subject = visit_of(request).person.subject
        if not ratings.store.is_on:
            raise RefusedError(HTTPStatus.NOT_FOUND, "No feedback is kept here.")
        if not ratings.rate(said.id, said.verdict, said.comment, subject=subject):
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                "You were given no such answer of late.",
                hint=f"Send the {ANSWER_ID} of an answer.",
            )

    return routes


def _sent(event: Event) -> ServerSentEvent:
    match event:
        case Understood(standalone):
            return ServerSentEvent(event="understood", data={"standalone": standalone})
        case Found(hits):
            found = [shapes.with_named_source(hit) for hit in hits]
            return ServerSentEvent(event="found", data={"hits": found})
        case Said(sentence, citations):
            cited = [jsonable(shapes.with_named_source(citation)) for citation in citations]
            data = {"sentence": jsonable(sentence), "citations": cited}
            return ServerSentEvent(event="said", data=data)
        case FellBack(note):
            return ServerSentEvent(event="fell_back", data={"note": note})
        case Done(answer):
            return ServerSentEvent(event="done", data=shapes.answer_json(answer))
