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

from assistant.errors import AssistantError
from assistant.settings import Settings
from assistant.web.answers import Answers
from assistant.web.api import adding, asking, reading
from assistant.web.api.document import DESCRIPTION, completed
from assistant.web.api.jobs import Jobs
from assistant.web.api.uploads import Uploads
from assistant.web.problems import problem, problem_of, problem_of_http, problem_of_request

PATH = "/api/v1"

logger = logging.getLogger(__name__)


def application(answers: Answers, uploads: Uploads, jobs: Jobs) -> FastAPI:
    """Return the API, to be mounted at PATH behind whatever says whose a request is."""
    settings = answers.assistant.settings
    app = _Api(settings)
    for routes in (
        asking.router(answers),
        reading.router(answers),
        adding.router(uploads, jobs, settings),
    ):
        app.include_router(routes)

    def not_served(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _not_served(app, request, error)

    app.add_exception_handler(AssistantError, _said)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, not_served)
    app.add_exception_handler(Exception, _failed)
    return app


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
