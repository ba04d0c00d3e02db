"""How a visitor is known: by nothing, a proxy's header, a signed token, or a sign-in.

Everything is closed to whoever is not known, except the few paths that are public.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from assistant.errors import AssistantError, NotAllowedError, NotSignedInError
from assistant.settings import Settings
from assistant.web import openai_api
from assistant.web.identity import sign_in
from assistant.web.identity.tokens import Tokens, read_groups, read_subject
from assistant.web.people import Person, Role, Visit
from assistant.web.problems import RefusedError, problem_of

PUBLIC_PATHS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/widget.js", "/embed", "/favicon.ico"}
)
PUBLIC_FOLDER = "/web/"
FORWARDED_FOR = "x-forwarded-for"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_POLICY_VIOLATION = 1008  # the code of a websocket that is closed for who is asking


def install(app: FastAPI, settings: Settings) -> None:
    """Put the middleware in front of everything, and the routes of signing in where needed."""
    app.add_middleware(Identified, settings=settings)
    if settings.auth == "oidc":
        sign_in.install(app, settings)


class Identified:
    """Finds out whose request it is, and notes it as `scope["state"]["visit"]`.

    Refuses whoever is not known, and what the page of another site makes a browser do.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Wrap an application."""
        self.app = app
        self.settings = settings
        self.proxies = Proxies(settings.proxies)
        self.tokens = Tokens(settings) if settings.auth == "jwt" else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its visit, or answer 401 or 403."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            if is_from_another_site(connection, self.settings):
                raise NotAllowedError(
                    "This was asked for by a page of another site.",
                    hint="Its origin has to be named in ASSISTANT_CORS_ORIGINS.",
                )
            person = await self._person(connection)
        except AssistantError as error:
            await self._refusal(connection, error)(scope, receive, send)
            return
        scope.setdefault("state", {})["visit"] = Visit(person, self.proxies.visitor(connection))
        await self.app(scope, receive, send)

    async def _person(self, connection: HTTPConnection) -> Person:
        try:
            return _with_role(*await self._known(connection), self.settings)
        except (NotSignedInError, RefusedError):
            if self._is_public(connection):
                return Person()
            raise

    async def _known(self, connection: HTTPConnection) -> tuple[object, object]:
        """Return what is said of the subject and the groups, by whom it can be believed."""
        if self.settings.auth == "header":
            if not self.proxies.sent(connection):
                raise NotSignedInError(
                    "Who is asking is not said by a proxy that is known here.",
                    hint="Use the address of the sign-on proxy.",
                )
            groups = _only_header(connection.headers, self.settings.auth_groups_header)
            return _only_header(connection.headers, self.settings.auth_header), groups
        if self.tokens is not None:
            claims = await self.tokens.claims(connection)
            return claims["sub"], claims.get(self.settings.groups_claim)
        if self.settings.auth == "oidc":
            return sign_in.signed_in(connection)
        return None, None

    def _is_public(self, connection: HTTPConnection) -> bool:
        if connection.scope.get("method") not in ("GET", "HEAD"):
            return False
        # Starlette's own view of the path, by which it chooses the route: no second opinion.
        path = get_route_path(connection.scope)
        return (
            path in PUBLIC_PATHS
            or path.startswith(PUBLIC_FOLDER)
            or (self.settings.auth == "oidc" and path in sign_in.PUBLIC_PATHS)
        )

    def _refusal(self, connection: HTTPConnection, error: AssistantError) -> ASGIApp:
        if connection.scope["type"] == "websocket":
            return WebSocketClose(_POLICY_VIOLATION)
        is_stranger = isinstance(error, NotSignedInError)
        if is_stranger and self.settings.auth == "oidc" and _is_page(connection):
            return self._to_sign_in(connection)
        if get_route_path(connection.scope).startswith(f"{openai_api.PATH}/"):
            return openai_api.error_of(error)  # the form that its clients read
        return problem_of(error)

    def _to_sign_in(self, connection: HTTPConnection) -> Response:
        path = get_route_path(connection.scope) or "/"
        return sign_in.to_sign_in(self.settings, path, connection.url.query)


class Proxies:
    """The proxies in front, the only ones that are believed about where a request comes from."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def sent(self, connection: HTTPConnection) -> bool:
        """Whether the other end of the connection is one of them."""
        return self._have(_peer(connection))

    def visitor(self, connection: HTTPConnection) -> str:
        """Return the address nearest to here that is none of theirs; "" where there is none.

        Each proxy adds at the right whom it heard from; what stands further left can be made up.
        """
        address = _peer(connection)
        forwarded = ",".join(connection.headers.getlist(FORWARDED_FOR)).split(",")
        while self._have(address) and forwarded:
            before = _address(forwarded.pop())
            if not before:
                break
            address = before
        return address

    def _have(self, address: str) -> bool:
        if not address:
            return False
        return any(ipaddress.ip_address(address) in network for network in self._networks)


def is_from_another_site(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether a page of a site that no setting names makes a browser change something here.

    The browser would add its cookie, or be where only some may be. It says which page is behind a
    request; whatever says nothing is no browser, and acts on its own.
    """
    if connection.scope.get("method") in _SAFE_METHODS:
        return False
    origin = connection.headers.get("origin")
    if origin in settings.cors_origins:
        return False
    site = connection.headers.get("sec-fetch-site")
    if site is not None:  # only where the browser holds the address to be secure
        return site not in ("same-origin", "none")
    if origin is None:
        return False
    host = origin.partition("://")[2]  # empty for "null", which hides who it is
    return not host or host not in (
        connection.headers.get("host"),
        urlsplit(settings.public_url).netloc,
    )


def _with_role(subject: object, groups: object, settings: Settings) -> Person:
    if settings.auth == "none":
        return Person(role=settings.default_role)
    known = Person(read_subject(subject), settings.default_role, read_groups(groups))
    earned: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("admin", settings.admins),
        ("editor", settings.editors),
    )
    for role, names in earned:
        if known.groups.intersection(names) and not known.may(role):
            return Person(known.subject, role, known.groups)
    return known


def _only_header(headers: Headers, name: str) -> str | None:
    values = headers.getlist(name)
    if len(values) > 1:
        raise NotSignedInError(
            f"The header {name} came more than once.", hint="Let the proxy replace it, not add it."
        )
    try:
        # Read as Latin-1 so far, as HTTP has it; names are sent as UTF-8.
        return values[0].encode("latin-1").decode() if values else None
    except UnicodeDecodeError as error:
        raise NotSignedInError(f"The header {name} is not UTF-8.") from error


def _is_page(connection: HTTPConnection) -> bool:
    return connection.scope["method"] == "GET" and "text/html" in connection.headers.get(
        "accept", ""
    )


def _peer(connection: HTTPConnection) -> str:
    return _address(connection.client.host) if connection.client else ""


def _address(text: str) -> str:
    """Return an IP address in its one spelling, without a port; "" where there is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
