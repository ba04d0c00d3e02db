"""The command line: what it prints, where, and how it ends."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.cli import answer_lines
from assistant.settings import Settings
from assistant.types import Answer, AnswerSentence, Citation
from tests.conftest import CORPUS, FOUR, ROOT, Ran, python

ZAKHAROVA = str(CORPUS / "05-zakharova-nato-bucharest-2008.md")
Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def over_the_corpus(own_index: Path, corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_INDEX", str(corpus_index))


# --- Asking ---------------------------------------------------------------------------------


def test_an_answer_has_marks_and_says_where_each_stands(cli: Run) -> None:
    ran = cli("ask", "What did Zakharova demand?")
    assert (ran.code, ran.err) == (0, "")
    answer, _, citations = ran.out.partition("\n\n")
    assert "[1]" in answer
    assert citations.startswith("[1] Maria Zakharova, ")
    assert "(2025-02-18)" in citations and Path(ZAKHAROVA).name in citations


def test_a_refusal_is_no_failure_and_says_why(cli: Run) -> None:
    ran = cli("ask", "What did Zakharova say about fisheries?")
    assert (ran.code, ran.err) == (0, "")
    reason = ran.out.splitlines()[0]
    assert "fisheries" in reason
    assert reason.count("The articles") <= 1


HOURS = Citation(1, "a", "Talks", None, "/a.md", "", "Marco Rubio", "They met for hours.", 0, 19)
USEFUL = Citation(2, "a", "Talks", None, "/a.md", "", "", "It was useful.", 20, 34)
ABOUT = ["[1] Marco Rubio, Talks (undated), /a.md", "[2] Talks (undated), /a.md"]


def test_the_lead_and_the_sides_have_lines_of_their_own() -> None:
    sentences = (
        AnswerSentence("They met for hours.", (1,), under="Marco Rubio"),
        AnswerSentence("It was useful.", (1, 2), under="Marco Rubio"),
        AnswerSentence("It was useful.", (2,), under="Sergei Lavrov"),
    )
    compared = Answer(
        "How long?", "How long?", "answered", sentences, (HOURS, USEFUL), lead="for hours"
    )
    assert "\n".join(answer_lines(compared)).splitlines() == [
        "for hours",
        "Marco Rubio:",
        "They met for hours. [1]",
        "It was useful. [1] [2]",
        "Sergei Lavrov:",
        "It was useful. [2]",
        "",
        *ABOUT,
    ]


def test_a_refusal_is_its_reason_alone_and_the_nearest_there_is() -> None:
    reason = "The articles say nothing about fish."
    refused = Answer("Fish?", "Fish?", "abstained", citations=(HOURS, USEFUL), reason=reason)
    assert "\n".join(answer_lines(refused)).splitlines() == [
        reason,
        "",
        "Nearest in the articles:",
        *ABOUT,
    ]
    assert list(answer_lines(replace(refused, citations=()))) == [reason]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {"writer": "openai:demo"},
            ["Written by openai:demo, each sentence checked against its quotes."],
        ),
        ({"note": "The model failed."}, ["The model failed."]),
        ({}, []),
    ],
)
def test_who_wrote_and_what_went_wrong_have_lines_of_their_own(
    changes: dict[str, str], lines: list[str]
) -> None:
    said = AnswerSentence("They met for hours.", (1,))
    answer = replace(Answer("How long?", "How long?", "answered", (said,), (HOURS,)), **changes)
    expected = ["They met for hours. [1]", "", *(f for line in lines for f in (line, ""))]
    assert "\n".join(answer_lines(answer)).splitlines() == [*expected, ABOUT[0]]


def test_a_model_that_does_not_answer_is_named() -> None:
    refused = Answer("Fish?", "Fish?", "abstained", reason="No fish.", writer="openai:demo")
    assert "\n".join(answer_lines(refused)).splitlines() == [
        "No fish.",
        "",
        "Not answered by openai:demo, which read the nearest quotes.",
    ]


def test_json_says_who_wrote_and_what_was_left_out(cli: Run, monkeypatch) -> None:
    monkeypatch.setenv("ASSISTANT_MODEL", "openai:demo")
    monkeypatch.setenv("ASSISTANT_MODEL_URL", "http://127.0.0.1:9/v1")  # nobody listens there
    ran = cli("ask", "What did Zakharova demand?", "--json")
    said = json.loads(ran.out)
    assert (ran.code, said["status"], said["writer"]) == (0, "answered", "")
    assert said["note"] == ("The model openai:demo cannot be reached. These are quotes instead.")
    assert said["rejected"] == [] and said["sentences"]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("What did Zakharova demand?", "answered"),
        ("What did Zakharova say about fisheries?", "abstained"),
    ],
)
def test_json_has_just_the_documented_shape(cli: Run, question: str, status: str) -> None:
    ran = cli("ask", question, "--json")
    assert (ran.code, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert set(said) == {
        "question", "standalone", "status", "answer", "lead", "sentences", "citations", "reason",
        "writer", "note", "rejected", "invented_ids", "confidence", "timings_ms",
    }  # fmt: skip
    assert said["question"] == question
    assert said["status"] == status
    assert isinstance(said["standalone"], str)
    assert set(said["timings_ms"]) == {"retrieve", "answer"}
    assert all(isinstance(ms, float) and ms >= 0 for ms in said["timings_ms"].values())
    for citation in said["citations"]:
        kinds = {
            "number": int, "article_id": str, "title": str, "date": str, "source": str,
            "outlet": str, "speaker": str, "quote": str, "start": int, "end": int,
            "marked": str,
        }  # fmt: skip
        assert {name: type(value) for name, value in citation.items()} == kinds
        assert citation["end"] - citation["start"] == len(citation["quote"])
    numbers = [citation["number"] for citation in said["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    if status == "answered":
        assert said["reason"] is None and said["sentences"]
        for sentence in said["sentences"]:
            assert set(sentence) == {"text", "citations", "verdict", "under"}
            assert sentence["verdict"] in ("supported", "partly", "unsupported")
            assert set(sentence["citations"]) <= set(numbers)
            assert sentence["text"] in said["answer"]
    else:
        assert said["reason"] and said["sentences"] == [] and said["answer"] == ""


def test_history_makes_a_follow_up_stand_alone(cli: Run) -> None:
    ran = cli("ask", "And on the EU?", "--history", "What did Peskov say about Zelensky?", "--json")
    said = json.loads(ran.out)
    assert "Peskov" in said["standalone"] and "EU" in said["standalone"]
    assert any("06-peskov" in citation["source"] for citation in said["citations"])
    two = cli(
        "ask", "And Zakharova?", "--history", "What did Lavrov demand?", "--history",
        "And Peskov?", "--json",
    )  # fmt: skip
    assert "Zakharova" in json.loads(two.out)["standalone"]


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (["--since", "2025-03-01", "--until", "2025-03-31"], lambda h: h["date"][:7] == "2025-03"),
        (["--since", "2025-02-18", "--until", "2025-02-18"], lambda h: h["date"] == "2025-02-18"),
        (["--source", "06-PESKOV"], lambda h: "06-peskov" in h["source"]),
        (["--person", "Захарова", "--until", "2025-02-18"], lambda h: h["date"] <= "2025-02-18"),
    ],
)
def test_filters_narrow_a_search(cli: Run, options: list[str], holds) -> None:
    said = json.loads(cli("search", "NATO membership", "--json", "--limit", "50", *options).out)
    assert said["hits"]
    assert all(holds(hit) for hit in said["hits"])


def test_a_search_as_json_gives_passages_with_exact_offsets(cli: Run, corpus_assistant) -> None:
    ran = cli("search", "What did Zakharova demand?", "--json", "--limit", "3")
    assert (ran.code, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert set(said) == {"question", "hits"}
    assert len(said["hits"]) == 3
    for hit in said["hits"]:
        assert set(hit) == {
            "passage", "title", "date", "source", "outlet", "score", "similarity", "dense_rank",
            "keyword_rank",
        }  # fmt: skip
        passage = hit["passage"]
        article = corpus_assistant.article(passage["article_id"])
        assert article.text[passage["start"] : passage["end"]] == passage["text"]


def test_a_search_that_finds_nothing_says_so(cli: Run) -> None:
    ran = cli("search", "NATO", "--source", "no such outlet")
    assert (ran.code, ran.out, ran.err) == (0, "No passage matches.\n", "")


# --- Wrong usage ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", ""],
        ["ask", "   \n\t "],
        ["ask", "…?!"],
        ["ask", "\x00\x07"],
        ["ask", "\ud83d"],
        ["ask", "x" * 100_000],
        ["ask", "What did Zakharova demand? " * 4_000],
        ["search", ""],
        ["search", "x" * 100_000],
        ["search", "NATO", "--limit", "0"],
        ["search", "NATO", "--limit", "many"],
        ["ask", "NATO?", "--since", "yesterday"],
        ["ask", "NATO?", "--until", "2025-02-30"],
        ["ask", "NATO?", "--since", "2025-03-01", "--until", "2025-02-01"],
        ["ask", "NATO?", "--no-such-option"],
        ["ask", "two", "questions"],
        ["ingest"],
        ["ingest", ""],
        ["ingest", ZAKHAROVA, " "],
        ["serve", "--port", "high"],
        ["serve", "--port", "70000"],
        ["no-such-command"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40].encode("ascii", "replace").decode(),
)
def test_wrong_usage_ends_with_two_and_a_sentence(cli: Run, arguments: list[str]) -> None:
    ran = cli(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.strip()
    assert "Traceback" not in ran.err
    assert len(ran.err) < 1_000


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("CHROMA_URL", "127.0.0.1:8000"), ("FETCH_ALLOW", "intranet"),
     ("MIN_CONFIDENCE", "2")],
)  # fmt: skip
@pytest.mark.parametrize("command", [["ask", "NATO?"], ["settings"], ["doctor"]], ids="-".join)
def test_a_wrong_setting_ends_with_two_and_names_it(
    cli: Run, monkeypatch: pytest.MonkeyPatch, command: list[str], name: str, value: str
) -> None:
    monkeypatch.setenv(f"ASSISTANT_{name}", value)
    ran = cli(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"assistant: ASSISTANT_{name} ")
    assert ran.err.count("\n") == 1


# --- Failures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["ask", "What did Zakharova demand?"], ["search", "NATO"], ["doctor"]], ids="-".join
)
def test_a_missing_index_ends_with_one_and_the_command_that_makes_it(
    cli: Run, tmp_path: Path, command: list[str]
) -> None:
    ran = cli(*command, "--index", tmp_path / "none")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"assistant: There is no index in {tmp_path / 'none'}. ")
    assert "assistant ingest" in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "command", [["ask", "What did Zakharova demand?"], ["ingest", ZAKHAROVA], ["doctor"]],
    ids=lambda command: command[0],
)  # fmt: skip
def test_an_index_that_is_a_file_ends_with_one_and_a_sentence(
    cli: Run, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "file").write_text("not an index")
    ran = cli(*command, "--index", tmp_path / "file")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("assistant: ") and ran.err.count("\n") == 1


def test_a_model_that_is_not_there_ends_with_one_and_names_it(
    cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_EMBEDDING_MODEL", "no/such-model")
    ran = cli("ask", "What did Zakharova demand?")
    assert (ran.code, ran.out) == (1, "")
    assert "no/such-model" in ran.err and "--rebuild" in ran.err


# --- Ingesting ------------------------------------------------------------------------------


def test_ingest_as_json_counts_and_names_everything(cli: Run, tmp_path: Path) -> None:
    index = tmp_path / "index"
    inputs = [*(CORPUS / name for name in FOUR), tmp_path / "missing.md"]
    ran = cli("ingest", *inputs, "--json", "--index", index)
    assert (ran.code, ran.err) == (1, "")
    said = json.loads(ran.out)
    assert set(said) == {
        "added", "changed", "unchanged", "removed", "failed", "passages", "characters", "dry_run",
        "sources",
    }  # fmt: skip
    assert [said[n] for n in ("added", "changed", "unchanged", "removed")] == [4, 0, 0, 0]
    assert said["sources"]["added"] == [str(path) for path in inputs[:4]]
    assert said["failed"] == [{"source": str(inputs[4]), "reason": said["failed"][0]["reason"]}]
    assert "missing.md" in said["failed"][0]["reason"]
    again = json.loads(cli("ingest", *inputs[:4], "--json", "--index", index).out)
    assert (again["unchanged"], again["passages"]) == (4, 0)


def test_a_dry_run_says_would_and_makes_no_folder(cli: Run, tmp_path: Path) -> None:
    ran = cli("ingest", ZAKHAROVA, "--dry-run", "--index", tmp_path / "index")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("1 would be added, ")
    assert not (tmp_path / "index").exists()


def test_prune_and_rebuild_are_commands_too(cli: Run, articles: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    cli("ingest", articles, "--index", index)
    (articles / FOUR[0]).unlink()
    assert cli("ingest", articles, "--index", index).out.startswith("0 added, 0 changed, 3 unch")
    pruned = cli("ingest", articles, "--prune", "--index", index)
    assert pruned.out.startswith("0 added, 0 changed, 3 unchanged, 1 removed, 0 failed")
    rebuilt = cli("ingest", "--rebuild", "--index", index)
    assert (rebuilt.code, rebuilt.err) == (0, "")
    assert cli("doctor", "--index", index).code == 0


# --- The rest -------------------------------------------------------------------------------


def test_settings_are_listed_with_their_values(cli: Run, monkeypatch) -> None:
    monkeypatch.setenv("ASSISTANT_PORT", "7999")
    ran = cli("settings")
    assert (ran.code, ran.err) == (0, "")
    assert "ASSISTANT_PORT = 7999\n" in ran.out
    for name, field in Settings.model_fields.items():
        assert f"ASSISTANT_{name.upper()} = " in ran.out
        assert str(field.description) in ran.out


@pytest.mark.parametrize("command", ["ask", "search", "ingest", "doctor", "serve", "settings"])
def test_each_command_has_help(cli: Run, command: str) -> None:
    ran = cli(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert command in ran.out


# --- In a process of its own: bytes and streams ---------------------------------------------


def raw(*arguments: bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"assistant", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=120,
    )


@pytest.mark.skipif(os.name == "nt", reason="arguments are text on Windows")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_bytes_that_are_not_text_and_controls_do_no_harm(encoding: str) -> None:
    question = b"What did \xff\x1b[31m Zakharova\x07 demand?"
    said = raw(b"ask", question, b"--json", PYTHONIOENCODING=encoding)
    assert (said.returncode, said.stderr) == (0, b"")
    answer = json.loads(said.stdout.decode(encoding))
    assert answer["status"] == "answered"
    assert answer["standalone"] == "What did Zakharova demand?"
    assert "\x1b" not in said.stdout.decode(encoding)
    plain = raw(b"ask", question, PYTHONIOENCODING=encoding)
    assert (plain.returncode, plain.stderr) == (0, b"")
    assert "Zakharova" in plain.stdout.decode(encoding)


def test_a_reader_that_stops_reading_causes_no_traceback(corpus_index: Path) -> None:
    command = f"{sys.executable} -m assistant search NATO --limit 200 --json | head -c 10"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_python_dash_m_and_the_installed_command_are_one(corpus_index: Path) -> None:
    installed = shutil.which("assistant", path=str(Path(sys.executable).parent))
    if installed is None:
        pytest.skip("the command is not installed beside this Python")
    one = subprocess.run([installed, "--help"], capture_output=True, text=True)
    other = python("-m", "assistant", "--help")
    assert one.stdout.partition("\n\n")[2] == other.out.partition("\n\n")[2] != ""
