"""How `evals/bench.py` talks to a pipeline, each task in a fresh process.

    PYTHON evals/peers/NAME.py TASK STORE ARTICLES QUESTIONS

ARTICLES is a folder of .txt files, QUESTIONS a .jsonl of {"id", "question"}, STORE what `ingest`
makes and `search` opens. The last line printed is one JSON object. Where a task asks questions, an
empty object is printed as soon as the first result is there, so that whoever started the process
can time it from outside, with Python and all imports.
"""

import importlib.metadata
import json
import re
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

SHOWN = 10  # passages that a timed search returns
DEPTH = 100  # passages that articles are ranked by

Task = Callable[[Path, Path, list[dict[str, Any]]], dict[str, Any]]


class Pipeline(Protocol):
    """What is measured; making one opens its store, or an empty one."""

    packages: tuple[str, ...]  # whose versions are reported

    def __init__(self, store: Path) -> None: ...

    def embed(self, text: str) -> object:
        """Embed a text, so that the model is loaded and warm."""

    def ingest(self, articles: Path) -> int:
        """Store every article and return the number of passages."""

    def search(self, question: str, limit: int) -> list[str]:
        """Return the article's file name for each passage found, best first."""


def serve(pipeline: type[Pipeline], **more: Task) -> None:
    """Do the task that the command line names; `more` are tasks beyond ingest and search."""

    def ingest(store: Path, articles: Path, _: list[dict[str, Any]]) -> dict[str, Any]:
        opened = pipeline(store)
        opened.embed("ready?")
        began = time.perf_counter()
        passages = opened.ingest(articles)
        return {"ingest_s": time.perf_counter() - began, "passages": passages}

    def search(store: Path, _: Path, questions: list[dict[str, Any]]) -> dict[str, Any]:
        opened = pipeline(store)
        timings_ms = ask_all(lambda question: opened.search(question, SHOWN), questions)
        found = {q["id"]: opened.search(q["question"], DEPTH) for q in questions}
        ranked = {id: list(dict.fromkeys(files)) for id, files in found.items()}
        return {"query_ms": timings_ms, "rankings": ranked}

    tasks: dict[str, Task] = {"ingest": ingest, "search": search, **more}
    task, *paths = sys.argv[1:]
    store, articles, asked = map(Path, paths)
    questions = [json.loads(line) for line in asked.read_text(encoding="utf-8").splitlines()]
    figures = tasks[task](store, articles, questions)
    versions = {name: importlib.metadata.version(name) for name in pipeline.packages}
    print(json.dumps(figures | {"peak_mb": peak_mb(), "versions": versions}))


def ask_all(ask: Callable[[str], object], questions: list[dict[str, Any]]) -> list[float]:
    """Return how many milliseconds each question took, after one that loads what loads late."""
    ask(questions[0]["question"])
    print("{}", flush=True)
    times = [time.perf_counter()]
    for question in questions:
        ask(question["question"])
        times.append(time.perf_counter())
    return [(end - start) * 1000 for start, end in pairwise(times)]


def peak_mb() -> float:
    """Return the largest resident size of this process, in megabytes of 1,000,000 bytes.

    From /proc, since getrusage counts in what the parent held when it started the process.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) * 1024 / 1e6
