"""The index on a real Chroma server, shared by two machines with a folder each."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import IndexMismatchError, IndexMissingError, IndexUnreachableError
from assistant.index import ArticleIndex
from assistant.keywords import KeywordIndex
from assistant.service import Assistant
from tests.conftest import CORPUS, FOUR, Ran, counting_assistant, python
from tests.fakes import WordCountEmbedder

pytestmark = pytest.mark.server
ZAKHAROVA = "05-zakharova-nato-bucharest-2008.md"
START_TIMEOUT_S = 120


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("chroma")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [chroma, "run", "--path", folder / "data", "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")


@pytest.fixture
def url(server: str) -> Iterator[str]:
    """The server, emptied afterwards."""
    yield server
    import chromadb

    client = chromadb.HttpClient(host="127.0.0.1", port=int(server.rpartition(":")[2]))
    for collection in client.list_collections():
        client.delete_collection(collection.name)


def machine(folder: Path, url: str, embedder: WordCountEmbedder | None = None) -> Assistant:
    return counting_assistant(folder, embedder, chroma_url=url)


def found(assistant: Assistant, question: str) -> set[str]:
    return {Path(hit.source).name for hit in assistant.search(question, limit=50)}


def test_an_empty_server_has_no_index_and_asking_makes_none(tmp_path: Path, url: str) -> None:
    asking = machine(tmp_path / "a", url)
    with pytest.raises(IndexMissingError, match="assistant ingest"):
        asking.ask("What did Zakharova demand?")
    assert not asking.has_articles()
    dry = asking.ingest([str(CORPUS / ZAKHAROVA)], dry_run=True)
    assert len(dry.added) == 1
    assert not asking.has_articles()


def test_it_answers_the_same_as_an_index_of_its_own(
    tmp_path: Path, url: str, small_index: Path
) -> None:
    shared = machine(tmp_path / "a", url)
    report = shared.ingest([str(CORPUS / name) for name in FOUR])
    assert len(report.added) == 4
    assert shared.ingest([str(CORPUS / name) for name in FOUR]).unchanged == report.added
    own = counting_assistant(small_index)
    for question in ("What did Zakharova demand?", "What did Peskov say about the EU?", "when"):
        ours, theirs = shared.search(question), own.search(question)
        assert [hit.passage for hit in ours] == [hit.passage for hit in theirs]
    assert shared.ask("What did Zakharova demand?").status == "answered"
    assert shared.examine().findings == ()
    assert shared.examine().place == url
    assert not (tmp_path / "a" / "chroma.sqlite3").exists()


def test_the_second_machine_follows_the_first(tmp_path: Path, url: str, articles: Path) -> None:
    first, second = machine(tmp_path / "a", url), machine(tmp_path / "b", url)
    first.ingest([str(articles / FOUR[0])])
    assert found(second, "Lavrov") == {FOUR[0]}
    assert KeywordIndex(tmp_path / "b" / "keywords").article_ids() == set(
        second.answering.index.catalog()
    )

    first.ingest([str(articles)])
    assert second.search("disavow")[0].keyword_rank == 1

    file = articles / ZAKHAROVA
    file.write_text(file.read_text().replace("disavow", "marmalade"))
    second.ingest([str(articles)])
    assert first.search("marmalade")[0].keyword_rank == 1
    assert all(hit.keyword_rank is None for hit in first.search("disavow"))

    file.unlink()
    assert first.ingest([str(articles)], prune=True).removed == (str(file),)
    assert ZAKHAROVA not in found(second, "Zakharova marmalade NATO")
    assert first.examine().findings == second.examine().findings == ()


def test_a_doctor_mends_a_shared_index(tmp_path: Path, url: str) -> None:
    assistant = machine(tmp_path / "a", url)
    assistant.ingest([str(CORPUS / name) for name in FOUR])
    store: ArticleIndex = assistant.answering.index
    victims = min(store.passage_ids_by_article().values(), key=len)
    store.delete_passages(victims[:2])
    assert not assistant.examine().clean
    assert assistant.examine(repair=True).clean
    assert assistant.examine().findings == ()


def test_another_model_is_refused_until_a_rebuild(tmp_path: Path, url: str) -> None:
    machine(tmp_path / "a", url).ingest([str(CORPUS / name) for name in FOUR])
    other = machine(tmp_path / "b", url, WordCountEmbedder("other", salt="x"))
    with pytest.raises(IndexMismatchError, match="assistant ingest --rebuild"):
        other.ask("What did Zakharova demand?")
    other.ingest([], rebuild=True)
    assert other.examine().findings == ()
    assert other.search("NATO")
    with pytest.raises(IndexMismatchError):
        machine(tmp_path / "a", url).search("NATO")


def test_a_young_unfinished_article_is_left_to_the_writer_that_may_be_alive(
    tmp_path: Path, url: str
) -> None:
    assistant = machine(tmp_path / "a", url)
    assistant.ingest([str(CORPUS / name) for name in FOUR])
    store = assistant.answering.index
    heads = store._articles.get(where={"state": "committed"}, limit=1)
    store._articles.update(
        ids=heads["ids"], metadatas=[{"state": "pending", "started": time.time()}]
    )
    assert store.recover() == 0
    assert len(store.unfinished()) == 1
    store._articles.update(ids=heads["ids"], metadatas=[{"started": time.time() - 3600}])
    assert store.recover() == 1
    assert store.unfinished() == {}


@pytest.mark.parametrize(
    "command",
    [
        ["ask", "What did Zakharova demand?"],
        ["search", "NATO"],
        ["ingest", str(CORPUS)],
        ["doctor"],
    ],
    ids=lambda command: command[0],
)
def test_a_server_that_is_down_is_one_sentence(
    cli, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("ASSISTANT_CHROMA_URL", f"http://127.0.0.1:{port}")
    ran: Ran = cli(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"assistant: The Chroma server at http://127.0.0.1:{port} ")
    assert "ASSISTANT_CHROMA_URL" in ran.err
    assert ran.err.count("\n") == 1


def test_something_that_is_no_chroma_is_one_sentence(tmp_path: Path) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>Not Chroma.</p>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            with pytest.raises(IndexUnreachableError) as refused:
                machine(tmp_path / "a", f"http://127.0.0.1:{site.server_port}").search("NATO")
        finally:
            site.shutdown()
            thread.join()
    assert "\n" not in str(refused.value)


def test_the_commands_work_over_a_server(tmp_path: Path, url: str) -> None:
    environment = {"ASSISTANT_CHROMA_URL": url, "ASSISTANT_INDEX": str(tmp_path / "a")}
    ingested = python("-m", "assistant", "ingest", CORPUS / ZAKHAROVA, **environment)
    assert (ingested.code, ingested.err) == (0, "")
    asked = python("-m", "assistant", "ask", "What did Zakharova demand?", **environment)
    assert (asked.code, asked.err) == (0, "")
    assert "Zakharova" in asked.out
    assert "[1]" in asked.out
