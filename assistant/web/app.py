"""The web application: the chat, a health route, and the headers that close it to other sites."""

import base64
import errno
import hashlib
import logging
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from threading import Thread
from urllib.parse import urlsplit

import typer
import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette._utils import get_route_path
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import AssistantError, SettingsError
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.web import api, embed, health, identity, mcp_server, openai_api
from assistant.web.answers import Answers
from assistant.web.api.jobs import Jobs
from assistant.web.api.uploads import Uploads, uploads_folder
from assistant.web.chat import EXAMPLES, STATIC, STATIC_PATH, mount_chat
from assistant.web.limits import LimitedBody, Limits
from assistant.web.metrics import Metrics
from assistant.web.problems import problem_of, problem_of_http
from assistant.web.sessions import Sessions

GRACE_S = 1  # an open answer stream does not keep the server from stopping
_PARTS = frozenset({"application/javascript", "text/css", "text/javascript"})
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

# What Gradio 6 needs, found by trying: its page has inline scripts, which are allowed by their
# hash; its components set style attributes and add style elements; icons are data: URLs. It needs
# no eval as long as gr.HTML, `js=` and Plotly are not used, no worker, no frame, no other host.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "worker-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
NOT_KEPT = "no-store"  # by no browser and no proxy
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

logger = logging.getLogger(__name__)


def create_app(assistant: Assistant) -> FastAPI:
    """Return the application, closed to the pages of any other site that no setting names."""
    settings = assistant.settings
    answers = Answers(assistant, limits=Limits(settings), metrics=Metrics())
    uploads = Uploads(uploads_folder(settings))
    jobs = Jobs(assistant, uploads.folder / ".jobs")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs.resume()
        async with mcp_server.serving(app, answers):
            yield

    app = FastAPI(
        title="Talks assistant", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    for part in (health, openai_api, embed):
        app.include_router(part.router(answers))
    app.mount(api.PATH, api.application(answers, uploads, jobs))

    app.mount(STATIC_PATH, StaticFiles(directory=STATIC))
    mount_chat(app, answers)

    # The last one added is the first one met.
    app.add_middleware(Sessions)
    app.add_middleware(LimitedBody, max_file_mb=settings.max_file_mb)
    identity.install(app, settings)
    # Open to nobody unless set. Its being there also makes Gradio drop its own, which is open to
    # everybody.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["X-Answer-Id", "Retry-After", "Location"],
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts(settings), www_redirect=False)
    app.add_middleware(SecurityHeaders, embed_origins=settings.embed_origins)
    app.add_exception_handler(AssistantError, _said)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _failed)
    return app


def hosts(settings: Settings) -> list[str]:
    """Return the host names that are answered to; any other may be a rebound DNS name's."""
    public = urlsplit(settings.public_url).hostname
    local = ["localhost", "127.0.0.1", "[::1]"]
    own = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [*local, own, *([public] if public else []), *settings.allowed_hosts]


def serve(assistant: Assistant, *, host: str, port: int) -> None:
    """Run the chat until it is interrupted; says where it is once it accepts connections.

    Raises SettingsError when the address cannot be listened on.
    """
    listening = listen(host, port)
    Thread(target=_warmed_up, args=(assistant,), name="warm-up", daemon=True).start()
    config = uvicorn.Config(
        create_app(assistant),
        root_path=urlsplit(assistant.settings.public_url).path,  # a proxy takes it off the address
        proxy_headers=False,  # `identity` reads them, and only from proxies that are named
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        http="h11",  # which stops at 64 kB of headers; httptools reads any number of them
    )
    with listening, suppress(KeyboardInterrupt):
        _Server(config, url=url_to_open(host, port)).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket on this address. Raises SettingsError when there can be none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"Port {port} on {host} is already in use.",
                hint="Stop what uses it or set ASSISTANT_PORT.",
            ) from error
        raise SettingsError(
            f"The chat cannot listen on {host}, port {port}: {error.strerror or error}.",
            hint="Set ASSISTANT_HOST and ASSISTANT_PORT.",
        ) from error


class SecurityHeaders:
    """Puts the security headers on every response, whoever made it."""

    def __init__(self, app: ASGIApp, embed_origins: tuple[str, ...] = ()) -> None:
        """Wrap an application whose widget these origins may show."""
        self.app = app
        self.embed_origins = embed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; hold a page back until the scripts in it are known."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ancestors = self.embed_origins if get_route_path(scope) == embed.PATH else ()
        start: Message = {}
        body = b""

        async def send_secured(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not _is_page(message):
                    await send(_secured(message, ancestors))
            elif message["type"] == "http.response.body" and _is_page(start):
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await send(_secured(start, ancestors, inline_script_hashes(body)))
                    await send({"type": "http.response.body", "body": body})
            else:
                await send(message)

        await self.app(scope, receive, send_secured)


def policy(script_sources: tuple[str, ...] = (), ancestors: tuple[str, ...] = ()) -> str:
    """Return the Content-Security-Policy, with further sources of scripts.

    `ancestors` are the origins that may show the page in a frame; none unless given.
    """
    directives = POLICY | {
        "script-src": " ".join((POLICY["script-src"], *script_sources)),
        "frame-ancestors": " ".join(ancestors) or POLICY["frame-ancestors"],
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def inline_script_hashes(page: bytes) -> tuple[str, ...]:
    """Return the source expressions that allow exactly the inline scripts of this page."""
    digests = (hashlib.sha256(found[1]).digest() for found in _INLINE_SCRIPT.finditer(page))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def _is_page(start: Message) -> bool:
    headers = dict(start["headers"])
    return bool(headers.get(b"content-type", b"").startswith(b"text/html"))


def _secured(
    start: Message, ancestors: tuple[str, ...], script_sources: tuple[str, ...] = ()
) -> Message:
    headers = MutableHeaders(raw=list(start["headers"]))
    headers.update(HEADERS | {"Content-Security-Policy": policy(script_sources, ancestors)})
    if start["status"] != HTTPStatus.NOT_MODIFIED and not _is_the_same_for_all(headers):
        headers["Cache-Control"] = NOT_KEPT
    if ancestors:
        # It cannot name origins; browsers that know frame-ancestors ignore it anyway.
        del headers["X-Frame-Options"]
    return {**start, "headers": headers.raw}


def _is_the_same_for_all(headers: MutableHeaders) -> bool:
    """Whether it is a part of the page, such as a style, and not what somebody may see."""
    kind = headers.get("content-type", "").partition(";")[0]
    return kind in _PARTS or kind.startswith(("font/", "image/"))


def _said(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, AssistantError)
    return problem_of(error)


def _not_served(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, HTTPException)
    return problem_of_http(error)


def _failed(request: Request, error: Exception) -> PlainTextResponse:
    # Drawn outside the middleware, so the headers are put on here.
    logger.error("%s %s failed.", request.method, request.url.path, exc_info=error)
    headers = HEADERS | {"Content-Security-Policy": policy(), "Cache-Control": NOT_KEPT}
    return PlainTextResponse("Something went wrong.", status_code=500, headers=headers)


class _Server(uvicorn.Server):
    """Says where the chat is as soon as it can be reached."""

    def __init__(self, config: uvicorn.Config, *, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            typer.echo(f"Open {self._url}")


def _warmed_up(assistant: Assistant) -> None:
    # The first question loads models and opens the index; a visitor's need not wait for that.
    with suppress(AssistantError):
        assistant.seen_by(()).ask(EXAMPLES[0])


def url_to_open(host: str, port: int) -> str:
    """Return the address for a browser on this machine; every address includes the local one."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"
