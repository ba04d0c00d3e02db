"""The API that OpenAI's clients speak, under /v1: chat completions with references."""

from fastapi import APIRouter

from assistant.web.answers import Answers


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    return APIRouter()
