"""What a chat model wrote over question sets, and what of it no reader saw: a table of two runs.

    assistant eval evals/talks.jsonl --save quoted.json
    ASSISTANT_MODEL=… assistant eval evals/talks.jsonl --save written.json
    python -m evals.measure_writing written.json quoted.json [--show N]

--show prints N shown sentences, evenly spread, with their quotes, to be read by a person.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation.gates import read_record

FIGURES = (
    "facts", "evidence_recall", "citation_exactness", "citation_recall", "figures_supported",
    "names_supported", "speaker_accuracy", "abstention_precision", "abstention_recall",
    "latency_p50_ms", "latency_p95_ms",
)  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("written", type=Path)
    parser.add_argument("quoted", type=Path)
    parser.add_argument("--show", type=int, default=0)
    args = parser.parse_args()
    written, quoted = read_record(args.written), read_record(args.quoted)
    print(table_of_figures(written, quoted))
    print(table_of_sentences([r["answer"] for r in written["results"] if r["answer"]]))
    for line in shown_sentences(written, args.show):
        print(line)


def table_of_figures(written: dict[str, Any], quoted: dict[str, Any]) -> str:
    """Return the figures of both runs side by side, as Markdown."""
    lines = [f"| metric | {written['models']['writer']} | quoting |", "|---|---|---|"]
    passed = [sum(r["passed"] for r in run["results"]) for run in (written, quoted)]
    total = len(written["results"])
    lines.append(f"| questions passed | {passed[0]} of {total} | {passed[1]} of {total} |")
    for name in FIGURES:
        values = [
            next(f["value"] for f in run["figures"] if f["metric"] == name and not f["kind"])
            for run in (written, quoted)
        ]
        lines.append(f"| {name} | {' | '.join(_spoken(name, v) for v in values)} |")
    return "\n".join(lines) + "\n"


def table_of_sentences(answers: Sequence[dict[str, Any]]) -> str:
    """Return what became of the model's sentences and of the answers, as Markdown."""
    asked = [a for a in answers if a["writer"] or a["rejected"] or a["note"]]
    shown = sum(len(a["sentences"]) for a in asked if a["writer"] and a["status"] == "answered")
    rejected = [r for a in asked for r in a["rejected"]]
    mended = sum(r["was_mended"] for r in rejected)
    codes = Counter(code for r in rejected if not r["was_mended"] for code in r["codes"])
    lost = len(rejected) - mended
    rows = [
        ("answers that the model was asked for", len(asked)),
        ("written and shown", sum(bool(a["writer"]) and a["status"] == "answered" for a in asked)),
        (
            "declined by the model",
            sum(bool(a["writer"]) and a["status"] != "answered" for a in asked),
        ),
        ("quoted instead", sum(not a["writer"] for a in asked)),
        ("sentences shown", shown),
        (
            "of them under another quote than the model cited, or under one where it cited none",
            mended,
        ),
        ("sentences rejected", lost),
    ]
    rows += [(f"rejected: {code}", n) for code, n in codes.most_common()]
    share = f"\n{lost / max(1, lost + shown):.0%} of the model's sentences were rejected.\n"
    return "\n".join(["| | n |", "|---|---|", *(f"| {a} | {n} |" for a, n in rows)]) + share


def shown_sentences(record: dict[str, Any], count: int) -> list[str]:
    """Return `count` of the sentences shown, evenly spread over the run, each with its quotes."""
    every = [
        (sentence, answer)
        for result in record["results"]
        if (answer := result["answer"]) and answer["writer"]
        for sentence in answer["sentences"]
    ]
    step = max(1, len(every) // count) if count else 1
    lines = []
    for sentence, answer in every[::step][:count]:
        quotes = [c["quote"] for c in answer["citations"] if c["number"] in sentence["citations"]]
        lines += [f"- {sentence['text']}", *(f"    “{quote}”" for quote in quotes)]
    return lines


def _spoken(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if name.endswith("_ms") else f"{value:.3f}"


if __name__ == "__main__":
    main()
