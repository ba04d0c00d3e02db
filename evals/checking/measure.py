"""How well `assistant.checking` tells supported claims from others, on pairs written by hand.

    python -m evals.checking.measure [--held-out] [--fit]

Each pair is a claim beside quotes of `corpus/`, which must be in the index that is set.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.checking import LIKENESS, Checked, Quoted, check, likeness_features
from assistant.service import Assistant
from assistant.writing import Writer
from evals.checking.mutations import Scripted

HERE = Path(__file__).parent
WEIGHT_OF_FIT = 10.0  # the inverse of how strongly weights are held towards 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, what it rests on, and whether that says it."""

    claim: str
    quotes: tuple[Quoted, ...]
    is_supported: bool
    kind: str


def pairs(path: Path, assistant: Assistant, writer: Writer) -> Iterator[Pair]:
    """Yield the pairs of a file, each quote with what the index knows of it."""
    heads = {head.source.rpartition("/")[2]: head for head in assistant.catalog()}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        head = heads[f"{row['article']}.md"]
        stored = assistant.answering.index.article(head.id)
        assert stored is not None
        quotes = []
        for words in row["quotes"]:
            at = stored.article.text.find(words)
            within = (s.speaker for s in stored.sentences if s.start <= at < s.end)
            speaker = next(within, "") or row.get("speaker", "")
            known = {m.name for m in writer.names.find(f"{speaker}. {words}")}
            about = " ".join(map(writer.about, sorted(known)))
            quotes.append(Quoted(words, speaker, head.title, head.date, about))
        yield Pair(row["claim"], tuple(quotes), row["label"] == "supported", row["kind"])


def report(checked: Sequence[tuple[Pair, Checked]]) -> Iterator[str]:
    """Yield tables of how many claims are kept, by kind, and how well likeness ranks them."""
    by_kind: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for pair, found in checked:
        for kind in (pair.kind, "all"):
            by_kind[pair.is_supported, kind].append(found.verdict == "supported")
    yield "| claims | kind | n | kept |\n|---|---|---|---|"
    for (is_supported, kind), kept in sorted(by_kind.items(), key=lambda item: not item[0][0]):
        label = "supported" if is_supported else "unsupported"
        yield f"| {label} | {kind} | {len(kept)} | {sum(kept) / len(kept):.0%} |"
    passed = [(pair.is_supported, c.likeness) for pair, c in checked if _passes_rules(c)]
    for name, scored in (
        ("all pairs", [(pair.is_supported, c.likeness) for pair, c in checked]),
        ("pairs that pass the rules", passed),
    ):
        auc = roc_auc_score([true for true, _ in scored], [like for _, like in scored])
        yield f"AUC of likeness over {len(scored)} {name}: {auc:.3f}"


def fit(checked: Sequence[tuple[Pair, Checked]], writer: Writer) -> Iterator[str]:
    """Yield weights of likeness, fitted on the pairs that pass the rules."""
    passed = [pair for pair, found in checked if _passes_rules(found)]
    features = np.array(
        [likeness_features(pair.claim, pair.quotes, writer.language) for pair in passed]
    )
    fitted = LogisticRegression(C=WEIGHT_OF_FIT).fit(features, [p.is_supported for p in passed])
    weights = ", ".join(f"{weight:.1f}" for weight in fitted.coef_[0])
    yield f"{LIKENESS}: ({weights}), offset {fitted.intercept_[0]:.1f}"


def _passes_rules(checked: Checked) -> bool:
    return all(reason.code == "unlike" for reason in checked.reasons)


def main() -> None:
    """Check every pair and print how many were kept, or what to weigh them by."""
    parser = argparse.ArgumentParser(description="Check claims beside quotes.")
    parser.add_argument("--held-out", action="store_true", help="pairs that nothing is fitted on")
    parser.add_argument("--fit", action="store_true", help="fit the weights of likeness")
    args = parser.parse_args()
    assistant = Assistant.from_settings()
    assistant.model = Scripted()
    writer = assistant.answering.writer
    assert writer is not None
    path = HERE / ("pairs-held-out.jsonl" if args.held_out else "pairs.jsonl")
    checked = [
        (pair, check(pair.claim, pair.quotes, writer.names, writer.language))
        for pair in pairs(path, assistant, writer)
    ]
    print("\n".join(report(checked)))
    if args.fit and not args.held_out:
        print("\n".join(fit(checked, writer)))


if __name__ == "__main__":
    main()
