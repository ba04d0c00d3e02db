"""The chat under a sub-path behind a real nginx, as `deploy/nginx.conf` has it."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from assistant.service import Assistant
from tests.web import test_browser as chat

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
if not Path(NGINX).exists():
    if os.environ.get("CI"):
        pytest.fail("These tests need nginx.", pytrace=False)
    pytest.skip("These tests need nginx.", allow_module_level=True)

START_TIMEOUT_S = 60
SIGNED_IN = {"Cookie": "session=anna"}

browser = chat.browser


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def sign_on() -> Iterator[int]:
    """A sign-on that knows one cookie; its port."""

    class SignOn(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if "session=anna" in self.headers.get("Cookie", ""):
                self.send_response(202)
                self.send_header("X-Auth-Request-User", "anna@intranet.example")
                self.send_header("X-Auth-Request-Groups", "press,desk")
            else:
                self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(SignOn) as port:
        yield port


class Upstream(BaseHTTPRequestHandler):
    """Stands where the assistant is: keeps what it gets, and holds back the end of a stream."""

    got: list[tuple[str, dict[str, str]]]
    may_end: threading.Event
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        self.wfile.flush()
        self.may_end.wait(20)
        self.wfile.write(b"data: last\n\n")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def upstream() -> type[Upstream]:
    return type("Seen", (Upstream,), {"got": [], "may_end": threading.Event()})


@pytest.fixture
def stub(
    upstream: type[Upstream], sign_on: int, authority: trustme.CA, tmp_path: Path
) -> Iterator[httpx.Client]:
    """A visitor of nginx with the stub behind it, not signed in."""
    with (
        listening(upstream) as port,
        nginx(tmp_path, authority, assistant=port, sign_on=sign_on) as url,
        visitor(url, authority) as client,
    ):
        yield client
        upstream.may_end.set()


@pytest.fixture(scope="module")
def address(
    real_assistant: Assistant,
    sign_on: int,
    authority: trustme.CA,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where `assistant serve` is found through nginx."""
    folder = tmp_path_factory.mktemp("proxy")
    port, public_port = free_port(), free_port()
    environment = os.environ | {
        "ASSISTANT_INDEX": str(real_assistant.settings.index),
        "ASSISTANT_PORT": str(port),
        "ASSISTANT_PUBLIC_URL": f"https://localhost:{public_port}/talks",
        "ASSISTANT_AUTH": "header",
        "ASSISTANT_PROXIES": '["127.0.0.1"]',
        "ASSISTANT_FEEDBACK_URL": "off",
    }
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "assistant", "serve"],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        ) as server,
    ):  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", server)
            with nginx(
                folder, authority, assistant=port, sign_on=sign_on, public_port=public_port
            ) as url:
                yield url
        finally:
            server.terminate()
            server.wait(30)


def test_whoever_is_not_signed_in_is_sent_to_sign_in(
    stub: httpx.Client, upstream: type[Upstream]
) -> None:
    response = stub.get("/talks/api?x=1", headers={"X-Forwarded-User": "root"})
    assert response.status_code == 302
    assert response.headers["location"].endswith("/oauth2/start?rd=/talks/api?x=1")
    assert upstream.got == []


def test_the_sign_on_says_who_asks_whatever_the_visitor_claims(
    stub: httpx.Client, upstream: type[Upstream]
) -> None:
    claims = {
        "X-Forwarded-User": "root",
        "x-forwarded-groups": "admins",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
        "X_Forwarded_User": "root",
    }
    upstream.may_end.set()
    assert stub.get("/talks/api", headers=SIGNED_IN | claims).status_code == 200
    ((path, headers),) = upstream.got
    assert path == "/api"
    assert headers["x-forwarded-user"] == "anna@intranet.example"
    assert headers["x-forwarded-groups"] == "press,desk"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-host"] == headers["host"] == stub.base_url.netloc.decode()
    assert not {"x-real-ip", "forwarded", "x_forwarded_user"} & headers.keys()


def test_the_first_event_arrives_before_the_last_is_written(
    stub: httpx.Client, upstream: type[Upstream]
) -> None:
    with stub.stream("GET", "/talks/stream", headers=SIGNED_IN) as response:
        events = response.iter_text()
        assert next(events) == "data: first\n\n"
        upstream.may_end.set()
        assert "".join(events) == "data: last\n\n"


@pytest.mark.parametrize("path", ["/talks/metrics", "/talks//metrics", "/talks/x/../metrics"])
def test_the_metrics_are_refused_however_they_are_spelled(
    stub: httpx.Client, upstream: type[Upstream], path: str
) -> None:
    assert stub.get(path, headers=SIGNED_IN).status_code == 404
    assert upstream.got == []


def test_a_body_may_have_the_largest_article_and_no_more(stub: httpx.Client) -> None:
    for size_mb, status in ((20.5, 204), (22, 413)):
        body = b"x" * int(size_mb * 2**20)
        assert stub.post("/talks/upload", headers=SIGNED_IN, content=body).status_code == status


def test_everything_the_page_names_lies_under_the_sub_path(
    address: str, authority: trustme.CA
) -> None:
    with visitor(address, authority) as client:
        assert client.get("/talks").headers["location"] == "/talks/"
        page = client.get("/talks/", headers=SIGNED_IN)
        assert page.status_code == 200
        assert f'"root":"{address}/talks"' in page.text
        named = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"#]+)"', page.text)
        # A manifest is for installing the page as an app; Gradio links one that we do not have.
        for link in [link for link in named if link != "/manifest.json"]:
            response = client.get(httpx.URL(f"{address}/talks/").join(link), headers=SIGNED_IN)
            assert (link, response.status_code) == (link, 200)


@pytest.mark.browser
def test_the_page_answers_under_the_sub_path_and_asks_for_nothing_elsewhere(
    address: str, browser: chat.Browser, real_assistant: Assistant
) -> None:
    asked: list[str] = []
    complaints: list[str] = []

    def told(m: Any) -> bool:
        # The icon of the whole site is the intranet's own.
        return m.type == "error" and m.location["url"] != f"{address}/favicon.ico"

    context = browser.new_context(ignore_https_errors=True)
    context.add_cookies([{"name": "session", "value": "anna", "url": address}])
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if told(m) else None)
    page.set_default_timeout(60_000)
    page.goto(f"{address}/talks/")
    turn = chat.ask(page, chat.ZAKHAROVA)
    answer = real_assistant.ask(chat.ZAKHAROVA)
    assert turn.locator(".words .text").all_inner_texts() == [s.text for s in answer.sentences]
    turn.locator(".cite").first.click()
    assert chat.current_quote(page) == answer.citations[0].quote
    context.close()
    assert complaints == []
    assert [u for u in asked if not u.startswith((f"{address}/talks/", "data:"))] == []


# --- Parts ----------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def nginx(
    folder: Path,
    authority: trustme.CA,
    *,
    assistant: int,
    sign_on: int,
    public_port: int | None = None,
) -> Iterator[str]:
    """Run nginx with the example, its names and ports changed, and give its address."""
    public_port = public_port or free_port()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "certificate.pem")
    example = (ROOT / "deploy/nginx.conf").read_text()
    for name, here in {
        "127.0.0.1:7860": f"127.0.0.1:{assistant}",
        "127.0.0.1:4180": f"127.0.0.1:{sign_on}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{public_port} ssl;",
        "/etc/ssl/certs/intranet.example.pem": f"{folder}/certificate.pem",
        "/etc/ssl/private/intranet.example.key": f"{folder}/certificate.pem",
        "intranet.example": "localhost",
    }.items():
        assert name in example
        example = example.replace(name, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{temporary}{example}}}\n"
    )
    with subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)]) as process:
        try:
            url = f"https://localhost:{public_port}"
            wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def visitor(url: str, authority: trustme.CA) -> httpx.Client:
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    return httpx.Client(base_url=url, verify=trusted, timeout=30)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until something answers there, whatever it says."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        assert process.poll() is None, "it ended"
        try:
            httpx.get(url, verify=False, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("it did not start")
