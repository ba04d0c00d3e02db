"""The API's routes that add articles, in the background; for editors."""

import asyncio
import uuid
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from assistant.settings import Settings
from assistant.web.api import shapes
from assistant.web.api.document import ALWAYS, ASKED, problems
from assistant.web.api.jobs import Job, Jobs
from assistant.web.api.uploads import FIELD, MAX_FILES, Uploads, received
from assistant.web.limits import FILES_PATH
from assistant.web.people import visit_of
from assistant.web.problems import RefusedError

MULTIPART = {
    "schema": {
        "type": "object",
        "required": [FIELD],
        "additionalProperties": False,
        "properties": {
            FIELD: {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "minItems": 1,
                "maxItems": MAX_FILES,
            }
        },
    }
}
LOCATED: dict[int | str, dict[str, Any]] = {
    HTTPStatus.ACCEPTED.value: {
        "headers": {"Location": {"description": "Where the job is.", "schema": {"type": "string"}}}
    }
}
ACCEPTED: dict[str, Any] = {"status_code": HTTPStatus.ACCEPTED, "response_model": shapes.JobOut}


def router(uploads: Uploads, jobs: Jobs, settings: Settings) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["adding"], responses=problems(*ALWAYS))

    @routes.post(
        FILES_PATH,
        responses=LOCATED
        | problems(*ASKED, HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        openapi_extra={
            "requestBody": {"required": True, "content": {"multipart/form-data": MULTIPART}}
        },
        **ACCEPTED,
    )
    async def add_files(request: Request, replace: bool = False) -> Response:
        """Add articles from files; for editors.

        A file that you uploaded before under the same name is replaced only with `replace`.
        """
        editor = _editor(request)
        async with received(request, max_mb=settings.max_file_mb) as files:
            paths = await asyncio.to_thread(uploads.keep, files, subject=editor, replacing=replace)
        job = await asyncio.to_thread(jobs.add, list(map(str, paths)), subject=editor)
        return _accepted(request, job)

    @routes.post("/ingest/urls", responses=LOCATED | problems(*ASKED), **ACCEPTED)
    def add_urls(
        pages: shapes.UrlsIn, request: Request, editor: Annotated[str, Depends(_editor)]
    ) -> Response:
        """Add articles from web pages; for editors."""
        return _accepted(request, jobs.add(pages.urls, subject=editor))

    @routes.get(
        "/ingest/{id:uuid}",
        response_model=shapes.JobOut,
        responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    )
    def job(
        id: uuid.UUID,
        request: Request,
        editor: Annotated[str, Depends(_editor)],
    ) -> Response:
        """Say how far a job has come; for whoever began it, and for admins."""
        found = jobs.get(id.hex)
        if not found or not (found.subject == editor or visit_of(request).person.may("admin")):
            raise RefusedError(HTTPStatus.NOT_FOUND, "There is no such job.")
        return JSONResponse(found.to_json())

    return routes


def _editor(request: Request) -> str:
    person = visit_of(request).person
    person.must("editor")
    return person.subject


def _accepted(request: Request, job: Job) -> JSONResponse:
    location = f"{request.scope.get('root_path', '')}/ingest/{job.id}"
    return JSONResponse(job.to_json(), HTTPStatus.ACCEPTED, headers={"Location": location})
