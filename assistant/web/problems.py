"""What went wrong, as the web says it: problem details (RFC 9457) with the right status.

The one place that knows which error has which status.
"""

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from assistant.errors import (
    ArticleError,
    AssistantError,
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
)


def status_of(error: AssistantError) -> HTTPStatus:
    """Return the HTTP status that says this error; 500 for one that nobody could foresee."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(
    status: HTTPStatus, detail: str, *, hint: str = "", headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a problem: what the status means, what went wrong here, and what to do next."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status.value, headers=headers, media_type=MEDIA_TYPE)


def problem_of(error: AssistantError) -> JSONResponse:
    """Return an error of ours as a problem, with Retry-After or WWW-Authenticate where due."""
    headers: dict[str, str] = {}
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status_of(error), error.message, hint=error.hint, headers=headers)
