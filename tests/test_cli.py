"""The command line as its user meets it: exit codes, one sentence for each failure, exact JSON."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import CORPUS, FOUR, Ran, python

Cli = Callable[..., Ran]

ANSWER_KEYS = {"question", "status", "answer", "sentences", "citations", "reason", "timings_ms"}
CITATION_KEYS = {
    *("number", "article_id", "title", "date", "source", "speaker", "quote", "start", "end"),
}


@pytest.fixture
def asked(corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the commands to the whole corpus under the real model."""
    monkeypatch.setenv("ASSISTANT_INDEX", str(corpus_index))
    return corpus_index


def one_sentence(ran: Ran) -> str:
    """Return what a failed command said, which is one line and no traceback."""
    assert "Traceback" not in ran.err and ran.out == ""
    (line,) = ran.err.strip().splitlines()
    return line


def test_an_answer_as_json_has_the_documented_shape(cli: Cli, asked: Path) -> None:
    ran = cli("ask", "What did Zakharova demand?", "--json")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert answer.keys() >= ANSWER_KEYS
    assert answer["status"] == "answered" and answer["reason"] is None
    for sentence in answer["sentences"]:
        assert sentence.keys() == {"text", "citations", "verdict"}
    for citation in answer["citations"]:
        assert citation.keys() >= CITATION_KEYS
        assert citation["date"] == "2025-02-18"
    assert {"retrieve", "answer"} <= answer["timings_ms"].keys()


def test_an_abstention_is_no_failure(cli: Cli, asked: Path) -> None:
    ran = cli("ask", "What did Macron say about fisheries?", "--json")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert answer["status"] == "abstained" and "fisheries" in answer["reason"]
    assert cli("ask", "What did Macron say about fisheries?").out.startswith("The articles do not")


def test_an_answer_for_people_names_its_sources(cli: Cli, asked: Path) -> None:
    ran = cli("ask", "What did Zakharova demand?")
    assert ran.code == 0 and ran.err == ""
    assert "2008" in ran.out and "[1] Maria Zakharova" in ran.out
    assert "05-zakharova-nato-bucharest-2008.md" in ran.out


def test_history_changes_what_a_short_question_means(cli: Cli, asked: Path) -> None:
    history = ("--history", "What did Peskov say about Zelensky?")
    answer = json.loads(cli("ask", "And on the EU?", "--json", *history).out)
    assert answer["standalone"] == "What did Peskov say on the EU?"


@pytest.mark.parametrize(
    "question",
    ["", "  ", "?", "\x00\x07", "x" * 100_000],
    ids=["", "spaces", "?", "control", "huge"],
)
def test_a_question_that_cannot_be_asked_is_wrong_usage(
    cli: Cli, asked: Path, question: str
) -> None:
    ran = cli("ask", question)
    assert ran.code == 2
    assert "question" in one_sentence(ran)


def test_no_index_is_one_sentence_with_the_next_step(cli: Cli, own_index: Path) -> None:
    ran = cli("ask", "Who spoke?")
    assert ran.code == 1
    assert "assistant ingest PATH" in one_sentence(ran)
    assert not own_index.exists()


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("ASSISTANT_PORT", "99999999", "ASSISTANT_PORT"),
        ("ASSISTANT_CHROMA_URL", "ftp://x", "http"),
        ("ASSISTANT_MAX_FILE_MB", "many", "ASSISTANT_MAX_FILE_MB"),
    ],
)
def test_a_wrong_setting_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = cli("ask", "Who spoke?")
    assert ran.code == 2
    assert named in one_sentence(ran)


def test_a_wrong_day_is_wrong_usage(cli: Cli, asked: Path) -> None:
    ran = cli("ask", "Who spoke?", "--since", "yesterday")
    assert ran.code == 2 and "2025-02-18" in ran.err


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (("--since", "2025-12-01"), lambda hit: hit["date"] >= "2025-12-01"),
        (("--until", "2025-02-18"), lambda hit: hit["date"] <= "2025-02-18"),
        (
            ("--person", "Захарова"),
            lambda hit: "Zakharova" in Path(hit["source"]).read_text("utf-8"),
        ),
        (
            ("--person", "Sergey Lavrov"),
            lambda hit: "Lavrov" in Path(hit["source"]).read_text("utf-8"),
        ),
        (("--source", "minerals"), lambda hit: "minerals" in hit["source"]),
    ],
)
def test_filters_leave_out_everything_else(
    cli: Cli, asked: Path, options: tuple[str, ...], holds: Callable[[dict], bool]
) -> None:
    hits = json.loads(cli("search", "talks about Ukraine", "--json", *options).out)["hits"]
    assert hits and all(holds(hit) for hit in hits)


def test_search_lists_passages_with_exact_offsets(cli: Cli, asked: Path) -> None:
    found = json.loads(cli("search", "NATO's 2008 promise", "--json", "--limit", "3").out)
    assert len(found["hits"]) == 3
    for hit in found["hits"]:
        passage = hit["passage"]
        assert passage["end"] - passage["start"] == len(passage["text"])
    assert cli("search", "NATO's 2008 promise").out.startswith("1. ")


def test_bad_inputs_fail_and_the_rest_goes_in(cli: Cli, tmp_path: Path, own_index: Path) -> None:
    good = tmp_path / "good.md"
    shutil.copy(CORPUS / FOUR[0], good)
    empty, binary, broken = tmp_path / "e.md", tmp_path / "b.txt", tmp_path / "y.md"
    empty.touch()
    binary.write_bytes(bytes(range(256)) * 20)
    broken.write_text("---\ntitle: [unclosed\n---\nText.\n")
    ran = cli("ingest", empty, binary, good, broken, tmp_path / "gone.md", "--json")
    assert ran.code == 1
    report = json.loads(ran.out)
    assert report["added"] == 1 and len(report["failed"]) == 4
    for failure in report["failed"]:
        assert failure["reason"].count("\n") == 0 and len(failure["reason"]) > 20
    assert cli("doctor").code == 0


def test_a_dry_run_writes_nothing(cli: Cli, own_index: Path) -> None:
    ran = cli("ingest", CORPUS / FOUR[0], "--dry-run", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["added"] == 1
    assert not (own_index / "chroma.sqlite3").exists()


def test_ingest_without_anything_to_read_is_wrong_usage(cli: Cli) -> None:
    ran = cli("ingest")
    assert ran.code == 2 and "file, folder or URL" in ran.err


def test_an_address_of_this_machine_is_not_fetched(cli: Cli, own_index: Path) -> None:
    ran = cli("ingest", "http://127.0.0.1:1/", "--json")
    assert ran.code == 1
    assert "ASSISTANT_FETCH_ALLOW" in json.loads(ran.out)["failed"][0]["reason"]


def test_settings_are_listed_with_what_they_mean(cli: Cli) -> None:
    ran = cli("settings")
    assert ran.code == 0
    assert "ASSISTANT_PORT = 7860" in ran.out and "Port the chat listens on." in ran.out


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], ["chromadb", "torch", "gradio", "langchain_core", "onnxruntime"]),
        (
            ["ask", "What did Zakharova demand?"],
            ["torch", "gradio", "transformers", "pandas", "sentence_transformers", "trafilatura"],
        ),
    ],
    ids=["help", "ask"],
)
def test_a_command_imports_only_what_it_needs(
    corpus_index: Path, arguments: list[str], absent: list[str]
) -> None:
    script = (
        "import sys\n"
        "from assistant.cli import main\n"
        f"sys.argv = ['assistant', *{arguments!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print([name for name in {absent!r} if name in sys.modules], file=sys.stderr)\n"
    )
    ran = python("-c", script, ASSISTANT_INDEX=str(corpus_index))
    assert ran.err.strip().splitlines()[-1] == "[]", ran.err
