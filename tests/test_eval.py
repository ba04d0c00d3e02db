"""`assistant eval`: what a run asks, prints and writes, and how it ends."""

import csv
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml
from lxml import html

from assistant.evaluation import gates, runner
from assistant.evaluation.judging import Judged
from assistant.evaluation.questions import QuestionSet, SetQuestion, read_sets
from assistant.evaluation.scoring import Asked
from assistant.feedback import Feedback, FeedbackStore
from assistant.service import Assistant
from assistant.types import Answer, AnswerSentence, Event
from tests.conftest import ROOT, Ran

TALKS = [
    json.loads(line)
    for line in (ROOT / "evals" / "talks.jsonl").read_text(encoding="utf-8").splitlines()
]
TWENTY, FOUR = TALKS[:20], TALKS[:4]
TOO_LONG = {"id": "long", "question": "Why? " * 500, "expect": ["peace"]}
PASSING = {"id": "calm", "question": "What did Zakharova demand?", "expect": ["disavow"]}
Fields = dict[str, Any]
Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def over_the_corpus(own_index: Path, corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_INDEX", str(corpus_index))


def write(path: Path, questions: list[Fields]) -> Path:
    path.write_text("".join(json.dumps(q) + "\n" for q in questions), encoding="utf-8")
    return path


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    return write(tmp_path / "talks.jsonl", TWENTY)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Four questions, of which three pass: 01-3 does not."""
    return write(tmp_path / "few.jsonl", FOUR)


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    """One question, which passes."""
    return write(tmp_path / "calm.jsonl", [PASSING])


def gate(beside: Path, text: str) -> None:
    beside.with_suffix(".gate.toml").write_text(text, encoding="utf-8")


def untimed(record: Fields) -> Fields:
    figures = [f for f in record["figures"] if not f["metric"].startswith("latency")]
    results = [{k: v for k, v in r.items() if k != "timings_ms"} for r in record["results"]]
    return {**record, "made": "", "figures": figures, "results": results}


def figure(record: Fields, metric: str) -> Fields:
    [found] = [f for f in record["figures"] if f["metric"] == metric and not f["kind"]]
    return dict(found)


def refused(ran: Ran, *words: str) -> None:
    """Assert wrong usage, told in one sentence or two, with nothing printed."""
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("assistant: ") and ran.err.count("\n") == 1
    for word in words:
        assert word in ran.err


# --- What a run says ------------------------------------------------------------------------


def test_a_run_without_a_gate_prints_figures_and_what_does_not_pass(cli: Run, talks: Path) -> None:
    ran = cli("eval", talks)
    assert (ran.code, ran.err) == (0, "")
    assert re.match(r"1\d of 20 questions pass\.\n", ran.out)
    assert re.search(r"^Exact quotes +1\.000 .* n = 20$", ran.out, re.MULTILINE)
    assert re.search(r"^Median time +\d+ ms .* n = 20$", ran.out, re.MULTILINE)
    assert "  01-3, paraphrase, wrong: Did Kyiv get a seat" in ran.out
    assert "(missed: No Ukrainian)" in ran.out
    assert "gate" not in ran.out


def test_the_record_is_complete_and_the_same_each_time_but_for_times(cli: Run, talks: Path) -> None:
    texts = [cli("eval", talks, "--json").out for _ in range(2)]
    first, second = map(json.loads, texts)
    assert json.dumps(untimed(first)) == json.dumps(untimed(second))
    assert first["results"] and texts[0] == json.dumps(first, ensure_ascii=False, indent=1) + "\n"
    assert " ".join(first) == (
        "format made assistant complete settings index models sets figures gate baseline results"
    )
    assert (first["format"], first["complete"]) == (1, True)
    assert first["settings"].pop("today") < "2100"
    assert first["settings"] == {
        "min_confidence": 0.3,
        "max_question_chars": 2000,
        "embedding_model": "all-MiniLM-L6-v2",
        "model": "",
    }
    assert [r["id"] for r in first["results"]] == [q["id"] for q in TWENTY]
    assert first["sets"] == [
        {"path": str(talks), "sha256": read_sets([talks])[0].sha256, "questions": 20}
    ]
    assert (first["gate"], first["baseline"]) == (None, None)
    answered = [r["answer"] for r in first["results"] if r["answer"]["status"] == "answered"]
    assert answered and all("timings_ms" not in answer for answer in answered)


def test_the_day_of_asking_is_the_newest_articles_or_the_questions(
    corpus_assistant: Assistant, few: Path
) -> None:
    days = []

    class Noting(Assistant):
        def stream(self, *arguments: Any, **options: Any) -> Iterator[Event]:
            days.append(str(options["today"]))
            return super().stream(*arguments, **options)

    write(few, [PASSING, {**PASSING, "id": "then", "asked": "2025-03-01"}])
    noting = Noting(corpus_assistant.settings, corpus_assistant.embedder)
    record = runner.run(noting, read_sets([few]))
    newest = str(max(head.date for head in corpus_assistant.catalog() if head.date))
    assert record["settings"]["today"] == newest
    assert days == [newest, "2025-03-01"]


def test_several_workers_give_the_same_record(cli: Run, few: Path) -> None:
    write(few, TALKS[:10])
    one, four = (json.loads(cli("eval", few, "--json", "--workers", n).out) for n in (1, 4))
    assert untimed(one) == untimed(four)


def test_run_is_the_same_as_leaving_it_out(cli: Run, calm: Path) -> None:
    long, short, turned = (
        json.loads(cli("eval", *arguments).out)
        for arguments in (("run", calm, "--json"), (calm, "--json"), ("--json", calm))
    )
    assert untimed(long) == untimed(short) == untimed(turned)


@pytest.mark.parametrize("arguments", [(), ("run",), ("new",), ("bench",)])
def test_there_is_help(cli: Run, arguments: tuple[str, ...]) -> None:
    ran = cli("eval", *arguments, "--help")
    assert ran.code == 0 and re.match(r"Usage: .*assistant eval", ran.out)
    assert arguments or all(name in ran.out for name in ("run", "new", "bench", "SET"))


def test_a_question_that_cannot_be_asked_is_an_error_and_in_no_figure(
    cli: Run, few: Path, tmp_path: Path
) -> None:
    write(few, [PASSING, TOO_LONG])
    gate(few, "[min]\nfacts = 0.5\n")
    ran = cli("eval", few, "--junit", tmp_path / "junit.xml", "--save", tmp_path / "run.json")
    assert ran.code == 3
    assert "1 of 2 questions pass" in ran.out and "the limit is 2,000" in ran.out
    assert "1 of 2 questions ended in an error" in ran.out
    record = gates.read_record(tmp_path / "run.json")
    failed = record["results"][1]
    assert (failed["outcome"], failed["passed"], failed["answer"]) == ("error", False, None)
    assert set(failed["scores"].values()) == {None}
    for metric in ("facts", "latency_p50_ms"):
        found = figure(record, metric)
        assert (found["n"], found["skipped"], found["errors"]) == (1, 0, 1)
    assert JUnitXml.fromfile(str(tmp_path / "junit.xml")).errors == 1


def test_a_question_that_breaks_something_does_not_cost_the_others(
    corpus_assistant: Assistant, few: Path
) -> None:
    class Fragile(Assistant):
        def stream(self, question: str, **options: Any) -> Iterator[Event]:
            if question == FOUR[1]["question"]:
                raise ZeroDivisionError("division by zero")
            return super().stream(question, **options)

    fragile = Fragile(corpus_assistant.settings, corpus_assistant.embedder)
    results = runner.run(fragile, read_sets([few]))["results"]
    assert [r["error"] for r in results] == [
        None, "ZeroDivisionError: division by zero", None, None
    ]  # fmt: skip


def test_more_failures_than_fit_are_counted(cli: Run, tmp_path: Path) -> None:
    wrong = [{**PASSING, "id": str(n), "expect": ["a peace of 1648"]} for n in range(22)]
    ran = cli("eval", write(tmp_path / "wrong.jsonl", wrong))
    assert "22 do not pass, the first 20 of them:" in ran.out
    assert ran.out.count("(missed: a peace of 1648)") == 20


# --- What must not be said ------------------------------------------------------------------


def test_what_must_not_be_said_makes_an_answer_wrong(cli: Run, tmp_path: Path) -> None:
    unasked = {"id": "fish", "question": "What did Zakharova say about fisheries?"}
    unasked |= {"answerable": False, "forbid": "fisheries"}
    said = {**PASSING, "id": "said", "forbid": ["never", "DISAVOW"]}
    questions = [{**PASSING, "forbid": ["NATO has won"]}, said, unasked]
    record = json.loads(cli("eval", write(tmp_path / "f.jsonl", questions), "--json").out)
    told = [(r["outcome"], r["passed"], r["forbid"], r["missed"]) for r in record["results"]]
    assert told == [
        ("right", True, ["NATO has won"], []),
        ("wrong", False, ["never", "DISAVOW"], ["must not say: DISAVOW"]),
        ("answered wrongly", False, ["fisheries"], ["must not say: fisheries"]),
    ]
    found = figure(record, "forbidden_absent")
    assert (found["value"], found["n"]) == (0.3333, 3)


@pytest.mark.parametrize("where", ["lead", "reason", "note"])
def test_nothing_that_a_reader_is_shown_may_hold_it(where: str) -> None:
    question = SetQuestion("a", "Why?", expect=("peace",), forbid=("evil.example",))
    sentences = (AnswerSentence("For peace.", (1,)),)
    shown: Fields = {where: "See EVIL.example for more."}
    asked = Asked(
        question, Answer("Why?", "Why?", "answered", sentences, **shown), (), (), lambda _: None
    )
    assert asked.outcome == "wrong"
    assert asked.missed == ("must not say: evil.example",)


# --- Gates and baselines --------------------------------------------------------------------


def test_a_gate_that_holds_and_one_that_does_not(cli: Run, few: Path) -> None:
    gate(few, '[min]\ncitation_exactness = 1\n"recall@5" = 0.5\n')
    ran = cli("eval", few)
    assert ran.code == 0
    assert "The gate holds (2 checks)." in ran.out
    gate(few, "[min]\nfacts = 0.95\ncitation_exactness = 1\n")
    ran = cli("eval", few, "--json")
    assert ran.code == 3
    checks = json.loads(ran.out)["gate"]["checks"]
    assert [(c["metric"], c["holds"], c["value"]) for c in checks] == [
        ("facts", False, 0.75),
        ("citation_exactness", True, 1.0),
    ]
    ran = cli("eval", few)
    assert "The gate does not hold (2 checks).\n  facts is 0.75, below 0.95 (n = 4)." in ran.out


def test_a_gate_is_not_held_over_a_choice_of_questions(cli: Run, few: Path) -> None:
    gate(few, "[min]\nfacts = 1\n")
    assert cli("eval", few, "--kind", "where").code == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("gate", ["talks.gate.toml", "min.fcts"]),
        ("set", ["talks.jsonl:21", "not JSON"]),
        ("--baseline", ["old.json"]),
        ("--only-failing", ["old.json"]),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(
    cli: Run, talks: Path, tmp_path: Path, wrong: str, words: list[str]
) -> None:
    old, out = tmp_path / "old.json", tmp_path / "out"
    old.write_text("{}", encoding="utf-8")
    if wrong == "gate":
        gate(talks, "[min]\nfcts = 1\n")
    elif wrong == "set":
        talks.write_text(talks.read_text() + "{", encoding="utf-8")
    given = [wrong, old] if wrong.startswith("--") else []
    ran = cli("eval", talks, *given, "--save", out / "run.json", "--html", out / "run.html")
    refused(ran, *words)
    assert not out.exists()


def test_a_run_is_held_against_a_saved_one(cli: Run, few: Path, tmp_path: Path) -> None:
    saved = tmp_path / "baselines" / "few.json"
    assert cli("eval", few, "--save", saved).code == 0
    ran = cli("eval", few, "--baseline", saved)
    assert ran.code == 0
    assert f"Against {saved}: nothing changed." in ran.out and "The gate holds" in ran.out

    record = gates.read_record(saved)
    by_id = {r["id"]: r for r in record["results"]}
    by_id["01-1"] |= {"passed": False, "outcome": "wrong"}  # fixed since
    by_id["01-3"] |= {"passed": True, "outcome": "right"}  # broken since
    saved.write_text(json.dumps(record), encoding="utf-8")
    ran = cli("eval", few, "--baseline", saved, "--json", "--html", tmp_path / "run.html")
    found = json.loads(ran.out)["baseline"]
    assert found["file"] == str(saved)
    assert found["changes"] == [
        {"id": "01-1", "set": "few.jsonl", "change": "fixed"},
        {"id": "01-3", "set": "few.jsonl", "change": "broken"},
    ]
    assert "1 fixed, 1 broken" in cli("eval", few, "--baseline", saved).out


def test_a_run_that_is_worse_than_the_saved_one_fails(cli: Run, few: Path, tmp_path: Path) -> None:
    saved = tmp_path / "few.json"
    write(few, [{**PASSING, "id": str(n)} for n in range(3)])
    assert cli("eval", few, "--save", saved).code == 0
    write(few, [{**PASSING, "id": str(n), "expect": ["a peace of 1648"]} for n in range(3)])
    ran = cli("eval", few, "--baseline", saved)
    assert ran.code == 3
    assert "facts went from 1 to 0, worse beyond chance" in ran.out


def test_a_gates_rule_without_a_file_is_for_the_run_given_and_rests_without_one(
    cli: Run, few: Path, tmp_path: Path
) -> None:
    gate(few, "[baseline]\nmax_broken = 0\n")
    saved = tmp_path / "few.json"
    ran = cli("eval", few, "--save", saved)
    assert ran.code == 0 and "gate" not in ran.out
    record = gates.read_record(saved)
    record["results"][2] |= {"passed": True, "outcome": "right"}
    saved.write_text(json.dumps(record), encoding="utf-8")
    ran = cli("eval", few, "--baseline", saved)
    assert ran.code == 3
    assert "1 passed before and fail now, of 0 allowed" in ran.out
    gate(few, "[baseline]\nmax_broken = 1\n")
    assert cli("eval", few, "--baseline", saved).code == 0


@pytest.mark.parametrize("worse", ["own", "given"])
def test_a_gates_own_saved_run_and_the_one_given_both_count(
    cli: Run, few: Path, tmp_path: Path, worse: str
) -> None:
    write(few, [{**PASSING, "id": str(n), "expect": ["a peace of 1648"]} for n in range(3)])
    own, given = tmp_path / "own.json", tmp_path / "given.json"
    assert cli("eval", few, "--save", own).code == 0
    shutil.copy(own, given)
    gate(few, '[baseline]\nfile = "own.json"\n')
    assert cli("eval", few, "--baseline", given).code == 0
    better = gates.read_record(tmp_path / f"{worse}.json")
    for result in better["results"]:
        result["scores"]["facts"] = [1, 1]
    (tmp_path / f"{worse}.json").write_text(json.dumps(better), encoding="utf-8")
    ran = cli("eval", few, "--baseline", given, "--json")
    failed = [c for c in json.loads(ran.out)["gate"]["checks"] if not c["holds"]]
    assert (ran.code, [c["metric"] for c in failed]) == (3, ["facts"])


# --- Which questions ------------------------------------------------------------------------


def test_only_what_failed_is_asked_again(cli: Run, few: Path, tmp_path: Path) -> None:
    write(few, [*FOUR, TOO_LONG])
    saved = tmp_path / "few.json"
    cli("eval", few, "--save", saved)
    record = json.loads(cli("eval", few, "--only-failing", saved, "--json").out)
    assert [r["id"] for r in record["results"]] == ["01-3", "long"]


def test_when_nothing_failed_there_is_nothing_to_ask(cli: Run, calm: Path, tmp_path: Path) -> None:
    saved = tmp_path / "calm.json"
    cli("eval", calm, "--save", saved)
    refused(cli("eval", calm, "--only-failing", saved), "No question is left", "none of these")


def test_kinds_are_chosen_and_unknown_ones_are_told_from_those_there_are(
    cli: Run, talks: Path
) -> None:
    ran = cli("eval", talks, "--kind", "where", "--kind", "number", "--json")
    assert [r["kind"] for r in json.loads(ran.out)["results"]] == ["where", "number"]
    refused(cli("eval", talks, "--kind", "riddle"), '"riddle"', "comparison", "who-said")


def test_sets_of_several_files_and_forms_are_one_run(cli: Run, tmp_path: Path) -> None:
    rows = [{"id": "c", "question": PASSING["question"], "expect": "disavow ;; 2008"}]
    with (tmp_path / "one.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    (tmp_path / "two.yaml").write_text(yaml.safe_dump([{**PASSING, "id": "y"}]), encoding="utf-8")
    gate(tmp_path / "one.csv", "[min]\nfacts = 1\n")
    gate(tmp_path / "two.yaml", "[min]\nspeaker_accuracy = 1\n")
    ran = cli("eval", tmp_path / "one.csv", tmp_path / "two.yaml", "--json")
    record = json.loads(ran.out)
    assert [(r["set"], r["id"]) for r in record["results"]] == [("one.csv", "c"), ("two.yaml", "y")]
    assert record["results"][0]["expect"] == ["disavow", "2008"]
    assert ran.code == 3
    assert [(c["why"][:8], c["holds"]) for c in record["gate"]["checks"]] == [
        ("one.csv:", True),
        ("two.yaml", False),
    ]


def test_two_sets_of_one_name_cannot_both_have_a_gate(cli: Run, calm: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    other = write(tmp_path / "more" / calm.name, [{**PASSING, "id": "other"}])
    for path in (calm, other):
        gate(path, "[min]\nfacts = 1\n")
    refused(cli("eval", calm, other), "calm.jsonl")


# --- What is written ------------------------------------------------------------------------


def test_the_page_and_the_xml_can_be_read(cli: Run, few: Path, tmp_path: Path) -> None:
    gate(few, "[min]\nfacts = 1\n")
    page, xml = tmp_path / "out" / "run.html", tmp_path / "out" / "run.xml"
    ran = cli("eval", few, "--html", page, "--junit", xml)
    assert ran.code == 3
    text = html.fromstring(page.read_text(encoding="utf-8")).text_content()
    assert all(question["question"] in text for question in FOUR)
    suites = {suite.name: suite for suite in JUnitXml.fromfile(str(xml))}
    assert (suites["few.jsonl"].tests, suites["few.jsonl"].failures) == (4, 1)
    assert (suites["gate"].tests, suites["gate"].failures) == (1, 1)


def test_a_set_whose_name_is_not_utf8_is_written_and_printed(cli: Run, tmp_path: Path) -> None:
    odd = write(tmp_path / os.fsdecode(b"t\xff.jsonl"), [PASSING])
    saved, page, xml = (tmp_path / name for name in ("run.json", "run.html", "run.xml"))
    ran = cli("eval", odd, "--json", "--save", saved, "--html", page, "--junit", xml)
    assert ran.code == 0
    record = json.loads(ran.out)
    assert record["sets"][0]["path"] == str(odd)
    assert json.loads(saved.read_bytes()) == record
    assert JUnitXml.fromfile(str(xml)).tests == 1


@pytest.mark.parametrize("option", ["--save", "--html", "--junit"])
def test_where_nothing_can_be_written_nothing_is_asked(
    cli: Run, few: Path, tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_INDEX", str(tmp_path / "none"))  # asking would fail otherwise
    for path in (few / "run", tmp_path):
        refused(cli("eval", few, option, path), str(path), "cannot be written")
    before = few.read_bytes()
    refused(cli("eval", few, option, few), "would be lost")
    assert few.read_bytes() == before


def test_without_an_index_the_sentence_says_what_to_do(
    cli: Run, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_INDEX", str(tmp_path / "none"))
    ran = cli("eval", few, "--save", tmp_path / "run.json")
    assert (ran.code, ran.out) == (1, "")
    assert str(tmp_path / "none") in ran.err and "assistant ingest" in ran.err
    assert not (tmp_path / "run.json").exists()


# --- Interrupted ----------------------------------------------------------------------------

# A shell that starts jobs in the background may have switched the signal off for them.
WITH_SIGINT = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from assistant.cli import main; main()"
)


def interrupted(*arguments: object, timeout_s: float = 60) -> tuple[int, str]:
    """Run the command on a terminal, press Ctrl-C once it has asked something, and wait."""
    ours, terminal = pty.openpty()
    command = [sys.executable, "-c", WITH_SIGINT, *map(str, arguments)]
    running = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    shown, pressed, deadline = b"", False, time.monotonic() + timeout_s
    printed = select.poll()  # `select.select` would stop at 1,024 open files
    printed.register(ours, select.POLLIN)
    try:
        while time.monotonic() < deadline:
            if printed.poll(100):
                try:
                    shown += os.read(ours, 4096)
                except OSError:  # how a terminal ends on Linux
                    break
            if not pressed and re.search(rb"\b[1-9]\d*/\d", shown):
                running.send_signal(signal.SIGINT)
                pressed = True
        return running.wait(timeout=10), shown.decode(errors="replace")
    finally:
        running.kill()
        running.wait()
        os.close(ours)


def test_ctrl_c_writes_what_was_done(tmp_path: Path) -> None:
    many = [{**q, "id": f"{n}-{q['id']}"} for n in range(10) for q in TALKS]
    talks, saved, page = (tmp_path / name for name in ("talks.jsonl", "run.json", "run.html"))
    write(talks, many)
    code, shown = interrupted("eval", talks, "--save", saved, "--html", page, "--workers", 2)
    assert code == 130
    record = gates.read_record(saved)
    done = len(record["results"])
    assert not record["complete"] and 0 < done < len(many)
    assert record["results"][0]["id"] == "0-01-1" and figure(record, "facts")["n"]
    assert f"Stopped after {done} of 1380 questions" in " ".join(shown.split())
    assert page.exists()


# --- Judged ---------------------------------------------------------------------------------


class Strict:
    """A judge that calls the answers to one question right, and of another says nothing usable."""

    name = "strict (prompt 00000000)"

    def judge(self, question: SetQuestion, answer: Answer) -> Judged:
        if question.id == "01-2":
            return Judged(error="the reply is no verdict")
        return Judged(question.id == "01-1", "read it")


def test_a_judge_is_recorded_and_its_failure_is_an_error(
    corpus_assistant: Assistant, few: Path
) -> None:
    record = runner.run(corpus_assistant, read_sets([few]), judge=Strict())
    assert record["models"]["judge"] == Strict.name
    first, second, third, _ = record["results"]
    assert first["judge"] == {"right": True, "why": "read it"} and first["passed"]
    assert third["scores"]["judged"] == [0, 1]
    assert second["error"] == "The judge failed: the reply is no verdict"
    assert (second["judge"], second["passed"]) == (None, False)
    found = figure(record, "judged")
    assert (found["value"], found["n"], found["errors"]) == (0.3333, 3, 1)
    assert runner.failing(record)(QuestionSet(few, "", ()), SetQuestion("01-2", ""))


def test_a_refusal_is_not_judged(corpus_assistant: Assistant, few: Path) -> None:
    write(few, [{"id": "01-1", "question": "What did Zakharova say about fisheries?"}])
    [result] = runner.run(corpus_assistant, read_sets([few]), judge=Strict())["results"]
    assert (result["judge"], result["scores"]["judged"]) == (None, None)


def test_a_judge_that_cannot_be_made_is_wrong_usage(cli: Run, few: Path) -> None:
    refused(cli("eval", few, "--judge", "nobody"), "provider:name")


# --- Drafting and benchmarks ----------------------------------------------------------------


def test_drafts_are_a_set_and_never_overwrite(cli: Run, tmp_path: Path) -> None:
    drafted = tmp_path / "new" / "drafts.jsonl"
    ran = cli("eval", "new", drafted, "--limit", 8)
    assert ran.code == 0 and "8 drafts from articles and 0 from readers" in ran.out
    [found] = read_sets([drafted])
    assert len(found.questions) == 8 and all(question.draft for question in found.questions)
    before = drafted.read_bytes()
    refused(cli("eval", "new", drafted), str(drafted), "exists")
    assert drafted.read_bytes() == before
    assert cli("eval", drafted).code == 0


def test_what_readers_marked_down_is_drafted_too(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/kept.sqlite3"
    monkeypatch.setenv("ASSISTANT_FEEDBACK_URL", url)
    FeedbackStore(url).record(Feedback("Why now?", "Why now?", "answered", "So.", verdict="down"))
    drafted, without = tmp_path / "drafts.jsonl", tmp_path / "without.jsonl"
    ran = cli("eval", "new", drafted, "--limit", 1)
    assert ran.code == 0 and "1 drafts from articles and 1 from readers" in ran.out
    assert read_sets([drafted])[0].questions[-1].question == "Why now?"
    cli("eval", "new", without, "--limit", 1, "--no-from-feedback")
    assert [q.question for q in read_sets([without])[0].questions if q.question == "Why now?"] == []


def test_an_unknown_benchmark_is_told_from_those_there_are(cli: Run, tmp_path: Path) -> None:
    ran = cli("eval", "bench", "trivia", "--data", tmp_path)
    refused(ran, "trivia")
