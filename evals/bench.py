"""Measure the assistant beside the LangChain tutorial pipeline: same files, same machine, one run.

    python evals/bench.py [--articles FOLDER --questions FILE] [--large] [--json FILE]

By default the articles are the built-in corpus, written out six times under other titles so that
there is enough to time, and the questions are those of `evals/talks.jsonl`. Give a folder of .txt
files and a .jsonl of {"id", "question", "relevant": [file name, …]} for other material. Each
pipeline runs in processes of its own. --large also times retrieval over 20,000 passages.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import R, nDCG

from assistant.articles import parse_article
from assistant.types import Article

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
COPIES = 6
LARGE_PASSAGES = 20_000


def main() -> None:
    """Run both pipelines and print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--ours", metavar="TASK", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.ours:
        material = Material(args.folder, args.articles, args.questions)
        print(json.dumps(TASKS[args.ours](material)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        figures = compare(Path(scratch), args)
    print(table(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def compare(scratch: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Return every figure, ours and the yardstick's."""
    articles = args.articles or write_articles(scratch / "articles")
    questions = args.questions or write_questions(scratch / "questions.jsonl")
    characters = sum(len(p.read_text(encoding="utf-8")) for p in articles.glob("*.txt"))
    relevant = {
        q["id"]: q["relevant"] for q in map(json.loads, questions.read_text("utf-8").splitlines())
    }
    tutorial = [sys.executable, str(HERE / "langchain_tutorial.py"), str(articles), str(questions)]
    tutorial += ["--persist", str(scratch / "tutorial")]
    theirs = run(tutorial, scratch)
    theirs |= {"cold_s": statistics.median(run(tutorial, scratch)["cold_s"] for _ in range(3))}
    theirs["index_mb"] = size_mb(scratch / "tutorial")

    ours = run(task("ingest", scratch / "ours", articles, questions), scratch)
    ours["index_mb"] = size_mb(scratch / "ours")
    ours |= run(task("retrieve", scratch / "ours", articles, questions), scratch)
    builtin = scratch / "builtin"
    subprocess.run(
        [sys.executable, "-m", "assistant", "ingest", str(CORPUS), "--index", str(builtin)],
        check=True, capture_output=True,
    )  # fmt: skip
    ours["cold_s"] = statistics.median(ask_once(builtin) for _ in range(5))
    ours |= run(task("answer", builtin, articles, questions), scratch)
    ours |= {"serving_mb": serving_mb(builtin)}
    if args.large:
        ours |= run(task("large", scratch / "large", articles, questions), scratch)
    for figures in (theirs, ours):
        figures["chars_per_s"] = characters / figures["ingest_s"]
        figures |= quality(figures.pop("rankings"), relevant)
    return {
        "ours": ours,
        "theirs": theirs,
        "articles": len(list(articles.glob("*.txt"))),
        "characters": characters,
        "questions": len(relevant),
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "versions": {
            name: importlib.metadata.version(name)
            for name in ("chromadb", "langchain-chroma", "sentence-transformers", "torch")
        },
    }


# --- The material --------------------------------------------------------------------------


def write_articles(folder: Path) -> Path:
    """Write the corpus as text files, COPIES times; only the first copy is what is asked about."""
    folder.mkdir()
    for stem, article in corpus().items():
        for copy in range(COPIES):
            # Later copies talk of other places, so that they are distractors and not duplicates.
            text = f"{article.title}\n\n{article.text}"
            for old, new in SWAPS[: 5 * copy]:
                text = text.replace(old, new)
            (folder / f"{stem}.{copy}.txt").write_text(text, encoding="utf-8")
    return folder


def corpus() -> dict[str, Article]:
    """Return the built-in articles by file name without suffix."""
    return {
        path.stem: parse_article(path.read_bytes(), source=path.name, suffix=path.suffix)
        for path in sorted(CORPUS.glob("[0-9]*.md"))
    }


SWAPS = [
    ("Riyadh", "Muscat"), ("Istanbul", "Tashkent"), ("Geneva", "Lisbon"), ("Ukraine", "Carpathia"),
    ("Ukrainian", "Carpathian"), ("Russia", "Novgorod"), ("Moscow", "Tver"), ("Kyiv", "Lutsk"),
    ("Zelensky", "Horak"), ("Putin", "Voronov"), ("Trump", "Hale"), ("Lavrov", "Sorokin"),
    ("Witkoff", "Brandt"), ("Rubio", "Castell"), ("Peskov", "Orlov"), ("NATO", "the League"),
    ("Washington", "Arlington"), ("Paris", "Lyon"), ("London", "Leeds"), ("Saudi", "Omani"),
    ("February", "August"), ("March", "October"), ("Kremlin", "Citadel"), ("European", "Nordic"),
    ("ceasefire", "standstill"),
]  # fmt: skip


def write_questions(target: Path) -> Path:
    """Write the answerable questions with the files that hold their evidence."""
    texts = {stem: article.text for stem, article in corpus().items()}
    with target.open("w", encoding="utf-8") as lines:
        for line in (HERE / "talks.jsonl").read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            if question["answerable"] and not question["history"]:
                relevant = [
                    f"{stem}.0.txt"
                    for stem, text in texts.items()
                    if any(piece in text for piece in question["evidence"])
                ]
                row = {"id": question["id"], "question": question["question"], "relevant": relevant}
                lines.write(json.dumps(row) + "\n")
    return target


# --- Ours, each task in a process of its own -----------------------------------------------


@dataclass(frozen=True)
class Material:
    """The folder that a task works in, and what it works on."""

    folder: Path
    articles: Path
    questions: Path

    def asked(self) -> list[dict[str, Any]]:
        """Return the questions."""
        return [json.loads(line) for line in self.questions.read_text("utf-8").splitlines()]


def task(name: str, folder: Path, articles: Path, questions: Path) -> list[str]:
    """Return the command that runs one of TASKS."""
    return [
        sys.executable, __file__, "--ours", name, "--folder", str(folder),
        "--articles", str(articles), "--questions", str(questions),
    ]  # fmt: skip


def ingest_task(material: Material) -> dict[str, Any]:
    """Ingest, timed from the first file to the keyword index; the model is exported before."""
    from assistant import Assistant, Settings

    assistant = Assistant.from_settings(Settings(index=material.folder))
    assistant.embedder.embed_question("ready?")
    began = time.perf_counter()
    report = assistant.ingest([str(material.articles)])
    return {
        "ingest_s": time.perf_counter() - began,
        "passages": report.passages,
        "ingest_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def retrieve_task(material: Material) -> dict[str, Any]:
    """Search for every question, warm."""
    from assistant import Assistant, Settings

    assistant = Assistant.from_settings(Settings(index=material.folder))
    assistant.search("ready?")
    timings_ms, rankings = [], {}
    for question in material.asked():
        began = time.perf_counter()
        assistant.search(question["question"])
        timings_ms.append((time.perf_counter() - began) * 1000)
        hits = assistant.search(question["question"], limit=40)
        rankings[question["id"]] = list(dict.fromkeys(Path(h.source).name for h in hits))[:10]
    return {"query_ms": timings_ms, "rankings": rankings}


def answer_task(material: Material) -> dict[str, Any]:
    """Answer every question over the built-in corpus, warm, end to end."""
    from assistant import Assistant, Settings

    assistant = Assistant.from_settings(Settings(index=material.folder))
    assistant.ask("What did Zakharova demand?")
    timings_ms = []
    for line in (HERE / "talks.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        began = time.perf_counter()
        assistant.ask(question["question"], history=question["history"])
        timings_ms.append((time.perf_counter() - began) * 1000)
    return {"answer_ms": timings_ms}


def large_task(material: Material) -> dict[str, Any]:
    """Search among 20,000 passages made of shuffled corpus sentences."""
    import random

    from assistant import Assistant, Settings

    chance = random.Random(3)
    sentences = [
        s
        for p in sorted(material.articles.glob("*.txt"))
        for s in p.read_text("utf-8").split(". ")
        if s
    ]
    made = material.folder / "articles"
    made.mkdir(parents=True)
    for number in range(LARGE_PASSAGES // 60):
        chosen = chance.sample(sentences, 160)
        paragraphs = [". ".join(chosen[i : i + 4]) + "." for i in range(0, len(chosen), 4)]
        (made / f"{number:04}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
    assistant = Assistant.from_settings(Settings(index=material.folder / "index"))
    report = assistant.ingest([str(made)])
    assistant.search("ready?")
    timings_ms = []
    for question in material.asked():
        began = time.perf_counter()
        assistant.search(question["question"])
        timings_ms.append((time.perf_counter() - began) * 1000)
    return {"large_passages": report.passages, "large_query_ms": timings_ms}


TASKS = {
    "ingest": ingest_task,
    "retrieve": retrieve_task,
    "answer": answer_task,
    "large": large_task,
}


def ask_once(index: Path) -> float:
    """Return the wall time of `assistant ask` as a fresh process, to the printed answer."""
    command = [sys.executable, "-m", "assistant", "ask", "What did Zakharova demand?"]
    began = time.perf_counter()
    subprocess.run([*command, "--index", str(index)], check=True, capture_output=True)
    return time.perf_counter() - began


def serving_mb(index: Path) -> float:
    """Return the resident size of a serving process after 30 questions over its API."""
    import socket

    from gradio_client import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant", "serve", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--index", str(index)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()  # "Open http://…": it accepts connections
        client = Client(f"http://127.0.0.1:{port}/", verbose=False)
        for line in (HERE / "talks.jsonl").read_text(encoding="utf-8").splitlines()[:30]:
            client.predict(json.loads(line)["question"], api_name="/chat")
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(resident.split()[1]) / 1024
    finally:
        server.terminate()
        server.wait(timeout=20)


# --- Figures -------------------------------------------------------------------------------


def run(command: Sequence[str], scratch: Path) -> dict[str, Any]:
    """Run a pipeline and return the JSON that it prints last."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=scratch, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def quality(rankings: dict[str, list[str]], relevant: dict[str, list[str]]) -> dict[str, float]:
    """Return recall@5 and nDCG@10 over articles, binary relevance, averaged over questions."""
    qrels = {id: dict.fromkeys(files, 1) for id, files in relevant.items()}
    run = {id: {f: -float(place) for place, f in enumerate(r)} for id, r in rankings.items()}
    found = ir_measures.calc_aggregate([R @ 5, nDCG @ 10], qrels, run)
    return {"recall_at_5": found[R @ 5], "ndcg_at_10": found[nDCG @ 10]}


def size_mb(folder: Path) -> float:
    """Return the size of the files below a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def table(figures: dict[str, Any]) -> str:
    """Return the comparison as Markdown."""
    ours, theirs = figures["ours"], figures["theirs"]

    def ms(values: Sequence[float]) -> str:
        return f"{np.quantile(values, 0.5):.1f} / {np.quantile(values, 0.95):.1f}"

    def found(of: dict[str, Any]) -> str:
        return f"{of['recall_at_5']:.3f} / {of['ndcg_at_10']:.3f}"

    rows = [
        (
            "ingest, characters a second",
            f"{ours['chars_per_s']:,.0f}",
            f"{theirs['chars_per_s']:,.0f}",
        ),
        (
            "fresh process to its first result, s",
            f"{ours['cold_s']:.2f} (a printed answer)",
            f"{theirs['cold_s']:.2f} (passages)",
        ),
        ("search, p50 / p95 ms", ms(ours["query_ms"]), ms(theirs["query_ms"])),
        ("warm answer, built-in corpus, p50 / p95 ms", ms(ours["answer_ms"]), "–"),
        ("recall@5 / nDCG@10, articles", found(ours), found(theirs)),
        (
            "resident memory, MB",
            f"{ours['serving_mb']:,.0f} (serving the chat)",
            f"{theirs['peak_mb']:,.0f} (peak)",
        ),
        ("index size, MB", f"{ours['index_mb']:.1f}", f"{theirs['index_mb']:.1f}"),
        ("passages", f"{ours['passages']:,}", f"{theirs['passages']:,}"),
    ]
    if "large_query_ms" in ours:
        among = f"search among {ours['large_passages']:,} passages, p50 / p95 ms"
        rows.append((among, ms(ours["large_query_ms"]), "–"))
    lines = ["| | assistant | LangChain tutorial |", "|---|---|---|"]
    lines += [f"| {name} | {a} | {b} |" for name, a, b in rows]
    versions = ", ".join(f"{name} {v}" for name, v in figures["versions"].items())
    lines.append(
        f"\n{figures['articles']} articles, {figures['characters']:,} characters, "
        f"{figures['questions']} questions; {figures['date']}; {figures['machine']}; {versions}."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
