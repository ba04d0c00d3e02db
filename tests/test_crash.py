"""SIGKILL at any moment: nothing committed is lost, and the next ingest completes the index.

`test_index.py` dies before every single write to Chroma; here whole processes are killed.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.index import disconnect
from assistant.service import Assistant
from tests.conftest import CORPUS, FOUR, ROOT, counting_assistant

ZAKHAROVA = "05-zakharova-nato-bucharest-2008.md"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

# Writes in small batches, so that a kill can fall between two commits, and says at each step that
# it got there, so that kills are spread over the work however busy the machine is.
INGEST = """
import sys
from pathlib import Path
from assistant import index, ingest, keywords
from tests.conftest import counting_assistant
from tests.fakes import WordCountEmbedder
ingest.BATCH_PASSAGES = 24
def telling(owner, name):
    does = getattr(owner, name)
    def run(*arguments, **named):
        print(name, flush=True)
        return does(*arguments, **named)
    setattr(owner, name, run)
for name in ("_upsert", "_write_passages", "_commit", "_delete", "recover", "catalog"):
    telling(index.ArticleIndex, name)
telling(WordCountEmbedder, "embed_article")
telling(keywords.KeywordIndex, "update")
telling(Path, "replace")
counting_assistant(Path(sys.argv[1])).ingest(sys.argv[2:], prune=True)
"""
MAX_DELAY_S = 0.03

# Ends the process at the n-th of the steps that an ingest takes.
DYING = """
import os, sys
from pathlib import Path
from assistant import index, ingest, keywords
from tests.conftest import counting_assistant
step, at = sys.argv[2], int(sys.argv[3])
left = [at]
def dying(owner, name):
    does = getattr(owner, name)
    def run(*arguments, **named):
        left[0] -= 1
        if left[0] == 0:
            os._exit(17)
        return does(*arguments, **named)
    setattr(owner, name, run)
if step == "store":
    for name in ("_upsert", "_write_passages", "_commit", "_delete"):
        dying(index.ArticleIndex, name)
elif step == "embed":
    from tests.fakes import WordCountEmbedder
    dying(WordCountEmbedder, "embed_article")
elif step == "keywords":
    dying(keywords.KeywordIndex, "update")
elif step == "stamp":
    dying(Path, "replace")
counting_assistant(Path(sys.argv[1])).ingest(sys.argv[4:], prune=True)
"""


def contents(index: Path) -> dict[str, tuple[object, ...]]:
    """Return every passage of every committed article by id, each checked against its article."""
    disconnect(index)
    store = counting_assistant(index).answering.index
    result = {}
    for id, stored in store.articles(list(store.catalog())).items():
        for found, _ in store.passages_of([id]):
            passage = found.passage
            assert stored.article.text[passage.start : passage.end] == passage.text
            result[passage.id] = (passage, found.title, found.date, found.source)
    return result


def committed(index: Path) -> dict[str, str]:
    """Return the committed version of each source, having checked that each can be read whole."""
    if not (index / "chroma.sqlite3").exists():
        return {}
    disconnect(index)
    assistant = counting_assistant(index)
    if not assistant.has_articles():
        return {}
    heads = assistant.catalog()
    assert len({head.source for head in heads}) == len(heads), "two versions of one article"
    for head in heads:
        assert assistant.article(head.id) is not None
    return {head.source: head.id for head in heads}


def check_completed(index: Path, undisturbed: Path, folder: Path) -> None:
    report = counting_assistant(index).ingest([str(folder)], prune=True)
    assert report.failed == ()
    assert contents(index) == contents(undisturbed)
    disconnect(index)
    assert counting_assistant(index).examine().findings == ()


def killed_after(steps: int, delay_s: float, index: Path, folder: Path) -> int:
    """Ingest in a process, kill it `delay_s` after that many steps; return how many it took."""
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST, str(index), str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        taken = 0
        while taken < steps and process.stdout.readline():
            taken += 1
        if taken == steps:
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.returncode in (0, -signal.SIGKILL), process.stderr.read()
    return taken


@pytest.fixture(scope="session")
def articles_24(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crash") / "articles"
    folder.mkdir()
    for path in sorted(CORPUS.glob("*.md"))[:24]:
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, articles_24: Path) -> tuple[Path, int]:
    """An index that nobody disturbed, and how many steps that took."""
    index = tmp_path_factory.mktemp("crash") / "undisturbed"
    return index, killed_after(10_000, 0, index, articles_24)


MANY = pytest.param(30, marks=pytest.mark.slow)


@pytest.mark.parametrize("kills", [8, MANY])
def test_an_ingest_killed_again_and_again_completes(
    tmp_path: Path, articles_24: Path, undisturbed: tuple[Path, int], kills: int
) -> None:
    whole, steps = undisturbed
    moments = random.Random(kills)
    index = tmp_path / "index"
    before: dict[str, str] = {}
    for kill in range(kills):
        if kill % 4 == 0:  # start anew, or later kills would find nothing left to do
            shutil.rmtree(index, ignore_errors=True)
            before = {}
        delay_s = moments.uniform(0, MAX_DELAY_S)
        killed_after(moments.randint(1, steps), delay_s, index, articles_24)
        after = committed(index)
        assert before.items() <= after.items(), "a committed article was lost"
        before = after
    check_completed(index, whole, articles_24)


@pytest.mark.parametrize("kills", [4, MANY])
def test_replacing_older_versions_killed_again_and_again_completes(
    tmp_path: Path, articles_24: Path, undisturbed: tuple[Path, int], kills: int
) -> None:
    _, steps = undisturbed
    moments = random.Random(100 + kills)
    older = tmp_path / "older"
    shutil.copytree(articles_24, older)
    # The same paths in an older state: half of the articles differ, and two are gone later.
    changed = sorted(older.iterdir())[::2]
    originals = {path: path.read_bytes() for path in changed}
    for path in changed:
        path.write_bytes(originals[path].replace(b". ", b", and so it was. "))
    for name in ("gone-1.md", "gone-2.md"):
        (older / name).write_text("# Gone\n\nThis article will be gone, said Lavrov.\n")
    start = tmp_path / "start"
    counting_assistant(start).ingest([str(older)])
    old = committed(start)
    for path, raw in originals.items():
        path.write_bytes(raw)
    for name in ("gone-1.md", "gone-2.md"):
        (older / name).unlink()

    index = tmp_path / "index"
    stay = {str(path) for path in older.iterdir()}
    for kill in range(kills):
        if kill % 4 == 0:
            shutil.rmtree(index, ignore_errors=True)
            disconnect(start)
            shutil.copytree(start, index)
        delay_s = moments.uniform(0, MAX_DELAY_S)
        killed_after(moments.randint(1, steps), delay_s, index, older)
        assert stay <= set(committed(index)), "an article was lost while it was replaced"
    expected = tmp_path / "expected"
    counting_assistant(expected).ingest([str(older)])
    check_completed(index, expected, older)
    assert set(committed(index)) == stay
    assert len(set(committed(index).items()) & set(old.items())) == len(stay) - len(changed)


@pytest.mark.parametrize(
    ("step", "at"),
    [
        ("store", 1),  # before the heads
        pytest.param("store", 2, marks=pytest.mark.slow),  # before the parts
        ("store", 3),  # before the passages
        pytest.param("store", 4, marks=pytest.mark.slow),  # before the commit
        ("store", 5),  # before the commit's own write
        ("store", 6),  # before the old version is deleted
        ("embed", 1),
        ("keywords", 1),
        ("stamp", 1),  # the words are written, the note that they are is not
    ],
)
def test_a_process_that_dies_at_a_certain_step_loses_nothing(
    tmp_path: Path, articles: Path, step: str, at: int
) -> None:
    index = tmp_path / "index"
    counting_assistant(index).ingest([str(articles)])
    old = committed(index)
    (articles / ZAKHAROVA).write_text("# Replaced\n\nThis is the new version, said Lavrov.\n")
    (articles / FOUR[0]).unlink()
    disconnect(index)
    died = subprocess.run(
        [sys.executable, "-c", DYING, str(index), step, str(at), str(articles)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert died.returncode == 17, died.stderr
    between = committed(index)
    still_there = {str(articles / name) for name in FOUR[1:]}
    assert still_there <= set(between)
    for source in still_there - {str(articles / ZAKHAROVA)}:
        assert between[source] == old[source]
    # A question in between is answered from whole articles only.
    hits = counting_assistant(index).search("Zakharova Lavrov version NATO", limit=50)
    assert hits
    assert {hit.passage.article_id for hit in hits} <= set(between.values())

    expected = tmp_path / "expected"
    counting_assistant(expected).ingest([str(articles)])
    check_completed(index, expected, articles)


def test_a_rebuild_killed_half_way_leaves_the_old_index_answering(
    tmp_path: Path, articles_24: Path
) -> None:
    from tests.fakes import WordCountEmbedder

    index = tmp_path / "index"
    counting_assistant(index).ingest([str(articles_24)])
    question = "Zakharova NATO Bucharest"
    before = counting_assistant(index).search(question, limit=20)
    disconnect(index)
    script = """
import os, sys
from pathlib import Path
from assistant import index
from tests.conftest import counting_assistant
from tests.fakes import WordCountEmbedder
embedder = WordCountEmbedder("other", salt="x")
index.REBUILD_BATCH = 4
embed = embedder.embed_article
def dying(*arguments):
    if len(embedder.headings) == 10:
        os._exit(17)
    return embed(*arguments)
embedder.embed_article = dying
counting_assistant(Path(sys.argv[1]), embedder).ingest([], rebuild=True)
"""
    died = subprocess.run([sys.executable, "-c", script, str(index)], cwd=ROOT, check=False)
    assert died.returncode == 17
    old: Assistant = counting_assistant(index)
    assert old.search(question, limit=20) == before
    assert old.examine().findings == ()
    other = counting_assistant(index, WordCountEmbedder("other", salt="x"))
    other.ingest([], rebuild=True)
    assert other.examine().findings == ()
    assert len(other.catalog()) == 24
    assert other.search(question, limit=20)
