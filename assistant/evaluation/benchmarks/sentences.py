"""Which sentence answers, and is there one at all: WikiQA and TrecQA.

The dev parts, by the "clean" protocol: MAP and MRR over the questions that have right and wrong
candidates. Published figures are of the test parts, mostly by models fine-tuned on the sets, which
nothing here was. QAMR and OneStopQA are left out: reader and query adapter were trained on all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from assistant.evaluation import metrics
from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.table import Bench, Line, Measured, Values, auc, estimate
from assistant.passages import split_sentences
from assistant.reader import InContext, Judgement

COSINE, ADAPTED, READER = "cosine of MiniLM", "query adapter", "reader"
# As evidence weighs them: a point of cosine against a point of the reader's logit.
COSINE_WEIGHT = 8
BOTH = f"reader + {COSINE_WEIGHT} × adapter"


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its candidate sentences, which are right, and whether any answer exists."""

    question: str
    sentences: tuple[InContext, ...]
    right: tuple[bool, ...]
    answerable: bool
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with every system's score for each sentence, and what the reader marked."""

    case: Case
    by: dict[str, Values]
    judged: list[Judgement]


def scored(bench: Bench, cases: Sequence[Case]) -> list[Scored]:
    """Score every sentence of every case by each system."""
    embed = lru_cache(maxsize=20_000)(bench.assistant.embedder.embed_question)
    found = []
    for done, case in enumerate(cases):
        bench.on_progress(done, len(cases), case.question)
        vectors, asked = np.stack([embed(s.text) for s in case.sentences]), embed(case.question)
        adapted = vectors @ bench.assistant.adapter.adapt(asked)
        judged = bench.assistant.reader.judge(case.question, case.sentences)
        logits = np.array([j.score for j in judged])
        by = {COSINE: vectors @ asked, ADAPTED: adapted, READER: logits}
        found.append(Scored(case, by | {BOTH: logits + COSINE_WEIGHT * adapted}, judged))
    bench.on_progress(len(cases), len(cases), "")
    return found


def ranking(found: Sequence[Scored]) -> Iterator[Line]:
    """Yield MAP and MRR over the cases that have right and wrong sentences."""
    clean = [s for s in found if _is_clean(s.case)]
    for system in clean[0].by if clean else ():
        precisions, ranks = [], []
        for s in clean:
            order = np.argsort(-s.by[system], kind="stable")
            brings = [frozenset({int(i)} if s.case.right[i] else ()) for i in order]
            precisions.append(metrics.average_precision(brings, sum(s.case.right)))
            ranks.append(metrics.mrr(brings, sum(s.case.right), k=len(brings)))
        yield estimate("MAP", system, [score.got for score in precisions if score])
        yield estimate("MRR", system, [score.got for score in ranks if score])


def right_first(found: Sequence[Scored]) -> Iterator[Line]:
    """Yield how often the best sentence is right, over the cases that have a right one."""
    having = [s for s in found if any(s.case.right)]
    for system in having[0].by if having else ():
        first = [s.case.right[int(np.argmax(s.by[system]))] for s in having]
        yield estimate("right sentence first", system, first)


def answerable(found: Sequence[Scored], measure: str = "answerable or not, AUC") -> Iterator[Line]:
    """Yield how well the best score tells the cases that have an answer from the others."""
    for system in found[0].by if found else ():
        best = [s.by[system].max() for s in found]
        yield estimate(measure, system, [s.case.answerable for s in found], best, of=auc)


def wikiqa(bench: Bench) -> Measured:
    """WikiQA dev: MAP and MRR, and whether the summary answers at all."""
    cases = read(bench.data / "wikiqa/dev.jsonl", _candidates, bench.limit)
    found = scored(bench, cases)
    return [*ranking(found), *answerable(found)], sum(not _is_clean(c) for c in cases), {}


def trecqa(bench: Bench) -> Measured:
    """TrecQA dev: MAP and MRR."""
    cases = read(bench.data / "trecqa/dev.jsonl", _candidates, bench.limit)
    clean = [case for case in cases if _is_clean(case)]
    return list(ranking(scored(bench, clean))), len(cases) - len(clean), {}


def in_order(text: str, title: str = "") -> tuple[list[InContext], list[tuple[int, int]]]:
    """Return a text's sentences, each with the one before it, and where they lie."""
    spans = [(s.start, s.end) for s in split_sentences(text)]
    texts = [text[a:b] for a, b in spans]
    before = ["", *texts[:-1]]
    return [InContext(t, title, previous=p) for t, p in zip(texts, before, strict=True)], spans


def _is_clean(case: Case) -> bool:
    return any(case.right) and not all(case.right)


def _candidates(record: dict[str, Any]) -> Iterable[Case]:
    right = tuple(bool(c["label"]) for c in record["candidates"])
    title = record.get("doc_title", "")
    shown = tuple(InContext(c["text"], title) for c in record["candidates"])
    if shown:
        yield Case(record["question"], shown, right, any(right))
