"""Measure the assistant beside other pipelines: same files, same machine, one run.

    python -m evals.bench [--peers langchain,txtai] [--data FOLDER] [--articles N] [--save]

With --data, which holds `realtimeqa/`: news articles of 2022 and quiz questions about them. Taken
are the articles that the questions need and others drawn with a fixed seed, N in all; of a small N,
three fifths are needed ones and fewer questions are asked. Without: the built-in corpus, written
out six times under other names so that there is enough to time, and the questions of `talks.jsonl`.

Each pipeline has a script in `evals/peers/` and, but for ours, an environment in `build/peers/`,
which `make bench-peers` installs. --save writes RESULTS.md, results.svg and results.json beside
the scripts.
"""

import argparse
import datetime
import gzip
import json
import os
import platform
import random
import re
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
from evals.peers import report
from evals.peers.protocol import DEPTH, SHOWN

HERE = Path(__file__).parent
PEERS = HERE / "peers"
CORPUS = HERE.parent / "corpus"
SCRIPTS = {"ours": "ours.py", "langchain": "langchain_tutorial.py", "txtai": "txtai_hybrid.py"}
COPIES = 6
ARTICLES = 400  # as many as realtimeqa's questions need, and two for three of them to tell apart
ROUNDS = 3  # of searching, the pipelines taking turns
SEED = 20220617
MEASURES = {"recall_at_5": R @ 5, "ndcg_at_10": nDCG @ 10}


def main() -> None:
    """Measure, print a Markdown table, and keep it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--peers", default="langchain,txtai", help="of langchain, txtai")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--articles", type=int, default=ARTICLES, metavar="N")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    peers = args.peers.split(",")
    for name in peers:
        if name not in SCRIPTS or not python_of(name).exists():
            parser.error(f"{name} is not installed; `make bench-peers` installs what there is")
    with tempfile.TemporaryDirectory() as scratch:
        folder, data = Path(scratch), args.data
        material = realtimeqa(data, folder, args.articles) if data else builtin(folder)
        print(material.what, file=sys.stderr)
        results = describe(material, smoke=bool(data) and args.articles < ARTICLES)
        results["pipelines"] = measure(["ours", *peers], material, folder)
    print(report.markdown(results))
    if args.save:
        report.save(results, PEERS)


@dataclass(frozen=True, slots=True)
class Material:
    """What every pipeline reads and is asked: text files, and a .jsonl of id and question."""

    what: str
    articles: Path
    questions: Path
    relevant: dict[str, list[str]]  # question → the files that answer it
    characters: int


def write(
    scratch: Path, texts: dict[str, str], asked: dict[str, tuple[str, list[str]]], what: str
) -> Material:
    """Write texts by file name and questions with their files."""
    articles, questions = scratch / "articles", scratch / "questions.jsonl"
    articles.mkdir()
    for name, text in texts.items():
        (articles / name).write_text(text, encoding="utf-8")
    rows = [json.dumps({"id": id, "question": question}) for id, (question, _) in asked.items()]
    questions.write_text("\n".join(rows), encoding="utf-8")
    characters = sum(map(len, texts.values()))
    return Material(
        what=f"{len(texts)} articles ({what}), {characters:,} characters, {len(asked)} questions",
        articles=articles,
        questions=questions,
        relevant={id: files for id, (_, files) in asked.items()},
        characters=characters,
    )


def realtimeqa(data: Path, scratch: Path, limit: int) -> Material:
    """Take the questions that fit, the articles they need, and others up to `limit`."""
    folder = data / "realtimeqa"
    with gzip.open(folder / "slice2022_corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        corpus = {row["_id"]: f"{row['title']}\n\n{row['text']}" for row in map(json.loads, lines)}
    relevant: dict[str, list[str]] = {}
    for line in (folder / "slice2022_qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, article, _ = line.split("\t")
        relevant.setdefault(question, []).append(article)
    lines = (folder / "slice2022_queries.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [(row["_id"], row["text"]) for row in map(json.loads, lines)]
    chance = random.Random(SEED)
    asked = dict(chance.sample(questions, min(len(questions), limit * 3 // 5)))
    needed = dict.fromkeys(article for id in asked for article in relevant[id])
    # Some articles were crawled twice: one copy is enough, since only one would count as found.
    others = {text: id for id, text in corpus.items() if id not in needed}
    drawn = chance.sample(sorted(others.values()), min(limit - len(needed), len(others)))
    # Numbers for names, since the addresses tell what the articles are about.
    names = {id: f"{n:05}.txt" for n, id in enumerate(sorted([*needed, *drawn]))}
    return write(
        scratch,
        {name: corpus[id] for id, name in names.items()},
        {id: (question, [names[a] for a in relevant[id]]) for id, question in asked.items()},
        f"RealTime QA 2022: {len(needed)} that answer and {len(drawn)} others, seed {SEED}",
    )


def builtin(scratch: Path) -> Material:
    """Take the corpus COPIES times; only the first copy is what is asked about."""
    corpus: dict[str, Article] = {
        path.stem: parse_article(path.read_bytes(), source=path.name, suffix=path.suffix)
        for path in sorted(CORPUS.glob("[0-9]*.md"))
    }
    texts = {}
    for stem, article in corpus.items():
        for copy in range(COPIES):
            # Later copies talk of other places, so that they are distractors and not duplicates.
            text = f"{article.title}\n\n{article.text}"
            for swap in SWAPS[: 5 * copy]:
                text = text.replace(*swap.split("/"))
            texts[f"{stem}.{copy}.txt"] = text
    asked = {}
    for line in (HERE / "talks.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        if question["answerable"] and not question["history"]:
            relevant = [
                f"{stem}.0.txt"
                for stem, article in corpus.items()
                if any(piece in article.text for piece in question["evidence"])
            ]
            asked[question["id"]] = question["question"], relevant
    return write(scratch, texts, asked, f"the built-in corpus and {COPIES - 1} altered copies")


SWAPS = [
    "Riyadh/Muscat", "Istanbul/Tashkent", "Geneva/Lisbon", "Ukraine/Carpathia",
    "Ukrainian/Carpathian", "Russia/Novgorod", "Moscow/Tver", "Kyiv/Lutsk", "Zelensky/Horak",
    "Putin/Voronov", "Trump/Hale", "Lavrov/Sorokin", "Witkoff/Brandt", "Rubio/Castell",
    "Peskov/Orlov", "NATO/the League", "Washington/Arlington", "Paris/Lyon", "London/Leeds",
    "Saudi/Omani", "February/August", "March/October", "Kremlin/Citadel", "European/Nordic",
    "ceasefire/standstill",
]  # fmt: skip


def measure(names: Sequence[str], material: Material, scratch: Path) -> dict[str, Any]:
    """Return the figures of every pipeline, ours first."""
    ingests = {name: run(name, "ingest", scratch / name, material) for name in names}
    stored = {name: [p for p in (scratch / name).rglob("*") if p.is_file()] for name in names}
    sizes = {name: sum(p.stat().st_size for p in files) for name, files in stored.items()}
    turns = [
        {name: run(name, "search", scratch / name, material) for name in names}
        for _ in range(ROUNDS)
    ]
    scores = {name: quality(turns[-1][name]["rankings"], material.relevant) for name in names}
    figures: dict[str, Any] = {}
    for name, ingest in ingests.items():
        rounds = [turn[name] for turn in turns]
        figures[name] = {
            "versions": ingest["versions"],
            "passages": ingest["passages"],
            "chars_per_s": material.characters / ingest["ingest_s"],
            "index_mb": sizes[name] / 1e6,
            "ingest_peak_mb": ingest["peak_mb"],
            "search_peak_mb": max(done["peak_mb"] for done in rounds),
            "cold_s": statistics.median(done["first_s"] for done in rounds),
            **spread([ms for done in rounds for ms in done["query_ms"]]),
        }
        for measure, values in scores[name].items():
            figures[name][measure] = float(values.mean())
            figures[name][f"{measure}_ours_less_this"] = interval(scores["ours"][measure] - values)
    answers = run("ours", "answer", scratch / "ours", material)
    figures["ours"]["answering"] = {
        "cold_s": answers["first_s"], "peak_mb": answers["peak_mb"], **spread(answers["answer_ms"])
    }  # fmt: skip
    return figures


def run(name: str, task: str, store: Path, material: Material) -> dict[str, Any]:
    """Run one task in a fresh process; `first_s` is the time until it first printed something."""
    print(f"{name}: {task} …", file=sys.stderr)
    command = [python_of(name), PEERS / SCRIPTS[name], task]
    command += [store, material.articles, material.questions]
    ours = ("ASSISTANT_", "PYTHON")  # settings of this shell that a pipeline must not inherit
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment |= {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
    with tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            printed = process.stdout.readline()
            first_s = time.perf_counter() - began
            printed += process.stdout.read()
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{name}: {task} failed:\n{errors.read()[-2000:]}")
    figures: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return figures | {"first_s": first_s}


def python_of(name: str) -> Path:
    """Return the interpreter of a pipeline's environment."""
    if name == "ours":
        return Path(sys.executable)
    return HERE.parent / "build" / "peers" / name / "bin" / "python"


def quality(rankings: dict[str, list[str]], relevant: dict[str, list[str]]) -> dict[str, Any]:
    """Return each measure over articles, binary relevance, as one value for each question."""
    qrels = {id: dict.fromkeys(files, 1) for id, files in relevant.items()}
    ranked = {id: {f: -float(place) for place, f in enumerate(r)} for id, r in rankings.items()}
    values = {measure: dict.fromkeys(relevant, 0.0) for measure in MEASURES.values()}
    for found in ir_measures.iter_calc(list(MEASURES.values()), qrels, ranked):
        values[found.measure][found.query_id] = found.value
    return {name: np.array([*values[measure].values()]) for name, measure in MEASURES.items()}


def interval(differences: Any) -> list[float]:
    """Return the 95 % bootstrap interval of a mean over questions."""
    drawn = np.random.default_rng(SEED).choice(differences, (10_000, len(differences)))
    return [float(limit) for limit in np.quantile(drawn.mean(axis=1), [0.025, 0.975])]


def spread(timings_ms: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile."""
    return {"p50_ms": statistics.median(timings_ms), "p95_ms": float(np.quantile(timings_ms, 0.95))}


def describe(material: Material, *, smoke: bool) -> dict[str, Any]:
    """Return what the figures hold for; `smoke` says that they only prove that it runs."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return {
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "smoke": smoke,
        "machine": {
            "cpu": (re.findall(r"model name\s*: (.*)", cpu) or [platform.machine()])[0],
            "lacks": [flag for flag in ("avx512f", "vnni") if flag not in cpu],
            "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
            "python": platform.python_version(),
            "load_before": os.getloadavg()[0],
        },
        "material": material.what,
        "questions": len(material.relevant),
        "settings": {"shown": SHOWN, "depth": DEPTH, "rounds": ROUNDS, "seed": SEED},
    }


if __name__ == "__main__":
    main()
