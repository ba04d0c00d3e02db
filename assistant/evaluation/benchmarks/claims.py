"""Is a claim carried by sentences: WiCE and FRANK; nothing here was trained on either.

The checker is what a writing model's sentences pass: rules and likeness, over all sentences. For
its AUC a broken rule costs a whole point of likeness; precision and recall are of its own verdict.
The reader was made for questions; here the claim stands where the question would.

WiCE: claims of the dev part with their oracle chunks, "supported" against "partially" and "not
supported", by the best sentence; the paper reports accuracy and F1 on test. FRANK: summaries of the
valid part, factual when every annotated sentence is; a summary is worth its worst sentence, each
sentence the best of the article's ten nearest (as many as the product reads). The paper correlates
scores with human ones instead.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from assistant.checking import Checked, Language, Quoted, check
from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.sentences import Case, answerable, in_order, scored
from assistant.evaluation.benchmarks.table import (
    Bench,
    Line,
    Measured,
    Values,
    auc,
    estimate,
)
from assistant.evidence import SHORTLIST
from assistant.keywords import KeywordIndex
from assistant.names import NameTable, likely_people
from assistant.reader import support

CHECKER = "checker"
CHECKED = 3  # sentences that a claim is checked against at once: a written one cites few
WICE = "wice/code_and_resources/entailment_inputs/oracle_chunks/claim/dev.jsonl"
_LABELS = {"supported": True, "partially_supported": False, "not_supported": False}


def wice(bench: Bench) -> Measured:
    """WiCE dev, oracle chunks: AUC of the best score for "supported"."""
    cases = read(bench.data / WICE, _claim, bench.limit)
    found = scored(bench, cases)
    with checker(bench) as check:
        verdicts = [check(case.question, case.sentences) for case in cases]
    supported = [case.answerable for case in cases]
    lines = [*answerable(found, "supported or not, AUC"), *_told(supported, verdicts, "supported")]
    return lines, 0, {}


def frank(bench: Bench) -> Measured:
    """FRANK valid: AUC of the worst sentence's score for "factual"."""
    embed = lru_cache(maxsize=20_000)(bench.assistant.embedder.embed_question)

    def summary(record: dict[str, Any]) -> Iterable[list[Case]]:
        claims = [c for c in re.split(r"(?<=[.!?])\s+", record["summary"].strip()) if c]
        shown, _ = in_order(record["article"])
        factual = float(record["factuality"]) == 1.0
        if claims and shown:
            vectors = np.stack([embed(s) for s in shown])
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
    with checker(bench) as check:
        verdicts = [
            min(
                (check(c.question, c.sentences[:CHECKED]) for c in cases),
                key=_worth,
            )
            for cases in summaries
        ]
    lines += _told(factual, verdicts, "factual")
    return lines, 0, {"sentences read for a claim": str(SHORTLIST), "checked": str(CHECKED)}


@contextmanager
def checker(bench: Bench) -> Iterator[Callable[[str, Sequence[str]], Checked]]:
    """Give the product's checker, for claims on any subject: every word counts as equally rare."""
    embed = lru_cache(maxsize=20_000)(bench.assistant.embedder.embed_question)
    with TemporaryDirectory() as folder:
        stem = lru_cache(maxsize=50_000)(KeywordIndex(Path(folder), fresh=True).stem)
        language = Language(
            stem,
            rarity=lambda _: 1.0,
            similarity=lambda one, other: float(embed(one) @ embed(other)),
            reading=lambda claim, quote: support(bench.assistant.reader, claim, quote.text),
        )

        def verdict(claim: str, sentences: Sequence[str]) -> Checked:
            people = NameTable(likely_people(" ".join([claim, *sentences])))
            return check(claim, [Quoted(text) for text in sentences], people, language)

        yield verdict


def _worth(checked: Checked) -> float:
    broken = sum(reason.code != "unlike" for reason in checked.reasons)
    return checked.likeness - broken


def _told(right: Sequence[bool], verdicts: Sequence[Checked], label: str) -> Iterator[Line]:
    """Yield how well the checker tells right claims, and what its own verdict is worth."""
    said = [checked.verdict == "supported" for checked in verdicts]
    yield estimate(f"{label} or not, AUC", CHECKER, right, [_worth(c) for c in verdicts], of=auc)
    yield estimate(f"{label}, precision", CHECKER, right, said, of=lambda r, s: _share(r[s > 0]))
    yield estimate(f"{label}, recall", CHECKER, right, said, of=lambda r, s: _share(s[r > 0]))


def _share(flags: Values) -> float:
    return float(flags.mean()) if len(flags) else math.nan


def _claim(record: dict[str, Any]) -> Iterable[Case]:
    shown = tuple(text for text in record["evidence"] if text.strip())
    right = _LABELS[record["label"]]
    if shown:
        yield Case(record["claim"], shown, (right,) * len(shown), right)
