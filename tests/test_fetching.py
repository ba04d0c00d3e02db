"""Pages come from a real server on loopback; only the resolver is ever stood in for."""

import gzip
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import trustme

from assistant.errors import FetchError, ForbiddenAddressError
from assistant.fetching import (
    MAX_REDIRECTS,
    REASONS,
    SUFFIXES,
    Page,
    fetch_error,
    fetch_page,
    system_resolve,
)

TEXT = "<p>“Не только слушали, но и слышали”, said Lavrov.</p>"
HTML = "text/html; charset=utf-8"

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A web server on 127.0.0.1 whose paths answer as a test says; it notes what it was asked."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.hosts: list[str | None] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.hosts.append(self.headers["Host"])
                with suppress(OSError):  # The client may hang up first: that is what is tested.
                    site.answers[self.path.partition("?")[0]](self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # A refused handshake, a client that hung up.

        self.server = Server(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Answer a path with these bytes and headers (Content_Type= …); return its URL."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = send
        return self.url + path

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def fetch(url: str, **given: object) -> Page:
    limits = {"timeout_s": 60, "max_mb": 1, "allow": ["127.0.0.1"], **given}
    return fetch_page(url, **limits)  # type: ignore[arg-type]


def test_a_page_comes_with_its_bytes_its_url_and_its_suffix(site: Site) -> None:
    url = site.answer("/talks?day=18", TEXT.encode(), Content_Type="text/html")
    site.answers["/talks"] = site.answers.pop("/talks?day=18")
    assert fetch(url) == Page(url, TEXT.encode(), ".html")


@pytest.mark.parametrize(("media_type", "suffix"), SUFFIXES.items())
def test_the_suffix_follows_from_the_content_type(site: Site, media_type: str, suffix: str) -> None:
    url = site.answer("/page", b"x", Content_Type=f"{media_type.upper()} ; x=y")
    assert fetch(url).suffix == suffix


def test_markdown_that_is_served_as_plain_text_stays_markdown(site: Site) -> None:
    assert fetch(site.answer("/talks.MD", b"# x", Content_Type="text/plain")).suffix == ".md"


@pytest.mark.parametrize(
    ("media_type", "said"),
    [("image/png", "image/png"), ("application/octet-stream", "octet-stream"), ("", "no declared")],
)
def test_another_content_type_is_named_and_refused(site: Site, media_type: str, said: str) -> None:
    url = site.answer("/page", b"x", Content_Type=media_type)
    with pytest.raises(FetchError, match=rf"{re.escape(url)} is .*{said}.*, which cannot be read"):
        fetch(url)


def test_a_charset_in_the_header_is_not_lost(site: Site) -> None:
    url = site.answer("/ru", TEXT.encode("cp1251"), Content_Type="text/html; charset=windows-1251")
    assert fetch(url).raw.decode() == TEXT


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-8", "rot13"])
def test_a_wrong_charset_in_the_header_leaves_the_bytes_alone(site: Site, charset: str) -> None:
    raw = TEXT.encode("cp1251")
    assert fetch(site.answer("/ru", raw, Content_Type=f"text/html; charset={charset}")).raw == raw


def test_the_bytes_of_a_pdf_are_never_taken_for_text(site: Site) -> None:
    url = site.answer("/a.pdf", b"%PDF-\xe2", Content_Type="application/pdf; charset=latin-1")
    assert fetch(url).raw == b"%PDF-\xe2"


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_an_error_status_is_named(site: Site, status: int) -> None:
    url = site.answer("/gone", b"no", status=status, Content_Type=HTML)
    with pytest.raises(FetchError, match=rf"{re.escape(url)} was answered with status {status} \w"):
        fetch(url)


def test_a_redirect_without_a_target_is_an_error_status(site: Site) -> None:
    with pytest.raises(FetchError, match="was answered with status 304 Not Modified"):
        fetch(site.answer("/same", status=304))


def test_redirects_are_followed_to_the_final_url(site: Site) -> None:
    site.answer("/old", status=301, Location="/new")
    url = site.answer("/new", TEXT.encode(), Content_Type="text/html")
    assert fetch(site.url + "/old").url == url


@pytest.mark.parametrize("count", [MAX_REDIRECTS, MAX_REDIRECTS + 1])
def test_at_most_five_redirects_are_followed(site: Site, count: int) -> None:
    for number in range(count):
        site.answer(f"/{number}", status=302, Location=f"/{number + 1}")
    site.answer(f"/{count}", b"x", Content_Type="text/html")
    if count <= MAX_REDIRECTS:
        assert fetch(site.url + "/0").raw == b"x"
    else:
        with pytest.raises(FetchError, match=r"/0 redirects more than 5 times\."):
            fetch(site.url + "/0")


FORBIDDEN = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("2130706433", "127.0.0.1"),
    ("0x7f.1", "127.0.0.1"),
    ("0", "0.0.0.0"),
    ("0.0.0.0", "0.0.0.0"),
    ("10.1.2.3", "10.1.2.3"),
    ("172.16.0.1", "172.16.0.1"),
    ("192.168.1.1", "192.168.1.1"),
    ("169.254.169.254", "169.254.169.254"),
    ("100.64.0.1", "100.64.0.1"),
    ("168.63.129.16", "168.63.129.16"),
    ("192.0.0.8", "192.0.0.8"),
    ("192.88.99.1", "192.88.99.1"),
    ("198.18.0.1", "198.18.0.1"),
    ("224.0.0.1", "224.0.0.1"),
    ("240.0.0.1", "240.0.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    ("[::]", "::"),
    ("[::1]", "::1"),
    ("[::ffff:127.0.0.1]", "::ffff:"),
    ("[::ffff:a00:1]", "::ffff:"),
    ("[::127.0.0.1]", "::"),
    ("[2002:7f00:1::]", "2002:7f00:1::"),
    ("[64:ff9b::7f00:1]", "64:ff9b::"),
    ("[64:ff9b:1::1]", "64:ff9b:1::1"),
    ("[2001::1]", "2001::1"),
    ("[2001:db8::1]", "2001:db8::1"),
    ("[3fff::1]", "3fff::1"),
    ("[fc00::1]", "fc00::1"),
    ("[fe80::1]", "fe80::1"),
    ("[fec0::1]", "fec0::1"),
    ("[ff02::1]", "ff02::1"),
]


@pytest.mark.parametrize(("host", "address"), FORBIDDEN)
def test_an_address_that_is_not_public_is_refused_in_any_spelling(host: str, address: str) -> None:
    # The literals of both families are resolved by the system without asking anybody.
    with pytest.raises(
        ForbiddenAddressError,
        match=rf"{re.escape(host)}:9/ is at {re.escape(address)}.*, which is not a public address"
        r"\. List it in ASSISTANT_FETCH_ALLOW to allow it",
    ):
        fetch_page(f"http://{host}:9/", timeout_s=60, max_mb=1)


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.2", "0x7f.2", "[::1]", "10.0.0.1"])
def test_a_redirect_to_such_an_address_is_refused(site: Site, host: str) -> None:
    url = site.answer("/out", status=302, Location=f"http://{host}:9/latest/meta-data")
    with pytest.raises(ForbiddenAddressError, match=r"/latest/meta-data is at .* not a public"):
        fetch(url)


def test_a_redirect_to_the_name_localhost_is_refused(site: Site) -> None:
    url = site.answer("/out", status=302, Location=f"http://localhost:{site.port}/secret")
    site.answer("/secret", b"x", Content_Type="text/html")

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.2"] if host == "localhost" else system_resolve(host, port)

    with pytest.raises(
        ForbiddenAddressError, match=r"/secret is at 127\.0\.0\.2, which is not a pub"
    ):
        fetch(url, resolve=resolve)
    assert len(site.hosts) == 1


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["10.0.0.1", "2606:4700::1111"]]
)
def test_one_forbidden_address_among_those_of_a_host_is_enough(addresses: list[str]) -> None:
    with pytest.raises(ForbiddenAddressError, match=r"https://news\.example/a is at 10\.0\.0\.1,"):
        fetch("https://news.example/a", resolve=lambda _host, _port: addresses)


def test_the_connection_goes_to_the_address_that_was_checked(site: Site) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    site.answer("/a", b"x", Content_Type="text/html")
    # No such name exists, so a second look-up, by anybody, could not have led to the server.
    page = fetch(f"http://news.example:{site.port}/a", allow=["News.Example"], resolve=resolve)
    assert page.raw == b"x"
    assert asked == ["news.example"]
    assert site.hosts == [f"news.example:{site.port}"]


def test_each_redirect_is_resolved_and_checked_anew(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    site.answer("/a", status=302, Location="/b")
    with pytest.raises(ForbiddenAddressError, match=r"/b is at 169\.254\.169\.254"):
        fetch(f"http://news.example:{site.port}/a", resolve=lambda _host, _port: next(answers))


@pytest.mark.parametrize(
    "allow", ["127.0.0.1", "127.0.0.0/8", "localtest.example", "LOCALTEST.example.", "::1/128"]
)
def test_hosts_addresses_and_networks_can_be_allowed(site: Site, allow: str) -> None:
    site.answer("/a", b"x", Content_Type="text/html")
    url = f"http://localtest.example:{site.port}/a"
    if allow == "::1/128":
        with pytest.raises(ForbiddenAddressError, match=r"is at 127\.0\.0\.1"):
            fetch(url, allow=[allow], resolve=lambda _host, _port: ["127.0.0.1"])
    else:
        page = fetch(url, allow=[allow], resolve=lambda _host, _port: ["127.0.0.1"])
        assert page.raw == b"x"


def test_allowing_an_address_covers_its_ipv6_form(site: Site) -> None:
    site.answer("/a", b"x", Content_Type="text/html")
    assert fetch(f"http://[::ffff:127.0.0.1]:{site.port}/a").raw == b"x"


def test_the_next_address_is_tried_when_one_refuses(site: Site) -> None:
    site.answer("/a", b"x", Content_Type="text/html")
    page = fetch(
        f"http://news.example:{site.port}/a",
        allow=["127.0.0.0/8"],
        resolve=lambda _host, _port: ["127.0.0.3", "127.0.0.1"],
    )
    assert page.raw == b"x"


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "file:///etc/passwd", "javascript:1", "foo", "", "http:///x", "//host/x"]
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(
        ForbiddenAddressError, match=rf"The page {re.escape(url)} is not on the web"
    ):
        fetch(url)


def test_a_redirect_off_the_web_is_refused(site: Site) -> None:
    url = site.answer("/out", status=302, Location="ftp://127.0.0.1/etc")
    with pytest.raises(
        ForbiddenAddressError, match=r"The page ftp://127\.0\.0\.1/etc is not on the web"
    ):
        fetch(url)


def test_credentials_in_an_address_are_refused_and_not_repeated(site: Site) -> None:
    given = f"http://someone:secret@127.0.0.1:{site.port}/a"
    redirecting = site.answer("/out", status=302, Location=given)
    for url in (given, redirecting):
        with pytest.raises(
            ForbiddenAddressError, match=rf"The page http://127.0.0.1:{site.port}/a is given with a"
        ) as caught:
            fetch(url)
        assert "secret" not in str(caught.value)
    assert len(site.hosts) == 1


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://ex\x00/", "http://xn--/", "http://h:port/", "http://0177.0.0.1/"]
)
def test_an_address_that_is_no_url_says_so(url: str) -> None:
    with pytest.raises(FetchError, match="has an address that is not a valid URL"):
        fetch(url)


@pytest.mark.parametrize(
    ("host", "failure"),
    [("nowhere.example", socket.gaierror(-2, "Name not known")), ("a..b", UnicodeError("label"))],
)
def test_a_name_that_does_not_resolve_says_so(host: str, failure: Exception) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise failure

    with pytest.raises(FetchError, match=rf"no connection to its server \(its name {host} cannot"):
        fetch(f"http://{host}/", resolve=resolve)


def test_a_name_without_addresses_says_so() -> None:
    with pytest.raises(FetchError, match="its name has no address"):
        fetch("http://nowhere.example/", resolve=lambda _host, _port: [])


def test_a_closed_port_says_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(FetchError, match=r"no connection to its server .*in a browser"):
            fetch(f"http://127.0.0.1:{free.getsockname()[1]}/")


def test_a_server_that_does_not_speak_http_says_so(site: Site) -> None:
    def greet(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    site.answers["/odd"] = greet
    with pytest.raises(FetchError, match="does not speak HTTP correctly"):
        fetch(site.url + "/odd")


def test_a_body_that_breaks_off_says_so(site: Site) -> None:
    url = site.answer("/cut", b"half", Content_Length="100", Content_Type=HTML)
    with pytest.raises(FetchError, match="does not speak HTTP correctly"):
        fetch(url)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(1200):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    for _ in range(1200):
        handler.wfile.write(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize("slow", [drip, drip_headers])
def test_a_page_that_drips_is_given_up_at_the_deadline(site: Site, slow: Answer) -> None:
    site.answers["/slow"] = slow
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"/slow could not be fetched within 0\.4 seconds\. Try"):
        fetch(site.url + "/slow", timeout_s=0.4)
    assert time.monotonic() - started < 15


def test_the_deadline_covers_a_resolver_that_hangs() -> None:
    over = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        over.wait(60)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(FetchError, match=r"could not be fetched within 0\.3 seconds"):
        fetch("http://news.example/", timeout_s=0.3, resolve=resolve)
    assert time.monotonic() - started < 15
    over.set()


def test_a_declared_length_over_the_limit_is_refused_up_front(site: Site) -> None:
    url = site.answer("/huge", b"x", Content_Length=str(2 * 10**9), Content_Type=HTML)
    with pytest.raises(FetchError, match=r"/huge is larger than 1 MB\. .*ASSISTANT_MAX_FILE_MB"):
        fetch(url)


def test_an_endless_body_is_cut_at_the_limit(site: Site) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        while sent < 10**9:
            sent += handler.wfile.write(b"x" * 65536)

    site.answers["/endless"] = endless
    with pytest.raises(FetchError, match="/endless is larger than 1 MB"):
        fetch(site.url + "/endless", timeout_s=60)
    assert sent < 10**8


def test_a_body_of_exactly_the_limit_is_taken(site: Site) -> None:
    body = b"x" * 1_000_000
    assert fetch(site.answer("/full", body, Content_Type=HTML)).raw == body
    packed = site.answer("/packed", gzip.compress(body), Content_Encoding="gzip", Content_Type=HTML)
    assert fetch(packed).raw == body


@pytest.mark.parametrize("size", [1_000_001, 100_000_000])
def test_the_limit_counts_what_a_body_unpacks_to(site: Site, size: int) -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    parts = [packer.compress(b"\0" * 10**6) for _ in range(size // 10**6)]
    bomb = b"".join([*parts, packer.compress(b"\0" * (size % 10**6)), packer.flush()])
    url = site.answer("/bomb", bomb, Content_Encoding="gzip", Content_Type=HTML)
    with pytest.raises(FetchError, match="/bomb is larger than 1 MB"):
        fetch(url)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_compression_that_was_not_asked_for_is_refused(site: Site, encoding: str) -> None:
    url = site.answer("/odd", gzip.compress(b"x"), Content_Encoding=encoding, Content_Type=HTML)
    with pytest.raises(FetchError, match=f"is compressed as {encoding}, which was not asked for"):
        fetch(url)


@pytest.mark.parametrize("body", [b"not gzip at all", gzip.compress(b"x" * 999)[:-9]])
def test_broken_compression_says_so(site: Site, body: bytes) -> None:
    url = site.answer("/odd", body, Content_Encoding="gzip", Content_Type=HTML)
    with pytest.raises(FetchError, match="could not be fetched: its compression is broken"):
        fetch(url)


def test_a_certificate_is_verified_for_the_name_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("news.example").configure_cert(context)
    site = Site(context)
    site.answer("/a", b"x", Content_Type="text/html")

    def fetch_as(host: str) -> Page:
        url = f"https://{host}:{site.port}/a"
        return fetch(url, resolve=lambda _host, _port: ["127.0.0.1"])

    try:
        with pytest.raises(FetchError, match=r"no connection to its server .*certificate"):
            fetch_as("news.example")
        trusted = tmp_path_factory.mktemp("tls") / "authority.pem"
        authority.cert_pem.write_to_path(str(trusted))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert fetch_as("news.example").raw == b"x"
        with pytest.raises(FetchError, match=r"no connection to its server .*Hostname mismatch"):
            fetch_as("other.example")
    finally:
        site.close()


def test_a_proxy_of_the_environment_is_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(site.answer("/a", b"x", Content_Type="text/html")).raw == b"x"


def httpx_errors() -> list[type[Exception]]:
    kinds = [value for value in vars(httpx).values() if isinstance(value, type)]
    return [kind for kind in kinds if issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", httpx_errors())
def test_every_error_of_httpx_becomes_ours(kind: type[Exception]) -> None:
    assert issubclass(kind, tuple(REASONS))
    error = kind.__new__(kind)
    said = fetch_error(error, "https://news.example/a")
    assert re.match(r"The page https://news\.example/a (has|could|redirects) ", said.message)
    assert said.hint == "Open it in a browser to check."


def test_the_most_specific_reason_is_given() -> None:
    kinds = list(REASONS)
    shadowed = [
        (kind, earlier)
        for position, kind in enumerate(kinds)
        for earlier in kinds[:position]
        if issubclass(kind, earlier)
    ]
    assert shadowed == []
