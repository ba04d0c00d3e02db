"""Fit the evidence weights on questions over the built-in corpus, and say how good they are.

    python evals/fit_evidence.py [--held-out]

Logistic regression on pairs: of the sentences near the retrieved passages, those that carry the
question's evidence against the hardest of the others. A second one on whether the best sentence is
right turns its score into a confidence; unanswerable questions count as wrong. Prints both to paste
into `assistant/evidence.py`, and the figures of the answer path with what is there now, on the set
that is fitted on or, with --held-out, on the other one.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant import evidence
from assistant.conversation import standalone
from assistant.evidence import Candidate, Reading
from assistant.service import Assistant
from assistant.types import Turn

HERE = Path(__file__).parent
HARDEST = 30  # wrong sentences of a question, the best-scored first


def main() -> None:
    """Fit, then measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--held-out", action="store_true", help="measure on the untouched set")
    parser.add_argument("--show", action="store_true", help="print every wrong answer")
    args = parser.parse_args()
    assistant = Assistant.from_settings()
    fitted_on = load(HERE / "talks.jsonl")
    fit(assistant, fitted_on)
    measured_on = load(HERE / "talks-held-out.jsonl") if args.held_out else fitted_on
    measure(assistant, measured_on, show=args.show)


def load(path: Path) -> list[dict[str, Any]]:
    """Return the questions of one set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fit(assistant: Assistant, questions: list[dict[str, Any]]) -> None:
    """Print weights that put evidence above other sentences, and how sure a best score makes."""
    differences, shares, labelled = [], [], []
    for question in questions:
        candidates = ranked(assistant, question)
        features = np.array([c.features for c in candidates])
        right = np.array([is_evidence(c.text, question["evidence"]) for c in candidates])
        labelled.append((features, right))
        if question["answerable"] and right.any():
            wrong = features[~right][:HARDEST]
            pairs = (features[right][:, None] - wrong[None]).reshape(-1, features.shape[1])
            differences.append(pairs)
            shares.append(np.full(len(pairs), 1 / len(pairs)))  # each question counts once
    pairs, share = np.vstack(differences), np.hstack(shares)
    ranking = LogisticRegression(C=1.0, fit_intercept=False, max_iter=5000).fit(
        np.vstack([pairs, -pairs]),
        np.hstack([np.ones(len(pairs)), np.zeros(len(pairs))]),
        np.hstack([share, share]),
    )
    weights = ranking.coef_[0]
    best = [int(np.argmax(features @ weights)) for features, _ in labelled]
    surety = LogisticRegression(C=100.0).fit(
        np.array([[(f @ weights)[i]] for (f, _), i in zip(labelled, best, strict=True)]),
        np.array([bool(right[i]) for (_, right), i in zip(labelled, best, strict=True)]),
    )
    print(f"{len(pairs)} pairs of {len(shares)} questions")
    print("WEIGHTS = (" + ", ".join(f"{w:.2f}" for w in weights) + ")")
    print(f"SURETY = ({surety.coef_[0][0]:.2f}, {surety.intercept_[0]:.2f})")
    print("  ".join(f"{n} {w:.2f}" for n, w in zip(evidence.FEATURES, weights, strict=True)))


def measure(assistant: Assistant, questions: list[dict[str, Any]], *, show: bool) -> None:
    """Print how the answer path does on these questions."""
    tally: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    places = []
    for question in questions:
        kind = kinds.setdefault(question["kind"], Counter())
        answer = assistant.ask(question["question"], history=question["history"])
        if question["answerable"]:
            candidates = ranked(assistant, question)
            right = [is_evidence(c.text, question["evidence"]) for c in candidates]
            places.append(1 / (right.index(True) + 1) if any(right) else 0.0)
            result = (
                "abstained wrongly" if answer.status == "abstained"
                else "right" if has_facts(answer.text, question["expect"])
                else "wrong sentences"
            )  # fmt: skip
        else:
            result = "abstained rightly" if answer.status == "abstained" else "answered wrongly"
        tally[result] += 1
        kind[result] += 1
        if show and result not in ("right", "abstained rightly"):
            print(f"\n{result}: {question['id']} ({question['kind']}) {question['question']}")
            print(f"  wanted {question['expect']}: {question['evidence'][:1]}")
            print(f"  {answer.reason or answer.text}")
    print(f"\n{len(questions)} questions: {dict(tally)}")
    print(
        f"evidence sentence first: {np.mean(np.array(places) == 1):.3f}, MRR {np.mean(places):.3f}"
    )
    for name, counts in sorted(kinds.items()):
        print(f"  {name:15} {dict(counts)}")


def ranked(assistant: Assistant, question: dict[str, Any]) -> list[Candidate]:
    """Return the scored sentences for a question, as the answer path sees them."""
    answering = assistant.answering
    history = [Turn(q) for q in question["history"]]
    alone = standalone(question["question"], history, answering.names)
    vector = answering.embedder.embed_question(alone)
    hits = answering.retriever.search(alone, vector=vector)
    readings = {
        id: Reading(s.article, s.sentences, s.vectors)
        for id, s in answering.index.articles({h.passage.article_id for h in hits}).items()
    }
    asked = evidence.read(alone, answering.names, answering.words)
    return evidence.rank(asked, vector, hits, readings, answering.words)


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
