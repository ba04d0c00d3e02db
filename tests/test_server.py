"""The same commands against a real Chroma server on loopback."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.service import Assistant
from assistant.settings import Settings
from tests.conftest import CORPUS, FOUR
from tests.fakes import WordCountEmbedder

pytestmark = pytest.mark.server


@dataclass
class Server:
    """A running `chroma run`."""

    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [chroma, "run", "--path", tmp_path / "server", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=2):
                break
        except OSError:
            assert process.poll() is None, "chroma run ended"
            assert time.monotonic() < deadline, "chroma run does not answer"
            time.sleep(0.2)
    yield Server(url, process)
    process.terminate()
    process.wait(timeout=20)


def machine(folder: Path, server: Server) -> Assistant:
    """Return an assistant as another machine would run it: its own folder, the same server."""
    return Assistant(Settings(index=folder, chroma_url=server.url), WordCountEmbedder())


def test_ingest_ask_doctor_and_prune_work_against_a_server(
    server: Server, tmp_path: Path, articles: Path
) -> None:
    assistant = machine(tmp_path / "one", server)
    assert len(assistant.ingest([str(articles)]).added) == len(FOUR)
    assert len(assistant.ingest([str(articles)]).unchanged) == len(FOUR)
    assert assistant.examine().clean
    hit = assistant.search("Zakharova NATO promise")[0]
    article = assistant.article(hit.passage.article_id)
    assert article is not None
    assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text

    (articles / FOUR[1]).unlink()
    assert len(assistant.ingest([str(articles)], prune=True).removed) == 1
    diagnosis = assistant.examine()
    assert diagnosis.clean and diagnosis.articles == len(FOUR) - 1
    assert not (tmp_path / "one" / "chroma.sqlite3").exists()


def test_the_keyword_index_of_a_second_machine_follows_the_collection(
    server: Server, tmp_path: Path, articles: Path
) -> None:
    writer, reader = machine(tmp_path / "one", server), machine(tmp_path / "two", server)
    writer.ingest([str(articles / FOUR[0])])
    assert reader.search("Lavrov")[0].keyword_rank == 1
    writer.ingest([str(articles / FOUR[1])])
    found = reader.search("Zakharova")
    assert any(hit.keyword_rank == 1 and "Zakharova" in hit.title for hit in found)


def test_a_changed_article_replaces_what_it_was_on_the_server(
    server: Server, tmp_path: Path, articles: Path
) -> None:
    assistant = machine(tmp_path / "one", server)
    assistant.ingest([str(articles)])
    file = articles / FOUR[1]
    file.write_text(file.read_text("utf-8").replace("neutrality", "quietude"), encoding="utf-8")
    assert len(assistant.ingest([str(articles)]).changed) == 1
    assert assistant.examine().clean
    assert not any("neutrality" in hit.passage.text for hit in assistant.search("neutrality"))


def test_the_command_line_uses_the_server_that_a_setting_names(
    server: Server, tmp_path: Path
) -> None:
    article = tmp_path / FOUR[1]
    shutil.copy(CORPUS / FOUR[1], article)
    environment = {
        **os.environ,
        "ASSISTANT_CHROMA_URL": server.url,
        "ASSISTANT_INDEX": str(tmp_path / "cli"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "assistant", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert run("ingest", str(article)).returncode == 0
    asked = run("ask", "What did Zakharova demand?", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["status"] == "answered" and "2008" in answer["answer"]


def test_a_server_that_is_gone_is_named_in_one_sentence(server: Server, tmp_path: Path) -> None:
    server.process.terminate()
    server.process.wait(timeout=20)
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "ask", "Who spoke?"],
        env={
            **os.environ,
            "ASSISTANT_CHROMA_URL": server.url,
            "ASSISTANT_INDEX": str(tmp_path / "gone"),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert server.url in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
