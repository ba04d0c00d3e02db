"""The report of a run, as a page in Debian's Chromium and as JUnit XML."""

import copy
import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml

from assistant.evaluation.report import (
    CONTEXT_CHARS,
    excerpt,
    html_report,
    junit_report,
    outcome_counts,
    passed_share,
)
from assistant.types import Article

CHROMIUM = Path("/usr/bin/chromium")
HOSTILE = (
    "<script>window.hacked=1</script><img src=http://evil.example/p.png onerror='window.hacked=1'>"
    '" onmouseover="window.hacked=1" autofocus onfocus="window.hacked=1 </mark></details></style>'
    "{{ 7*7 }} {% raw %} ${window.hacked=1} &lt;b&gt; ]]> \x00\x08\x1b\ufffe \u202eright to left"
)
SHOWN = re.sub("[\x00\x08\x1b\ufffe]", "", HOSTILE)
QUOTE = f"The talks lasted four hours. {HOSTILE}"
TEXT = "One. " * 80 + QUOTE + " Two." * 80
ARTICLE = Article(id="a1", source="javascript:window.hacked=1", title=HOSTILE, text=TEXT)
METRICS = ("facts", "recall@5", "citation_exactness", "evidence_recall", "abstention_f1")


def articles(article_id: str) -> Article | None:
    return ARTICLE if article_id == "a1" else None


def cited(**changes: Any) -> dict[str, Any]:
    start = TEXT.index(QUOTE)
    citation = {
        "number": 1,
        "article_id": "a1",
        "title": HOSTILE,
        "date": "2025-02-18",
        "source": ARTICLE.source,
        "outlet": HOSTILE,
        "speaker": HOSTILE,
        "quote": QUOTE,
        "start": start,
        "end": start + len(QUOTE),
        "marked": "four hours",
    }
    return citation | changes


def result(number: int, kind: str, outcome: str, **changes: Any) -> dict[str, Any]:
    answer = {
        "question": "q",
        "standalone": HOSTILE,
        "status": "answered",
        "answer": f"{QUOTE} [1]",
        "lead": HOSTILE,
        "sentences": [{"text": QUOTE, "citations": [1], "verdict": "partly", "under": HOSTILE}],
        "citations": [cited()],
        "reason": None,
    }
    found = {
        "set": "talks.jsonl",
        "id": f"0{number}",
        "kind": kind,
        "question": f"How long were talks {number}? {HOSTILE}",
        "history": [HOSTILE],
        "answerable": True,
        "expect": ["four hours|4 hours", HOSTILE],
        "evidence": [HOSTILE],
        "correction": [HOSTILE],
        "speaker": HOSTILE,
        "outcome": outcome,
        "passed": outcome == "right",
        "missed": [HOSTILE],
        "error": None,
        "scores": {name: [1.0, 2.0] for name in METRICS} | {"correction_shown": None},
        "answer": answer,
        "judge": {"right": False, "why": HOSTILE},
        "timings_ms": {"retrieve": 20.0, "answer": 30.0},
    }
    return found | changes


@pytest.fixture
def record() -> dict[str, Any]:
    figure = {"kind": "", "value": 0.5, "low": 0.25, "high": 0.75, "n": 3, "skipped": 0}
    names = (*METRICS, "judged", "latency_p50_ms", "latency_p95_ms")
    figures = [figure | {"metric": name, "errors": 1} for name in names]
    figures[5] |= {"value": None, "low": None, "high": None, "n": 0}
    change = {"kind": "", "before": 0.4, "after": 0.5, "difference": 0.1, "n": 3}
    check = {"kind": "", "rule": "min", "limit": 0.9, "value": 0.5}
    return {
        "format": 1,
        "made": "2026-11-24T17:00:00+00:00",
        "assistant": "0.1.0",
        "complete": False,
        "settings": {"min_confidence": 0.35},
        "index": {"place": HOSTILE, "articles": 1, "passages": 2, "fingerprint": "f"},
        "models": {"embedding": HOSTILE, "writer": ""},
        "sets": [{"path": HOSTILE, "sha256": "ab" * 32, "questions": 4}],
        "figures": [*figures, figures[0] | {"kind": HOSTILE}],
        "gate": {
            "holds": False,
            "checks": [
                check | {"metric": "facts", "holds": False, "why": HOSTILE},
                check | {"metric": "recall@5", "holds": True, "why": "0.5"},
                check
                | {"metric": "baseline", "limit": None, "value": None, "holds": True}
                | {"why": "none"},
            ],
        },
        "baseline": {
            "file": HOSTILE,
            "made": "2026-11-20T17:00:00+00:00",
            "differences": [
                change | {"metric": "facts", "low": 0.05, "high": 0.15},
                change | {"metric": "latency_p50_ms", "low": 0.05, "high": 0.15},
                change | {"metric": "recall@5", "low": None, "high": None},
            ],
            "changes": [
                {"id": "01", "set": "talks.jsonl", "change": "fixed"},
                {"id": "09", "set": "talks.jsonl", "change": "gone"},
            ],
        },
        "results": [
            result(1, "number", "right"),
            result(2, "number", "wrong"),
            result(3, HOSTILE, "error", answer=None, error=HOSTILE, timings_ms={}, judge=None),
            result(4, "who", "right", set=HOSTILE),
        ],
    }


# --- The parts ------------------------------------------------------------------------------


def test_an_excerpt_is_the_article_around_the_quote_cut_at_whole_words() -> None:
    found = excerpt(cited(), ARTICLE)
    assert found.opening + found.answering + found.closing == QUOTE
    assert found.answering == "four hours"
    assert found.before.startswith("… One. ") and found.after.endswith("Two. …")
    assert len(found.before) <= CONTEXT_CHARS + 2
    assert not found.problem


@pytest.mark.parametrize("article, said", [(None, "no longer"), (ARTICLE, "not the words")])
def test_a_quote_that_does_not_stand_in_its_article_says_so(
    article: Article | None, said: str
) -> None:
    found = excerpt(cited(start=3, marked=""), article)
    assert said in found.problem
    assert (found.before, found.opening, found.answering, found.after) == ("", QUOTE, "", "")


def test_the_passed_share_has_wilsons_interval() -> None:
    figure = passed_share([{"passed": n < 8} for n in range(10)])
    assert figure["value"] == 0.8
    assert (round(figure["low"], 3), round(figure["high"], 3)) == (0.49, 0.943)
    assert passed_share([])["value"] is None


def test_outcomes_are_counted_for_all_and_for_each_kind(record: dict[str, Any]) -> None:
    counts = dict(outcome_counts(record["results"]))
    assert counts[""] == {"right": 2, "wrong": 1, "error": 1}
    assert counts["number"] == {"right": 1, "wrong": 1}


def test_a_run_without_gate_baseline_or_questions_has_a_report(record: dict[str, Any]) -> None:
    record |= {"gate": None, "baseline": None, "results": [], "figures": []}
    assert "0 of 0 questions passed" in html_report(record, articles)
    assert JUnitXml.fromstring(junit_report(record)).tests == 0


# --- JUnit ----------------------------------------------------------------------------------


def test_junit_reads_back_with_every_question_and_check(record: dict[str, Any]) -> None:
    report = JUnitXml.fromstring(junit_report(record))
    suites = {suite.name: suite for suite in report}
    assert list(suites) == ["talks.jsonl", SHOWN, "gate"]
    assert (report.tests, report.failures, report.errors) == (7, 2, 1)
    assert [suite.tests for suite in suites.values()] == [3, 1, 3]
    right, wrong, failed = suites["talks.jsonl"]
    assert right.classname == "talks.number" and right.time == 0.05 and not right.result
    assert wrong.name == f"02: How long were talks 2? {SHOWN}"
    (failure,) = wrong.result
    assert isinstance(failure, Failure)
    assert SHOWN in failure.message and "four hours" in failure.text
    (error,) = failed.result
    assert isinstance(error, Error) and error.message == SHOWN
    assert [case.name for case in suites["gate"]] == [
        "facts, min 0.9",
        "recall@5, min 0.9",
        "baseline, min",
    ]
    assert [case.is_passed for case in suites["gate"]] == [False, True, True]


# --- The page -------------------------------------------------------------------------------

if not CHROMIUM.exists() or importlib.util.find_spec("playwright") is None:
    pytest.skip("The page needs /usr/bin/chromium and playwright.", allow_module_level=True)

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, record: dict[str, Any], tmp_path: Path) -> Iterator[Visit]:
    """Open the report; at the end it may have asked for itself alone and run no other script."""
    file = tmp_path / "report.html"
    before = copy.deepcopy(record)
    before["results"][0]["outcome"] = "wrong"
    file.write_text(html_report(record, articles, before), encoding="utf-8")
    asked: list[str] = []
    complaints: list[str] = []
    contexts = []

    def visited(*, fragment: str = "", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        context.on("request", lambda request: asked.append(request.url.split("#")[0]))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(file.as_uri() + fragment)
        return page

    yield visited
    for context in contexts:
        if not context.pages[0].evaluate("() => window.hacked === undefined"):
            complaints.append("a script of the input ran")
        context.close()
    assert set(asked) == {file.as_uri()}
    assert complaints == []


@pytest.mark.browser
def test_hostile_words_stay_words(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="Open all").click()
    expect(page.locator("#q1 .asked")).to_have_text(f"How long were talks 1? {SHOWN}")
    expect(page.locator("#q1 mark")).to_have_text(QUOTE.replace(HOSTILE, SHOWN))
    expect(page.locator("#q1 mark b")).to_have_text("four hours")
    assert page.locator("img, iframe, [onmouseover], [onfocus], a[href^=javascript]").count() == 0
    assert page.locator("#rows > details").count() == 4
    assert page.locator("script").count() == 1


@pytest.mark.browser
def test_filters_show_the_questions_that_fit(visit: Visit) -> None:
    page = visit()
    shown = page.locator("#rows > details:visible")
    for label, value, rows in (
        ("Result", "not passed", ["q2", "q3"]),
        ("Result", "error", ["q3"]),
        ("Kind", "number", ["q1", "q2"]),
        ("Change", "fixed", ["q1"]),
        ("Set", "talks.jsonl", ["q1", "q2", "q3"]),
    ):
        page.get_by_label(label, exact=True).select_option(value)
        assert shown.evaluate_all("rows => rows.map(row => row.id)") == rows
        expect(page.locator("#shown")).to_have_text(f"{len(rows)} of 4 questions")
        page.get_by_label(label, exact=True).select_option("")
    page.get_by_label("Words").fill("TALKS 4? long")
    assert shown.evaluate_all("rows => rows.map(row => row.id)") == ["q4"]
    page.get_by_label("Words").fill("no such words")
    expect(page.get_by_text("No question fits these filters.")).to_be_visible()


@pytest.mark.browser
def test_a_question_opens_by_keyboard_and_its_mark_leads_to_the_quote(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Result", exact=True).select_option("right")
    page.locator("#close-all").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#q1")).to_have_attribute("open", "")
    expect(page.locator("#q1 .earlier")).to_be_visible()
    page.get_by_role("link", name="Citation 1").first.press("Enter")
    expect(page.locator("#q1-c-1")).to_be_focused()


@pytest.mark.browser
def test_a_link_to_a_question_opens_it(visit: Visit) -> None:
    page = visit(fragment="#q2")
    expect(page.locator("#q2 .body")).to_be_visible()
    expect(page.locator("#q1 .body")).to_be_hidden()


@pytest.mark.browser
def test_without_script_every_question_is_there_and_no_filter(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    assert page.locator("#rows > details:visible").count() == 4
    expect(page.locator("#filters")).to_be_hidden()
    page.locator("#q1 summary").click()
    expect(page.locator("#q1 mark")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(visit: Visit, width: int) -> None:
    page = visit(width=width)
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_on_paper_every_question_is_open_and_nothing_is_a_control(visit: Visit) -> None:
    page = visit()
    page.emulate_media(media="print")
    expect(page.locator("#q2 mark")).to_be_visible()
    expect(page.locator("#filters")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_quoted_words_are_readable(visit: Visit, scheme: str) -> None:
    page = visit(fragment="#q1", color_scheme=scheme)
    for part in ("mark", "mark b", ".citation blockquote", "figcaption", ".marking .missed b"):
        ink, ground = page.locator(f"#q1 {part}").first.evaluate(
            """element => {
              const ink = getComputedStyle(element).color;
              let ground = "rgba(0, 0, 0, 0)";
              for (let at = element; ground === "rgba(0, 0, 0, 0)"; at = at.parentElement)
                ground = getComputedStyle(at).backgroundColor;
              return [ink, ground];
            }"""
        )
        assert contrast(ink, ground) >= 4.5, part


def contrast(ink: str, ground: str) -> float:
    """Return the contrast of two CSS colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        channels = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(ink), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)
