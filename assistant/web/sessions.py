"""What the chat page may ask of Gradio, and that its sessions are each one person's.

Gradio gives what belongs to a session to whoever names it, and has routes that the page does not
need: some keep files, one writes a session down for anybody to open. Only what is needed is let
through, and there each person's names of sessions are made their own.
"""

import hmac
import json
import re
import secrets
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlencode

from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.people import visit_of
from assistant.web.problems import problem, problem_of_http

# With a language before it, or none.
_ASKED = re.compile(r"(?:/[A-Za-z-]+)?/gradio_api/(?P<what>.*)", re.DOTALL)
_GETS = re.compile(
    r"info|startup-events|theme\.css|queue/data|call/chat/\w+|heartbeat/(?P<name>\w+)"
)
_POSTS = frozenset({"queue/join", "call/chat", "cancel", "reset"})
_NAME = "session_hash"


class Sessions:
    """Lets through what the page needs of Gradio, with sessions that no other person can name."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application; whose a request is must be known before."""
        self.app = app
        # A name can also be given as that of an answer, so nobody may be able to work one out.
        self._key = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 404."""
        if scope["type"] != "http" or "/gradio_api" not in get_route_path(scope):
            await self.app(scope, receive, send)
            return
        asked = _ASKED.fullmatch(get_route_path(scope))
        what = asked["what"] if asked else ""
        if scope["method"] == "POST" and what in _POSTS:
            await self._with_body(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and (found := _GETS.fullmatch(what)):
            await self.app(self._with_address(scope, found["name"]), receive, send)
        else:
            await problem(HTTPStatus.NOT_FOUND, "There is nothing here.")(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            said = json.loads(await Request(scope, receive).body())
            if said.get(_NAME) is not None:
                said[_NAME] = self._own(scope, said[_NAME])
            # Strict, for what Gradio refuses it repeats, and half a character breaks that.
            body = json.dumps(said, allow_nan=False, ensure_ascii=False).encode()
        except ClientDisconnect:
            return
        except HTTPException as error:  # it is too large
            await problem_of_http(error)(scope, receive, send)
            return
        except (ValueError, AttributeError, RecursionError):
            refusal = problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The body is no JSON object.")
            await refusal(scope, receive, send)
            return
        is_given = False

        async def given() -> Message:
            nonlocal is_given
            if is_given:
                return await receive()
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(_with_length(scope, len(body)), given, send)

    def _with_address(self, scope: Scope, name: str | None) -> Scope:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        own = [(key, self._own(scope, value) if key == _NAME else value) for key, value in pairs]
        path = scope["path"]
        if name is not None:
            path = path.removesuffix(name) + self._own(scope, name)
        query = urlencode(own).encode()
        return {**scope, "path": path, "raw_path": quote(path).encode(), "query_string": query}

    def _own(self, scope: Scope, name: object) -> str:
        """Return what a session of this name is called for this person alone."""
        whose = [visit_of(HTTPConnection(scope)).person.subject, str(name)]
        return hmac.digest(self._key, json.dumps(whose).encode(), "sha256").hex()


def _with_length(scope: Scope, size: int) -> Scope:
    kept = [
        (name, value)
        for name, value in Headers(scope=scope).raw
        if name not in (b"content-length", b"transfer-encoding")
    ]
    return {**scope, "headers": [*kept, (b"content-length", str(size).encode())]}
