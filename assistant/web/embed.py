"""The widget: its script, the page in its frame, and the answers drawn for it."""

from fastapi import APIRouter

from assistant.web.answers import Answers

PATH = "/embed"  # the one page that may be shown in a frame


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    return APIRouter()
