"""What the tests share: a model made once, indexes over real articles, and nothing from outside."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

from assistant.cli import main
from assistant.embedding import MiniLMEmbedder
from assistant.service import Assistant
from assistant.settings import Settings
from tests.fakes import WordCountEmbedder

# Every index that a test opens keeps files open until the process ends: 1,024 are too few for all.
_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpus"
FOUR = (
    "03-lavrov-riyadh-statements.md",
    "05-zakharova-nato-bucharest-2008.md",
    "06-peskov-zelensky-eu.md",
    "10-trump-putin-call-12-february.md",
)


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Hide the developer's settings, and share one export of the model, made if there is none."""
    cache = tmp_path_factory.mktemp("cache")
    for export in Path(platformdirs.user_cache_dir("talks-assistant")).glob("*.onnx"):
        shutil.copy(export, cache)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
            patch.delenv(name)
        patch.setenv("ASSISTANT_CACHE", str(cache))
        yield cache


@pytest.fixture(autouse=True)
def own_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point every test to an index of its own, which is not there yet."""
    monkeypatch.setenv("ASSISTANT_INDEX", str(tmp_path / "index"))
    return tmp_path / "index"


@pytest.fixture(scope="session")
def minilm(model_cache: Path) -> MiniLMEmbedder:
    return MiniLMEmbedder(model_cache)


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLMEmbedder) -> Path:
    """The whole corpus with the real model; copy it before changing it."""
    index = tmp_path_factory.mktemp("corpus") / "index"
    report = Assistant(Settings(index=index), minilm).ingest([str(CORPUS)])
    assert report.added and not report.failed
    return index


@pytest.fixture(scope="session")
def corpus_assistant(corpus_index: Path, minilm: MiniLMEmbedder) -> Assistant:
    return Assistant(Settings(index=corpus_index), minilm)


@pytest.fixture(scope="session")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four articles under the word counter; copy it before changing it."""
    index = tmp_path_factory.mktemp("small") / "index"
    report = counting_assistant(index).ingest([str(CORPUS / name) for name in FOUR])
    assert len(report.added) == len(FOUR)
    return index


@pytest.fixture
def index_copy(small_index: Path, tmp_path: Path) -> Path:
    """A copy of the small index that a test may damage."""
    return Path(shutil.copytree(small_index, tmp_path / "copy"))


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with copies of the four articles, to change and delete."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in FOUR:
        shutil.copy(CORPUS / name, folder)
    return folder


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command line inside this process."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["assistant", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), *printed)

    return run


def counting_assistant(
    index: Path, embedder: WordCountEmbedder | None = None, **settings: object
) -> Assistant:
    """Return an assistant over `index` that embeds by counting words."""
    return Assistant(Settings(index=index, **settings), embedder or WordCountEmbedder())


def python(*arguments: object, timeout_s: float = 120, **environment: str) -> Ran:
    """Run Python in a process of its own."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
