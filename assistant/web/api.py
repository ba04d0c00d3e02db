"""The API under /api/v1: ask, search, articles, feedback, ingest."""

from fastapi import APIRouter

from assistant.web.answers import Answers


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    return APIRouter()
