"""Which language the page comes in: that of its address, or at the root the browser's.

The address is all there is to a choice: `/ru/` is Russian, and `/?lang=en` English even where the
browser prefers another language. Nothing is kept in the browser.
"""

import html

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.texts import DEFAULT, LANGUAGES, Texts, negotiated, texts_for

SCRIPT = "web/chat.js"
PAGES_SCRIPT = "web/pages.js"
VARY = "Accept, Accept-Language"


def path_of(language: str) -> str:
    """Return where the page in this language is, below the root of the application."""
    return "/" if language == DEFAULT else f"/{language}/"


def to_root(language: str) -> str:
    """Return the way from the page in this language to the root, as the start of an address."""
    return "./" if language == DEFAULT else "../"


class InLanguages:
    """Leads a visitor to the page in their language, and says in each page which one it is in.

    Gradio's own page says English whatever it shows, and loads our script only once it has drawn
    itself; here both are right from the first byte.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application that has a page at `path_of` every language."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the address of the right page."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if elsewhere := _elsewhere(request, path):
            query = f"?{request.url.query}" if request.url.query else ""
            # Relative, so that it holds below any sub-path.
            away = RedirectResponse(elsewhere + query, 307, {"Vary": VARY})
            await away(scope, receive, send)
            return
        language = next((name for name in LANGUAGES if path_of(name) == path), None)
        page = _Page(send, texts_for(language)) if language else None
        await self.app(scope, receive, page.send if page else send)


def _elsewhere(request: Request, path: str) -> str:
    """Return the address of the page that was meant, as seen from this one; mostly nothing."""
    if path + "/" in map(path_of, LANGUAGES):
        return path.rpartition("/")[2] + "/"
    is_visitor = "text/html" in request.headers.get("accept", "")
    if path == "/" and is_visitor and "lang" not in request.query_params:
        language = negotiated(request.headers.get("accept-language", ""))
        return path_of(language).removeprefix("/")
    return ""


class _Page:
    """Holds a page back until it is whole, and puts its language and our script into it."""

    def __init__(self, send: Send, texts: Texts) -> None:
        self._send = send
        self._texts = texts
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                body = _in_language(self._body, self._texts)
                headers = MutableHeaders(raw=list(self._start["headers"]))
                headers["Content-Length"] = str(len(body))
                headers.add_vary_header(VARY)
                await self._send({**self._start, "headers": headers.raw})
                await self._send({"type": "http.response.body", "body": body})
        else:
            await self._send(message)


def _is_html(start: Message) -> bool:
    headers = MutableHeaders(raw=list(start["headers"]))
    return headers.get("content-type", "").startswith("text/html")


def _in_language(page: bytes, texts: Texts) -> bytes:
    words = "".join(
        f' data-{key}="{html.escape(texts(key))}"'
        for key in ("searching", "copied", "copying-not-allowed")
    )
    script = f'<script src="{to_root(texts.language)}{SCRIPT}"{words} defer></script>'
    script += f'<script src="{to_root(texts.language)}{PAGES_SCRIPT}" defer></script>'
    lang = f'lang="{texts.language}" dir="{texts.direction}"'
    return page.replace(b'lang="en"', lang.encode(), 1).replace(
        b"<head>", b"<head>" + script.encode(), 1
    )
