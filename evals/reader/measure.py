"""How well the reader reads, apart from everything else: on what it never learned from.

    python -m evals.reader.measure --data DIR [--weights FILE] [--squad 1500] [--json FILE]

Three parts, each with n and a 95 % interval: SQuAD 2.0's tuning part, a paragraph at a time; a
whole story of `written_3` (eight texts) and the texts of `written_2` that are kept apart, every
sentence of the text read. "best" is the share of answerable questions whose best sentence answers;
AUC says how well answerable and other questions are told apart by what `text_logit` gives.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from tqdm import tqdm

from assistant.evaluation.benchmarks.sentences import surety, word_f1
from assistant.reader import WEIGHTS, Excerpt, Reader, Reading
from evals.reader import windows as sources

SEED = 7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--squad", type=int, default=1500, help="questions drawn; 0: all")
    parser.add_argument("--json", type=Path, help="where the figures go too")
    args = parser.parse_args()
    reader = Reader(args.weights)
    found = {"squad": squad(reader, args.data, args.squad)}
    for name in ("written_3", "written_2"):
        found[name] = written(reader, sources.later_set(args.data, name, apart=True))
    for part, figures in found.items():
        print(f"\n{part}")
        for figure, value in figures.items():
            print(f"  {figure:34} {value}")
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


# --- SQuAD -------------------------------------------------------------------------------------


def squad(reader: Reader, data: Path, number: int) -> dict[str, Any]:
    """Return how well paragraphs are read: the answering words, and whether there are any."""
    records = sources.rows(data / "squad2_train/tune.jsonl.gz")
    if number:
        records = random.Random(SEED).sample(records, min(number, len(records)))
    f1s, answerable, confidence, right, ms = [], [], [], [], []
    for record in tqdm(records, "SQuAD", mininterval=5):
        excerpt, starts = sources.paragraph(record)
        began = time.perf_counter()
        readings = reader.read(record["question"].strip(), [excerpt])[0]
        ms.append((time.perf_counter() - began) * 1000)
        # The words of the line where the network prefers them most.
        best = max(range(len(readings)), key=lambda i: readings[i].words)
        words = excerpt.lines[best].text[readings[best].start : readings[best].end]
        answers = [a["text"] for a in record["answers"]]
        f1s.append(max((word_f1(words, a) for a in answers), default=0.0))
        answerable.append(bool(record["answerable"]))
        confidence.append(surety(readings))
        if record["answerable"]:
            first = max(range(len(readings)), key=lambda i: readings[i].answers)
            line = sources.located(starts, record["answers"][0])[0]
            text = excerpt.lines[first].text
            right.append(first == line or any(a in text for a in answers))
    told = np.array(answerable)
    scores = np.array(confidence)
    # The threshold is chosen on one half and used on the other, both ways.
    halves = np.arange(len(told)) % 2
    reached = [
        with_threshold(np.array(f1s), told, scores, threshold_on(f1s, told, scores, halves == h),
                       halves != h)
        for h in (0, 1)
    ]  # fmt: skip
    f1_all = np.concatenate(reached)
    return {
        "n": len(records),
        "F1 with no-answer": share(f1_all),
        "F1 of answerable, told to answer": share(np.array(f1s)[told]),
        "sentence first": share(np.array(right, dtype=float)),
        "answerable AUC": area(told, scores),
        "p50 ms": round(float(np.median(ms)), 1),
    }


def threshold_on(f1s: Sequence[float], told: Any, scores: Any, chosen: Any) -> float:
    """Return the threshold that gives the best F1 on a part of the questions."""
    candidates = np.quantile(scores[chosen], np.linspace(0.02, 0.98, 49))
    found = [with_threshold(np.array(f1s), told, scores, t, chosen).mean() for t in candidates]
    return float(candidates[int(np.argmax(found))])


def with_threshold(f1s: Any, told: Any, scores: Any, threshold: float, chosen: Any) -> Any:
    """Return the F1 of each question of a part, refusing below a threshold."""
    answered = scores >= threshold
    return np.where(told, f1s * answered, ~answered * 1.0)[chosen]


# --- Written questions -----------------------------------------------------------------------


def written(reader: Reader, source: sources.Written) -> dict[str, Any]:
    """Return how well whole texts are read."""
    best, ranked, told, confidence = [], [], [], []
    verdicts: dict[str, list[bool]] = {"yes": [], "no": [], "unsaid": []}
    denied, kinds = [], Counter[str]()
    kinds_right = Counter[str]()
    for record in tqdm(source.records, "Written", mininterval=5):
        text = source.texts[record["article"]]
        right = text.places(record.get("right", ()))
        if record.get("right") and not right:
            continue
        question = " ".join([*record.get("history", [])[-1:], record["question"]])
        excerpt = Excerpt(text.lines, text.title, text.date)
        readings = reader.read(question, [excerpt])[0]
        scores = np.array([r.answers for r in readings])
        told.append(bool(right))
        confidence.append(text_logit(readings))
        if right:
            gold = np.isin(np.arange(len(scores)), right)
            best.append(bool(gold[int(np.argmax(scores))]))
            ranked.append(average_precision_score(gold, scores))
            kinds[record["kind"]] += 1
            kinds_right[record["kind"]] += best[-1]
        if (said := record.get("verdict")) and record["kind"] == "yes-no":
            verdicts[said].append(told_verdict(readings) == said)
        if contradicts := text.places(record.get("contradicts", ())):
            first = int(np.argmax([r.contradicts for r in readings]))
            denied.append(first in contradicts)
    figures: dict[str, Any] = {
        "n": f"{len(told)}, {sum(told)} with an answer",
        "best": share(np.array(best, dtype=float)),
        "MAP": share(np.array(ranked)),
        "answerable AUC": area(np.array(told), np.array(confidence)),
        "contradicting sentence first": share(np.array(denied, dtype=float)),
    }
    figures |= {f"verdict {k}": f"{sum(v)} of {len(v)}" for k, v in verdicts.items()}
    figures |= {f"best, {k}": f"{kinds_right[k]} of {kinds[k]}" for k in sorted(kinds)}
    return figures


def text_logit(readings: Sequence[Reading]) -> float:
    """Return how sure a text answers: its best sentence, and the window that stands in."""
    best = max(readings, key=lambda r: r.answers)
    return best.answers + best.answerable


def told_verdict(readings: Sequence[Reading]) -> str:
    """Return the verdict of the window that holds the best sentence."""
    best = max(readings, key=lambda r: r.answers)
    said = best.verdict
    return max((said.yes, "yes"), (said.no, "no"), (said.unsaid, "unsaid"))[1]


# --- Figures -----------------------------------------------------------------------------------


def share(values: Any) -> str:
    """Return a mean with its 95 % interval by the normal approximation, and n."""
    if not len(values):
        return "–"
    half = 1.96 * float(np.std(values)) / max(1, len(values)) ** 0.5
    return f"{float(np.mean(values)):.3f} ± {half:.3f} (n {len(values)})"


def area(told: Any, scores: Any, samples: int = 300) -> str:
    """Return the area under the ROC curve with its bootstrapped 95 % interval."""
    chance = np.random.default_rng(SEED)
    found = []
    for _ in range(samples):
        drawn = chance.integers(0, len(told), len(told))
        if 0 < told[drawn].sum() < len(drawn):
            found.append(roc_auc_score(told[drawn], scores[drawn]))
    low, high = np.quantile(found, [0.025, 0.975])
    return f"{roc_auc_score(told, scores):.3f} ({low:.3f} to {high:.3f}, n {len(told)})"


if __name__ == "__main__":
    main()
