"""Waiting for what takes long, while the server goes on and only while somebody waits for it."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import closing, suppress
from typing import Any, TypeVar

from starlette.requests import Request

from assistant.llm import reader_left

T = TypeVar("T")


async def in_thread(items: Generator[T, None, None]) -> AsyncGenerator[T, None]:
    """Yield what a thread goes through; once nobody waits for more, it and its model are stopped.

    Gradio would wait for an ordinary iterator to come to its next item, and for nobody else's end
    meanwhile.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[T | Exception | None] = asyncio.Queue()
    is_left = threading.Event()

    def go_through() -> None:
        reader_left.set(is_left)
        last: Exception | None = None
        try:
            with closing(items):
                for item in items:
                    if is_left.is_set():
                        return
                    loop.call_soon_threadsafe(came.put_nowait, item)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            last = error
        with suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(came.put_nowait, last)

    threading.Thread(target=go_through, name="answering", daemon=True).start()
    try:
        while (item := await came.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        is_left.set()


async def unless_left(request: Request, coming: Coroutine[Any, Any, T]) -> T | None:
    """Return what comes, or None when the client leaves before; then it is cancelled."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    waited_for = asyncio.create_task(coming)
    leaving = asyncio.create_task(left())
    try:
        await asyncio.wait((waited_for, leaving), return_when=asyncio.FIRST_COMPLETED)
        return waited_for.result() if waited_for.done() else None
    finally:
        for task in (waited_for, leaving):
            task.cancel()
        await asyncio.gather(waited_for, leaving, return_exceptions=True)
