"""Whether the server runs, whether it can answer, and what it has counted."""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import aclosing

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from assistant.errors import NotAllowedError
from assistant.llm import ChatModel
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Message
from assistant.web.answers import Answers
from assistant.web.identity import Proxies
from assistant.web.metrics import CONTENT_TYPE
from assistant.web.people import visit_of
from assistant.web.streaming import in_thread

OK = "ok"
LATE = "That takes too long."
INDEX_FRESH_S, MODEL_FRESH_S = 10.0, 30.0  # anybody may ask, and a model's words may cost
WAIT_S = 8.0
MODEL_MAX_TOKENS = 16
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

Check = Callable[[], Awaitable[str]]

logger = logging.getLogger(__name__)


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["health"])
    checks = checks_of(answers.assistant)

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the server answers."""
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz() -> JSONResponse:
        """Say whether questions can be answered: 200 if so, else 503.

        `checks` says "ok" or a sentence of index, articles and, where one is set, model; numbers
        and names are for the log.
        """
        said = await asyncio.gather(*(check() for check in checks.values()))
        found = dict(zip(checks, said, strict=True))
        is_ready = set(said) == {OK}
        body = {"status": OK if is_ready else "not ready", "checks": found}
        return JSONResponse(body, 200 if is_ready else 503, headers={"Cache-Control": "no-store"})

    @routes.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        """Return what was counted, for the addresses in ASSISTANT_METRICS_FROM."""
        must_be_near(request, answers.assistant.settings)
        return Response(answers.metrics.exposition(), media_type=CONTENT_TYPE)

    return routes


def checks_of(assistant: Assistant) -> dict[str, Check]:
    """Return what must hold for questions to be answered, by name."""
    checks: dict[str, Check] = {
        "index": _Looked(
            lambda: assistant.answering is not None,
            "The index cannot be opened.",
            fresh_s=INDEX_FRESH_S,
        ),
        "articles": _Looked(
            lambda: assistant.has_articles(), "No article can be found.", fresh_s=INDEX_FRESH_S
        ),
    }
    if assistant.settings.model:
        checks["model"] = _Looked(
            lambda: _replies(assistant.model),
            "The chat model does not answer.",
            fresh_s=MODEL_FRESH_S,
        )
    return checks


def must_be_near(request: Request, settings: Settings) -> None:
    """Raise NotAllowedError unless whoever asks is one of those that may read the metrics.

    What a proxy passes on counts as asked by whom it names, if it is a proxy in
    ASSISTANT_PROXIES, and by a stranger if it is any other.
    """
    address = visit_of(request).address
    is_forwarded = any(name in request.headers for name in FORWARDED)
    is_named = Proxies(settings.proxies).sent(request) and not _is_in(address, settings.proxies)
    if (is_forwarded and not is_named) or not _is_in(address, settings.metrics_from):
        raise NotAllowedError(
            "The metrics are not for this address.",
            hint="ASSISTANT_METRICS_FROM lists those that may read them.",
        )


class _Looked:
    """What a look said, kept while it is fresh; one look at a time, in a thread of its own.

    Who comes while it takes longer than WAIT_S hears LATE, and no second look is begun.
    """

    def __init__(self, look: Callable[[], bool], refusal: str, *, fresh_s: float) -> None:
        self._look = look
        self._refusal = refusal
        self._fresh_s = fresh_s
        self._fresh_until = 0.0
        self._looking: asyncio.Task[str] | None = None

    async def __call__(self) -> str:
        """Return "ok" or the sentence."""
        task = self._looking
        if task is None or (task.done() and time.monotonic() > self._fresh_until):
            task = self._looking = asyncio.create_task(self._looked())
        if not task.done():
            await asyncio.wait({task}, timeout=WAIT_S)
        return task.result() if task.done() else LATE

    async def _looked(self) -> str:
        try:
            async with aclosing(in_thread(_once(self._look))) as found:
                return OK if await anext(found) else self._refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, questions will meet it too
            logger.warning("Not ready: %s", error)
            return self._refusal
        finally:
            self._fresh_until = time.monotonic() + self._fresh_s


def _once(look: Callable[[], bool]) -> Generator[bool, None, None]:
    yield look()


def _replies(model: ChatModel | None) -> bool:
    """Whether a first piece of a reply comes, which also needs the right key and name."""
    if model is None:
        return False
    pieces = model.stream([Message("user", "Say yes.")], max_tokens=MODEL_MAX_TOKENS)
    try:
        next(iter(pieces))
    finally:
        if close := getattr(pieces, "close", None):
            close()
    return True


def _is_in(address: str, networks: Collection[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network, strict=False) for network in networks)
