"""Signed tokens (JWT): whose they are, once signature, audience and time have been checked.

Also the strict reading of a subject and of groups, which every way of being known shares.
"""

import asyncio
import logging
import time
from http import HTTPStatus
from typing import Any

import httpx2
import jwt
from starlette.requests import HTTPConnection

from assistant.errors import NotSignedInError
from assistant.settings import Settings
from assistant.web.problems import RefusedError

# One secret or one kind of key pair, never both at once: a public key must not pass for a secret.
PUBLIC_KEY_ALGORITHMS = ("RS256", "ES256", "EdDSA")
SECRET_ALGORITHMS = ("HS256",)
LEEWAY_S = 30  # how far the signer's clock may be from this one
FETCH_TIMEOUT_S = 5
KEYS_FRESH_S = 300
FETCH_EVERY_S = 10  # at most, whatever keys the tokens name and however the server does
MAX_SUBJECT_CHARS = 255  # as OpenID Connect has it

_SENTENCES: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "The token has expired."),
    (jwt.ImmatureSignatureError, "The token is not valid yet."),
    (jwt.InvalidAudienceError, "The token is not meant for this assistant."),
    (jwt.InvalidIssuerError, "The token was issued by somebody else than is trusted here."),
    (jwt.InvalidAlgorithmError, "The token is not signed in a way that is accepted here."),
    (jwt.InvalidSignatureError, "The token's signature does not hold."),
)

logger = logging.getLogger(__name__)


class Tokens:
    """Checks the tokens of one signer.

    How long a token lasts is the signer's to say, as long as it ends some time: a limit here would
    shut out programs, which are given one token and keep it.
    """

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.jwt_secret.get_secret_value()
        self._keys = None if self._secret else Keys(settings.jwt_jwks_url)
        self._algorithms = SECRET_ALGORITHMS if self._secret else PUBLIC_KEY_ALGORITHMS
        self._audience = settings.jwt_audience
        self._issuer = settings.jwt_issuer or None

    async def claims(self, connection: HTTPConnection) -> dict[str, Any]:
        """Return what the request's bearer token says; `sub`, `exp` and `aud` are there.

        Raises NotSignedInError where there is no such token, or it cannot be trusted;
        RefusedError (503) where it cannot be checked: it may well be good, and is not to be thrown
        away.
        """
        token = _bearer(connection)
        try:
            return jwt.decode(
                token,
                await self._key(token),
                algorithms=self._algorithms,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "sub", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise NotSignedInError(_sentence(error), hint="Get a new token.") from error

    async def _key(self, token: str) -> str | jwt.PyJWK:
        if self._keys is None:
            return self._secret
        header = jwt.get_unverified_header(token)
        # Before anything is fetched: nobody makes us ask for keys with a token that none opens.
        if header.get("alg") not in self._algorithms:
            raise jwt.InvalidAlgorithmError
        return await self._keys.key(header.get("kid", ""))


class Keys:
    """The signer's public keys, kept for five minutes; one fetch at a time, and never many."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> jwt.PyJWK:
        """Return the key of this id.

        Raises jwt.InvalidSignatureError when there is none, and RefusedError (503) when that
        cannot be known.
        """
        if kid not in self._keys or not self._is_fresh:
            async with self._fetching:
                if time.monotonic() - self._tried_at > FETCH_EVERY_S:
                    self._tried_at = time.monotonic()
                    await self._fetch()
        if not self._is_fresh:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The keys that tokens are checked with cannot be fetched.",
                hint="Try again in a moment; whoever runs the assistant finds more in its log.",
            )
        if kid not in self._keys:
            raise jwt.InvalidSignatureError
        return self._keys[kid]

    @property
    def _is_fresh(self) -> bool:
        return time.monotonic() - self._fetched_at < KEYS_FRESH_S

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S), httpx2.AsyncClient() as client:
                response = await client.get(self._url)
            found = jwt.PyJWKSet.from_dict(response.raise_for_status().json())
        except (
            httpx2.HTTPError,
            TimeoutError,
            ValueError,
            AttributeError,
            jwt.PyJWTError,
        ) as error:
            logger.warning("No keys at %s: %s", self._url, error or type(error).__name__)
            return
        self._keys = {
            key.key_id: key
            for key in found.keys
            if key.key_id and key.public_key_use in ("sig", None)
        }
        self._fetched_at = time.monotonic()


def read_subject(value: object) -> str:
    """Return whose request this is. Raises NotSignedInError unless it is a name of one line."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_SUBJECT_CHARS:
        raise NotSignedInError("It is not said who is asking.", hint="A subject is needed.")
    if not value.isprintable():
        raise NotSignedInError("The name of who is asking is not text.", hint="Use another one.")
    return value.strip()


def read_groups(value: object) -> frozenset[str]:
    """Return the groups in a list of strings, or in one string with commas; None has none.

    A string is not split at spaces: "desk admins" would be among the admins.
    Raises NotSignedInError for anything else.
    """
    names = value.split(",") if isinstance(value, str) else [] if value is None else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise NotSignedInError(
            "The groups of who is asking cannot be read.",
            hint="They are a list of names, or one text with commas.",
        )
    return frozenset(stripped for name in names if (stripped := name.strip()))


def _bearer(connection: HTTPConnection) -> str:
    given = connection.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if given else ("", "", "")
    if len(given) != 1 or scheme.lower() != "bearer" or not token.strip():
        raise NotSignedInError(
            "Nobody is signed in.", hint="Send one token as `Authorization: Bearer`."
        )
    return token.strip()


def _sentence(error: jwt.PyJWTError) -> str:
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"The token lacks the claim {error.claim}."
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    return "The token cannot be read."
