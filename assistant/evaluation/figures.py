"""Figures over the questions of a run: what each metric says, how sure it is, what it leaves out.

All of it works on the "results" of a run's record, as plain values, so that a saved baseline and
the run at hand are measured in the same way.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Results: TypeAlias = Sequence[Mapping[str, Any]]
Sample: TypeAlias = tuple[float, float]  # got, of
Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 1_000
_SEED = 20250218  # the same run always has the same intervals
_BATCH = 200  # resamples held at a time, so that 10,000 questions fit in memory
_QUANTILES = {"latency_p50_ms": 0.5, "latency_p95_ms": 0.95}


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's name in records and gates, its label for people, and what it says."""

    name: str
    label: str
    meaning: str
    higher_is_better: bool = True
    unit: Literal["share", "ms"] = "share"


METRICS: tuple[Metric, ...] = (
    Metric("recall@5", "Recall at 5", "Share of the evidence among the first 5 passages."),
    Metric("recall@10", "Recall at 10", "Share of the evidence among the first 10 passages."),
    Metric("mrr@10", "Reciprocal rank", "One over the rank of the first evidence, 0 after 10."),
    Metric("ndcg@10", "nDCG at 10", "How near the first 10 passages are to the ideal order."),
    Metric("map", "Average precision", "Precision at each piece of evidence, averaged."),
    Metric("facts", "Facts", "Share of the expected facts that the answer states."),
    Metric("citation_exactness", "Exact quotes", "Share of quotes that are the article's words."),
    Metric("citation_recall", "Citation recall", "Share of sentences that their quotes support."),
    Metric("citation_precision", "Citation precision", "Share of citations that support."),
    Metric("evidence_recall", "Evidence cited", "Share of the evidence that a citation covers."),
    Metric("evidence_precision", "Cites evidence", "Share of citations that lie on evidence."),
    Metric("sentence_coverage", "Sentences cited", "Share of sentences with a citation."),
    Metric("figures_supported", "Numbers supported", "Share of numbers that stand in the quotes."),
    Metric("names_supported", "Names supported", "Share of names that stand in the quotes."),
    Metric("speaker_accuracy", "Speakers right", "Share of quotes given to the right speaker."),
    Metric("abstention_precision", "Refusals right", "Share of refusals that were called for."),
    Metric("abstention_recall", "Refused as due", "Share of the unanswerable that was refused."),
    Metric("abstention_f1", "Refusal F1", "Balance of rightly refusing and rightly answering."),
    Metric("false_premise", "False premises", "Share of false premises refused or corrected."),
    Metric("correction_shown", "Corrections shown", "Share of corrections put before the reader."),
    Metric("forbidden_absent", "Nothing forbidden", "Share that show nothing they must not say."),
    Metric("judged", "Judged right", "Share of answers that the judging model calls right."),
    Metric("latency_p50_ms", "Median time", "Half of the answers took no longer.", False, "ms"),
    Metric("latency_p95_ms", "95 % time", "95 % of the answers took no longer.", False, "ms"),
)


def figures(results: Results, *, kinds: bool = True) -> list[dict[str, Any]]:
    """Return a figure for each metric over all questions (kind ""), then over each kind.

    A kind's figure that no question counts towards is left out. `n + skipped + errors` is the
    number of questions; `low` and `high` are None where fewer than two count.
    """
    table = []
    for kind in ("", *(kinds_of(results) if kinds else ())):
        for metric in METRICS:
            samples, skipped, errors = counted(results, metric.name, kind)
            if samples or not kind:
                value = exact(metric.name, samples)
                figure = {"metric": metric.name, "kind": kind, "value": _rounded(value)}
                figure |= _interval(value, samples, partial(_value, metric.name))
                table.append(figure | {"n": len(samples), "skipped": skipped, "errors": errors})
    return table


def kinds_of(results: Results) -> list[str]:
    """Return the kinds of question that occur, sorted."""
    return sorted({result["kind"] for result in results} - {""})


def counted(results: Results, metric: str, kind: str) -> tuple[list[Sample], int, int]:
    """Return the scores of a metric, how many questions it does not apply to, how many failed."""
    asked = [result for result in results if kind in ("", result["kind"])]
    samples = [sample for result in asked if (sample := _sample(result, metric)) is not None]
    errors = sum(result["error"] is not None for result in asked)
    return samples, len(asked) - len(samples) - errors, errors


def exact(metric: str, samples: Sequence[Sequence[float]]) -> float | None:
    """Return a metric's value before rounding, None where there is nothing to divide by.

    >>> exact("facts", [(1, 2), (2, 2)]), exact("latency_p50_ms", [(10, 1), (30, 1)])
    (0.75, 20.0)
    """
    value = float(_value(metric, *np.array(samples, dtype=float).T)) if samples else np.nan
    return None if np.isnan(value) else value


def difference(before: Results, after: Results, metric: str, kind: str = "") -> dict[str, Any]:
    """Return how a metric changed over the questions that both runs asked, with its interval.

    A question that scores in one run only counts towards that run's value alone (a time does not
    count then); `n` is the number of questions that count. The kind is that of the later run.
    """
    earlier = {(result["set"], result["id"]): result for result in before}
    rows = []
    for result in after:
        old = earlier.get((result["set"], result["id"]))
        if old is not None and kind in ("", result["kind"]):
            pair = (_sample(old, metric), _sample(result, metric))
            if None not in pair or (metric not in _QUANTILES and pair != (None, None)):
                rows.append((*(pair[0] or (0.0, 0.0)), *(pair[1] or (0.0, 0.0))))
    then, now = (exact(metric, [row[run : run + 2] for row in rows]) for run in (0, 2))
    change = None if then is None or now is None else now - then
    found = {"metric": metric, "kind": kind, "before": _rounded(then), "after": _rounded(now)}
    found |= {"difference": _rounded(change)}
    return found | _interval(change, rows, partial(_change, metric)) | {"n": len(rows)}


def _sample(result: Mapping[str, Any], metric: str) -> Sample | None:
    if result["error"] is not None:
        return None
    if metric in _QUANTILES:
        timings = result["timings_ms"] if result["answer"] is not None else {}
        return (sum(timings.values()), 1.0) if timings else None
    score = result["scores"].get(metric)
    return None if score is None else (score[0], score[1])


def _value(metric: str, got: Floats, of: Floats, *, axis: int = -1) -> Floats:
    if metric in _QUANTILES:
        return np.asarray(np.quantile(got, _QUANTILES[metric], axis=axis))
    total = np.asarray(of.sum(axis=axis), dtype=float)
    shares = np.full_like(total, np.nan)
    np.divide(got.sum(axis=axis), total, out=shares, where=total > 0)
    return shares


def _change(metric: str, *columns: Floats, axis: int = -1) -> Floats:
    return _value(metric, *columns[2:], axis=axis) - _value(metric, *columns[:2], axis=axis)


def _interval(
    value: float | None, rows: Sequence[Sequence[float]], statistic: Callable[..., Floats]
) -> dict[str, Any]:
    """Return the 95 % percentile bootstrap interval over questions (Efron and Tibshirani 1993).

    A resample with nothing to divide by says nothing of the ratio and is left out.
    """
    if value is None or len(rows) < 2:
        return {"low": None, "high": None}
    from scipy.stats import DegenerateDataWarning, bootstrap  # type: ignore[import-untyped]

    how = {"paired": True, "vectorized": True, "method": "percentile", "batch": _BATCH}
    how |= {"n_resamples": RESAMPLES, "rng": np.random.default_rng(_SEED)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)
        values = bootstrap(np.array(rows).T, statistic, **how).bootstrap_distribution
    low, high = np.nanquantile(values, [0.025, 0.975])
    return {"low": _rounded(low), "high": _rounded(high)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4) + 0.0  # + 0.0: never "-0.0"
