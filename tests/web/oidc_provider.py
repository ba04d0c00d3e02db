"""A small OpenID provider over real HTTP, which signs in whoever a test names, without asking."""

import asyncio
import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

CLIENT_ID = "talks"
CLIENT_SECRET = "the client's secret"


@dataclass(frozen=True)
class SigningKey:
    """A private RSA key with an id, and the document that its public half is published in."""

    kid: str = "first"
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def published(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.private, "RS256", headers={"kid": self.kid})


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, "none")


@dataclass
class Provider:
    """`claims` are of the next to sign in, and may change any claim of the ID token."""

    issuer: str
    key: SigningKey = field(default_factory=SigningKey)
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "ann", "groups": ["desk"]})
    refuses: bool = False
    signs: bool = True
    asked: dict[str, str] = field(default_factory=dict)  # the last request for a sign-in
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "scopes_supported": ["openid", "groups"],
                "id_token_signing_alg_values_supported": ["RS256", "none"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.published()]})

    async def _authorize(self, request: Request) -> Response:
        self.asked = dict(request.query_params)
        answer = {"state": self.asked["state"]}
        if self.refuses:
            answer |= {"error": "access_denied", "error_description": "<b>no</b>"}
        else:
            answer["code"] = secrets.token_urlsafe()
            self._codes[answer["code"]] = self.asked
        return RedirectResponse(f"{self.asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            given = {name: str(value) for name, value in form.items()}
        begun = self._codes.pop(given.get("code", ""), None)
        wanted = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if begun is None or request.headers.get("authorization") != f"Basic {wanted}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (begun["code_challenge_method"], begun["code_challenge"], begun["redirect_uri"]) != (
            "S256", challenge, given["redirect_uri"],
        ):  # fmt: skip
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            **self.claims,
        }
        return JSONResponse(
            {
                "access_token": "opaque",
                "token_type": "Bearer",
                "id_token": self.key.signed(claims) if self.signs else unsigned(claims),
            }
        )


@contextmanager
def serving(make: Callable[[str], ASGIApp], *, path: str = "") -> Iterator[str]:
    """Serve what `make` returns for its own address, behind this path, and give the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    stop, ready = threading.Event(), threading.Event()

    async def serve() -> None:
        config = uvicorn.Config(
            make(url + path), log_level="warning", proxy_headers=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.should_exit = True
        await running

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(timeout=60)
    try:
        yield url
    finally:
        stop.set()
        thread.join(timeout=20)
        listening.close()
