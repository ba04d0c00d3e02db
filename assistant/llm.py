"""Chat models: the one module that meets them, whoever serves them.

LangChain's `init_chat_model` reaches every provider; here their failures become one error with a
sentence for the reader, waiting has an end, and closing the stream stops the model.
"""

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol
from urllib.parse import urljoin

import httpx
import tenacity
from langchain_core import exceptions

from assistant.errors import ModelSettingError, WriterError
from assistant.types import Message

ATTEMPTS = 3
MAX_WAIT_S = 4.0
LOOK_UP_S = 0.5  # how often it is seen whether the reader is still there
TOKENIZE_TIMEOUT_S = 2.0
BYTES_PER_TOKEN = 3  # on the safe side; only where the model's own tokenizer is not at hand
_PASSING_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_NO_WORD = "No generation chunks were returned"  # as LangChain says it

Pieces = Generator[str, None, None]

# Whoever asks on behalf of a reader sets an event here that tells when the reader has left: the
# stream itself cannot be closed by another thread than the one that waits for its next word.
reader_left: ContextVar[threading.Event | None] = ContextVar("reader_left", default=None)

logger = logging.getLogger(__name__)


class ChatModel(Protocol):
    """Whatever writes. `name` is shown to readers; `context_tokens` is what it can read at once."""

    @property
    def name(self) -> str:
        """The model, as provider:name."""

    @property
    def context_tokens(self) -> int:
        """How many tokens fit, the answer included."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """Yield the reply as it is written. Closing the iterator stops the model.

        Raises WriterError, whatever fails.
        """

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has, or an estimate that is rather too high."""


@dataclass(frozen=True, slots=True)
class LangChainModel:
    """A chat model of LangChain's, with time limits and retries.

    `timeout_s` is the longest that one reply may take, from the request to its last word.
    """

    name: str
    context_tokens: int
    timeout_s: float
    model: Any
    tokenize_url: str = ""

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """Yield the reply as it is written. Nothing is retried once a word has come."""
        is_blank = True
        try:
            with closing(_in_time(self._reply(messages, max_tokens), self.timeout_s)) as pieces:
                for text in pieces:
                    is_blank = is_blank and not text.strip()
                    yield text
            if is_blank:
                raise ValueError(_NO_WORD)
        # Each provider raises classes of its own; all that is known of them is their names.
        except Exception as error:
            raise _writer_error(self.name, error) from error

    def _reply(self, messages: Sequence[Message], max_tokens: int) -> Pieces:
        """Yield the reply; until its first piece is there, what may pass is tried again."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_after_delay(self.timeout_s),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=MAX_WAIT_S),
            retry=tenacity.retry_if_exception(_may_pass),
            reraise=True,
        )

        def opened() -> tuple[Pieces, str]:
            pieces = self._pieces(messages, max_tokens)
            return pieces, next(pieces, "")

        pieces, first = retrying(opened)
        with closing(pieces):
            yield first
            yield from pieces

    def _pieces(self, messages: Sequence[Message], max_tokens: int) -> Pieces:
        if self.name.startswith("ollama:"):  # takes its limits when it is made
            model = self.model.model_copy(update={"num_predict": max_tokens})
        elif self.tokenize_url:  # OpenAI's newer name for it is not known to every other server
            model = self.model.bind(extra_body={"max_tokens": max_tokens})
        else:
            model = self.model.bind(max_tokens=max_tokens)
        with closing(model.stream([(m.role, m.text) for m in messages])) as chunks:
            for chunk in chunks:
                yield str(chunk.text)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has, by the server's own tokenizer where it offers it."""
        if self.tokenize_url:
            with suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
                reply = httpx.post(
                    self.tokenize_url,
                    json={"content": text, "prompt": text},  # llama.cpp's field, vLLM's field
                    timeout=TOKENIZE_TIMEOUT_S,
                )
                return len(reply.raise_for_status().json()["tokens"])
        return len(text.encode(errors="replace")) // BYTES_PER_TOKEN + 1


def open_model(
    spec: str, *, base_url: str = "", api_key: str = "", timeout_s: float, context_tokens: int
) -> LangChainModel:
    """Return the model that `spec` names, as provider:name; nothing is asked of it yet.

    Raises ModelSettingError when the provider is unknown, its package or its key is missing.
    """
    provider, _, name = spec.partition(":")
    if not name:
        raise ModelSettingError(
            f"ASSISTANT_MODEL cannot be {spec!r}: it must be provider:name.",
            hint="For example ollama:qwen3:4b, or openai:NAME with ASSISTANT_MODEL_URL.",
        )
    from langchain.chat_models import init_chat_model

    is_own_server = provider == "openai" and bool(base_url)
    options: dict[str, Any] = {"temperature": 0}
    if base_url:
        options["base_url"] = base_url
    if provider == "ollama":
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        options |= {"num_ctx": context_tokens, "reasoning": False}
        options |= {"client_kwargs": {"timeout": timeout_s, "headers": headers}}
    else:
        options |= {"timeout": timeout_s, "max_retries": 0}  # retries are made here, once
        if api_key or is_own_server:
            options["api_key"] = api_key or "none"  # a local server asks for none
    if is_own_server:
        options["use_responses_api"] = False  # what others serve under this API
    try:
        model = init_chat_model(name, model_provider=provider, **options)
    except ImportError as error:
        # LangChain's own words name the package and the command that installs it.
        raise ModelSettingError(f"ASSISTANT_MODEL={spec}: {_first_line(error)}.") from error
    # Unknown providers are ValueErrors, missing keys any provider's own errors.
    except Exception as error:
        raise ModelSettingError(
            f"ASSISTANT_MODEL={spec} cannot be used: {_first_line(error)}",
            hint="Write it as provider:name; keys go into ASSISTANT_MODEL_KEY.",
        ) from error
    return LangChainModel(
        name=spec,
        context_tokens=context_tokens,
        timeout_s=timeout_s,
        model=model,
        tokenize_url=urljoin(base_url, "/tokenize") if is_own_server else "",
    )


def _in_time(pieces: Pieces, limit_s: float) -> Pieces:
    """Yield what comes within the limit, then raise TimeoutError.

    A thread waits for the model: a server that merely keeps the line open would hold up its reader
    for ever. Once nobody reads on, it stops the model at the next piece.
    """
    until = time.monotonic() + limit_s
    came: SimpleQueue[str | Exception | None] = SimpleQueue()
    is_left = threading.Event()

    def wait() -> None:
        try:
            with closing(pieces):
                for text in pieces:
                    came.put(text)
                    if is_left.is_set():
                        return
            came.put(None)
        except Exception as error:  # noqa: BLE001 — raised again where it is waited for
            came.put(error)

    threading.Thread(target=copy_context().run, args=(wait,), daemon=True).start()
    try:
        while (left_s := until - time.monotonic()) > 0:
            if (left := reader_left.get()) and left.is_set():
                raise ConnectionAbortedError("Nobody waits for this any longer.")
            with suppress(Empty):
                piece = came.get(timeout=min(left_s, LOOK_UP_S))
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        raise TimeoutError
    finally:
        is_left.set()


def _has_cause(error: BaseException | None, *kinds: type[BaseException]) -> bool:
    while error is not None and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    return error is not None


def _is_timeout(error: BaseException) -> bool:
    return _has_cause(error, exceptions.ModelTimeoutError, httpx.TimeoutException, TimeoutError)


def _is_connection(error: BaseException) -> bool:
    return _has_cause(error, exceptions.ModelConnectionError, httpx.TransportError, ConnectionError)


def _may_pass(error: BaseException) -> bool:
    """Whether trying again may help: not after a time-out, which has cost all the time there is."""
    if _is_timeout(error):
        return False
    return getattr(error, "status_code", None) in _PASSING_STATUS or _is_connection(error)


def _writer_error(name: str, error: Exception) -> WriterError:
    """Return what failed, as a sentence."""
    status, text = getattr(error, "status_code", None), _first_line(error)
    is_too_long = any(words in text.casefold() for words in ("context", "too long"))
    cases = (
        (_is_timeout(error), "did not finish in time.", "ASSISTANT_MODEL_TIMEOUT_S allows more."),
        (_is_connection(error), "cannot be reached.", ""),
        (status == 429, "takes no more requests for now.", ""),
        (status in (401, 403), "refuses the key.", "Set ASSISTANT_MODEL_KEY."),
        (status == 404, "is not known to its server.", ""),
        (_NO_WORD in text, "wrote nothing.", "Reasoning first may have used up its words."),
        (
            isinstance(error, exceptions.ContextOverflowError)
            or (is_too_long and (status or 400) < 500),
            "cannot read so much at once.",
            "Set ASSISTANT_MODEL_CONTEXT_TOKENS to what it can.",
        ),
    )
    for holds, what, hint in cases:
        if holds:
            return WriterError(f"The model {name} {what}", hint=hint)
    logger.warning("The model %s failed: %s: %s", name, type(error).__name__, text)
    return WriterError(f"The model {name} failed.", hint="The log says how.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
