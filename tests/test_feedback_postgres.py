"""What readers thought, kept in a real PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sql

from assistant.errors import FeedbackError
from assistant.feedback import Feedback, FeedbackStore, Rating
from assistant.types import Status

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
if not BINARIES:
    missing = "These tests need Debian's package postgresql."
    if os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)

pytestmark = pytest.mark.server
PASSWORD = "not a secret"
# PostgreSQL refuses to run as root.
AS_ITSELF = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A database server; its URL, without a database and without the password."""
    # Not in pytest's folders, which are closed to anybody else than who runs the tests.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        password = folder / "password"
        password.write_text(PASSWORD)
        if AS_ITSELF:
            for path in (folder, password):
                shutil.chown(path, "postgres")
        run(
            "initdb", f"--pgdata={folder}/data", "--username=assistant", f"--pwfile={password}",
            "--auth=scram-sha-256", "--no-sync",
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        run("pg_ctl", "start", "-w", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", options)
        try:
            yield f"postgresql+psycopg://assistant@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "stop", "-D", f"{folder}/data", "-m", "immediate")


def run(program: str, *arguments: str) -> None:
    subprocess.run(
        [*AS_ITSELF, str(BINARIES[0] / program), *arguments],
        check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/",
    )  # fmt: skip


@pytest.fixture
def url(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database; its password is where libpq looks for it."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    engine = sql.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sql.text("CREATE DATABASE feedback"))
    yield f"{server}/feedback"
    with engine.connect() as connection:
        connection.execute(sql.text("DROP DATABASE feedback WITH (FORCE)"))
    engine.dispose()


def said(question: str = "Who?", *, verdict: Rating = "", status: Status = "answered") -> Feedback:
    return Feedback(
        question,
        f"{question} (Лавров)",
        status,
        "Lavrov “spoke”. [1]",
        history=("Who came?",),
        verdict=verdict,
        articles=("a1", "b2"),
    )


def test_what_was_recorded_comes_back_as_it_was_oldest_first(url: str) -> None:
    store = FeedbackStore(url)
    assert store.entries() == []
    kept = [said("1", verdict="up"), said("2", status="abstained"), said("3", verdict="down")]
    for entry in reversed(kept):
        store.record(entry)
    assert store.entries() == kept
    assert FeedbackStore(url).entries(verdict="down") == kept[2:]
    assert store.entries(status="abstained") == kept[1:2]


def test_a_rating_is_changed_and_taken_back(url: str) -> None:
    store = FeedbackStore(url)
    rated, refused = said(verdict="up"), said(verdict="up", status="abstained")
    for entry in (rated, refused):
        store.record(entry)
        store.rate(entry.id, "down", "Not he.")
    assert {(e.id, e.verdict, e.comment) for e in store.entries()} == {
        (rated.id, "down", "Not he."),
        (refused.id, "down", "Not he."),
    }
    for entry in (rated, refused):
        store.rate(entry.id, "")
    assert [(e.id, e.verdict) for e in store.entries()] == [(refused.id, "")]


def test_many_writers_who_all_make_the_table_lose_nothing(url: str) -> None:
    written = [said(f"{n}?", verdict="down") for n in range(40)]
    stores = [FeedbackStore(url) for _ in range(8)]
    together = threading.Barrier(8)

    def record(n: int) -> None:
        if n < 8:
            together.wait(10)
        stores[n % 8].record(written[n])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(40)))
        list(pool.map(lambda n: stores[n % 8].rate(written[n].id, "up"), range(40)))
    assert {(e.id, e.verdict) for e in stores[0].entries()} == {(e.id, "up") for e in written}


def test_one_answer_rated_by_many_at_once_is_kept_once(url: str) -> None:
    entry = said(verdict="up")
    store = FeedbackStore(url)
    store.record(entry)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.record(entry), range(16)))
    assert store.entries() == [entry]


@pytest.mark.parametrize("trouble", ["down", "password", "database"])
def test_what_is_wrong_is_one_sentence_without_the_password(
    url: str, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "down":
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        url = f"postgresql+psycopg://assistant:{PASSWORD}@127.0.0.1:{port}/feedback"
    elif trouble == "password":
        monkeypatch.setenv("PGPASSWORD", "wrong word")
    else:
        url = url.replace("/feedback", "/nothing")
    store = FeedbackStore(url)
    for use in (lambda: store.record(said(verdict="up")), lambda: store.rate("x", "up")):
        with pytest.raises(FeedbackError) as failed:
            use()
        assert str(failed.value).startswith("The feedback database cannot be used (")
        assert "ASSISTANT_FEEDBACK_URL" in failed.value.hint
        assert "\n" not in str(failed.value)
        assert PASSWORD not in str(failed.value)
        assert "wrong word" not in str(failed.value)
