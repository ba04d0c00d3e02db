"""Is a claim carried by sentences: WiCE and FRANK; nothing here was trained on either.

The reader was made for questions; here the claim stands where the question would. WiCE: claims of
the dev part with their oracle chunks, "supported" against "partially" and "not supported", by the
best sentence; the paper reports accuracy and F1 on test. FRANK: summaries of the valid part,
factual when every annotated sentence is; a summary is worth its worst sentence, each sentence the
best of the article's ten nearest (as many as the product reads). The paper correlates scores with
human ones instead.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.sentences import Case, answerable, in_order, scored
from assistant.evaluation.benchmarks.table import Bench, Measured, auc, estimate
from assistant.evidence import SHORTLIST
from assistant.reader import InContext

WICE = "wice/code_and_resources/entailment_inputs/oracle_chunks/claim/dev.jsonl"
_LABELS = {"supported": True, "partially_supported": False, "not_supported": False}


def wice(bench: Bench) -> Measured:
    """WiCE dev, oracle chunks: AUC of the best score for "supported"."""
    found = scored(bench, read(bench.data / WICE, _claim, bench.limit))
    return list(answerable(found, "supported or not, AUC")), 0, {}


def frank(bench: Bench) -> Measured:
    """FRANK valid: AUC of the worst sentence's score for "factual"."""
    embed = lru_cache(maxsize=20_000)(bench.assistant.embedder.embed_question)

    def summary(record: dict[str, Any]) -> Iterable[list[Case]]:
        claims = [c for c in re.split(r"(?<=[.!?])\s+", record["summary"].strip()) if c]
        shown, _ = in_order(record["article"])
        factual = float(record["factuality"]) == 1.0
        if claims and shown:
            vectors = np.stack([embed(s.text) for s in shown])
            nearest = [np.argsort(-(vectors @ embed(claim)))[:SHORTLIST] for claim in claims]
            yield [
                Case(claim, tuple(shown[i] for i in near), (factual,) * len(near), factual)
                for claim, near in zip(claims, nearest, strict=True)
            ]

    summaries = read(bench.data / "frank/valid.jsonl.gz", summary, bench.limit)
    found = iter(scored(bench, [case for cases in summaries for case in cases]))
    grouped = [[next(found) for _ in cases] for cases in summaries]
    factual = [cases[0].answerable for cases in summaries]
    lines = []
    for system in grouped[0][0].by if grouped else ():
        worst = [min(s.by[system].max() for s in group) for group in grouped]
        lines.append(estimate("factual or not, AUC", system, factual, worst, of=auc))
    return lines, 0, {"sentences read for a claim": str(SHORTLIST)}


def _claim(record: dict[str, Any]) -> Iterable[Case]:
    shown = tuple(InContext(text) for text in record["evidence"] if text.strip())
    right = _LABELS[record["label"]]
    if shown:
        yield Case(record["claim"], shown, (right,) * len(shown), right)
