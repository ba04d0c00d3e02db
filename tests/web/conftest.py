"""Real servers for the web tests: one over real articles, one over a script."""

import asyncio
import datetime
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.web.app import create_app
from tests.web.scripted import ScriptedAssistant, article, cited

CORPUS = Path(__file__).parents[2] / "corpus"
ARTICLES = (
    "01-riyadh-meeting-overview.md",
    "05-zakharova-nato-bucharest-2008.md",
    "06-peskov-zelensky-eu.md",
    "09-saudi-host-role.md",
)

# Everything that Markdown, HTML, a template or a link could make more of than text.
HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "[x](javascript:window.hacked=1)",
    "![p](http://evil.example/p.png)",
    "**bold** __under__ `code` # head",
    "$$x^2$$ \\(y\\)",
    "http://evil.example/page",
    "| table | cell |",
    "</p></div></section><h1>out</h1>",
    "${window.hacked=1} {{value}} @children",
    '" onmouseover="window.hacked=1',
    "&lt;b&gt; &amp; &#10;",
)
HOSTILE_TEXT = " ".join(HOSTILE)
HOSTILE_QUESTION = f"What about {HOSTILE_TEXT}?"


def pytest_configure(config: pytest.Config) -> None:
    # Gradio's record of how long events take uses pandas in ways that pandas 3 says will go.
    for use in ("'future.no_silent_downcasting'", "The copy keyword"):
        config.addinivalue_line("filterwarnings", f"ignore:{use} is deprecated")


@dataclass(frozen=True)
class Site:
    """A chat that is being served."""

    url: str
    assistant: Assistant


@pytest.fixture(scope="session")
def real_assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    index = tmp_path_factory.mktemp("web") / "index"
    assistant = Assistant.from_settings(Settings(index=index))
    report = assistant.ingest([str(CORPUS / name) for name in ARTICLES])
    assert len(report.added) == len(ARTICLES)
    return assistant


@pytest.fixture(scope="session")
def site(real_assistant: Assistant) -> Iterator[Site]:
    with served(real_assistant) as url:
        yield Site(url, real_assistant)


@pytest.fixture(scope="session")
def hostile_site() -> Iterator[Site]:
    with served(hostile_assistant()) as url:
        yield Site(url, hostile_assistant())


def hostile_assistant() -> ScriptedAssistant:
    """Return an assistant whose one article means harm in every field."""
    text = f"The minister spoke.\n\n{HOSTILE_TEXT}\n\n    {HOSTILE_TEXT}\n\n\n- {HOSTILE_TEXT}"
    bad = article(
        "bad",
        HOSTILE_TEXT,
        text,
        source="javascript:window.hacked=1",
        outlet=HOSTILE_TEXT,
        date=datetime.date(2025, 2, 18),
        sources=("javascript:window.hacked=1", 'http://evil.example/"onmouseover="hack()'),
    )
    quotes = [
        cited(bad, "The minister spoke.", number=1),
        cited(bad, HOSTILE_TEXT, number=2, speaker=HOSTILE_TEXT, marked=HOSTILE[0]),
    ]
    return ScriptedAssistant([bad], {HOSTILE_QUESTION: quotes}, lead=HOSTILE_TEXT)


def created(assistant: Assistant) -> FastAPI:
    """Return the application, made inside a running loop.

    Outside one, Gradio makes loops for its locks and never closes them.
    """

    async def inside() -> FastAPI:
        return create_app(assistant)

    return asyncio.run(inside())


def client_of(app: FastAPI) -> TestClient:
    """Return a client whose Host header is one that the application answers to."""
    return TestClient(app, base_url="http://localhost")


@contextmanager
def served(assistant: Assistant) -> Iterator[str]:
    """Serve an assistant on a free port, and give its address."""
    with running(lambda: create_app(assistant)) as url:
        yield url


@contextmanager
def running(make: Callable[[], ASGIApp], on: socket.socket | None = None) -> Iterator[str]:
    """Serve what is made, which is done inside the loop: Gradio binds its locks there."""
    listening = on or socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    ready = threading.Event()

    async def serve() -> None:
        config = uvicorn.Config(
            make(), log_level="warning", timeout_graceful_shutdown=1, proxy_headers=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.should_exit = True
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(timeout=60)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        thread.join(timeout=20)
        listening.close()
