"""What readers thought is kept, by many at once and through a kill; nothing else is."""

import datetime
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import FeedbackError, SettingsError
from assistant.feedback import MAX_COMMENT_CHARS, Feedback, FeedbackStore, Rating
from assistant.settings import Settings, load_settings
from assistant.types import Status
from tests.conftest import ROOT, counting_assistant


def said(
    question: str = "Who spoke?",
    *,
    verdict: Rating = "down",
    status: Status = "answered",
    comment: str = "",
) -> Feedback:
    return Feedback(
        question,
        f"{question} (Lavrov)",
        status,
        "Lavrov spoke. [1]",
        history=("Who came?",),
        verdict=verdict,
        comment=comment,
        articles=("a1", "b2"),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "not yet there" / "100%.sqlite3"


@pytest.fixture
def store(file: Path) -> FeedbackStore:
    return FeedbackStore(f"sqlite:///{file}".replace("%", "%25"))


def test_what_was_recorded_comes_back_as_it_was(store: FeedbackStore) -> None:
    kept = said("Кто “spoke”?\n", comment="Wrong day.")
    store.record(kept)
    assert store.entries() == [kept]
    assert store.entries()[0].at.utcoffset() == datetime.timedelta(0)


def test_the_database_is_made_by_the_first_write_and_not_by_looking(
    store: FeedbackStore, file: Path
) -> None:
    assert store.entries() == []
    assert not file.parent.exists()
    store.record(said())
    assert file.exists()


def test_an_answered_question_that_nobody_rated_is_not_kept(store: FeedbackStore) -> None:
    store.record(said(verdict=""))
    assert store.entries() == []
    store.record(said(verdict="", status="abstained"))
    assert [entry.status for entry in store.entries()] == ["abstained"]


@pytest.mark.parametrize("again", ["record", "rate"])
def test_a_rating_can_be_changed_and_taken_back(store: FeedbackStore, again: str) -> None:
    first = said(verdict="up")
    refused = said("Fish?", verdict="up", status="abstained")

    def change(entry: Feedback, verdict: Rating, comment: str = "") -> None:
        if again == "rate":
            store.rate(entry.id, verdict, comment)
        else:
            store.record(Feedback(
                entry.question, entry.standalone, entry.status, entry.answer,
                verdict=verdict, comment=comment, id=entry.id,
            ))  # fmt: skip

    for entry in (first, refused):
        store.record(entry)
        change(entry, "down", "Not he.")
    assert {(e.id, e.verdict, e.comment) for e in store.entries()} == {
        (first.id, "down", "Not he."),
        (refused.id, "down", "Not he."),
    }
    for entry in (first, refused):
        change(entry, "")
    assert [(e.id, e.verdict) for e in store.entries()] == [(refused.id, "")]


def test_entries_are_chosen_by_verdict_and_status_oldest_first(store: FeedbackStore) -> None:
    for verdict, status in (("up", "answered"), ("down", "abstained"), ("", "abstained")):
        store.record(said(f"{verdict} {status}", verdict=verdict, status=status))

    def questions(**chosen: str) -> list[str]:
        return [entry.question for entry in store.entries(**chosen)]

    assert questions() == ["up answered", "down abstained", " abstained"]
    assert questions(verdict="down") == ["down abstained"]
    assert questions(verdict="") == [" abstained"]
    assert questions(status="abstained") == ["down abstained", " abstained"]
    assert questions(verdict="up", status="abstained") == []


def test_a_comment_has_an_end(store: FeedbackStore) -> None:
    store.record(said(comment="x" * 10_000))
    assert len(store.entries()[0].comment) == MAX_COMMENT_CHARS


def test_many_threads_and_stores_lose_nothing(store: FeedbackStore, file: Path) -> None:
    other = FeedbackStore(f"sqlite:///{file}".replace("%", "%25"))
    written = [said(f"{n}?") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: (store, other)[n % 2].record(written[n]), range(40)))
        list(pool.map(lambda entry: store.rate(entry.id, "up"), written))
    assert {(e.id, e.verdict) for e in store.entries()} == {(e.id, "up") for e in written}


def test_a_killed_writer_leaves_a_whole_database(store: FeedbackStore, file: Path) -> None:
    script = (
        "import sys; from assistant.feedback import Feedback, FeedbackStore\n"
        "store = FeedbackStore(sys.argv[1])\n"
        "for n in range(100000):\n"
        "    store.record(Feedback(str(n), '', 'abstained', 'x' * 5000)); print(n, flush=True)\n"
    )
    url = f"sqlite:///{file}".replace("%", "%25")
    with subprocess.Popen(
        [sys.executable, "-c", script, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        for _ in range(20):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])
    kept = [int(entry.question) for entry in store.entries()]
    assert kept in (list(range(told + 1)), list(range(told + 2)))
    store.record(said("after"))
    assert store.entries()[-1].question == "after"


def locked(file: Path) -> str:
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    LEFT_OPEN.append(other)
    return f"sqlite:///{file}"


LEFT_OPEN: list[sqlite3.Connection] = []


@pytest.fixture
def closes() -> object:
    yield
    while LEFT_OPEN:
        LEFT_OPEN.pop().close()


def damaged(file: Path) -> str:
    file.write_bytes(b"no database" * 1000)
    return f"sqlite:///{file}"


def cut_short(file: Path) -> str:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    return f"sqlite:///{file}"


def another_table(file: Path) -> str:
    with closing(sqlite3.connect(file)) as other:
        other.executescript("DROP TABLE feedback; CREATE TABLE feedback (id INTEGER)")
    return f"sqlite:///{file}"


def without_folder(file: Path) -> str:
    return f"sqlite:///{file}/below/a/file.sqlite3"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (locked, "locked"),
        (lambda file: f"sqlite:///file:{file}?mode=ro&uri=true", "readonly"),
        (damaged, "not a database"),
        (cut_short, "malformed"),
        (another_table, "column"),
        (without_folder, "directory"),
        (lambda file: "postgresql+nodriver://user:secret@host/name", "nodriver"),
        (lambda file: "nosuch://user:secret@host/name", "nosuch"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, closes: object, spoil: Callable[[Path], str], told: str
) -> None:
    file = tmp_path / "f.sqlite3"
    FeedbackStore(f"sqlite:///{file}").record(said())
    store = FeedbackStore(spoil(file))
    for write in (lambda: store.record(said()), lambda: store.rate("x", "up")):
        with pytest.raises(FeedbackError) as failed:
            write()
        assert told in str(failed.value)
        assert "secret" not in str(failed.value)
        assert "ASSISTANT_FEEDBACK_URL" in failed.value.hint


def test_a_read_only_database_can_be_read(tmp_path: Path) -> None:
    kept = said()
    FeedbackStore(f"sqlite:///{tmp_path}/f.sqlite3").record(kept)
    store = FeedbackStore(f"sqlite:///file:{tmp_path}/f.sqlite3?mode=ro&uri=true")
    assert store.entries() == [kept]


def test_half_a_character_is_refused_and_not_a_crash(store: FeedbackStore) -> None:
    with pytest.raises(FeedbackError):
        store.record(said("\ud800"))


def test_off_keeps_nothing() -> None:
    store = FeedbackStore("off")
    store.record(said())
    store.rate("x", "up")
    assert not store.is_on
    assert store.entries() == []


def test_the_file_lies_beside_the_index_unless_a_setting_says_where(tmp_path: Path) -> None:
    counting_assistant(tmp_path / "index").feedback.record(said())
    assert [path.name for path in tmp_path.glob("*.sqlite3")] == ["index-feedback.sqlite3"]
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.db"
    counting_assistant(tmp_path / "index", feedback_url=elsewhere).feedback.record(said())
    assert (tmp_path / "elsewhere.db").exists()
    assert not counting_assistant(tmp_path / "index", feedback_url="off").feedback.is_on


def test_the_setting_is_off_or_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("off", "sqlite:////srv/f.sqlite3", "postgresql+psycopg://user@host/name"):
        monkeypatch.setenv("ASSISTANT_FEEDBACK_URL", url)
        assert load_settings().feedback_url == url
    assert Settings.model_fields["feedback_url"].default == ""
    monkeypatch.setenv("ASSISTANT_FEEDBACK_URL", "/srv/f.sqlite3")
    with pytest.raises(SettingsError, match="ASSISTANT_FEEDBACK_URL "):
        load_settings()
