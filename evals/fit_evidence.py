"""Fit the weights of evidence and refusing on questions over the built-in corpus.

    python -m evals.fit_evidence

Three logistic regressions, each printed to paste into the module that it belongs to:

1. the shortlist (`evidence.WEIGHTS`), on pairs: sentences that carry a question's evidence against
   the hardest of the others;
2. the judgement (`evidence.JUDGEMENT_WEIGHTS`), on the sentences of each shortlist;
3. the confidence (`refusing.SURETY_WEIGHTS`), on whether the question can be answered at all.

Fitted on `talks.jsonl`, `evidence.jsonl` and the questions written for the reader that were kept
out of its training. The held-out sets are not read here; `measure.py` measures.
"""

import datetime
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from assistant import asking, evidence, refusing
from assistant.evidence import Candidate, Opened
from assistant.service import Assistant
from assistant.types import Hit, Turn
from evals.reader import pairs
from evals.sets import is_evidence, load

HERE = Path(__file__).parent
FITTED_ON = (HERE / "talks.jsonl", HERE / "evidence.jsonl")
HARDEST = 40  # wrong sentences of a question, the best-scored first
ALL = 10_000
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """A question as the answer path meets it: what is asked, all candidates, which are right."""

    question: dict[str, Any]
    asked: Any
    candidates: list[Candidate]
    right: Any
    opened: dict[str, Opened]


def main() -> None:
    """Fit all three, in the order in which they depend on one another."""
    assistant = Assistant.from_settings()
    questions = [q for path in FITTED_ON for q in load(path)] + kept_apart()
    met = [meet(assistant, q) for q in tqdm(questions, "Questions", mininterval=5)]
    weights = fit_shortlist(met)
    judged = [judge(assistant, one, weights) for one in tqdm(met, "Reading", mininterval=5)]
    judged = fit_judgement(judged)
    fit_surety(judged)


def kept_apart() -> list[dict[str, Any]]:
    """Return the written questions that the reader was not trained on, as a set's records."""
    return [
        {
            "id": f"{article[:2]}-w{number}",
            "question": record["question"],
            "kind": record["kind"],
            "history": [],
            "answerable": bool(record["right"]),
            "evidence": record["right"],
            "article": article,
        }
        for article, records in pairs.written_questions(kept_apart=True).items()
        for number, record in enumerate(records)
    ]


def meet(
    assistant: Assistant,
    question: dict[str, Any],
    retrieve: Callable[[str, Any], list[Hit]] | None = None,
) -> Answered:
    """Return every candidate for a question, with features, and which carry its evidence.

    `retrieve` finds hits for a question and its vector; the answer path's own way by default.
    """
    answering = assistant.answering
    history = [Turn(q) for q in question["history"]]
    asked_on = question.get("asked")
    today = datetime.date.fromisoformat(asked_on) if asked_on else datetime.date.today()
    alone = answering.understood(question["question"], history, today=today)
    vector = answering.embedder.embed_question(alone)
    hits = retrieve(alone, vector) if retrieve else answering.retriever.search(alone, vector=vector)
    asked = asking.read(alone, answering.names, answering.words, today=today)
    opened = answering.open(hits)
    vectors = (vector, answering.adapter.adapt(vector))
    candidates = evidence.shortlist(asked, vectors, hits, opened, answering.words, limit=ALL)
    right = np.array([is_evidence(c.text, question["evidence"]) for c in candidates], dtype=bool)
    return Answered(question, asked, candidates, right, opened)


def fit_shortlist(met: Sequence[Answered]) -> Any:
    """Print weights that put evidence above other sentences, and return them."""
    ranks = []
    for train, test in folds(met):
        ranks += ranks_by(test, pairwise(train))
    print("\nshortlist, cross-validated: evidence among the best", recalls(ranks))
    weights = pairwise(met)
    print("WEIGHTS = (" + ", ".join(f"{w:.2f}" for w in weights) + ")")
    print("  ".join(f"{n} {w:.2f}" for n, w in zip(evidence.FEATURES, weights, strict=True)))
    return weights


def pairwise(met: Sequence[Answered], names: Sequence[str] = evidence.FEATURES) -> Any:
    """Return a weight for each of evidence.FEATURES, 0 for those not among `names`."""
    columns = [evidence.FEATURES.index(name) for name in names]
    differences, shares = [], []
    for one in met:
        if one.question["answerable"] and one.right.any():
            features = np.array([c.features for c in one.candidates])[:, columns]
            wrong = features[~one.right][:HARDEST]
            pairs_ = (features[one.right][:, None] - wrong[None]).reshape(-1, len(columns))
            differences.append(pairs_)
            shares.append(np.full(len(pairs_), 1 / len(pairs_)))  # each question counts once
    all_pairs, share = np.vstack(differences), np.hstack(shares)
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=5000).fit(
        np.vstack([all_pairs, -all_pairs]),
        np.hstack([np.ones(len(all_pairs)), np.zeros(len(all_pairs))]),
        np.hstack([share, share]),
    )
    weights = np.zeros(len(evidence.FEATURES))
    weights[columns] = model.coef_[0]
    return weights


def ranks_by(met: Sequence[Answered], weights: Any) -> list[float]:
    """Return the rank of the evidence of each answerable question."""
    return [
        first_right(
            one.right[np.argsort(-(np.array([c.features for c in one.candidates]) @ weights))]
        )
        for one in met
        if one.question["answerable"]
    ]


def judge(assistant: Assistant, one: Answered, weights: Any) -> Answered:
    """Return the question with its shortlist read."""
    scored = sorted(
        (replace(c, score=float(np.dot(weights, c.features))) for c in one.candidates),
        key=lambda c: -c.score,
    )[: evidence.SHORTLIST]
    read = evidence.judge(one.asked, scored, one.opened, assistant.reader)
    right = np.array([is_evidence(c.text, one.question["evidence"]) for c in read])
    return Answered(one.question, one.asked, read, right, one.opened)


def fit_judgement(judged: Sequence[Answered]) -> list[Answered]:
    """Print weights from what is known of a sentence to how likely it answers."""

    def features(one: Answered) -> Any:
        return np.array([evidence.judged_features(c, c.reader) for c in one.candidates])

    def fitted(chosen: Sequence[Answered]) -> Any:
        return LogisticRegression(C=10.0, max_iter=5000).fit(
            np.vstack([features(one) for one in chosen]),
            np.hstack([one.right & one.question["answerable"] for one in chosen]),
        )

    ranks, by_reader, by_shortlist = [], [], []
    for train, test in folds(judged):
        model = fitted(train)
        for one in test:
            if one.question["answerable"]:
                x = features(one)
                ranks.append(first_right(one.right[np.argsort(-model.decision_function(x))]))
                by_reader.append(first_right(one.right[np.argsort(-x[:, 0])]))
                by_shortlist.append(first_right(one.right[np.argsort(-x[:, 1])]))
    print("\nby the shortlist's score", recalls(by_shortlist))
    print("by the reader alone", recalls(by_reader))
    print("by the judgement, cross-validated", recalls(ranks))
    model = fitted(judged)
    weights = ", ".join(f"{w:.2f}" for w in model.coef_[0])
    print(f"JUDGEMENT_WEIGHTS = ({weights})\nJUDGEMENT_OFFSET = {model.intercept_[0]:.2f}")
    done = []
    for one in judged:
        probabilities = model.predict_proba(features(one))[:, 1]
        order = np.argsort(-probabilities)
        candidates = [
            replace(one.candidates[i], probability=float(probabilities[i])) for i in order
        ]
        done.append(Answered(one.question, one.asked, candidates, one.right[order], one.opened))
    return done


def fit_surety(judged: Sequence[Answered]) -> None:
    """Print weights from the best sentences to whether the question can be answered."""
    features = np.array([refusing.surety_features(one.asked, one.candidates) for one in judged])
    answerable = np.array([bool(one.question["answerable"]) for one in judged])
    scores = np.zeros(len(judged))
    order = np.random.default_rng(7).permutation(len(judged))
    for test in np.array_split(order, FOLDS):
        train = np.setdiff1d(order, test)
        model = LogisticRegression(C=1.0, max_iter=5000).fit(features[train], answerable[train])
        scores[test] = model.predict_proba(features[test])[:, 1]
    print(f"\nanswerable or not, AUC cross-validated {roc_auc_score(answerable, scores):.3f}")
    for i in range(features.shape[1]):
        auc = roc_auc_score(answerable, features[:, i])
        print(f"  {refusing.SURETY[i]:14} alone: AUC {auc:.3f}")
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        refused = scores < threshold
        print(
            f"  below {threshold:.2f}: {refused[~answerable].mean():.2f} of the unanswerable "
            f"and {refused[answerable].mean():.2f} of the answerable refused"
        )
    model = LogisticRegression(C=1.0, max_iter=5000).fit(features, answerable)
    weights = ", ".join(f"{w:.2f}" for w in model.coef_[0])
    print(f"SURETY_WEIGHTS = ({weights})\nSURETY_OFFSET = {model.intercept_[0]:.2f}")


def folds(met: Sequence[Answered]) -> list[tuple[list[Answered], list[Answered]]]:
    """Return (train, test) splits by article, so that no article's questions are in both."""
    articles = sorted({one.question.get("article", "") for one in met})
    chosen = np.random.default_rng(7).permutation(len(articles))
    fold_of = {article: int(i) % FOLDS for article, i in zip(articles, chosen, strict=True)}
    split = []
    for fold in range(FOLDS):
        test = [one for one in met if fold_of[one.question.get("article", "")] == fold]
        train = [one for one in met if fold_of[one.question.get("article", "")] != fold]
        split.append((train, test))
    return split


def first_right(right: Any) -> float:
    """Return the rank of the first right candidate, from 1; infinity for none."""
    places = np.flatnonzero(right)
    return float(places[0] + 1) if len(places) else float("inf")


def recalls(ranks: list[float]) -> str:
    """Return the share of questions whose evidence is among the best k, for some k."""
    found = np.array(ranks)
    return f"(n {len(found)}) " + json.dumps(
        {k: round(float((found <= k).mean()), 3) for k in (1, 3, 5, 10, 24, 40)}
    )


if __name__ == "__main__":
    main()
