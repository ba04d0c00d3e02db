"""The record of a run → a page to read, and JUnit XML for a build server. Pure.

The page is one file that asks for nothing: its style and its one script stand in it, and its
Content-Security-Policy allows that script alone, by its hash. Questions, answers and articles are
only ever text in it, escaped by the template.
"""

import base64
import datetime
import functools
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from assistant.evaluation.figures import METRICS
from assistant.types import Article

Record = dict[str, Any]
ArticleOf = Callable[[str], Article | None]

STATIC = Path(__file__).parent / "static"
CONTEXT_CHARS = 200  # of the article, on each side of a quote
OUTCOMES = (
    "right",
    "refused rightly",
    "corrected",
    "wrong",
    "refused wrongly",
    "answered wrongly",
    "error",
)
HEADLINE = ("facts", "citation_exactness", "evidence_recall", "recall@5", "abstention_f1")
_METRICS = {metric.name: metric for metric in METRICS}
_TIMES = [metric.name for metric in METRICS if metric.unit == "ms"]
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote where it stands: `before`, the words around `answering` and those, `after`.

    `problem` says why nothing surrounds the quote, where the article does not hold it.
    """

    before: str
    opening: str
    answering: str
    closing: str
    after: str
    problem: str = ""


def html_report(record: Record, article_of: ArticleOf, before: Record | None = None) -> str:
    """Return the page; `before` is the whole record that the baseline was read from, if known."""
    changes = (record["baseline"] or {"changes": []})["changes"]
    changed = {(c["set"], c["id"]): c["change"] for c in changes}
    earlier = {(r["set"], r["id"]): r for r in (before or {"results": []})["results"]}
    script = (STATIC / "report.js").read_text(encoding="utf-8")
    results, article_of = record["results"], functools.cache(article_of)
    overall = [f for f in record["figures"] if not f["kind"]]
    found = {f["metric"]: f for f in overall}
    html = _page().render(
        record=record,
        passed=passed_share(results),
        headline=[found[metric] for metric in (*HEADLINE, *_TIMES) if metric in found],
        overall=overall,
        shares=[f for f in overall if f["value"] is not None and f["metric"] not in _TIMES],
        by_kind=[f for f in record["figures"] if f["kind"] and f["value"] is not None],
        counts=outcome_counts(results),
        rows=[
            _row(f"q{number}", result, changed.get(key, ""), earlier.get(key), article_of)
            for number, result in enumerate(results, start=1)
            for key in [(result["set"], result["id"])]
        ],
        style=(STATIC / "report.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return _ILLEGAL.sub("", html)


def junit_report(record: Record) -> str:
    """Return JUnit XML: a suite for each set, a case for each question, and the gate's checks."""
    report = JUnitXml("assistant eval")
    for name in dict.fromkeys(result["set"] for result in record["results"]):
        cases = [_case(result) for result in record["results"] if result["set"] == name]
        report.add_testsuite(_suite(name, cases))
    if record["gate"]:
        report.add_testsuite(_suite("gate", map(_check_case, record["gate"]["checks"])))
    report.update_statistics()  # type: ignore[no-untyped-call]
    xml: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return xml.decode()


def passed_share(results: Sequence[Record]) -> Record:
    """Return the share of questions that passed, with Wilson's interval, as a figure."""
    n, got = len(results), sum(result["passed"] for result in results)
    figure = {"metric": "passed", "value": None, "low": None, "high": None, "n": n, "got": got}
    if not n:
        return figure
    z = 1.96
    share, scale = got / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / scale
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return figure | {"value": share, "low": low, "high": high}


def outcome_counts(results: Iterable[Record]) -> list[tuple[str, Counter[str]]]:
    """Return how often each outcome came, for all questions ("") and for each kind in order."""
    counts: dict[str, Counter[str]] = {"": Counter()}
    for result in results:
        for kind in ("", result["kind"]):
            counts.setdefault(kind, Counter())[result["outcome"]] += 1
    return list(counts.items())


def excerpt(citation: Record, article: Article | None) -> Excerpt:
    """Return the quote with its surroundings, cut at whole words."""
    quote, start, end = citation["quote"], citation["start"], citation["end"]
    marked = citation["marked"]
    opening, answering, closing = quote.partition(marked) if marked else (quote, "", "")
    if article is None:
        return Excerpt("", opening, answering, closing, "", "The index no longer has the article.")
    if article.text[start:end] != quote:
        problem = "These are not the words that stand at this place of the article."
        return Excerpt("", opening, answering, closing, "", problem)
    before = article.text[max(0, start - CONTEXT_CHARS) : start]
    after = article.text[end : end + CONTEXT_CHARS]
    if start > CONTEXT_CHARS:
        before = "… " + re.sub(r"^\S*\s+", "", before)
    if end + CONTEXT_CHARS < len(article.text):
        after = re.sub(r"\s+\S*$", "", after) + " …"
    return Excerpt(before, opening, answering, closing, after)


# --- The page -------------------------------------------------------------------------------


def _row(
    anchor: str, result: Record, change: str, earlier: Record | None, article_of: ArticleOf
) -> Record:
    answer = result["answer"] or {"citations": [], "sentences": []}
    words = [result["id"], result["question"], *result["history"], *result["expect"]]
    words += [sentence["text"] for sentence in answer["sentences"]]
    words += [citation["quote"] for citation in answer["citations"]]
    return {
        "anchor": anchor,
        "result": result,
        "change": change,
        "earlier": earlier,
        "missed": set(result["missed"]),
        "words": " ".join(words).lower(),
        "ms": sum(result["timings_ms"].values()),
        "citations": [
            (citation, excerpt(citation, article_of(citation["article_id"])))
            for citation in answer["citations"]
        ],
    }


@functools.cache
def _page() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(STATIC),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": _amount,
        "day": _day,
        "moment": _moment,
        "web": lambda source: source if urlsplit(source).scheme in ("http", "https") else "",
        "label": lambda name: _METRICS[name].label if name in _METRICS else name.replace("_", " "),
    }
    environment.globals |= {"metrics": _METRICS, "outcomes": OUTCOMES}
    return environment.get_template("report.html")


def _amount(value: float | None, metric: str, signed: bool = False) -> str:
    if value is None:
        return "–"
    sign = "+" if signed else ""
    text = f"{value:{sign},.0f} ms" if metric in _TIMES else f"{value:{sign}.3f}"
    return text.replace("-", "−")


def _day(iso: str | None) -> str:
    date = datetime.date.fromisoformat(iso) if iso else None
    return f"{date.day} {date:%B %Y}" if date else ""


def _moment(iso: str) -> str:
    moment = datetime.datetime.fromisoformat(iso)
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment.tzname() or ''}".strip()


# --- JUnit ----------------------------------------------------------------------------------


def _suite(name: str, cases: Iterable[TestCase]) -> TestSuite:
    suite = TestSuite(_legal(name))
    suite.add_testcases(list(cases))
    return suite


def _case(result: Record) -> TestCase:
    case = TestCase(
        name=_legal(f"{result['id']}: {result['question']}"),
        classname=_legal(f"{Path(result['set']).stem}.{result['kind']}"),
        time=sum(result["timings_ms"].values()) / 1000,
    )
    if result["outcome"] == "error":
        case.result = [Error(_legal(result["error"] or ""), "error")]
    elif not result["passed"]:
        missed = "; ".join(result["missed"])
        message = result["outcome"] + (f", missed: {missed}" if missed else "")
        failure = Failure(_legal(message), result["outcome"])
        answer = result["answer"] or {"answer": "", "reason": None}
        said = [answer["answer"] or answer["reason"] or "no answer", result["error"] or ""]
        failure.text = _legal("\n".join([message, *filter(None, said)]))
        case.result = [failure]
    return case


def _check_case(check: Record) -> TestCase:
    kind = f" ({check['kind']})" if check["kind"] else ""
    limit = "" if check["limit"] is None else f" {check['limit']:g}"
    name = f"{check['metric']}{kind}, {check['rule']}{limit}"
    case = TestCase(name=_legal(name), classname="gate", time=0.0)
    if not check["holds"]:
        case.result = [Failure(_legal(check["why"]), "gate")]
    return case


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
