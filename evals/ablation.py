"""What each part of evidence adds, and what it costs in milliseconds.

    python -m evals.ablation [--held-out]

Each of the first rows adds one part to the row above; weights are fitted anew for each row on the
built-in corpus's questions that `fit_evidence.py` fits on, and measured on them by cross-validation
over articles, or with --held-out on the two sets that nothing was fitted on. Then the reader, with
the weights that are shipped: sentence by sentence, and in windows, reading more and more. The
figure is the share of answerable questions whose evidence is the first sentence, or among the first
three.
"""

import argparse
import datetime
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assistant import asking, evidence
from assistant.reader import Excerpt, Judges, Reading
from assistant.retrieval import DEFAULT_LIMIT
from assistant.service import Assistant
from assistant.types import Filters, Hit, Turn
from evals.fit_evidence import (
    FITTED_ON,
    HERE,
    Answered,
    first_right,
    folds,
    meet,
    pairwise,
    ranks_by,
    rights,
)
from evals.sets import load

READ = (10, 20, 30, 60)

HELD_OUT = (HERE / "talks-held-out.jsonl", HERE / "evidence-held-out.jsonl")
COSINE = ("cosine", "near_cosine", "rank")
ROWS = (
    ("cosine, dense search only", COSINE),
    ("+ keyword search", COSINE),
    ("+ query adapter", (*COSINE, "answer_cosine", "near_answer_cosine")),
    ("+ coverage, names, kind, days", tuple(
        f for f in evidence.FEATURES if f not in ("speaker", "other_speaker")
    )),
    ("+ speaker", evidence.FEATURES),
)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--held-out", action="store_true")
    args = parser.parse_args()
    assistant = Assistant.from_settings()
    fitted_on = [q for path in FITTED_ON for q in load(path)]
    questions = [q for path in HELD_OUT for q in load(path)] if args.held_out else fitted_on
    answering = assistant.answering

    def dense_only(_: str, vector: Any) -> list[Hit]:
        found = answering.index.search(
            vector, limit=DEFAULT_LIMIT, filters=Filters(), people=(), articles=None
        )
        return [
            Hit(f.passage, f.title, f.date, f.source, f.outlet, f.similarity or 0.0) for f in found
        ]

    both = {
        dense: [
            [meet(assistant, q, dense_only if dense else None) for q in chosen]
            for chosen in (fitted_on, questions)
        ]
        for dense in (True, False)
    }
    print("| | first | first three |\n|---|---|---|")
    for name, features in ROWS:
        train, test = both[name.endswith("only")]
        if args.held_out:
            ranks = ranks_by(test, pairwise(train, features))
        else:
            ranks = [r for a, b in folds(train) for r in ranks_by(b, pairwise(a, features))]
        print(row(name, ranks))
    train, test = both[False]
    print(reading("+ reader, 30 sentences one by one", test, 30, Alone(assistant.reader)))
    for number in READ:
        print(reading(f"+ reader, {number} sentences in windows", test, number, assistant.reader))
    print(timings(assistant, questions))


@dataclass(frozen=True, slots=True)
class Alone:
    """A reader that is shown each sentence without its neighbours."""

    reader: Judges

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[tuple[Reading, ...]]:
        """Return one reading for each line of each excerpt."""
        return [
            tuple(
                self.reader.read(question, [replace(excerpt, lines=(line,))])[0][0]
                for line in excerpt.lines
            )
            for excerpt in excerpts
        ]


def reading(name: str, test: Sequence[Answered], number: int, reader: Judges) -> str:
    """Return one line of the table, with the median milliseconds that reading took."""
    ranks, spent, sentences = [], [], []
    for one in test:
        chosen = evidence.to_read(one.candidates, one.opened, limit=number)
        began = time.perf_counter()
        judged = evidence.judge(one.asked, chosen, one.opened, reader)
        spent.append((time.perf_counter() - began) * 1000)
        sentences.append(len(chosen))
        if one.question["answerable"]:
            ranks.append(first_right(rights(judged, one.question)))
    cells = f"{np.median(spent):.0f} ms, {np.median(sentences):.0f} with those before them"
    return f"{row(name, ranks)} {cells} |"


def row(name: str, ranks: Sequence[float]) -> str:
    """Return one line of the table."""
    found = np.array(ranks)
    return f"| {name} | {np.mean(found <= 1):.3f} | {np.mean(found <= 3):.3f} |"


def timings(assistant: Assistant, questions: Sequence[dict[str, Any]]) -> str:
    """Return the median time of each part over these questions, each asked for the first time."""
    answering = assistant.answering
    spent: dict[str, list[float]] = {}
    today = datetime.date.today()
    filters = Filters()
    for question in questions:
        text = question["question"]
        clock = [time.perf_counter()]

        def lap(part: str, clock: list[float] = clock) -> None:
            clock.append(time.perf_counter())
            spent.setdefault(part, []).append((clock[-1] - clock[-2]) * 1000)

        alone = answering.understood(text, [Turn(q) for q in question["history"]], today=today)
        asked = asking.read(alone, answering.names, answering.words, today=today)
        lap("understanding the question")
        vector = answering.embedder.embed_question(alone)
        lap("its vector")
        index, keywords = answering.index, answering.retriever.keywords
        index.search(vector, limit=40, filters=filters, people=(), articles=None)
        lap("dense search")
        keywords.search(alone, limit=40, filters=filters, people=(), articles=None)
        lap("keyword search")
        vectors = (vector, answering.adapter.adapt(vector))
        lap("query adapter")
        hits = answering.retriever.search(alone, vector=vector)
        opened = answering.open(hits)
        clock.append(time.perf_counter())
        shortlist = evidence.shortlist(asked, vectors, hits, opened, answering.words)
        lap("shortlist: coverage, names, speakers")
        evidence.judge(asked, shortlist, opened, assistant.reader)
        lap(f"reader, {evidence.SHORTLIST} sentences and those before them")
        assistant.ask(text, history=question["history"])
        lap("a whole answer")
    lines = [f"| {part} | {np.median(ms):.1f} |" for part, ms in spent.items() if len(ms) > 9]
    return "\n".join(["\n| part | p50 ms |\n|---|---|", *lines])


if __name__ == "__main__":
    main()
