"""How much may be asked: by one person, from one address, by everybody at once, in one request."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import limits
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.articles import MB
from assistant.errors import TooManyError
from assistant.settings import Settings
from assistant.web.people import Visit

BUSY_RETRY_AFTER_S = 5
MAX_BODY_BYTES = 1_000_000
FILES_PATH = "/ingest/files"  # of the API
FILES_TO_FILE_MB = 10  # all files of one request together, in largest files


class Limits:
    """Counts questions in a moving window, in this process, and lets a few be answered at once.

    Answering is bound by the processor; more at once would only make each one slower.
    """

    def __init__(self, settings: Settings) -> None:
        self._person_rate = limits.parse(settings.person_rate)
        self._address_rate = limits.parse(settings.address_rate)
        self._asked = MovingWindowRateLimiter(MemoryStorage())
        self._at_once = asyncio.Semaphore(settings.answers_at_once)
        self._max_waiting = settings.max_waiting
        self._waiting = 0

    async def count(self, visit: Visit) -> None:
        """Count one question. Raises TooManyError when it is one too many.

        Somebody who is nobody in particular is known by the address alone.
        """
        if visit.person.subject:
            await self._count(self._person_rate, "person", visit.person.subject)
        await self._count(self._address_rate, "address", visit.address)

    async def _count(self, rate: limits.RateLimitItem, kind: str, name: str) -> None:
        if await self._asked.hit(rate, kind, name):
            return
        window = await self._asked.get_window_stats(rate, kind, name)
        raise TooManyError(
            f"That is more than {rate.amount} questions in {_spelled(rate)}.",
            retry_after_s=max(1, math.ceil(window.reset_time - time.time())),
        )

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until there is room for one more answer. Raises TooManyError when many wait."""
        if self._at_once.locked() and self._waiting >= self._max_waiting:
            raise TooManyError(
                "Many questions are being answered right now.", retry_after_s=BUSY_RETRY_AFTER_S
            )
        self._waiting += 1
        try:
            await self._at_once.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._at_once.release()


class LimitedBody:
    """Stops reading a request whose body is too large, with status 413."""

    def __init__(self, app: ASGIApp, *, max_file_mb: float) -> None:
        """Wrap an application; more may come to the path where files are uploaded."""
        self.app = app
        self.max_files_bytes = int(max_file_mb * MB * FILES_TO_FILE_MB)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what is read of it."""
        is_upload = scope.get("path", "").endswith(FILES_PATH)
        limit = self.max_files_bytes if is_upload else MAX_BODY_BYTES
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > limit:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"A request may have {limit:,} bytes.",
                )
            return message

        await self.app(scope, counted, send)


def _spelled(rate: limits.RateLimitItem) -> str:
    name = rate.GRANULARITY.name
    return f"a {name}" if rate.multiples == 1 else f"{rate.multiples} {name}s"
