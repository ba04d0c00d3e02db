"""Signing in with an OpenID provider: authorization code, PKCE, and a signed session cookie.

The cookie says who signed in, their groups, and until when; nothing is kept on the server. So
signing out takes the cookie away from this browser, and no copy of it lasts longer than SESSION_S.
"""

import json
import logging
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.starlette_client import (  # type: ignore[import-untyped]
    OAuth,
    OAuthError,
)
from fastapi import FastAPI
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from assistant.errors import NotSignedInError
from assistant.settings import Settings
from assistant.web.identity.tokens import LEEWAY_S, PUBLIC_KEY_ALGORITHMS, read_groups, read_subject

BEGIN, BACK, OUT = "/sign-in", "/signed-in", "/sign-out"
PUBLIC_PATHS = frozenset({BEGIN, BACK})
SESSION_S = 8 * 60 * 60
PROVIDER_TIMEOUT_S = 10
MAX_SESSION_CHARS = 2800  # encoded and signed, it has to fit in a cookie of 4096 bytes
MAX_WANTED_CHARS = 1000

logger = logging.getLogger(__name__)


def install(app: FastAPI, settings: Settings) -> None:
    """Put the routes and the session cookie into an application."""
    sign_in = SignIn(settings)
    # First in line, for the chat is mounted at the root.
    app.router.routes[:0] = [
        Route(BEGIN, sign_in.begin),
        Route(BACK, sign_in.back),
        Route(OUT, sign_out, methods=["POST"]),
    ]
    public = urlsplit(settings.public_url)
    is_https = public.scheme == "https"
    # The prefixes make browsers refuse a cookie that another host of the domain has set.
    prefix = "" if not is_https else "__Secure-" if public.path else "__Host-"
    app.add_middleware(
        SessionMiddleware,
        secret_key=settings.session_secret.get_secret_value(),
        session_cookie=f"{prefix}talks-assistant",
        max_age=SESSION_S,
        path=public.path or "/",
        same_site="lax",
        https_only=is_https,
    )


def signed_in(connection: HTTPConnection) -> tuple[str, list[str]]:
    """Return the subject and the groups of the session. Raises NotSignedInError without one."""
    session = connection.session
    if session.get("until", 0) < time.time():
        raise NotSignedInError("Nobody is signed in.", hint="Open the chat and sign in.")
    return session["subject"], session["groups"]


def to_sign_in(settings: Settings, path: str, query: str) -> Response:
    """Return the redirect that signs somebody in and then leads to this path."""
    wanted = urlencode({"next": f"{path}?{query}" if query else path})
    return RedirectResponse(f"{settings.public_url}{BEGIN}?{wanted}", status_code=303)


class SignIn:
    """The way to the provider and back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._provider = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value() or None,
            server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={"code_challenge_method": "S256", "timeout": PROVIDER_TIMEOUT_S},
        )

    async def begin(self, request: Request) -> Response:
        """Lead to the provider, with a new session."""
        request.session.clear()
        request.session["wanted"] = _local(request.query_params.get("next", "/"))
        try:
            known = (await self._metadata()).get("scopes_supported", [])
            # Which of these brings the groups is different from provider to provider.
            scopes = ["openid", *(scope for scope in ("profile", "groups") if scope in known)]
            redirect: Response = await self._provider.authorize_redirect(
                request, f"{self._settings.public_url}{BACK}", scope=" ".join(scopes)
            )
            return redirect
        except (httpx2.HTTPError, ValueError, TypeError, RuntimeError) as error:
            return _unreachable(error)

    async def back(self, request: Request) -> Response:
        """Take in what the provider says, and lead to where the visitor wanted to go."""
        wanted = request.session.get("wanted", "/")
        try:
            claims = await self._claims(request)
            known = {
                "subject": read_subject(claims.get("sub")),
                "groups": sorted(read_groups(claims.get(self._settings.groups_claim))),
                "until": int(time.time()) + SESSION_S,
            }
            if len(json.dumps(known)) > MAX_SESSION_CHARS:
                raise NotSignedInError(
                    "You are in more groups than a session can hold.",
                    hint="Let the provider send only the groups that matter here.",
                )
        except NotSignedInError as error:
            return PlainTextResponse(str(error), status_code=401)
        except httpx2.HTTPError as error:
            return _unreachable(error)
        except (OAuthError, JoseError, ValueError, TypeError, KeyError, RuntimeError) as error:
            # The reason can be written by whoever made the link, so it is for the log alone.
            logger.warning("A sign-in failed: %r", str(error))
            return PlainTextResponse(
                "The sign-in did not succeed. Open the chat and try again.", status_code=401
            )
        request.session.clear()
        request.session.update(known)
        # What follows the own address can lead to no other.
        return RedirectResponse(f"{self._settings.public_url}{wanted}", status_code=303)

    async def _claims(self, request: Request) -> dict[str, Any]:
        metadata = await self._metadata()
        token = await self._provider.authorize_access_token(
            request,
            leeway=LEEWAY_S,
            claims_options={
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self._settings.oidc_client_id},
            },
        )
        claims: dict[str, Any] = token["userinfo"]  # of the ID token; KeyError without one
        return claims

    async def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = await self._provider.load_server_metadata()
        issuer = str(metadata.get("issuer"))
        if issuer.rstrip("/") != self._settings.oidc_issuer:
            metadata.clear()  # or it would be kept for good
            raise ValueError(f"the provider calls itself {issuer!r}")
        named = metadata.get("id_token_signing_alg_values_supported", [])
        metadata["id_token_signing_alg_values_supported"] = [
            algorithm for algorithm in PUBLIC_KEY_ALGORITHMS if algorithm in named
        ]
        return metadata


async def sign_out(request: Request) -> Response:
    """End the session here; the provider may still know the visitor."""
    request.session.clear()
    return PlainTextResponse("You are signed out.")


def _local(path: str) -> str:
    if len(path) > MAX_WANTED_CHARS or not path.isprintable() or "\\" in path:
        return "/"
    return path if path.startswith("/") and not path.startswith("//") else "/"


def _unreachable(error: Exception) -> Response:
    logger.warning("The sign-in provider cannot be used: %s", error or type(error).__name__)
    return PlainTextResponse(
        "The sign-in provider does not answer as it should. Try again in a moment.",
        status_code=503,
    )
