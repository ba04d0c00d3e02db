import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI, Request, WebSocket
from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from starlette.websockets import WebSocketDisconnect

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.web import identity
from assistant.web.identity import tokens
from assistant.web.people import visit_of
from tests.web.conftest import client_of, created
from tests.web.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, SigningKey, serving

SECRET = "a secret that has thirty-two bytes"
PROXY = "10.0.0.1"
STRANGER = "203.0.113.9"
EVIL = "https://evil.example"


def app_of(**settings: Any) -> FastAPI:
    """Return an application that says who it takes the visitor for, at any path."""
    app = FastAPI()

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(visit_of(socket).person.subject)

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    def who(path: str, request: Request) -> dict[str, Any]:
        visit = visit_of(request)
        person = visit.person
        return {
            "subject": person.subject,
            "role": person.role,
            "groups": sorted(person.groups),
            "address": visit.address,
            "wanted": path,
        }

    identity.install(app, Settings(**settings))
    return app


def client(*, peer: str = PROXY, root_path: str = "", **settings: Any) -> TestClient:
    return TestClient(
        app_of(**settings), "http://localhost", client=(peer, 50000), root_path=root_path
    )


def refused(response: httpx.Response, sentence: str, *, status: int = 401) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["detail"]) == (status, sentence)


# --- Nobody, and from where -----------------------------------------------------------------


def test_without_sign_in_everybody_is_nobody_with_the_default_role() -> None:
    said = client(peer=STRANGER, default_role="editor").get("/").json()
    assert said["subject"] == "" and said["role"] == "editor" and said["groups"] == []
    assert said["address"] == STRANGER


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (STRANGER, ["198.51.100.7"], STRANGER),  # not a proxy: anybody can send the header
        (PROXY, [], PROXY),
        (PROXY, ["198.51.100.7"], "198.51.100.7"),
        (PROXY, ["1.2.3.4, 198.51.100.7"], "198.51.100.7"),  # the left one was made up
        (PROXY, ["1.2.3.4", "198.51.100.7"], "198.51.100.7"),
        (PROXY, ["1.2.3.4, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),  # through two proxies
        (PROXY, ["1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"),
        (PROXY, ["198.51.100.7:4711"], "198.51.100.7"),
        (PROXY, ["[2001:db8::7]:4711"], "2001:db8::7"),
        (f"::ffff:{PROXY}", ["2001:DB8:0::7"], "2001:db8::7"),
        ("unix", ["198.51.100.7"], ""),
    ],
)
def test_the_address_is_the_nearest_that_a_proxy_vouches_for(
    peer: str, forwarded: list[str], address: str
) -> None:
    headers = [("X-Forwarded-For", value) for value in forwarded]
    response = client(peer=peer, proxies=("10.0.0.0/8",)).get("/", headers=headers)
    assert response.json()["address"] == address


# --- The header of a proxy ------------------------------------------------------------------

SIGN_ON = {"auth": "header", "proxies": (PROXY,), "editors": ("desk",), "admins": ("chiefs",)}


@pytest.mark.parametrize(
    ("groups", "role"),
    [("", "reader"), ("desk,guests", "editor"), ("chiefs, desk", "admin"), ("Desk", "reader")],
)
def test_the_proxy_says_who_asks_and_the_groups_say_what_they_may(groups: str, role: str) -> None:
    headers = {"X-Forwarded-User": "ann", "X-Forwarded-Groups": groups}
    said = client(**SIGN_ON).get("/", headers=headers).json()
    assert (said["subject"], said["role"]) == ("ann", role)


def test_a_group_never_takes_away_from_the_default_role() -> None:
    headers = {"X-Forwarded-User": "ann", "X-Forwarded-Groups": "desk"}
    said = client(**SIGN_ON, default_role="admin").get("/", headers=headers).json()
    assert said["role"] == "admin"


def test_names_in_other_scripts_come_as_utf_8() -> None:
    headers = {"X-Forwarded-User": "Анна".encode(), "X-Forwarded-Groups": "бюро, Кремль".encode()}
    said = client(**SIGN_ON).get("/", headers=headers).json()
    assert (said["subject"], said["groups"]) == ("Анна", ["Кремль", "бюро"])


@pytest.mark.parametrize("extra", [{}, {"X-Forwarded-For": PROXY}])
def test_the_header_is_refused_from_anybody_but_the_proxy(extra: Mapping[str, str]) -> None:
    headers = {"X-Forwarded-User": "ann", "X-Forwarded-Groups": "chiefs", **extra}
    response = client(peer=STRANGER, **SIGN_ON).get("/", headers=headers)
    refused(response, "Who is asking is not said by a proxy that is known here.")


def test_a_proxy_that_names_nobody_or_two_is_refused() -> None:
    visitor = client(**SIGN_ON)
    refused(visitor.get("/"), "It is not said who is asking.")
    refused(visitor.get("/", headers={"X-Forwarded-User": " "}), "It is not said who is asking.")
    twice = [("X-Forwarded-User", "eve"), ("X-Forwarded-User", "ann")]
    refused(visitor.get("/", headers=twice), "The header X-Forwarded-User came more than once.")
    groups = [("X-Forwarded-User", "eve"), *[("X-Forwarded-Groups", "chiefs")] * 2]
    refused(visitor.get("/", headers=groups), "The header X-Forwarded-Groups came more than once.")


# --- Tokens ---------------------------------------------------------------------------------

JWT = {"auth": "jwt", "jwt_secret": SECRET, "jwt_issuer": "intranet", "admins": ("chiefs",)}


def claims(**changed: Any) -> dict[str, Any]:
    """Return the claims of a good token, with some changed; those that are None are left out."""
    good = {"sub": "ann", "aud": "talks-assistant", "iss": "intranet", "exp": time.time() + 86_400}
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(key: str = SECRET, **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, "HS256")


def by_hand(header: dict[str, Any], payload: dict[str, Any], key: bytes | None = None) -> str:
    """Return a token that no library would make, signed with HMAC unless `key` is None."""
    parts = [_encoded(json.dumps(part).encode()) for part in (header, payload)]
    text = ".".join(parts)
    signature = hmac.digest(key, text.encode(), hashlib.sha256) if key is not None else b""
    return f"{text}.{_encoded(signature)}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("groups", [["chiefs", "desk"], "chiefs, desk"])
def test_a_good_token_says_who_asks(groups: object) -> None:
    said = client(**JWT).get("/", headers=bearer(signed(groups=groups))).json()
    assert (said["subject"], said["role"], said["groups"]) == ("ann", "admin", ["chiefs", "desk"])


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (signed(exp=time.time() - 31), "The token has expired."),
        (signed(exp=None), "The token lacks the claim exp."),
        (signed(exp="soon"), "The token cannot be read."),
        (signed(nbf=time.time() + 43_200), "The token is not valid yet."),
        (signed(aud="another"), "The token is not meant for this assistant."),
        (signed(aud=None), "The token lacks the claim aud."),
        (signed(iss="evil"), "The token was issued by somebody else than is trusted here."),
        (signed(iss=None), "The token lacks the claim iss."),
        (signed(sub=None), "The token lacks the claim sub."),
        (signed(sub=""), "It is not said who is asking."),
        (signed(sub="ann\nadmin"), "The name of who is asking is not text."),
        (signed(groups={"chiefs": True}), "The groups of who is asking cannot be read."),
        (signed(groups=["desk", 7]), "The groups of who is asking cannot be read."),
        (signed(key=SECRET[::-1]), "The token's signature does not hold."),
        (by_hand({"alg": "none"}, claims()), "The token is not signed in a way that is accepted here."),  # noqa: E501
        (by_hand({"alg": "HS256", "crit": ["x"]}, claims(), SECRET.encode()), "The token cannot be read."),  # noqa: E501
        ("a.b.c", "The token cannot be read."),
    ],
)  # fmt: skip
def test_any_other_token_is_refused_in_one_sentence(token: str, sentence: str) -> None:
    response = client(**JWT).get("/", headers=bearer(token))
    refused(response, sentence)
    assert token not in response.text
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_token_that_was_changed_is_refused() -> None:
    header, _, signature = signed().split(".")
    payload = _encoded(json.dumps(claims(groups=["chiefs"])).encode())
    response = client(**JWT).get("/", headers=bearer(f"{header}.{payload}.{signature}"))
    refused(response, "The token's signature does not hold.")


@pytest.mark.parametrize(
    "headers",
    [[], [("Authorization", "Basic YTpi")], [("Authorization", "Bearer ")],
     [("Authorization", f"Bearer {signed()}")] * 2, [("X-Forwarded-User", "ann")]],
)  # fmt: skip
def test_no_token_or_two_is_nobody(headers: list[tuple[str, str]]) -> None:
    refused(client(proxies=(PROXY,), **JWT).get("/", headers=headers), "Nobody is signed in.")


def test_a_group_with_a_space_is_one_group() -> None:
    said = client(**JWT).get("/", headers=bearer(signed(groups="desk chiefs"))).json()
    assert (said["role"], said["groups"]) == ("reader", ["desk chiefs"])


@dataclass
class KeyServer:
    """Publishes keys, and counts how often it is asked."""

    keys: list[dict[str, Any]]
    status: int = 200
    asked: int = field(default=0, init=False)

    def app(self, url: str) -> ASGIApp:
        async def keys(request: Request) -> Response:
            self.asked += 1
            return JSONResponse({"keys": self.keys}, self.status)

        return Starlette(routes=[Route("/keys", keys)])


@pytest.fixture(scope="module")
def rsa_key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def key_server(rsa_key: SigningKey) -> Iterator[tuple[KeyServer, TestClient]]:
    server = KeyServer([rsa_key.published()])
    # The client is entered for one loop for all its requests, as in a server.
    with serving(server.app) as url, client(auth="jwt", jwt_jwks_url=f"{url}/keys") as visitor:
        yield server, visitor


Keyed = tuple[KeyServer, TestClient]


def test_published_keys_are_fetched_once_and_checked_with(
    key_server: Keyed, rsa_key: SigningKey
) -> None:
    server, visitor = key_server
    elliptic, edwards = (
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
    )
    server.keys += [
        {**jwt.algorithms.ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True), "kid": "ec"},
        {**jwt.algorithms.OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True), "kid": "ed"},
    ]
    for token in (
        rsa_key.signed(claims()),
        jwt.encode(claims(), elliptic, "ES256", headers={"kid": "ec"}),
        jwt.encode(claims(), edwards, "EdDSA", headers={"kid": "ed"}),
    ):
        assert visitor.get("/", headers=bearer(token)).json()["subject"] == "ann"
    assert server.asked == 1


def test_a_public_key_is_no_secret_and_published_secrets_are_not_used(
    key_server: Keyed, rsa_key: SigningKey
) -> None:
    server, visitor = key_server
    pem = rsa_key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    server.keys.append({"kty": "oct", "kid": "oct", "k": _encoded(SECRET.encode())})
    for kid, key in (("first", pem), ("oct", SECRET.encode())):
        token = by_hand({"alg": "HS256", "kid": kid}, claims(), key)
        response = visitor.get("/", headers=bearer(token))
        refused(response, "The token is not signed in a way that is accepted here.")
    assert server.asked == 0
    # Nor does the header say which algorithm a key is for.
    token = by_hand({"alg": "RS256", "kid": "oct"}, claims(), SECRET.encode())
    assert visitor.get("/", headers=bearer(token)).status_code == 401


def test_keys_that_nobody_knows_do_not_make_us_ask_again_and_again(
    key_server: Keyed, rsa_key: SigningKey
) -> None:
    server, visitor = key_server
    for kid in ("x", "y", "z", ""):
        token = SigningKey(kid, rsa_key.private).signed(claims())
        response = visitor.get("/", headers=bearer(token))
        refused(response, "The token's signature does not hold.")
    assert server.asked == 1
    assert visitor.get("/", headers=bearer(rsa_key.signed(claims()))).status_code == 200


@pytest.mark.parametrize("broken", [{"status": 500}, {"keys": []}, {"keys": "none"}])
def test_a_token_that_cannot_be_checked_is_503_and_not_401(
    key_server: Keyed,
    rsa_key: SigningKey,
    broken: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, visitor = key_server
    for name, value in broken.items():
        setattr(server, name, value)
    with caplog.at_level(logging.WARNING, logger=tokens.__name__):
        for _ in range(3):
            response = visitor.get("/", headers=bearer(rsa_key.signed(claims())))
            refused(
                response, "The keys that tokens are checked with cannot be fetched.", status=503
            )
    assert server.asked == 1
    assert "No keys at http://127.0.0.1" in caplog.text
    assert visitor.get("/healthz", headers=bearer(rsa_key.signed(claims()))).status_code == 200


# --- What is open ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/readyz", "/metrics", "/widget.js", "/embed", "/web/chat.css", "/favicon.ico"],
)
@pytest.mark.parametrize("root_path", ["", "/talks"])
def test_public_paths_are_open_to_nobody_in_particular(path: str, root_path: str) -> None:
    visitor = client(root_path=root_path, default_role="admin", **JWT)
    for headers in ({}, bearer("a.b.c")):
        said = visitor.get(root_path + path, headers=headers).json()
        assert (said["subject"], said["role"], said["groups"]) == ("", "reader", [])
    assert visitor.post(root_path + path).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/", "/web", "/webx", "/embed/", "/embed/ask", "/healthz/", "/HEALTHZ", "//healthz",
     "/x/embed", "/gradio_api/queue/join", "/config", "/api/v1/ask", "/mcp",
     "/nothing", "/sign-in", "/talks/healthz", "/healthz%2f..%2fconfig", "/healthz%00",
     "/healthz%3f"],
)  # fmt: skip
def test_any_other_path_is_closed(path: str) -> None:
    refused(client(**JWT).get(path), "Nobody is signed in.")


def test_openais_clients_are_refused_in_their_own_form() -> None:
    answer = client(**JWT).get("/v1/models")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


def test_the_whole_application_is_closed_to_strangers(tmp_path: Path) -> None:
    assistant = Assistant.from_settings(Settings(index=tmp_path / "index", **JWT))
    with client_of(created(assistant)) as visitor:
        assert visitor.get("/healthz").status_code == 200
        assert visitor.get("/web/chat.css").status_code == 200
        for path in ("/", "/config", "/gradio_api/info", "/web/../config", "/web/%2e%2e/config"):
            response = visitor.get(path)
            assert response.status_code in (401, 404), path
            assert "gradio" not in response.text.lower()
            assert response.headers["x-frame-options"] == "DENY"
        assert visitor.get("/config", headers=bearer(signed())).status_code == 200


def test_a_websocket_is_closed_to_strangers_and_to_other_sites() -> None:
    visitor = client(**JWT)
    with visitor.websocket_connect("/live", headers=bearer(signed())) as socket:
        assert socket.receive_text() == "ann"
    for headers in ({}, {**bearer(signed()), "Origin": EVIL}):
        with pytest.raises(WebSocketDisconnect) as closed:
            visitor.websocket_connect("/live", headers=headers).__enter__()
        assert closed.value.code == 1008


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # no browser
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost:81"}, 403),
        ({"Origin": "https://intranet.example"}, 200),
        ({"Origin": "https://intranet.example.evil.example"}, 403),
        ({"Origin": "https://wiki.example"}, 200),  # named in a setting
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),  # with no-referrer
        ({"Origin": "https://blog.intranet.example", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
@pytest.mark.parametrize("public_url", ["https://intranet.example/talks"])
def test_the_pages_of_other_sites_change_nothing(
    headers: dict[str, str], status: int, public_url: str
) -> None:
    visitor = client(public_url=public_url, cors_origins=("https://wiki.example",))
    assert visitor.post("/", headers=headers).status_code == status
    assert visitor.get("/", headers=headers).status_code == 200


def test_without_a_public_address_a_page_of_no_origin_is_still_another_site() -> None:
    for origin in ("null", "", "://"):
        assert client().post("/", headers={"Origin": origin}).status_code == 403


# --- Signing in with a provider -------------------------------------------------------------

PAGE = {"Accept": "text/html,*/*"}


@dataclass(frozen=True)
class Office:
    """An assistant and the provider that its visitors sign in with, both over HTTP."""

    url: str
    provider: Provider

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, follow_redirects=True, headers=PAGE)


@pytest.fixture(scope="module")
def office(rsa_key: SigningKey) -> Iterator[Office]:
    providers: list[Provider] = []

    def provider(url: str) -> ASGIApp:
        providers.append(Provider(url, rsa_key))
        return providers[0].app

    with serving(provider) as issuer, serving(lambda url: app_of(**_oidc(issuer, url))) as url:
        yield Office(url, providers[0])


def _oidc(issuer: str, url: str) -> dict[str, Any]:
    return {
        "auth": "oidc",
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "session_secret": SECRET,
        "public_url": url,
        "editors": ("desk",),
    }


@pytest.fixture(autouse=True)
def ann_signs_in(request: pytest.FixtureRequest) -> None:
    if "office" in request.fixturenames:
        provider = request.getfixturevalue("office").provider
        provider.claims = {"sub": "ann", "groups": ["desk"]}
        provider.refuses, provider.signs = False, True


def test_a_page_leads_through_the_provider_and_back_to_itself(office: Office) -> None:
    with office.browser() as browser:
        response = browser.get("/talks/istanbul?day=2")
        assert str(response.url) == f"{office.url}/talks/istanbul?day=2"
        said = response.json()
        assert (said["subject"], said["role"], said["groups"]) == ("ann", "editor", ["desk"])
        asked = office.provider.asked
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["scope"] == "openid groups" and asked["nonce"] and asked["state"]
        assert browser.get("/", follow_redirects=False).json()["subject"] == "ann"


def test_the_cookie_is_for_this_application_alone_and_holds_no_token(office: Office) -> None:
    with office.browser() as browser:
        home = browser.get("/")
        cookie = home.history[-1].headers["set-cookie"]
        value, *flags = cookie.split("; ")
        assert flags == ["path=/", "Max-Age=28800", "httponly", "samesite=lax"]
        kept = json.loads(base64.b64decode(value.partition("=")[2].partition(".")[0] + "=="))
        assert sorted(kept) == ["groups", "subject", "until"]
        assert kept["until"] == pytest.approx(time.time() + 8 * 3600, abs=60)


@pytest.mark.parametrize(
    ("public_url", "begins", "flags"),
    [
        ("https://intranet.example", "__Host-", "path=/; Max-Age=28800; httponly; samesite=lax; secure"),  # noqa: E501
        ("https://intranet.example/talks", "__Secure-", "path=/talks; Max-Age=28800; httponly; samesite=lax; secure"),  # noqa: E501
    ],
)  # fmt: skip
def test_over_https_the_cookie_is_secure_and_bound_to_host_and_path(
    office: Office, public_url: str, begins: str, flags: str
) -> None:
    with client(**_oidc(office.provider.issuer, public_url)) as visitor:
        begun = visitor.get("/sign-in", follow_redirects=False)
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith(f"{begins}talks-assistant=") and cookie.endswith(flags)
    back = parse_qs(urlsplit(begun.headers["location"]).query)["redirect_uri"]
    assert back == [f"{public_url}/signed-in"]


def test_behind_a_sub_path_a_page_leads_to_the_sign_in_of_the_sub_path(office: Office) -> None:
    settings = _oidc(office.provider.issuer, "https://intranet.example/talks")
    with client(root_path="/talks", **settings) as visitor:
        response = visitor.get("/talks/page?a=1", headers=PAGE, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == (
        "https://intranet.example/talks/sign-in?next=%2Fpage%3Fa%3D1"
    )


def test_what_is_no_page_gets_401_and_no_redirect(office: Office) -> None:
    with office.browser() as browser:
        refused(browser.get("/config", headers={"Accept": "*/*"}), "Nobody is signed in.")
        refused(browser.post("/ask", headers=PAGE), "Nobody is signed in.")


@pytest.mark.parametrize(
    "wanted",
    [EVIL, "//evil.example", "/\\evil.example", "\\\\evil.example", "@evil.example",
     ".evil.example", "javascript:alert(1)", "/\r\nLocation: //evil.example",
     "/\t/evil.example", "/" + "x" * 2000],
)  # fmt: skip
def test_a_sign_in_leads_to_no_other_site(office: Office, wanted: str) -> None:
    with office.browser() as browser:
        assert str(browser.get("/sign-in", params={"next": wanted}).url) == f"{office.url}/"


def test_signing_out_ends_the_session_and_only_for_the_own_page(office: Office) -> None:
    with office.browser() as browser:
        browser.get("/")
        assert browser.post("/sign-out", headers={"Origin": EVIL}).status_code == 403
        assert browser.get("/", follow_redirects=False).status_code == 200
        response = browser.post("/sign-out", headers={"Origin": office.url})
        assert (response.status_code, response.text) == (200, "You are signed out.")
        assert not browser.cookies
        assert browser.get("/", follow_redirects=False).status_code == 303


def test_a_session_that_was_changed_or_signed_by_another_is_none(office: Office) -> None:
    with office.browser() as browser:
        browser.get("/")
        name, value = next(iter(browser.cookies.items()))
        browser.cookies.clear()
        data = {"subject": "eve", "groups": ["desk"], "until": time.time() + 60}
        forged = base64.b64encode(json.dumps(data).encode()).decode()
        for cookie in (forged, f"{forged}.{value.partition('.')[2]}"):
            headers = {"Cookie": f"{name}={cookie}", "Accept": "*/*"}
            refused(browser.get("/", headers=headers), "Nobody is signed in.")


def test_a_session_ends_after_its_time_even_if_the_cookie_is_still_there() -> None:
    visitor = client(**_oidc("http://127.0.0.1:9", "http://localhost"))
    for until, status in ((time.time() + 60, 200), (time.time() - 1, 401)):
        kept = {"subject": "ann", "groups": [], "until": until}
        cookie = TimestampSigner(SECRET).sign(base64.b64encode(json.dumps(kept).encode())).decode()
        response = visitor.get("/", headers={"Cookie": f"talks-assistant={cookie}"})
        assert response.status_code == status


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": "another", "azp": CLIENT_ID},
        {"iss": "http://evil.example"},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": None},
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    office: Office, changed: dict[str, Any]
) -> None:
    office.provider.claims = {"sub": "ann"} | changed
    with office.browser() as browser:
        response = browser.get("/")
        assert response.status_code == 401
        assert browser.get("/", follow_redirects=False).status_code == 303


def test_an_id_token_without_a_signature_is_refused_even_if_the_provider_offers_it(
    office: Office,
) -> None:
    office.provider.signs = False
    with office.browser() as browser:
        assert browser.get("/").status_code == 401


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ({"desk": 1}, "The groups of who is asking cannot be read."),
        ([f"group {n}" for n in range(400)], "You are in more groups than a session can hold."),
    ],
)
def test_groups_that_cannot_be_kept_are_said(office: Office, groups: object, sentence: str) -> None:
    office.provider.claims = {"sub": "ann", "groups": groups}
    with office.browser() as browser:
        response = browser.get("/")
    assert response.status_code == 401
    assert response.text.startswith(sentence)


def test_a_sign_in_that_the_provider_refuses_or_nobody_began_is_refused(office: Office) -> None:
    office.provider.refuses = True
    with office.browser() as browser:
        response = browser.get("/")
        assert response.status_code == 401
        assert response.text == "The sign-in did not succeed. Open the chat and try again."
    office.provider.refuses = False
    with office.browser() as mallory, office.browser() as victim:
        begun = mallory.get("/sign-in", follow_redirects=False)
        back = mallory.get(begun.headers["location"], follow_redirects=False).headers["location"]
        # Mallory's own code and state, in the victim's browser: nobody becomes Mallory unawares.
        assert victim.get(back).status_code == 401
        assert victim.get("/", follow_redirects=False).status_code == 303
        assert mallory.get(back, follow_redirects=False).status_code == 303
        assert mallory.get(back, follow_redirects=False).status_code == 401  # once only


def test_a_provider_that_is_down_or_another_is_said(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    for issuer, reason in (
        ("http://127.0.0.1:9", "connect"),
        (office.provider.issuer.replace("127.0.0.1", "localhost"), "the provider calls itself"),
    ):
        with client(**_oidc(issuer, "http://localhost")) as visitor:
            response = visitor.get("/sign-in", follow_redirects=False)
        assert response.status_code == 503
        assert "does not answer as it should" in response.text
        assert reason in caplog.text
