"""What went wrong, as the web says it: problem details (RFC 9457) with the right status.

The one place that knows which error has which status. What is the server's own trouble is told in
full to its log only, since such a message may name files of its machine.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from assistant.errors import (
    ArticleError,
    AssistantError,
    FeedbackError,
    IndexBusyError,
    IndexMissingError,
    IndexStoreError,
    NotAllowedError,
    NotSignedInError,
    QuestionError,
    TooManyError,
)

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[AssistantError], HTTPStatus], ...] = (
    (QuestionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ArticleError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotSignedInError, HTTPStatus.UNAUTHORIZED),
    (NotAllowedError, HTTPStatus.FORBIDDEN),
    (TooManyError, HTTPStatus.TOO_MANY_REQUESTS),
    (IndexMissingError, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexBusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexStoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (FeedbackError, HTTPStatus.SERVICE_UNAVAILABLE),
)
MAX_FAULTS = 20  # of one request that are listed
MAX_WHERE_CHARS = 200  # of where a fault is, which may be whatever was sent

logger = logging.getLogger(__name__)


class RefusedError(AssistantError):
    """A request that the web refuses, with the HTTP status that says so."""

    def __init__(self, status: HTTPStatus, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Fault(BaseModel):
    """One thing that is wrong with a request: where, and what."""

    where: str
    reason: str


class Problem(BaseModel):
    """What went wrong: `detail` says it in a sentence, `hint` what to do next."""

    type: str = "about:blank"
    title: str = Field(description="What the status means.")
    status: int
    detail: str
    hint: str | None = None
    errors: list[Fault] | None = Field(default=None, description="With 422: every fault.")


def status_of(error: AssistantError) -> HTTPStatus:
    """Return the HTTP status that says this error; 500 for one that nobody could foresee."""
    if isinstance(error, RefusedError):
        return error.status
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def sayable(error: AssistantError) -> AssistantError:
    """Return the error as a stranger may read it; the log gets what they may not."""
    if isinstance(error, RefusedError) or status_of(error).value < 500:
        return error
    logger.error("%s", error)
    if isinstance(error, IndexMissingError):
        return type(error)("There are no articles yet.", hint="Somebody has to add some first.")
    return type(error)("The assistant cannot do this now.", hint="The server's log says why.")


def body_of(error: AssistantError) -> dict[str, Any]:
    """Return the JSON of an error's problem."""
    said = sayable(error)
    return _body(status_of(error), said.message, hint=said.hint)


def problem(
    status: HTTPStatus, detail: str, *, hint: str = "", headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a problem: what the status means, what went wrong here, and what to do next."""
    return _response(_body(status, detail, hint=hint), headers)


def problem_of(error: AssistantError) -> JSONResponse:
    """Return an error of ours as a problem, with Retry-After or WWW-Authenticate where due."""
    headers: dict[str, str] = {}
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    return _response(body_of(error), headers)


def problem_of_http(error: HTTPException) -> JSONResponse:
    """Return what the framework refuses, such as a path that there is not, as a problem."""
    status = HTTPStatus(error.status_code)
    known = {
        HTTPStatus.NOT_FOUND: "There is nothing here.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This cannot be done here.",
    }
    headers = dict(error.headers or {})
    return problem(status, known.get(status, error.detail), headers=headers)


def problem_of_request(error: RequestValidationError) -> JSONResponse:
    """Return what is wrong with a request's form as a problem that lists every fault."""
    faults = [
        {"where": _where(fault["loc"]), "reason": fault["msg"]}
        for fault in error.errors()[:MAX_FAULTS]
    ]
    detail = f"{faults[0]['where']}: {faults[0]['reason']}." if faults else "It cannot be read."
    return _response(_body(HTTPStatus.UNPROCESSABLE_ENTITY, detail) | {"errors": faults}, None)


def _where(place: Sequence[object]) -> str:
    where = _whole(".".join(map(str, place)))
    return where if len(where) <= MAX_WHERE_CHARS else f"{where[:MAX_WHERE_CHARS]}…"


def _body(status: HTTPStatus, detail: str, *, hint: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": _whole(detail),
    }
    if hint:
        body["hint"] = _whole(hint)
    return body


def _response(body: dict[str, Any], headers: dict[str, str] | None) -> JSONResponse:
    return JSONResponse(body, body["status"], headers=headers, media_type=MEDIA_TYPE)


def _whole(text: str) -> str:
    """Return text that can be sent; half a character in a request must not break its answer."""
    return text.encode(errors="replace").decode()
