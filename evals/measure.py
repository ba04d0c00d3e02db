"""Measure the answer path on question sets: facts, refusals, corrections, evidence, time.

python -m evals.measure evals/talks.jsonl evals/evidence.jsonl [--show] [--json FILE]
"""

import argparse
import datetime
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from assistant.service import Assistant
from assistant.types import Answer


def main() -> None:
    """Answer every question and print the tallies, by kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--show", action="store_true", help="print every wrong answer")
    parser.add_argument("--right", action="store_true", help="print every right answer")
    args = parser.parse_args()
    assistant = Assistant.from_settings()
    for path in args.sets:
        measure(assistant, path, show=args.show, show_right=args.right)


def measure(assistant: Assistant, path: Path, *, show: bool, show_right: bool = False) -> None:
    """Print how the answer path does on one set."""
    tally: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    sentences, times = [], []
    for question in load(path):
        asked = question.get("asked")
        answer = assistant.ask(
            question["question"],
            history=question["history"],
            today=datetime.date.fromisoformat(asked) if asked else None,
        )
        times.append(sum(answer.timings_ms.values()))
        result = verdict(question, answer)
        if answer.status == "answered":
            sentences.append(len(answer.sentences))
        tally[result] += 1
        kinds.setdefault(question["kind"], Counter())[result] += 1
        is_right = result.startswith(("right", "refused rightly"))
        if (show and not is_right) or (show_right and is_right):
            print(f"\n{result}: {question['id']} ({question['kind']}) {question['question']}")
            print(f"  wanted {question['expect'] or question.get('correction')}:")
            print(f"  evidence {question['evidence'][:1]}")
            print(f"  {answer.reason or ''} {answer.lead} | {answer.text}")
    answerable = sum(tally[r] for r in ("right", "wrong", "refused wrongly"))
    not_answerable = tally["refused rightly"] + tally["answered wrongly"]
    print(f"\n{path.name}: {dict(tally)}")
    print(
        f"  right {tally['right']}/{answerable} = {tally['right'] / max(1, answerable):.2f}, "
        f"refused wrongly {tally['refused wrongly'] / max(1, answerable):.2f}, "
        f"refused rightly {tally['refused rightly']}/{not_answerable} = "
        f"{tally['refused rightly'] / max(1, not_answerable):.2f}, "
        f"{np.mean(sentences):.1f} sentences an answer, p50 {np.median(times):.1f} ms"
    )
    for name, counts in sorted(kinds.items()):
        print(f"  {name:18} {dict(counts)}")


def verdict(question: dict[str, Any], answer: Answer) -> str:
    """Return how an answer to a set's question is counted."""
    if not question["answerable"]:
        return "refused rightly" if answer.status == "abstained" else "answered wrongly"
    if answer.status == "abstained":
        return "refused wrongly"
    return "right" if has_facts(answer.text, question["expect"]) else "wrong"


def load(path: Path) -> list[dict[str, Any]]:
    """Return the questions of one set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def is_evidence(sentence: str, evidence: list[str]) -> bool:
    """Whether a sentence carries a piece of the evidence, or most of one."""
    return any(
        sentence in piece or piece in sentence or overlap(sentence, piece) for piece in evidence
    )


def overlap(sentence: str, piece: str) -> bool:
    """Whether a piece of evidence that runs over sentences takes in most of this one."""
    return len(sentence) > 40 and sentence[: int(len(sentence) * 0.8)] in piece


def has_facts(answer: str, expect: list[str]) -> bool:
    """Whether every expected fact, or one of its alternatives, occurs in the answer."""
    text = plain(answer)
    return all(any(plain(option) in text for option in item.split("|")) for item in expect)


def plain(text: str) -> str:
    """Fold case, quotes and dashes."""
    text = re.sub(r"[“”„«»\"]", '"', text.casefold())
    return re.sub(r"[‐-―]", "-", re.sub(r"[‘’]", "'", text))


if __name__ == "__main__":
    main()
