"""One http(s) page, fetched without reaching into the network that this machine stands in.

The guard sits where connections are made: `PublicTransport` resolves each host itself, checks
every address, and connects to the one it checked. So redirects, DNS answers that change between
two look-ups, and odd spellings of an address all pass the same gate.
"""

import asyncio
import concurrent.futures
import ipaddress
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import certifi
import httpx

from assistant.errors import FetchError, ForbiddenAddressError

MAX_REDIRECTS = 5
MB = 1_000_000

SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}

# What httpx raises, most specific first, as the end of "The page URL …".
REASONS: dict[type[Exception], str] = {
    httpx.ConnectTimeout: "could not be fetched: its server did not accept a connection in time",
    httpx.TimeoutException: "could not be fetched: its server stopped answering",
    httpx.ConnectError: "could not be fetched: no connection to its server",
    httpx.NetworkError: "could not be fetched: the connection broke",
    httpx.UnsupportedProtocol: "has no http or https address",
    httpx.ProtocolError: "could not be fetched: its server does not speak HTTP correctly",
    httpx.DecodingError: "could not be fetched: its compression is broken",
    httpx.TooManyRedirects: f"redirects more than {MAX_REDIRECTS} times",
    httpx.InvalidURL: "has an address that is not a valid URL",
    UnicodeError: "has an address that is not a valid URL",  # httpx lets those of `idna` through.
    httpx.CookieConflict: "could not be fetched: its cookies contradict each other",
    httpx.StreamError: "could not be fetched: its body cannot be read",
    httpx.HTTPError: "could not be fetched",
}

# What Python 3.11 takes for public and is not: protocol assignments, 6to4 relays, NAT64 for local
# use, documentation, site-local addresses, and the address of Azure's own host.
NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
        *("64:ff9b:1::/48", "3fff::/20", "fec0::/10"),
    )
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: where it was found after redirects, its body, and the suffix of its format.

    Text whose server declares a charset comes as UTF-8, so that the header is not lost.
    """

    url: str
    raw: bytes
    suffix: str


def system_resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def fetch_page(
    url: str,
    *,
    timeout_s: float,
    max_mb: float,
    allow: Sequence[str] = (),
    resolve: Resolve = system_resolve,
) -> Page:
    """Fetch one page within its limits; both count for everything, redirects included.

    Only public addresses are reached, and those that `allow` lists by host, address or network.
    Raises ForbiddenAddressError for another one, FetchError for everything else that goes wrong.
    Call it from a thread without a running event loop.
    """
    return asyncio.run(_fetch(url, timeout_s, int(max_mb * MB), allow, resolve))


def fetch_error(error: Exception, url: str) -> FetchError:
    """Return httpx's error as ours, in a sentence with the URL."""
    reason = next(said for kind, said in REASONS.items() if isinstance(error, kind))
    detail = f" ({error})" if isinstance(error, httpx.ConnectError | httpx.InvalidURL) else ""
    return FetchError(f"The page {url} {reason}{detail}.", hint="Open it in a browser to check.")


class PublicTransport(httpx.AsyncBaseTransport):
    """Connects only to public addresses and to those in `allow`, and to none it did not check."""

    def __init__(self, allow: Sequence[str], resolve: Resolve) -> None:
        """Take hosts, addresses and networks to allow, and what resolves a host."""
        # An intranet's own authority is in the system's store; a slim container has no store.
        trusted = ssl.create_default_context()
        trusted.load_verify_locations(certifi.where())
        self._inner = httpx.AsyncHTTPTransport(verify=trusted, trust_env=False)
        self._resolve = resolve
        self._hosts = {entry.lower().rstrip(".") for entry in allow}
        self._networks = list(_networks(allow))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to an address that was checked, under the name that was asked for."""
        host = request.url.raw_host.decode("ascii").strip("[]")
        _check_form(str(request.url))
        addresses = await self._addresses(host, request.url)
        for address in addresses:
            if not self._is_allowed(host, address):
                raise ForbiddenAddressError(
                    f"The page {request.url} is at {address}, which is not a public address.",
                    hint="List it in ASSISTANT_FETCH_ALLOW to allow it.",
                )
        for address in addresses:
            try:
                return await self._inner.handle_async_request(
                    httpx.Request(
                        request.method,
                        request.url.copy_with(host=str(address)),
                        headers=request.headers,  # Host is the name, as before.
                        stream=request.stream,
                        extensions={**request.extensions, "sni_hostname": host},
                    )
                )
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise httpx.ConnectError("its name has no address")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def _addresses(self, host: str, url: httpx.URL) -> list[Address]:
        port = url.port or (443 if url.scheme == "https" else 80)
        answer: concurrent.futures.Future[list[Address]] = concurrent.futures.Future()
        answer.set_running_or_notify_cancel()

        def look_up() -> None:
            try:
                found = [ipaddress.ip_address(text) for text in self._resolve(host, port)]
            except (OSError, ValueError) as error:  # A ValueError: a name that is too long.
                reason = f"its name {host} cannot be resolved: {error}"
                answer.set_exception(httpx.ConnectError(reason))
            else:
                answer.set_result(found)

        # Not the loop's executor: asyncio.run waits for that, and so for DNS beyond the deadline.
        threading.Thread(target=look_up, daemon=True).start()
        return await asyncio.wrap_future(answer)

    def _is_allowed(self, host: str, address: Address) -> bool:
        reached = _reached(address)
        return (
            host.lower().rstrip(".") in self._hosts
            or any(address in network or reached in network for network in self._networks)
            or _is_public(address)
        )


async def _fetch(
    url: str, timeout_s: float, max_bytes: int, allow: Sequence[str], resolve: Resolve
) -> Page:
    _check_form(url)
    try:
        async with (
            asyncio.timeout(timeout_s),
            httpx.AsyncClient(
                transport=PublicTransport(allow, resolve),
                trust_env=False,
                follow_redirects=True,
                max_redirects=MAX_REDIRECTS,
                # The deadline is the one above; connecting leaves time for the next address.
                timeout=httpx.Timeout(None, connect=timeout_s / 2),
                headers={"User-Agent": "assistant-ingest", "Accept-Encoding": "gzip"},
            ) as client,
            client.stream("GET", url) as response,
        ):
            return await _read(response, url, max_bytes)
    except TimeoutError as error:
        raise FetchError(
            f"The page {url} could not be fetched within {timeout_s:g} seconds.",
            hint="Try again later, or raise ASSISTANT_FETCH_TIMEOUT_S.",
        ) from error
    except tuple(REASONS) as error:
        raise fetch_error(error, url) from error


async def _read(response: httpx.Response, url: str, max_bytes: int) -> Page:
    if not response.is_success:
        status = f"{response.status_code} {response.reason_phrase}".strip()
        raise FetchError(
            f"The page {url} was answered with status {status}.",
            hint="Check the address in a browser; it may have moved or need a sign-in.",
        )
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    suffix = SUFFIXES.get(media_type)
    if suffix is None:
        raise FetchError(
            f"The page {url} is {media_type or 'of no declared type'}, which cannot be read.",
            hint="Pages can be HTML, plain text, Markdown, PDF or DOCX.",
        )
    if suffix == ".txt" and PurePosixPath(response.url.path).suffix.lower() == ".md":
        suffix = ".md"  # Code hosts serve Markdown as plain text.
    raw = await _body(response, url, max_bytes)
    if suffix in (".html", ".txt", ".md") and response.charset_encoding:
        with suppress(LookupError, UnicodeError):
            raw = raw.decode(response.charset_encoding).encode()
    return Page(str(response.url), raw, suffix)


async def _body(response: httpx.Response, url: str, max_bytes: int) -> bytes:
    """Read and unpack the body, never holding more than the limit and one chunk."""
    too_large = FetchError(
        f"The page {url} is larger than {max_bytes / MB:g} MB.",
        hint="Save the text alone as a file, or raise ASSISTANT_MAX_FILE_MB.",
    )
    # httpx unpacks a chunk whole, through nested encodings and Brotli: 64 KB could fill memory.
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise FetchError(
            f"The page {url} is compressed as {encoding}, which was not asked for.",
            hint="Save the page as a file and ingest that.",
        )
    unpack: Any = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
            if len(body) > max_bytes:
                raise too_large
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
    if unpack and not unpack.eof:
        raise httpx.DecodingError("the compressed body ends too early")
    return bytes(body)


def _networks(allow: Sequence[str]) -> Iterator[Network]:
    for entry in allow:
        with suppress(ValueError):  # A host name.
            yield ipaddress.ip_network(entry.strip("[]"), strict=False)


def _reached(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one leads to: mapped, 6to4 or NAT64; else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    reached = _reached(address)
    return (
        reached.is_global
        and not reached.is_multicast
        and not reached.is_reserved
        and not any(reached in network for network in NOT_PUBLIC)
    )


def _check_form(url: str) -> None:
    """Refuse what is no web address, or one with credentials, which no message repeats."""
    if not re.match(r"(?i)https?://[^/?#]", url):
        raise ForbiddenAddressError(
            f"The page {url} is not on the web.",
            hint="Give an address that begins with https:// or http://.",
        )
    if re.match(r"[^/]+//[^/?#]*@", url):
        bare = re.sub(r"//[^/?#]*@", "//", url)
        raise ForbiddenAddressError(
            f"The page {bare} is given with a user name or password.",
            hint="Leave them out; pages behind a sign-in cannot be fetched.",
        )
