"""Gates fail closed, and say why; saved runs are checked before they are compared with."""

import json
from pathlib import Path

import pytest

from assistant.errors import QuestionSetError
from assistant.evaluation.figures import METRICS
from assistant.evaluation.gates import (
    BaselineRule,
    Gate,
    Limit,
    check,
    compare,
    gate_beside,
    read_gate,
    read_record,
)


def result(id, *, kind="fact", passed=True, error=None, ms=5.0, answer="It was.", **scores):
    return {
        "set": "talks.jsonl", "id": id, "kind": kind, "passed": passed, "error": error,
        "outcome": "error" if error else "right" if passed else "wrong",
        "answer": None if error else {"answer": answer}, "timings_ms": {"answer": ms},
        "scores": {name: score and list(score) for name, score in scores.items()},
    }  # fmt: skip


def coins(heads, n, **options):
    marks = [i < heads for i in range(n)]
    return [result(str(i), passed=m, facts=(float(m), 1), **options) for i, m in enumerate(marks)]


def record(results):
    return {"format": 1, "made": "2026-11-24T17:00:00+00:00", "results": results}


def gate(*limits, **baseline):
    rule = {"file": None, "metrics": (), "max_drop": None, "max_broken": None} | baseline
    return Gate(Path("x"), limits, BaselineRule(**rule) if baseline else None)


def write(folder, text, name="talks.gate.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def only(checked):
    [found] = checked["checks"]
    assert checked["holds"] == found["holds"]
    return found


def test_a_gate_lies_beside_its_set(tmp_path) -> None:
    assert gate_beside(tmp_path / "talks.jsonl") is None
    path = write(tmp_path, "")
    assert gate_beside(tmp_path / "talks.jsonl") == path


def test_a_gate_is_read_as_it_is_written(tmp_path) -> None:
    saved = tmp_path / "baselines" / "talks.json"
    saved.parent.mkdir()
    saved.write_text(json.dumps(record(coins(1, 2))), encoding="utf-8")
    path = write(
        tmp_path,
        '[min]\nfacts = 0.5\n"recall@5" = 1\n[min.who-said]\nfacts = 0.6\n[max]\n'
        'latency_p95_ms = 2000\n[baseline]\nfile = "baselines/talks.json"\n'
        'metrics = ["facts", "recall@5"]\nmax_drop = 0.02\nmax_broken = 0\n',
    )
    assert read_gate(path) == Gate(
        path,
        (
            Limit("facts", "", "min", 0.5),
            Limit("recall@5", "", "min", 1.0),
            Limit("facts", "who-said", "min", 0.6),
            Limit("latency_p95_ms", "", "max", 2000.0),
        ),
        BaselineRule(saved, ("facts", "recall@5"), 0.02, 0),
    )


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("", "(nothing) is not a table", "[baseline]"),
        ("[mni]\nfacts = 1", "mni", "[min]"),
        ("min = 3", "min", "[min]"),
        ("[min]", "min", "[min]"),
        ("[min]\nfcts = 1", "min.fcts is not a metric", "citation_exactness"),
        ("[min.who]\nfcts = 1", "min.who.fcts", "latency_p95_ms"),
        ("[min.who]", "min.who.(nothing)", "facts"),
        ("[min.who.deep]\nfacts = 1", "min.who.deep", "facts"),
        ("[min]\nfacts = true", "min.facts is True", "0 to 1"),
        ("[min]\nfacts = nan", "min.facts is nan", "0 to 1"),
        ("[max]\nlatency_p50_ms = inf", "max.latency_p50_ms is inf", "milliseconds"),
        ("[max]\nlatency_p50_ms = -1", "max.latency_p50_ms", "milliseconds"),
        (f"[max]\nlatency_p50_ms = 1{'0' * 400}", "max.latency_p50_ms", "milliseconds"),
        ('[min]\nfacts = "0.5"', "min.facts is '0.5'", "0 to 1"),
        ("[min]\nfacts = 50", "min.facts is 50", "0 to 1"),
        ("[min]\nrecall@5 = 0.5", "cannot be read", '"recall@5" = 0.5'),
        ("[baseline]\nmax_dorp = 0.1", "baseline.max_dorp", "max_drop"),
        ("[baseline]\nfile = 3", "baseline.file = 3", "--save"),
        ('[baseline]\nfile = ""', "baseline.file = ''", "--save"),
        ('[baseline]\nfile = "gone.json"', "baseline.file: ", "--save"),
        ("[baseline]\nmetrics = []", "baseline.metrics", "facts"),
        ('[baseline]\nmetrics = "facts"', "baseline.metrics", "facts"),
        ('[baseline]\nmetrics = ["fcts"]', "baseline.metrics", "facts"),
        ("[baseline]\nmetrics = [[]]", "baseline.metrics", "facts"),
        ("[baseline]\nmax_drop = nan", "baseline.max_drop", "0 to 1"),
        ("[baseline]\nmax_drop = 2", "baseline.max_drop", "0 to 1"),
        ("[baseline]\nmax_drop = false", "baseline.max_drop", "0 to 1"),
        ("[baseline]\nmax_broken = 1.5", "baseline.max_broken", "whole numbers"),
        ("[baseline]\nmax_broken = -1", "baseline.max_broken", "whole numbers"),
        ("[baseline]\nmax_broken = true", "baseline.max_broken", "whole numbers"),
    ],
)
def test_a_wrong_gate_is_refused_with_file_key_and_what_is_allowed(
    tmp_path, text, key, allowed
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(QuestionSetError) as caught:
        read_gate(path)
    assert str(path) in caught.value.message
    assert key in caught.value.message
    assert allowed in caught.value.hint


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_gate_that_is_not_there_or_not_text_is_refused(tmp_path, content) -> None:
    path = tmp_path / "talks.gate.toml"
    if content:
        path.write_bytes(content)
    with pytest.raises(QuestionSetError, match=r"talks\.gate\.toml cannot be read"):
        read_gate(path)


@pytest.mark.parametrize(
    ("limit", "holds", "why"),
    [
        (Limit("facts", "", "min", 0.5), False, "facts is 0.45, below 0.5 (n = 20)"),
        (Limit("facts", "", "min", 0.45), True, "facts is 0.45, at least 0.45 (n = 20)"),
        (Limit("facts", "fact", "min", 0.6), False, "facts of fact is 0.45, below 0.6 (n = 20)"),
        (Limit("facts", "", "max", 0.4), False, "facts is 0.45, above 0.4 (n = 20)"),
        (Limit("latency_p95_ms", "", "max", 5), True, "latency_p95_ms is 5, at most 5 (n = 20)"),
        (Limit("facts", "who", "min", 0.0), False, "facts of who applies to no question (n = 0)"),
        (Limit("map", "", "max", 1.0), False, "map applies to no question (n = 0)"),
    ],
)
def test_a_limit_says_figure_limit_and_n(limit, holds, why) -> None:
    found = only(check(gate(limit), coins(9, 20), None))
    assert (found["holds"], found["why"]) == (holds, why)
    assert list(found) == ["metric", "kind", "rule", "limit", "value", "holds", "why"]
    assert (found["metric"], found["kind"], found["limit"]) == (
        limit.metric, limit.kind, limit.limit
    )  # fmt: skip


def test_one_wrong_quote_in_many_is_not_rounded_away() -> None:
    results = [result("a", citation_exactness=(99_999, 100_000))]
    found = only(check(gate(Limit("citation_exactness", "", "min", 1.0)), results, None))
    assert found["why"] == "citation_exactness is 0.99999, below 1 (n = 1)"


def test_rounding_errors_of_sums_do_not_fail_a_limit() -> None:
    results = [result(str(i), facts=(0.1, 1)) for i in range(3)]  # 0.1 + 0.1 + 0.1 > 0.3
    assert check(gate(Limit("facts", "", "max", 0.1)), results, None)["holds"]


def test_an_error_fails_the_gate() -> None:
    results = [*coins(3, 3), result("x", passed=False, error="it broke", facts=None)]
    checked = check(gate(Limit("facts", "", "min", 0.5)), results, None)
    assert [found["holds"] for found in checked["checks"]] == [True, False]
    assert checked["checks"][1]["why"].startswith("1 of 4 questions ended in an error")
    assert not checked["holds"]


def test_a_drop_beyond_chance_fails_and_one_within_does_not() -> None:
    rule = gate(metrics=("facts",))
    found = only(check(rule, coins(60, 100), record(coins(80, 100))))
    assert not found["holds"]
    assert "facts went from 0.8 to 0.6, worse beyond chance (95 % -0.2" in found["why"]
    assert "n = 100" in found["why"]
    assert check(rule, coins(79, 100), record(coins(80, 100)))["holds"]
    assert check(rule, coins(90, 100), record(coins(80, 100)))["holds"]


def test_max_drop_holds_even_a_drop_within_chance() -> None:
    before = record(coins(80, 100))
    found = only(check(gate(metrics=("facts",), max_drop=0.005), coins(79, 100), before))
    assert not found["holds"] and "beyond max_drop" in found["why"]
    assert found["limit"] == 0.005 and found["value"] == -0.01
    assert check(gate(metrics=("facts",), max_drop=0.01), coins(79, 100), before)["holds"]


def test_a_drop_of_the_one_question_fails() -> None:
    found = only(check(gate(metrics=("facts",)), coins(0, 1), record(coins(1, 1))))
    assert not found["holds"]


def test_slower_is_worse_and_faster_is_not() -> None:
    rule = gate(metrics=("latency_p50_ms",), max_drop=0.01)
    slow, quick = coins(9, 9, ms=50.0), coins(9, 9, ms=5.0)
    assert not check(rule, slow, record(quick))["holds"]
    assert check(rule, quick, record(slow))["holds"]


def test_by_default_each_share_that_the_baseline_measured_is_held() -> None:
    before = [result(str(i), facts=(1, 1), judged=(1, 1), ms=1.0) for i in range(5)]
    after = [result(str(i), facts=(1, 1), judged=None, map=(0, 1), ms=99.0) for i in range(5)]
    checked = check(gate(max_drop=0.1), after, record(before))
    assert [(c["metric"], c["holds"]) for c in checked["checks"]] == [
        ("facts", True),
        ("judged", False),
    ]
    assert checked["checks"][1]["why"] == "judged is not measured in both runs"


@pytest.mark.parametrize("before", [None, record([]), record([result("other", facts=(1, 1))])])
@pytest.mark.parametrize("rule", [{"max_broken": 5}, {"metrics": ("facts",)}])
def test_a_baseline_of_no_common_question_fails(before, rule) -> None:
    found = only(check(gate(**rule), coins(2, 2), before))
    assert not found["holds"]
    assert found["why"].startswith("no question is measured in both this run and a saved one")
    assert "2 new left out" in found["why"]


def test_a_baseline_that_measured_nothing_fails() -> None:
    found = only(check(gate(max_broken=0), [result("a")], record([result("a")])))
    assert not found["holds"]


def test_new_and_gone_questions_are_counted_and_left_out() -> None:
    before = [*coins(4, 4), result("old", facts=(0, 1)), result("older", facts=(0, 1))]
    before.append(result("elsewhere") | {"set": "other.jsonl"})
    after = [*coins(4, 4), result("fresh", facts=(0, 1))]
    found = only(check(gate(metrics=("facts",)), after, record(before)))
    assert found["holds"]
    assert found["why"].endswith("n = 4); 1 new left out; 2 gone left out")


@pytest.mark.parametrize(("allowed", "holds"), [(0, False), (1, True)])
def test_no_more_may_break_than_is_allowed(allowed, holds) -> None:
    checked = check(gate(metrics=("facts",), max_broken=allowed), coins(8, 9), record(coins(9, 9)))
    found = checked["checks"][-1]
    assert (found["metric"], found["value"], found["holds"]) == ("broken", 1, holds)
    assert found["why"] == f"1 passed before and fail now, of {allowed} allowed"


def test_compare_tells_each_change() -> None:
    before = [
        result("same"), result("fixed", passed=False), result("broken"),
        result("reworded", answer="Once."), result("refused", passed=False), result("gone"),
    ]  # fmt: skip
    after = [
        result("same"), result("fixed"), result("broken", passed=False, error="it broke"),
        result("reworded", answer="Twice."), result("new"),
        result("refused", passed=False) | {"outcome": "refused wrongly"},
    ]  # fmt: skip
    told = compare(after, record(before), file="talks.json")
    assert list(told) == ["file", "made", "differences", "changes"]
    assert (told["file"], told["made"]) == ("talks.json", "2026-11-24T17:00:00+00:00")
    assert {change["id"]: change["change"] for change in told["changes"]} == {
        "fixed": "fixed", "broken": "broken", "reworded": "changed", "refused": "changed",
        "new": "new", "gone": "gone",
    }  # fmt: skip
    assert told["changes"][0] == {"id": "fixed", "set": "talks.jsonl", "change": "fixed"}


def test_compare_has_every_metric_over_all_and_by_kind_what_is_measured() -> None:
    told = compare(coins(3, 4, kind="who"), record(coins(2, 4, kind="who")))["differences"]
    assert [d["metric"] for d in told[: len(METRICS)]] == [metric.name for metric in METRICS]
    assert [(d["metric"], d["kind"], d["difference"]) for d in told[len(METRICS) :]] == [
        ("facts", "who", 0.25), ("latency_p50_ms", "who", 0.0), ("latency_p95_ms", "who", 0.0)
    ]  # fmt: skip


def test_a_saved_run_is_read_back(tmp_path) -> None:
    saved = record([*coins(1, 2), result("x", error="it broke", facts=None)]) | {"more": 1}
    path = write(tmp_path, json.dumps(saved), "run.json")
    assert read_record(path) == saved


def broken(**changes):
    return {key: value for key, value in (result("a") | changes).items() if value != "left out"}


@pytest.mark.parametrize(
    ("saved", "part"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ([], "format"),
        ({}, "format"),
        (record([]) | {"format": 2}, "format"),
        (record([]) | {"format": "1"}, "format"),
        (record([]) | {"made": None}, "made"),
        (record([]) | {"results": {}}, "results"),
        (record(["a"]), "results[0].set"),
        (record([broken(id=3)]), "results[0].id"),
        (record([broken(kind="left out")]), "results[0].kind"),
        (record([broken(outcome=None)]), "results[0].outcome"),
        (record([broken(passed=1)]), "results[0].passed"),
        (record([broken(error=False)]), "results[0].error"),
        (record([broken(error="left out")]), "results[0].error"),
        (record([broken(answer="It was.")]), "results[0].answer"),
        (record([broken(answer={"answer": 3})]), "results[0].answer.answer"),
        (record([broken(timings_ms=[])]), "results[0].timings_ms"),
        (record([broken(timings_ms={"answer": "5"})]), "results[0].timings_ms.answer"),
        (record([broken(scores=None)]), "results[0].scores"),
        (record([broken(scores={"facts": 1})]), "results[0].scores.facts"),
        (record([broken(scores={"facts": [1]})]), "results[0].scores.facts"),
        (record([broken(scores={"facts": [1, True]})]), "results[0].scores.facts"),
        (record([broken(scores={"facts": [1, -1]})]), "results[0].scores.facts"),
        (record([broken(scores={"facts": [float("nan"), 1]})]), "results[0].scores.facts"),
        (record([result("a"), result("a")]), "results[1].id"),
    ],
)
def test_a_saved_run_of_another_shape_is_refused_with_file_and_part(tmp_path, saved, part) -> None:
    text = saved if isinstance(saved, str) else json.dumps(saved)
    path = write(tmp_path, text, "run.json")
    with pytest.raises(QuestionSetError) as caught:
        read_record(path)
    assert str(path) in caught.value.message
    assert part in caught.value.message
    assert "--save" in caught.value.hint


def test_a_saved_run_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(QuestionSetError, match=r"run\.json cannot be read"):
        read_record(tmp_path / "run.json")
