"""The API under /api/v1: its routes, what they have in common, and its OpenAPI document."""

import importlib.metadata
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.articles import MB
from assistant.errors import AssistantError
from assistant.settings import Settings
from assistant.web import api_adding, api_asking, api_reading
from assistant.web.answers import Answers
from assistant.web.document import DESCRIPTION, completed
from assistant.web.jobs import Jobs
from assistant.web.problems import problem, problem_of, problem_of_http, problem_of_request
from assistant.web.uploads import Uploads

PATH = "/api/v1"
MAX_BODY_BYTES = 1_000_000
FILES_TO_FILE_MB = 10  # all files of one request together, in largest files

logger = logging.getLogger(__name__)


def application(answers: Answers, uploads: Uploads, jobs: Jobs) -> FastAPI:
    """Return the API, to be mounted at PATH behind whatever says whose a request is."""
    settings = answers.assistant.settings
    app = _Api(settings)
    for routes in (
        api_asking.router(answers),
        api_reading.router(answers),
        api_adding.router(uploads, jobs, settings),
    ):
        app.include_router(routes)

    def not_served(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _not_served(app, request, error)

    app.add_exception_handler(AssistantError, _said)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, not_served)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(
        LimitedBody,
        max_bytes=MAX_BODY_BYTES,
        max_files_bytes=int(settings.max_file_mb * MB * FILES_TO_FILE_MB),
    )
    return app


class LimitedBody:
    """Stops reading a request whose body is too large, with status 413."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, max_files_bytes: int) -> None:
        """Wrap an application; more may come to the path where files are uploaded."""
        self.app = app
        self.max_bytes = max_bytes
        self.max_files_bytes = max_files_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what is read of it."""
        is_upload = scope.get("path", "").endswith(api_adding.FILES_PATH)
        limit = self.max_files_bytes if is_upload else self.max_bytes
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > limit:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"A request may have {limit:,} bytes.",
                )
            return message

        await self.app(scope, counted, send)


class _Api(FastAPI):
    def __init__(self, settings: Settings) -> None:
        super().__init__(
            title="Talks assistant",
            description=DESCRIPTION,
            version=importlib.metadata.version("talks-assistant"),
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
        )
        self._settings = settings

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi(), self._settings)
        return self.openapi_schema


def _said(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, AssistantError)
    return problem_of(error)


def _misshapen(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)
    return problem_of_request(error)


def _not_served(app: FastAPI, request: Request, error: HTTPException) -> JSONResponse:
    refused = problem_of_http(error)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route of this path only.
        methods = {
            method
            for route in iter_route_contexts(app.routes)
            if route.original_route.matches(request.scope)[0] is not Match.NONE
            for method in route.methods or ()
        }
        refused.headers["Allow"] = ", ".join(sorted(methods))
    return refused


def _failed(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s %s failed.", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here.")
