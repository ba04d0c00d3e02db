"""Figures, against hand-worked sums, scipy, the normal approximation and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from assistant.evaluation.figures import METRICS, counted, difference, exact, figures, kinds_of


def result(id, *, kind="fact", error=None, ms=None, answer="It was.", **scores):
    """A result of a record; `recall_at_5=(1, 2)` is the score of recall@5."""
    return {
        "set": "talks.jsonl", "id": id, "kind": kind, "error": error,
        "answer": None if answer is None else {"answer": answer},
        "timings_ms": ms or {},
        "scores": {
            name.replace("_at_", "@"): score and list(score) for name, score in scores.items()
        },
    }  # fmt: skip


def figure(results, metric, kind=""):
    found = [f for f in figures(results) if (f["metric"], f["kind"]) == (metric, kind)]
    assert len(found) <= 1
    return found[0] if found else None


def coins(heads, n, **options):
    return [result(str(i), facts=(float(i < heads), 1), **options) for i in range(n)]


def test_the_metrics_are_in_order_and_say_what_they_are() -> None:
    names = (
        "recall@5 recall@10 mrr@10 ndcg@10 map facts citation_exactness citation_recall "
        "citation_precision evidence_recall evidence_precision sentence_coverage "
        "figures_supported names_supported speaker_accuracy abstention_precision "
        "abstention_recall abstention_f1 false_premise correction_shown forbidden_absent "
        "judged latency_p50_ms latency_p95_ms"
    )
    assert " ".join(metric.name for metric in METRICS) == names
    assert len({metric.label for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.meaning.endswith(".") and metric.meaning.count(".") == 1
        assert metric.higher_is_better == (metric.unit == "share") == (metric.name[:7] != "latency")


def test_a_figure_is_the_sum_of_what_was_got_over_the_sum_of_what_there_was() -> None:
    results = [result("a", facts=(1, 3)), result("b", facts=(1, 1)), result("c", facts=None)]
    results.append(result("d", error="it broke", facts=None))
    found = figure(results, "facts")
    assert found["value"] == 0.5
    assert (found["n"], found["skipped"], found["errors"]) == (2, 1, 1)
    assert (found["low"], found["high"]) == (0.3333, 1.0)
    keys = ["metric", "kind", "value", "low", "high", "n", "skipped", "errors"]
    assert list(found) == keys


def test_an_error_is_no_score_even_where_one_is_noted() -> None:
    results = [result("a", facts=(1, 1)), result("b", error="it broke", facts=(0, 1))]
    assert counted(results, "facts", "") == ([(1, 1)], 0, 1)


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # two rightly refused, one wrongly refused, one wrongly answered: P = R = 2/3
    scores = [(2, 2), (2, 2), (0, 1), (0, 1), (0, 0)]
    results = [result(str(i), abstention_f1=score) for i, score in enumerate(scores)]
    assert figure(results, "abstention_f1")["value"] == round(2 / 3, 4)


def test_nothing_to_divide_by_is_no_value_and_no_interval() -> None:
    found = figure([result("a", map=(0, 0)), result("b", map=(0, 0))], "map")
    assert (found["value"], found["low"], found["high"], found["n"]) == (None, None, None, 2)
    none = figure([], "map")
    assert (none["value"], none["low"], none["n"]) == (None, None, 0)


def test_one_question_has_a_value_and_no_interval() -> None:
    found = figure([result("a", facts=(1, 2))], "facts")
    assert (found["value"], found["low"], found["high"]) == (0.5, None, None)


def test_resamples_with_nothing_to_divide_by_are_left_out() -> None:
    found = figure([result("a", facts=(0, 0)), result("b", facts=(1, 2))], "facts")
    assert (found["value"], found["low"], found["high"]) == (0.5, 0.5, 0.5)


def test_kinds_follow_the_whole_and_only_with_what_they_measure() -> None:
    results = [result("a", kind="who", facts=(1, 1)), result("b", kind="fact", map=(1, 2))]
    table = figures(results)
    assert kinds_of(results) == ["fact", "who"]
    assert [f["metric"] for f in table[: len(METRICS)]] == [metric.name for metric in METRICS]
    by_kind = [(f["metric"], f["kind"], f["value"]) for f in table[len(METRICS) :]]
    assert by_kind == [("map", "fact", 0.5), ("facts", "who", 1.0)]
    assert figures(results, kinds=False) == table[: len(METRICS)]


def test_latency_is_of_what_was_answered_without_an_error() -> None:
    results = [result(str(i), ms={"retrieve": i, "answer": 1.0}) for i in range(101)]
    results.append(result("slow", error="it broke", ms={"retrieve": 1e6}))
    results.append(result("none", answer=None, ms={"retrieve": 1e6}))
    median, late = figure(results, "latency_p50_ms"), figure(results, "latency_p95_ms")
    assert (median["value"], late["value"]) == (51.0, 96.0)
    assert (median["n"], median["skipped"], median["errors"]) == (101, 1, 1)
    assert 35 < median["low"] < 51 < median["high"] < 67


def test_the_interval_is_scipys() -> None:
    rng = np.random.default_rng(1)
    of = rng.integers(1, 5, 60)
    got = rng.integers(0, of + 1)
    results = [
        result(str(i), facts=(int(g), int(o))) for i, (g, o) in enumerate(zip(got, of, strict=True))
    ]
    whole = stats.bootstrap(
        (got, of), lambda g, o, axis=-1: g.sum(axis) / o.sum(axis),
        paired=True, vectorized=True, method="percentile", n_resamples=20_000,
        rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    found = figure(results, "facts")
    assert found["low"] == pytest.approx(whole.low, abs=0.015)
    assert found["high"] == pytest.approx(whole.high, abs=0.015)


def test_the_interval_of_a_mean_is_near_the_binomials() -> None:
    found = figure(coins(120, 400), "facts")
    low, high = stats.binom(400, 0.3).ppf([0.025, 0.975]) / 400
    assert found["low"] == pytest.approx(low, abs=0.01)
    assert found["high"] == pytest.approx(high, abs=0.01)


def test_the_same_run_has_the_same_intervals() -> None:
    assert figures(coins(11, 30)) == figures(coins(11, 30))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(150):
        heads = int(rng.binomial(80, 0.4))
        found = difference(coins(0, 80), coins(heads, 80), "facts")
        held += found["low"] <= 0.4 <= found["high"]
    assert 0.88 <= held / 150 <= 0.995


def test_a_difference_is_over_the_questions_of_both_runs() -> None:
    before = [result("a", facts=(0, 1)), result("b", facts=(1, 1)), result("gone", facts=(1, 1))]
    after = [result("b", facts=(1, 1)), result("a", facts=(1, 1)), result("new", facts=(0, 1))]
    found = difference(before, after, "facts", "")
    assert list(found.values()) == ["facts", "", 0.5, 1.0, 0.5, 0.0, 1.0, 2]
    keys = ["metric", "kind", "before", "after", "difference", "low", "high", "n"]
    assert list(found) == keys


def test_a_difference_is_paired() -> None:
    """Two runs that differ in one answer of 200 are far nearer than their own intervals."""
    found = difference(coins(100, 200), coins(101, 200), "facts")
    assert (found["difference"], found["low"]) == (0.005, 0.0)
    assert found["high"] <= 0.02


def test_the_interval_of_a_difference_is_near_the_normal_one() -> None:
    rng = np.random.default_rng(4)
    steps = rng.choice([-1.0, 0.0, 1.0], 300, p=[0.1, 0.6, 0.3])
    before = [result(str(i), facts=(float(s < 0), 1)) for i, s in enumerate(steps)]
    after = [result(str(i), facts=(float(s > 0), 1)) for i, s in enumerate(steps)]
    found = difference(before, after, "facts")
    margin = 1.96 * steps.std() / math.sqrt(300)
    assert found["difference"] == pytest.approx(steps.mean(), abs=1e-4)
    assert found["low"] == pytest.approx(steps.mean() - margin, abs=0.012)
    assert found["high"] == pytest.approx(steps.mean() + margin, abs=0.012)


def test_a_question_that_scores_in_one_run_counts_towards_that_run_alone() -> None:
    before = [result("a", citation_precision=(1, 2)), result("b", citation_precision=(2, 2))]
    after = [result("a", citation_precision=None), result("b", citation_precision=(2, 2))]
    found = difference(before, after, "citation_precision")
    assert (found["before"], found["after"], found["n"]) == (0.75, 1.0, 2)
    neither = difference(before, after, "map")
    assert (neither["difference"], neither["low"], neither["n"]) == (None, None, 0)


def test_a_difference_of_times_is_of_what_both_runs_answered() -> None:
    before = [result(str(i), ms={"answer": 10.0 + i}) for i in range(5)]
    after = [result(str(i), ms={"answer": 20.0 + i}) for i in range(4)]
    after.append(result("4", error="it broke", ms={"answer": 1e6}))
    found = difference(before, after, "latency_p50_ms")
    assert (found["before"], found["after"], found["difference"]) == (11.5, 21.5, 10.0)
    assert (found["low"], found["high"], found["n"]) == (10.0, 10.0, 4)


def test_the_same_id_in_another_set_is_another_question() -> None:
    other = result("a", facts=(1, 1)) | {"set": "other.jsonl"}
    assert difference([other], [result("a", facts=(1, 1))], "facts")["n"] == 0


def test_the_kind_of_a_difference_is_that_of_the_later_run() -> None:
    before = [result("a", kind="who", facts=(0, 1)), result("b", facts=(1, 1))]
    after = [result("a", kind="where", facts=(1, 1)), result("b", facts=(1, 1))]
    assert difference(before, after, "facts", "where")["difference"] == 1.0
    assert difference(before, after, "facts", "who")["n"] == 0


def test_exact_is_not_rounded() -> None:
    assert exact("facts", [(99_999, 100_000)]) == 0.99999
    assert exact("facts", []) is None
