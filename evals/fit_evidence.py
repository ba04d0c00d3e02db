"""Fit the weights of evidence and refusing.

    python -m evals.fit_evidence --data DIR [--work build/fit]

Three logistic regressions, each printed to paste into the module that it belongs to:

1. the shortlist (`evidence.WEIGHTS`), on pairs: sentences that carry a question's evidence against
   the hardest of the others;
2. the judgement (`evidence.JUDGEMENT_WEIGHTS`), on the sentences that are read;
3. the confidence (`refusing.SURETY_WEIGHTS`), on whether the question can be answered at all. Each
   weight has the sign that sense demands (`refusing.SURETY_SIGNS`), or is 0.

Fitted on `talks.jsonl` and `evidence.jsonl` over the built-in corpus, and on the questions of
`written_2` about texts that the reader never learned from, over an index of all its texts. The
held-out sets are not read here.
"""

import argparse
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
from assistant.settings import Settings
from assistant.types import Hit, Turn
from evals.reader import windows
from evals.sets import is_evidence, load

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
FITTED_ON = (HERE / "talks.jsonl", HERE / "evidence.jsonl")
HARDEST = 40  # wrong sentences of a question, the best-scored first
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """A question as the answer path meets it: what is asked, all candidates, which are right."""

    question: dict[str, Any]
    asked: Any
    candidates: list[Candidate]
    right: Any
    opened: dict[str, Opened]
    assistant: Assistant


def main() -> None:
    """Fit all three, in the order in which they depend on one another."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/fit"))
    parser.add_argument("--shortlist", action="store_true", help="fit the shortlist anew as well")
    args = parser.parse_args()
    met = [
        meet(assistant, question)
        for assistant, questions in sets(args.data, args.work)
        for question in tqdm(questions, "Questions", mininterval=5)
    ]
    weights = fit_shortlist(met) if args.shortlist else np.array(evidence.WEIGHTS)
    judged = [judge(one, weights) for one in tqdm(met, "Reading", mininterval=5)]
    judged = fit_judgement(judged)
    fit_surety(judged)


def sets(data: Path, work: Path) -> list[tuple[Assistant, list[dict[str, Any]]]]:
    """Return the questions that are fitted on, and an assistant over the articles of each part."""
    corpus = over(CORPUS, work / "corpus")
    own = [q for path in FITTED_ON for q in load(path)]
    later = over(data / "written_2/texts", work / "written_2")
    return [(corpus, own), (later, kept_apart(data))]


def over(articles: Path, index: Path) -> Assistant:
    """Return an assistant over the articles of a folder."""
    assistant = Assistant.from_settings(Settings(index=index))
    assistant.ingest([str(articles)], prune=True)
    return assistant


def kept_apart(data: Path, name: str = "written_2") -> list[dict[str, Any]]:
    """Return the written questions that the reader was not trained on, as a set's records."""
    return [
        {
            "id": f"{record['article']}-{number}",
            "question": record["question"],
            "kind": record["kind"],
            "history": record.get("history", []),
            "answerable": bool(record.get("right")),
            "evidence": record.get("right", []),
            "article": record["article"],
            "verdict": record.get("verdict", ""),
            "contradicts": record.get("contradicts", []),
            "words": record.get("words", ""),
        }
        for number, record in enumerate(windows.later_set(data, name, apart=True).records)
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
    candidates = evidence.scored(asked, vectors, hits, opened, answering.words)
    return Answered(question, asked, candidates, rights(candidates, question), opened, assistant)


def rights(candidates: Sequence[Candidate], question: dict[str, Any]) -> Any:
    """Return which candidates carry a question's evidence."""
    return np.array([is_evidence(c.text, question["evidence"]) for c in candidates], dtype=bool)


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


def judge(one: Answered, weights: Any, *, limit: int = evidence.SHORTLIST) -> Answered:
    """Return the question with what the product would read of it read."""
    scored = [replace(c, score=float(np.dot(weights, c.features))) for c in one.candidates]
    chosen = evidence.to_read(scored, one.opened, limit=limit)
    read = evidence.judge(one.asked, chosen, one.opened, one.assistant.reader)
    return replace(one, candidates=read, right=rights(read, one.question))


def fit_judgement(judged: Sequence[Answered]) -> list[Answered]:
    """Print weights from what is known of a sentence to how likely it answers."""

    def features(one: Answered) -> Any:
        return np.array([evidence.judged_features(c, c.reading) for c in one.candidates])

    def fitted(chosen: Sequence[Answered]) -> Any:
        return LogisticRegression(C=10.0, max_iter=5000).fit(
            np.vstack([features(one) for one in chosen]),
            np.hstack([one.right & one.question["answerable"] for one in chosen]),
        )

    by: dict[str, list[float]] = {"the shortlist's score": [], "the reader alone": [], "both": []}
    for train, test in folds(judged):
        model = fitted(train)
        for one in test:
            if one.question["answerable"] and one.candidates:
                x = features(one)
                shortlist = evidence.JUDGED.index("shortlist")
                for name, scores in (
                    ("the shortlist's score", x[:, shortlist]),
                    ("the reader alone", x[:, 0]),
                    ("both", model.decision_function(x)),
                ):
                    by[name].append(first_right(one.right[np.argsort(-scores)]))
    print()
    for name, ranks in by.items():
        print(f"by {name}", recalls(ranks))
    model = fitted(judged)
    weights = ", ".join(f"{w:.2f}" for w in model.coef_[0])
    print(f"JUDGEMENT_WEIGHTS = ({weights})\nJUDGEMENT_OFFSET = {model.intercept_[0]:.2f}")
    print("  ".join(f"{n} {w:.2f}" for n, w in zip(evidence.JUDGED, model.coef_[0], strict=True)))
    done = []
    for one in judged:
        probabilities = model.predict_proba(features(one))[:, 1]
        order = np.argsort(-probabilities)
        candidates = [
            replace(one.candidates[i], probability=float(probabilities[i])) for i in order
        ]
        done.append(replace(one, candidates=candidates, right=one.right[order]))
    return done


def fit_surety(judged: Sequence[Answered]) -> None:
    """Print weights from the best sentences to whether the question can be answered."""
    judged = [one for one in judged if one.candidates]
    features = np.array([refusing.surety_features(one.candidates) for one in judged])
    answerable = np.array([bool(one.question["answerable"]) for one in judged])
    scores = np.zeros(len(judged))
    for train, test in folds(list(range(len(judged))), of=lambda i: judged[i].question):
        coefficients, offset = signed(features[train], answerable[train])
        scores[test] = [evidence.sigmoid(float(features[i] @ coefficients + offset)) for i in test]
    print(f"\nanswerable or not, AUC cross-validated {roc_auc_score(answerable, scores):.3f}")
    for own in (True, False):
        part = [i for i, one in enumerate(judged) if ("verdict" not in one.question) == own]
        name = "the built-in corpus" if own else "written_2"
        print(f"  {name}: {roc_auc_score(answerable[part], scores[part]):.3f} (n {len(part)})")
    for i, name in enumerate(refusing.SURETY):
        sign = refusing.SURETY_SIGNS[i]
        print(f"  {name:14} alone: AUC {roc_auc_score(answerable, sign * features[:, i]):.3f}")
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
        refused = scores < threshold
        print(
            f"  below {threshold:.2f}: {refused[~answerable].mean():.2f} of the unanswerable "
            f"and {refused[answerable].mean():.2f} of the answerable refused"
        )
    coefficients, offset = signed(features, answerable)
    weights = ", ".join(f"{w:.2f}" for w in coefficients)
    print(f"SURETY_WEIGHTS = ({weights})\nSURETY_OFFSET = {offset:.2f}")


def signed(features: Any, answerable: Any) -> tuple[Any, float]:
    """Return weights and offset; what would get a sign against sense is left out, one by one."""
    kept = list(range(features.shape[1]))
    signs = np.array(refusing.SURETY_SIGNS)
    while True:
        model = LogisticRegression(C=1.0, max_iter=5000).fit(features[:, kept], answerable)
        against = model.coef_[0] * signs[kept]
        if against.min() >= 0:
            break
        kept.pop(int(np.argmin(against)))
    weights = np.zeros(features.shape[1])
    weights[kept] = model.coef_[0]
    return weights, float(model.intercept_[0])


def folds(
    met: Sequence[Any], of: Callable[[Any], dict[str, Any]] = lambda one: one.question
) -> Any:
    """Return (train, test) splits by article, so that no article's questions are in both."""
    articles = sorted({_article(of(one)) for one in met})
    chosen = np.random.default_rng(7).permutation(len(articles))
    fold_of = {article: int(i) % FOLDS for article, i in zip(articles, chosen, strict=True)}
    split = []
    for fold in range(FOLDS):
        test = [one for one in met if fold_of[_article(of(one))] == fold]
        train = [one for one in met if fold_of[_article(of(one))] != fold]
        split.append((train, test))
    return split


def _article(question: dict[str, Any]) -> str:
    return str(question.get("article", ""))


def first_right(right: Any) -> float:
    """Return the rank of the first right candidate, from 1; infinity for none."""
    places = np.flatnonzero(right)
    return float(places[0] + 1) if len(places) else float("inf")


def recalls(ranks: list[float]) -> str:
    """Return the share of questions whose evidence is among the best k, for some k."""
    found = np.array(ranks)
    return f"(n {len(found)}) " + json.dumps(
        {k: round(float((found <= k).mean()), 3) for k in (1, 2, 3, 5, 10, 24, 40)}
    )


if __name__ == "__main__":
    main()
