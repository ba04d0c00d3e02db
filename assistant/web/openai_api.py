"""The API that OpenAI's clients speak, under /v1: chat completions with references.

The whole answer is waited for, streamed or not: a sentence that a model wrote may be taken back
until the end, and this protocol cannot unsay what it has sent. A stream says the same text in
pieces, and keeps the connection open meanwhile.
"""

import json
import logging
import time
import uuid
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterator,
    Sequence,
)
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException

from assistant.errors import AssistantError, NotSignedInError, QuestionError, TooManyError
from assistant.types import Answer, Done, Event, Turn
from assistant.web import plain
from assistant.web.answers import Answers
from assistant.web.people import visit_of
from assistant.web.problems import sayable, status_of
from assistant.web.streaming import unless_left

MODEL = "talks-assistant"
PATH = "/v1"
CHANNEL = "openai"
LEFT = 499  # nobody reads it; nginx's number for a client that has left
_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}

logger = logging.getLogger(__name__)


class Part(BaseModel):
    """A part of a message; only text can be answered."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of the conversation so far."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The words of the message; parts are joined by line breaks."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Asked(BaseModel):
    """A request for a chat completion. What else OpenAI's API knows is accepted and ignored."""

    model: str
    messages: list[Message]
    stream: bool | None = False
    n: int | None = 1


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix=PATH, route_class=_Route, include_in_schema=False)
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}

    @routes.get("/models")
    def models() -> dict[str, Any]:
        """List the one model that there is."""
        return {"object": "list", "data": [model]}

    @routes.get("/models/{name}")
    def one_model(name: str) -> JSONResponse:
        """Describe the one model that there is."""
        return JSONResponse(model) if name == MODEL else _unknown_model(name)

    @routes.post("/chat/completions")
    async def complete(asked: Asked, request: Request) -> Response:
        """Answer the last message of the user."""
        if asked.model != MODEL:
            return _unknown_model(asked.model)
        if asked.n not in (None, 1):
            return error("There is one answer to a question: n must be 1.", param="n")
        question, history = read(asked.messages)
        events = answers.stream(question, visit=visit_of(request), channel=CHANNEL, history=history)
        if asked.stream:
            # What refuses the question does so before the first event, and has a status of its own.
            first = await unless_left(request, anext(events))
            return EventSourceResponse(_stream(events)) if first else Response(status_code=LEFT)
        answer = await unless_left(request, _last(events))
        return JSONResponse(_completion(answer)) if answer else Response(status_code=LEFT)

    @routes.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    def unknown(path: str) -> JSONResponse:
        """Say that nothing else of OpenAI's API is here."""
        return error(f"There is no /v1/{path} here.", status=HTTPStatus.NOT_FOUND)

    return routes


def read(messages: Sequence[Message]) -> tuple[str, list[Turn]]:
    """Return the user's last message and the turns before it; other roles' words are left out.

    Raises QuestionError when there is none, or when the user sent anything but text.
    """
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            if isinstance(message.content, list) and any(p.type != "text" for p in message.content):
                raise QuestionError("Only text can be answered, no images, sounds or files.")
            turns.append(Turn(message.text))
        elif message.role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, plain.without_sources(message.text))
    if not turns:
        raise QuestionError("There is no message of the user.", hint='Its role must be "user".')
    return turns[-1].question, turns[:-1]


def error(
    message: str,
    *,
    status: HTTPStatus = HTTPStatus.BAD_REQUEST,
    param: str | None = None,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return an error in OpenAI's shape."""
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    body = {
        "message": message,
        "type": _TYPES.get(status, kind),
        "param": param,
        "code": code,
    }
    return JSONResponse({"error": body}, status.value, headers=headers)


def error_of(failure: AssistantError) -> JSONResponse:
    """Return an error of ours in OpenAI's shape, with Retry-After or WWW-Authenticate where due."""
    status, said = status_of(failure), str(sayable(failure))
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:  # OpenAI's API knows no 422
        return error(said, param="messages")
    if isinstance(failure, TooManyError):
        wait = {"Retry-After": str(failure.retry_after_s)}
        return error(said, status=status, code="rate_limit_exceeded", headers=wait)
    if isinstance(failure, NotSignedInError):
        ask = {"WWW-Authenticate": "Bearer"}
        return error(said, status=status, code="invalid_api_key", headers=ask)
    return error(said, status=status)


class _Route(APIRoute):
    """Says every error of its route in OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except AssistantError as failure:
                return error_of(failure)
            except HTTPException as refused:
                return error(refused.detail, status=HTTPStatus(refused.status_code))
            except RequestValidationError as invalid:
                first = invalid.errors()[0]
                if first["type"] == "json_invalid":
                    return error("The body is not JSON.")
                where = ".".join(str(part) for part in first["loc"][1:])
                return error(f"{where or 'The body'}: {first['msg']}.", param=where or None)

        return handled


def _unknown_model(name: str) -> JSONResponse:
    return error(
        f"There is no model {name!r} here; there is {MODEL!r}.",
        status=HTTPStatus.NOT_FOUND,
        param="model",
        code="model_not_found",
    )


async def _last(events: AsyncGenerator[Event, None]) -> Answer:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Done):
                return event.answer
    raise AssertionError("an answer ends with Done")


async def _stream(events: AsyncGenerator[Event, None]) -> AsyncIterator[str]:
    """Yield the chunks of a completion. An error that comes late is the last of them."""
    try:
        answer = await _last(events)
    except AssistantError as failure:
        yield bytes(error_of(failure).body).decode()
    except Exception:
        logger.exception("A question could not be answered.")
        sorry = error("Something went wrong here.", status=HTTPStatus.INTERNAL_SERVER_ERROR)
        yield bytes(sorry.body).decode()
    else:
        for chunk in _chunks(answer):
            yield json.dumps(chunk)
    yield "[DONE]"


def _completion(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": plain.text_of(answer), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return _head("chat.completion") | {"choices": [choice]} | _evidence(answer)


def _chunks(answer: Answer) -> Iterator[dict[str, Any]]:
    """Yield the text line by line; the last chunk holds the evidence and no text."""
    head = _head("chat.completion.chunk")
    lines = plain.text_of(answer).splitlines(keepends=True)
    for delta in ({"role": "assistant", "content": ""}, *({"content": line} for line in lines)):
        yield head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield head | {"choices": [last]} | _evidence(answer)


def _head(kind: Literal["chat.completion", "chat.completion.chunk"]) -> dict[str, Any]:
    created = int(time.time())
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": created,
        "model": MODEL,
    }


def _evidence(answer: Answer) -> dict[str, Any]:
    """Return what goes beyond OpenAI's API: `status`, `references` or `nearest`, `sources`."""
    cited = plain.references(answer.citations)
    if answer.status == "abstained":
        return {"status": answer.status, "references": [], "nearest": cited}
    # As Open WebUI shows sources; it tells them apart by their names.
    sources = [
        {
            "source": {"name": f"[{c['number']}] {c['title']}"},
            "document": [c["quote"]],
            "metadata": [{"source": c["source"], "name": f"[{c['number']}] {c['title']}"}],
        }
        for c in cited
    ]
    return {"status": answer.status, "references": cited, "nearest": [], "sources": sources}
