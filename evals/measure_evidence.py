"""Measure evidence on published sets and our own, as one table.

    python -m evals.measure_evidence --data DIR

- WikiQA and TrecQA dev: mean average precision of answer sentences, over the questions that have
  both right and wrong candidates (the published "clean" protocol), by `ir_measures`;
- SQuAD 2.0, the articles that the reader never saw: right sentence first among those of the
  paragraph, and AUC of the best score for "answerable";
- WiCE dev, oracle chunks: AUC of the best score for "supported" against the rest;
- each beside the cosine of all-MiniLM-L6-v2, from the same run.

None of these was trained on; WikiQA, TrecQA and WiCE may not be. The data stays outside.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
import platformdirs
from ir_measures import AP, Qrel, ScoredDoc
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from assistant.adapter import adapter_for
from assistant.embedding import MiniLMEmbedder
from assistant.reader import InContext, Reader
from evals.reader import pairs

# As evidence weighs them: a point of cosine against a point of the reader's logit.
COSINE_WEIGHT = 8.0

Scores = Callable[[str, Sequence[InContext]], Any]
# A question, its sentences, which are right, and whether it is answerable at all.
Case = tuple[str, list[InContext], list[bool], bool]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    embedder = MiniLMEmbedder(Path(platformdirs.user_cache_dir("talks-assistant")))
    adapter = adapter_for(embedder.fingerprint)
    reader = Reader()

    def by_cosine(question: str, sentences: Sequence[InContext]) -> Any:
        vectors = np.stack([embedder.embed_question(s.text) for s in sentences])
        return vectors @ embedder.embed_question(question)

    def by_adapter(question: str, sentences: Sequence[InContext]) -> Any:
        vectors = np.stack([embedder.embed_question(s.text) for s in sentences])
        return vectors @ adapter.adapt(embedder.embed_question(question))

    def by_reader(question: str, sentences: Sequence[InContext]) -> Any:
        return np.array([j.score for j in reader.judge(question, sentences)])

    def by_both(question: str, sentences: Sequence[InContext]) -> Any:
        return by_reader(question, sentences) + COSINE_WEIGHT * by_adapter(question, sentences)

    sets = {
        "wikiqa dev": list(answer_sentences(args.data / "wikiqa/dev.jsonl")),
        "trecqa dev": list(answer_sentences(args.data / "trecqa/dev.jsonl")),
        "squad2 kept apart": list(squad(args.data)),
        "wice dev": list(wice(args.data)),
    }
    print("| set | measure | n | cosine | adapted | reader | both |\n|---|---|---|---|---|---|---|")
    for name, cases in sets.items():
        rows: dict[str, list[str]] = {}
        for scores in (by_cosine, by_adapter, by_reader, by_both):
            scored = [
                (case, scores(case[0], case[1])) for case in tqdm(cases, name, mininterval=10)
            ]
            for measure, (value, n) in measured(name, scored).items():
                rows.setdefault(measure, [str(n)]).append(f"{value:.3f}")
        for measure, values in rows.items():
            print(f"| {name} | {measure} | {' | '.join(values)} |")
    print(timed(reader, sets["squad2 kept apart"]))


def measured(name: str, scored: list[tuple[Case, Any]]) -> dict[str, tuple[float, int]]:
    """Return the measures of one set, each with its n."""
    best = [float(np.max(scores)) for _, scores in scored]
    answerable = [case[3] for case, _ in scored]
    if name.startswith("wice"):
        return {"supported or not, AUC": (float(roc_auc_score(answerable, best)), len(scored))}
    if name.startswith("squad2"):
        first = [case[2][int(np.argmax(s))] for case, s in scored if case[3] and any(case[2])]
        auc = float(roc_auc_score(answerable, best))
        return {
            "right sentence first": (float(np.mean(first)), len(first)),
            "answerable or not, AUC": (auc, len(scored)),
        }
    clean = [(c, s) for c, s in scored if any(c[2]) and not all(c[2])]
    qrels = [
        Qrel(str(q), str(d), int(right))
        for q, (case, _) in enumerate(clean)
        for d, right in enumerate(case[2])
    ]
    run = [
        ScoredDoc(str(q), str(d), float(score))
        for q, (_, scores) in enumerate(clean)
        for d, score in enumerate(scores)
    ]
    return {"MAP": (float(ir_measures.calc_aggregate([AP], qrels, run)[AP]), len(clean))}


def answer_sentences(path: Path) -> Iterator[Case]:
    """Yield WikiQA's or TrecQA's questions with their candidate sentences."""
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        title = record.get("doc_title", "")
        shown = [InContext(c["text"], title=title) for c in record["candidates"]]
        right = [bool(c["label"]) for c in record["candidates"]]
        if shown:
            yield record["question"], shown, right, any(right)


def squad(data: Path) -> Iterator[Case]:
    """Yield the questions of the SQuAD 2.0 articles that were kept out of training."""
    for title, paragraph in pairs.squad_paragraphs(data, kept_apart=True):
        shown, spans = pairs.squad_sentences(title, paragraph)
        for asked in paragraph["qas"]:
            starts = {a["answer_start"] for a in asked["answers"]}
            right = [any(a <= s < b for s in starts) for a, b in spans]
            yield asked["question"].strip(), shown, right, not asked["is_impossible"]


def wice(data: Path) -> Iterator[Case]:
    """Yield WiCE's claims with the sentences that an annotator chose as the closest evidence."""
    folder = data / "wice/code_and_resources/entailment_inputs/oracle_chunks/claim"
    for line in (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        evidence = record["evidence"]
        texts = evidence if isinstance(evidence, list) else [evidence]
        shown = [InContext(text) for text in texts if text.strip()]
        if shown:
            supported = record["label"] == "supported"
            yield record["claim"], shown, [supported] * len(shown), supported


def timed(reader: Reader, cases: Sequence[Case]) -> str:
    """Return the time that reading 30 candidate sentences takes, new each time."""
    sentences = [replace(s, previous="") for case in cases for s in case[1]]
    times = []
    for at in range(0, min(len(sentences) - 30, 3000), 30):
        began = time.perf_counter()
        reader.judge(cases[at % len(cases)][0], sentences[at : at + 30])
        times.append((time.perf_counter() - began) * 1000)
    return f"\n30 sentences: p50 {np.median(times):.1f} ms, p95 {np.percentile(times, 95):.1f} ms"


if __name__ == "__main__":
    main()
