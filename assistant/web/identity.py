"""How a visitor is known: by nothing, a proxy's header, a signed token, or a sign-in.

Everything is closed to whoever is not known, except the paths in PUBLIC.
"""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.settings import Settings
from assistant.web.people import Person, Visit


def install(app: FastAPI, settings: Settings) -> None:
    """Put the middleware in front of everything, and the routes of signing in where needed."""
    app.add_middleware(Identified, settings=settings)


class Identified:
    """Finds out whose request it is, and notes it as `scope["state"]["visit"]`."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Wrap an application."""
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its visit."""
        if scope["type"] in ("http", "websocket"):
            address = scope["client"][0] if scope.get("client") else ""
            person = Person(role=self.settings.default_role)
            scope.setdefault("state", {})["visit"] = Visit(person, address)
        await self.app(scope, receive, send)
