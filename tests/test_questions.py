"""Sets are written as files of every format and read back, whole or with their faults named."""

import dataclasses
import datetime
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import QuestionSetError
from assistant.evaluation.questions import (
    MAX_LINE_CHARS,
    QuestionSet,
    SetQuestion,
    read_sets,
    write_questions,
)
from tests.conftest import ROOT

TWO = (
    SetQuestion(
        "a",
        "Who said “2008”?",
        kind="who-said",
        history=("First?", "Then?"),
        expect=("2008", "neutral|neutrality"),
        evidence=("Its 2008 promise.",),
        speaker="Maria Zakharova",
        asked=datetime.date(2025, 2, 18),
    ),
    SetQuestion(
        "b", "Why agree?", kind="false-premise", answerable=False, correction=("No",), draft=True
    ),
)


def written(folder: Path, content: str | bytes, name: str = "set.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes, name: str = "set.jsonl") -> QuestionSet:
    return read_sets([written(folder, content, name)])[0]


def faults(*paths: Path) -> list[str]:
    with pytest.raises(QuestionSetError) as caught:
        read_sets(paths)
    return caught.value.message.replace(f"{paths[0].parent}{os.sep}", "").split("\n")


def fault(folder: Path, content: str | bytes, name: str = "set.jsonl") -> str:
    [only] = faults(written(folder, content, name))
    return only


def known(questions: tuple[SetQuestion, ...]) -> tuple[SetQuestion, ...]:
    return tuple(dataclasses.replace(question, origin="") for question in questions)


# The project's own


@pytest.mark.parametrize(
    ("name", "count", "corrected", "dated"),
    [
        ("talks", 138, 12, 0),
        ("talks-held-out", 66, 6, 0),
        ("evidence", 80, 10, 3),
        ("evidence-held-out", 44, 5, 2),
    ],
)
def test_the_projects_sets_are_read(name: str, count: int, corrected: int, dated: int) -> None:
    path = ROOT / "evals" / f"{name}.jsonl"
    [found] = read_sets([path])
    assert found.path == path
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(found.questions) == count
    assert sum(bool(question.correction) for question in found.questions) == corrected
    assert sum(question.asked is not None for question in found.questions) == dated
    assert all(question.rest.keys() == {"article"} for question in found.questions)
    assert found.questions[2].origin == f"{name}.jsonl:3"


def test_the_projects_sets_are_read_together() -> None:
    names = ["talks", "talks-held-out", "evidence", "evidence-held-out"]
    sets = read_sets([ROOT / "evals" / f"{name}.jsonl" for name in names])
    assert [len(found.questions) for found in sets] == [138, 66, 80, 44]


# Formats


JSON = [
    {
        "id": "a",
        "question": "Who said “2008”?",
        "kind": "who-said",
        "history": ["First?", "Then?"],
        "expect": ["2008", "neutral|neutrality"],
        "evidence": "Its 2008 promise.",
        "speaker": "Maria Zakharova",
        "asked": "2025-02-18",
    },
    {
        "id": "b",
        "question": "Why agree?",
        "kind": "false-premise",
        "answerable": False,
        "correction": ["No"],
        "draft": True,
        "asked": None,
        "speaker": None,
    },
]
CSV = """id,question,kind,history,answerable,expect,evidence,correction,speaker,asked,draft
a,Who said “2008”?,who-said,"First?
Then?",yes,2008 ;; neutral|neutrality,Its 2008 promise.,,Maria Zakharova,2025-02-18,
,,,,,
b,Why agree?,false-premise,,0,,,No,,,TRUE
"""
YAML = """# a set
- id: a
  question: Who said “2008”?
  kind: who-said
  history: ["First?", "Then?"]
  expect: [2008, neutral|neutrality]
  evidence: |
    Its 2008 promise.
  speaker: Maria Zakharova
  asked: 2025-02-18

- {id: b, question: "Why agree?", kind: false-premise, answerable: no, correction: No, draft: true,
   asked: null}
"""
LINES = "\n\n".join(json.dumps(fields) for fields in JSON)
NESTED = "questions:\n" + YAML


@pytest.mark.parametrize(
    ("name", "content", "origins"),
    [
        ("s.jsonl", LINES, ["s.jsonl:1", "s.jsonl:3"]),
        ("s.NDJSON", LINES, ["s.NDJSON:1", "s.NDJSON:3"]),
        ("s.json", json.dumps(JSON, indent=1), ["s.json, item 1", "s.json, item 2"]),
        ("s.csv", CSV, ["s.csv:2", "s.csv:5"]),
        ("s.yaml", YAML, ["s.yaml:2", "s.yaml:12"]),
        ("s.yml", NESTED, ["s.yml:3", "s.yml:13"]),
    ],
)
@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_format_gives_the_same_questions(
    tmp_path: Path, name: str, content: str, origins: list[str], breaks: str, mark: str
) -> None:
    found = read(tmp_path, mark + content.replace("\n", breaks), name).questions
    assert known(found) == TWO
    assert [question.origin for question in found] == origins


def test_a_question_without_an_id_is_named_by_file_and_line(tmp_path: Path) -> None:
    found = read(tmp_path, '\n{"question": "x"}\n{"question": "y", "id": 7}').questions
    assert [question.id for question in found] == ["set-2", "7"]


def test_yaml_keeps_words_as_they_are_written(tmp_path: Path) -> None:
    text = "- question: x\n  expect: [No, 1:30, 010, 3.50, 2025-02-18]\n"
    [question] = read(tmp_path, text, "s.yaml").questions
    assert question.expect == ("No", "1:30", "010", "3.50", "2025-02-18")


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    [question] = read(tmp_path, '{"question": "x", "rest": 1, "origin": null}').questions
    assert question.rest == {"rest": 1, "origin": None}


def test_a_line_separator_within_a_text_ends_no_line(tmp_path: Path) -> None:
    [question] = read(tmp_path, '{"question": "x\u2028y\x85z"}').questions
    assert question.question == "x\u2028y\x85z"


def test_answerable_without_facts_or_evidence_is_allowed(tmp_path: Path) -> None:
    assert read(tmp_path, '{"question": "x"}').questions[0].answerable


# Faults


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('{"id": "a"}', '"question" is missing or empty.'),
        ('{"question": " "}', '"question" is missing or empty.'),
        ('{"question": null}', '"question" must be text, not None.'),
        ('{"question": 5}', '"question" must be text, not 5.'),
        ('{"question": "x", "kind": ["a"]}', "\"kind\" must be text, not ['a']."),
        ('{"question": "x", "expect": 5}', '"expect" must be text or a list of texts, not 5.'),
        ('{"question": "x", "expect": [5]}', '"expect" must be text or a list of texts, not 5.'),
        ('{"question": "x", "expect": [""]}', '"expect" has an empty item.'),
        (
            '{"question": "x", "expect": "a|"}',
            'nothing stands beside a "|", and nothing is in every answer.',
        ),
        (
            '{"question": "x", "answerable": "maybe"}',
            "\"answerable\" must be true or false, not 'maybe'.",
        ),
        ('{"question": "x", "asked": "May"}', "\"asked\" must be like 2025-02-18, not 'May'."),
        (
            '{"kind": 1, "draft": "?"}',
            '"question" is missing or empty; "kind" must be text, not 1; '
            "\"draft\" must be true or false, not '?'.",
        ),
        ("7", "a question must be an object, not 7."),
        (
            '{"question": "x", "\\ud800": 1}',
            "\"a field's name\" must be text, not '\\ud800'.",
        ),
        ('{"question": "\\ud800"}', "\"question\" must be text, not '\\ud800'."),
        ('{"question": ', "this is not JSON: Expecting value at 14."),
        ("x" * (MAX_LINE_CHARS + 1), "the line has more than 1,000,000 characters."),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, fields: str, reason: str) -> None:
    assert fault(tmp_path, fields) == f"set.jsonl:1: {reason}"


def test_nesting_without_end_is_a_fault(tmp_path: Path) -> None:
    deep = '{"question": "x", "a": ' + "[" * 100_000
    assert "set.jsonl:1: this JSON cannot be read" in fault(tmp_path, deep)
    assert "s.yaml" in fault(tmp_path, "- question: " + "[" * 5_000, "s.yaml")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("s.json", '[{"question": "x"}, 3]', "s.json, item 2: a question must be an object"),
        ("s.json", '[\n{"question": }]', "s.json: this is not JSON: Expecting value at line 2,"),
        ("s.json", '{"question": "x"}', "s.json: must be an array of questions"),
        ("s.csv", "id,text\na,b\n", 's.csv: the header has no "question", only id, text.'),
        ("s.csv", "question\nx,y\n", "s.csv:2: 2 cells stand under 1 headings."),
        ("s.csv", 'question\n"x"y\n', "s.csv:2: this is not CSV: "),
        ("s.csv", 'question\n"a\nb"\n"x\n', "s.csv:4: this is not CSV: "),
        ("s.csv", "question\n" + "x" * 200_000, "s.csv:2: this is not CSV: field larger"),
        ("s.csv", "question,kind\n,who\n", 's.csv:2: "question" is missing or empty.'),
        ("s.yaml", "- question: x\n- question: [\n", "s.yaml:3: this is not YAML: "),
        ("s.yaml", "- question: x\n- text: y\n", 's.yaml:2: "question" is missing or empty.'),
        ("s.yaml", "- {question: x, ~: y}\n", "s.yaml:1: "),
        ("s.yaml", "- x\n", "s.yaml:1: a question must be an object"),
        ("s.yaml", "a: b\n", "s.yaml: must be a list of questions"),
        ("s.yaml", "- {question: !!python/name:os.system x}\n", "s.yaml:1: this is not YAML: "),
        ("s.yaml", "- question: \x01\n", "s.yaml:1: this is not YAML: unacceptable character"),
    ],
)
def test_a_fault_of_each_format_is_named(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    assert fault(tmp_path, content, name).startswith(reason)


@pytest.mark.parametrize("name", ["s.jsonl", "s.json", "s.csv", "s.yaml"])
@pytest.mark.parametrize("content", ["", "\ufeff\n\r\n"])
def test_an_empty_set_is_a_fault(tmp_path: Path, name: str, content: str) -> None:
    assert fault(tmp_path, content, name) == f"{name}: the set has no questions."


def test_files_that_are_not_text_are_named(tmp_path: Path) -> None:
    assert fault(tmp_path, b'{}\n"\xff"') == (
        "set.jsonl: byte 5, in line 2, is not UTF-8; save the file as UTF-8."
    )
    assert fault(tmp_path, b"PK\0") == "set.jsonl: byte 3 is a NUL: this is not text in UTF-8."


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.csv") == [
        "none.csv: cannot be read (No such file or directory)."
    ]
    (tmp_path / "folder.csv").mkdir()
    assert faults(tmp_path / "folder.csv") == ["folder.csv: this is not a file."]
    accepted = ".jsonl, .ndjson, .json, .csv, .yaml, .yml"
    assert fault(tmp_path, "x", "set.txt") == (
        f"set.txt: a question set's name ends in one of {accepted}."
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert faults(tmp_path / "pipe.csv") == ["pipe.csv: this is not a file."]


def test_an_id_used_twice_is_named_with_both_places(tmp_path: Path) -> None:
    one = written(tmp_path, '{"id": "a", "question": "x"}\n{"id": "a", "question": "y"}')
    two = written(tmp_path, "id,question\na,z\n", "two.csv")
    found = [line.replace(f"{tmp_path}{os.sep}", "") for line in faults(one, two)]
    assert found == [
        'set.jsonl:2: the id "a" is also that of set.jsonl:1.',
        'two.csv:2: the id "a" is also that of set.jsonl:1.',
    ]


def test_all_faults_of_all_files_are_told_up_to_twenty(tmp_path: Path) -> None:
    one = written(tmp_path, "{}\n" * 19)
    two = written(tmp_path, '[1, {"question": "x"}, 2, 3]', "two.json")
    found = faults(one, tmp_path / "none.csv", two)
    assert len(found) == 21
    assert found[18].startswith("set.jsonl:19: ") and found[19].startswith("none.csv: ")
    assert found[20] == "and 3 more."


# Writing


def test_only_what_is_not_the_default_is_written(tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    question = SetQuestion("a", "Où ?", draft=True, origin="x:1", rest={"article": "05"})
    write_questions(path, [question])
    assert path.read_bytes().decode() == (
        '{"id": "a", "question": "Où ?", "draft": true, "article": "05"}\n'
    )


def test_a_set_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match=r"drafts.jsonl: cannot be written \(No such"):
        write_questions(tmp_path / "none" / "drafts.jsonl", TWO)


TEXT = st.text(max_size=20).map(str.strip)
FULL = TEXT.filter(bool)
FACTS = st.lists(FULL.map(lambda text: text.replace("|", "/")), max_size=3).map(tuple)
TEXTS = st.lists(FULL, max_size=3).map(tuple)
VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
NAMES = {item.name for item in dataclasses.fields(SetQuestion)} - {"origin", "rest"}
REST = st.dictionaries(st.text(max_size=9).filter(lambda name: name not in NAMES), VALUES)
QUESTIONS = st.builds(
    SetQuestion,
    id=FULL,
    question=FULL,
    kind=FULL,
    history=TEXTS,
    answerable=st.booleans(),
    expect=FACTS,
    evidence=TEXTS,
    correction=FACTS,
    speaker=TEXT,
    asked=st.none() | st.dates(),
    draft=st.booleans(),
    rest=REST | REST.map(lambda rest: rest | {"deep": [rest]}),
)


@settings(deadline=None)
@given(st.lists(QUESTIONS, min_size=1, max_size=3, unique_by=lambda question: question.id))
def test_what_is_written_is_read_back(questions: list[SetQuestion]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.jsonl"
        write_questions(path, questions)
        assert known(read_sets([path])[0].questions) == tuple(questions)
