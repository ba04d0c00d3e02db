"""Going through a blocking generator in a thread of its own, while the server goes on."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, suppress
from typing import TypeVar

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
