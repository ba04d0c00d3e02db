"""Gates: the limits that a run must keep, and how it compares with a saved run.

A gate lies beside its set (`talks.gate.toml`) and fails closed: on an error, on nothing measured.
"""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from assistant.errors import QuestionSetError
from assistant.evaluation.figures import METRICS, Results, counted, difference, exact, kinds_of

_METRICS = {metric.name: metric for metric in METRICS}
_SHARES = tuple(metric.name for metric in METRICS if metric.unit == "share")
_SAVED = "a run saved with `assistant eval SET --no-gate --save FILE`"
_RECORD = {"format": int, "made": str, "results": list}
_RESULT: dict[str, Any] = dict.fromkeys(("set", "id", "kind", "outcome"), str)
_RESULT |= {"passed": bool, "error": str | None, "answer": dict | None}
_RESULT |= {"scores": dict, "timings_ms": dict}


@dataclass(frozen=True, slots=True)
class Limit:
    """The least ("min") or most ("max") of a metric over one kind; kind "" is all questions."""

    metric: str
    kind: str
    rule: str
    limit: float


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """What must not be worse than in a saved run; no `metrics` means each share it measured.

    Without a `file`, that is whichever run is given when the gate is held.
    """

    file: Path | None
    metrics: tuple[str, ...]
    max_drop: float | None  # of shares; a time is held to its interval alone
    max_broken: int | None


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules of one gate file."""

    path: Path
    limits: tuple[Limit, ...]
    baseline: BaselineRule | None


def gate_beside(set_path: Path) -> Path | None:
    """Return the gate file of a question set, None where there is none."""
    path = set_path.with_suffix(".gate.toml")
    return path if path.is_file() else None


def read_gate(path: Path) -> Gate:
    """Read a gate file; raises QuestionSetError naming the file and the key that is wrong."""
    tables = _read(path, path, tomllib.loads, 'Names with "@" are quoted: "recall@5" = 0.5.')
    for key, table in (tables or {"(nothing)": None}).items():
        if key not in ("min", "max", "baseline") or not isinstance(table, dict) or not table:
            _refuse(path, key, "is not a table of rules", "[min], [max], [baseline], with rules")
    limits = (*_limits(path, "min", tables), *_limits(path, "max", tables))
    return Gate(path, limits, _baseline(path, tables["baseline"]) if "baseline" in tables else None)


def _limits(path: Path, rule: str, tables: Mapping[str, Any]) -> Iterator[Limit]:
    for key, value in tables.get(rule, {}).items():
        kind, limited = (key, value) if isinstance(value, dict) else ("", {key: value})
        for metric, limit in (limited or {"(nothing)": None}).items():
            where = f"{rule}.{kind}.{metric}" if kind else f"{rule}.{metric}"
            if metric not in _METRICS:
                _refuse(path, where, "is not a metric", ", ".join(_METRICS))
            if not _is_number(limit) or limit < 0 or (metric in _SHARES and limit > 1):
                _refuse(path, where, f"is {limit!r}", "0 to 1; milliseconds for a latency")
            yield Limit(metric, kind, rule, float(limit))


def _baseline(path: Path, table: Any) -> BaselineRule:
    file, metrics, drop, broken = map(table.get, ("file", "metrics", "max_drop", "max_broken"))
    known = isinstance(metrics, list) and metrics and all(m in list(_METRICS) for m in metrics)
    allowed = {
        "file": (isinstance(file, str) and file, _SAVED),
        "metrics": (known, f"a list of {', '.join(_METRICS)}"),
        "max_drop": (_is_number(drop) and 0 <= drop <= 1, "0 to 1"),
        "max_broken": (type(broken) is int and broken >= 0, "whole numbers from 0"),
    }
    for key, value in table.items():
        fits, instead = allowed.get(key, (False, ", ".join(allowed)))
        if not fits:
            _refuse(path, f"baseline.{key} = {value!r}", "is not understood", instead)
    saved = path.parent / file if file else None
    if saved:
        read_record(saved, named=f"{path}: baseline.file: {saved}")
    return BaselineRule(saved, tuple(metrics or ()), drop, broken)


def _read(path: Path, named: object, parse: Callable[[str], Any], hint: str) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise QuestionSetError(f"{named} cannot be read: {why}.", hint=hint) from error


def _refuse(named: object, key: str, wrong: str, allowed: str) -> NoReturn:
    raise QuestionSetError(f"{named}: {key} {wrong}.", hint=f"Allowed: {allowed}.")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e15  # never nan or infinite


def read_record(path: Path, *, named: str = "") -> dict[str, Any]:
    """Read a saved run; raises QuestionSetError unless it has what figures and changes need."""
    named, seen = named or str(path), set()
    record: dict[str, Any] = _read(path, named, json.loads, f"Allowed: {_SAVED}.")
    if (wrong := _misfit(record, _RECORD)) or record["format"] != 1:
        _refuse(named, wrong or "format", "is missing or another than in format 1", _SAVED)
    for place, result in enumerate(record["results"]):
        wrong = _misfit(result, _RESULT) or _unmeasured(result)
        if wrong or (result["set"], result["id"]) in seen:
            _refuse(named, f"results[{place}].{wrong or 'id'}", "is wrong or there twice", _SAVED)
        seen.add((result["set"], result["id"]))
    return record


def _misfit(value: Any, types: Mapping[str, Any]) -> str:
    fields = value if isinstance(value, dict) else {}
    return next((k for k, t in types.items() if not isinstance(fields.get(k, ...), t)), "")


def _unmeasured(result: Mapping[str, Any]) -> str:
    if not isinstance((result["answer"] or {"answer": ""}).get("answer"), str):
        return "answer.answer"
    pairs = {f"scores.{name}": pair for name, pair in result["scores"].items() if pair is not None}
    pairs |= {f"timings_ms.{name}": [ms, 1] for name, ms in result["timings_ms"].items()}
    for name, pair in pairs.items():
        if not isinstance(pair, list) or [*map(_is_number, pair)] != [True, True] or pair[1] < 0:
            return name
    return ""


def compare(results: Results, baseline: Mapping[str, Any], *, file: str = "") -> dict[str, Any]:
    """Return a record's "baseline": how each metric and each question changed since a saved run."""
    before, kinds = baseline["results"], ("", *kinds_of(results))
    every = [difference(before, results, metric, kind) for kind in kinds for metric in _METRICS]
    differences = [found for found in every if found["n"] or not found["kind"]]
    told = {"differences": differences, "changes": _changes(results, before)}
    return {"file": file, "made": baseline["made"], **told}


def _changes(results: Results, before: Results) -> list[dict[str, str]]:
    """Return the questions that went otherwise; those "gone" are of sets that were asked."""
    earlier = {(result["set"], result["id"]): result for result in before}
    changes = []
    for result in results:
        old = earlier.pop((result["set"], result["id"]), None)
        if old is None:
            change = "new"
        elif result["passed"] != old["passed"]:
            change = "fixed" if result["passed"] else "broken"
        else:
            said = [(it["outcome"], (it["answer"] or {}).get("answer")) for it in (result, old)]
            change = "changed" if said[0] != said[1] else ""
        changes.append({"id": result["id"], "set": result["set"], "change": change})
    asked = {result["set"] for result in results}
    changes += [{"id": id, "set": s, "change": "gone"} for s, id in earlier if s in asked]
    return [change for change in changes if change["change"]]


def check(gate: Gate, results: Results, baseline: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a record's "gate": each rule, whether it holds, and why in a sentence."""
    checks = [_within(limit, results) for limit in gate.limits]
    if errors := sum(result["error"] is not None for result in results):
        why = f"{errors} of {len(results)} questions ended in an error and are in no figure"
        checks.append(_check("errors", "", "max", 0, errors, False, why))
    if gate.baseline:
        checks += _since(gate.baseline, results, baseline["results"] if baseline else [])
    return {"holds": all(check["holds"] for check in checks), "checks": checks}


def _check(*values: Any) -> dict[str, Any]:
    keys = ("metric", "kind", "rule", "limit", "value", "holds", "why")
    return dict(zip(keys, values, strict=True))


def _within(limit: Limit, results: Results) -> dict[str, Any]:
    samples = counted(results, limit.metric, limit.kind)[0]
    value, least = exact(limit.metric, samples), limit.rule == "min"
    name = f"{limit.metric} of {limit.kind}" if limit.kind else limit.metric
    holds, why = False, f"{name} applies to no question (n = {len(samples)})"
    if value is not None:
        near = round(value, 9)  # sums of shares carry rounding errors, far below one question
        holds = near >= limit.limit if least else near <= limit.limit
        side = (("above", "at most"), ("below", "at least"))[least][holds]
        why = f"{name} is {value:.6g}, {side} {limit.limit:g} (n = {len(samples)})"
    return _check(limit.metric, limit.kind, limit.rule, limit.limit, value, holds, why)


def _since(rule: BaselineRule, results: Results, before: Results) -> list[dict[str, Any]]:
    changes = [change["change"] for change in _changes(results, before)]
    new, gone, broken = (changes.count(change) for change in ("new", "gone", "broken"))
    apart = "".join(f"; {n} {it} left out" for n, it in ((new, "new"), (gone, "gone")) if n)
    every = (difference(before, results, metric) for metric in rule.metrics or _SHARES)
    told = (found for found in every if rule.metrics or found["before"] is not None)
    checks = [_not_worse(rule, found, apart) for found in told]
    if new == len(results) or not checks:
        why = f"no question is measured in both this run and a saved one{apart}"
        return [_check("baseline", "", "baseline", None, None, False, why)]
    if (most := rule.max_broken) is not None:
        why = f"{broken} passed before and fail now, of {most} allowed{apart}"
        checks.append(_check("broken", "", "max_broken", most, broken, broken <= most, why))
    return checks


def _not_worse(rule: BaselineRule, found: dict[str, Any], apart: str) -> dict[str, Any]:
    metric, change = _METRICS[found["metric"]], found["difference"]
    why, holds = f"{metric.name} is not measured in both runs", False
    if change is not None:
        low, high = (change if found[end] is None else found[end] for end in ("low", "high"))
        worse = high < 0 if metric.higher_is_better else low > 0
        far = metric.unit == "share" and -change > (1 if rule.max_drop is None else rule.max_drop)
        holds = not worse and not far
        how = "worse beyond chance" if worse else "beyond max_drop" if far else "not beyond chance"
        why = f"{metric.name} went from {found['before']:g} to {found['after']:g}, {how}"
        why += f" (95 % {low:+g} to {high:+g}, n = {found['n']}){apart}"
    return _check(metric.name, "", "baseline", rule.max_drop, change, holds, why)


def gates_beside(sets: Sequence[Path]) -> dict[str, tuple[Gate, Mapping[str, Any] | None]]:
    """Return the gate beside each set that has one, by the set's name, with its baseline read."""
    found: dict[str, tuple[Gate, Mapping[str, Any] | None]] = {}
    for path in sets:
        if beside := gate_beside(path):
            if path.name in found:
                raise QuestionSetError(f"Two sets with a gate are named {path.name}; rename one.")
            gate = read_gate(beside)
            saved = gate.baseline.file if gate.baseline else None
            found[path.name] = (gate, read_record(saved) if saved else None)
    return found


def hold(
    results: Results,
    gates: Mapping[str, tuple[Gate, Mapping[str, Any] | None]],
    baseline: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Return a record's "gate" over every gate given, or None where nothing is to hold.

    Each gate sees the questions of its own set. `baseline`, a saved run, is held over all sets but
    those whose gate has a rule for it: one without a file. Without a `baseline` such a rule rests.
    """
    checked = []
    ruled = {n for n, (gate, _) in gates.items() if gate.baseline and not gate.baseline.file}
    for name, (gate, saved) in gates.items():
        own = [result for result in results if result["set"] == name]
        if name in ruled:
            gate, saved = gate if baseline else replace(gate, baseline=None), baseline
        told = check(gate, own, saved)["checks"]
        several = len(gates) > 1
        checked += [{**c, "why": f"{name}: {c['why']}"} if several else c for c in told]
    others = [result for result in results if result["set"] not in ruled]
    if baseline and (others or not ruled):
        rule = BaselineRule(None, (), None, None)
        checked += check(Gate(Path(), (), rule), others, baseline)["checks"]
    if not checked:
        return None
    return {"holds": all(c["holds"] for c in checked), "checks": checked}
