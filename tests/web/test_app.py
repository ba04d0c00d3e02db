import base64
import hashlib
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.routing import Route

from assistant.errors import SettingsError
from assistant.web import app as web
from tests.web.conftest import Site, client_of, created, hostile_assistant

ROOT = Path(__file__).parents[2]
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(created(hostile_assistant())) as client:
        yield client


def directives(headers: Mapping[str, str]) -> dict[str, str]:
    pairs = (part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    return {name: value for name, value in pairs}


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/healthz", "/web/chat.js", "/theme.css", "/gradio_api/info", "/nothing"],
)
def test_every_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    policy = directives(response.headers)
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert policy["base-uri"] == "'self'"
    assert policy["form-action"] == "'self'"


def test_the_policy_names_no_other_host_and_forbids_eval(client: TestClient) -> None:
    policy = directives(client.get("/").headers)
    assert "'unsafe" not in policy["script-src"]
    assert not re.search(r"https?:|\*|\.[a-z]", re.sub(r"'sha256-[^']+'", "", str(policy)))


def test_exactly_the_inline_scripts_of_the_page_are_allowed(client: TestClient) -> None:
    page = client.get("/")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts if script.strip())
    allowed = {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}
    assert set(directives(page.headers)["script-src"].split()) == {"'self'", *allowed}
    assert allowed


def test_a_failing_route_still_carries_the_headers() -> None:
    app = created(hostile_assistant())
    # First in line, for the chat is mounted at the root.
    app.router.routes.insert(0, _failing_route())
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        response = client.get("/fails")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["x-frame-options"] == "DENY"


def test_another_sites_origin_is_not_allowed(client: TestClient) -> None:
    for path in ("/", "/config", "/healthz", "/gradio_api/info"):
        headers = client.get(path, headers={"Origin": EVIL}).headers
        assert "access-control-allow-origin" not in headers
        assert "access-control-allow-credentials" not in headers


def test_another_sites_preflight_is_refused(client: TestClient) -> None:
    response = client.options(
        "/gradio_api/queue/join",
        headers={"Origin": EVIL, "Access-Control-Request-Method": "POST"},
    )
    assert response.status_code == 400
    assert "access-control-allow-origin" not in response.headers


def test_health_is_ok(client: TestClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/monitoring"])
def test_nothing_is_open_that_the_chat_does_not_need(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (403, 404)


def test_no_file_can_be_uploaded(client: TestClient) -> None:
    response = client.post("/gradio_api/upload", files={"files": ("a.txt", b"words")})
    assert response.status_code == 404


def test_the_page_is_english_and_asks_no_other_host_for_anything(client: TestClient) -> None:
    page = client.get("/").text
    assert re.search(r'<html\s+lang="en"', page)
    assert not re.search(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?:""", page)
    assert "fonts.googleapis" not in page + client.get("/theme.css").text


def test_one_question_can_be_asked_over_http(site: Site) -> None:
    assert list(httpx.get(f"{site.url}/gradio_api/info").json()["named_endpoints"]) == ["/chat"]
    text = asked_over_http(site, "What did Zakharova demand?")
    assert text.splitlines()[0] == "What did Zakharova demand?"
    assert "[1] Zakharova: NATO must take back" in text
    assert str(ROOT) not in text


def asked_over_http(site: Site, question: str) -> str:
    call = f"{site.url}/gradio_api/call/chat"
    event = httpx.post(call, json={"data": [question]}).json()["event_id"]
    stream = httpx.get(f"{call}/{event}", timeout=30).text
    assert stream.startswith("event: complete"), stream
    data: list[str] = json.loads(stream.split("data: ", 1)[1])
    return data[0]


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as failure:
            web.listen("127.0.0.1", port)
    assert str(failure.value) == (
        f"Port {port} on 127.0.0.1 is already in use. Stop what uses it or set ASSISTANT_PORT."
    )


def test_an_address_of_another_machine_is_refused_in_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"The chat cannot listen on 192\.0\.2\.1, port 7860: "):
        web.listen("192.0.2.1", 7860)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:7860"),
        ("0.0.0.0", "http://127.0.0.1:7860"),
        ("::", "http://[::1]:7860"),
        ("::1", "http://[::1]:7860"),
        ("intranet", "http://intranet:7860"),
    ],
)
def test_the_address_to_open_is_one_that_a_browser_can_open(host: str, url: str) -> None:
    assert web.url_to_open(host, 7860) == url


def test_the_address_is_printed_when_the_chat_can_be_reached_and_it_stops_quietly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = (
        "from assistant.web.app import serve; from tests.web.conftest import hostile_assistant; "
        f"serve(hostile_assistant(), host='127.0.0.1', port={port})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == f"Open http://127.0.0.1:{port}\n"
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").json() == {"status": "ok"}
    with suppress(httpx.ReadError):  # it hangs up on what is still being sent
        endless = {"X-Endless": "a" * 200_000}
        refused = httpx.get(f"http://127.0.0.1:{port}/healthz", headers=endless)
        assert refused.status_code == 400
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in complaints


def _failing_route() -> Route:
    async def fail(request: Request) -> None:
        raise RuntimeError("secret")

    return Route("/fails", fail)
