"""Question sets: files of questions and of what a right answer to each is, checked whole.

JSON Lines, JSON, CSV and YAML are met here, validated, and are `SetQuestion`s from then on. One
error names every fault of every file, so that sets are mended in one sitting.
"""

import csv
import datetime
import hashlib
import io
import json
import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from assistant.errors import QuestionSetError

MAX_LINE_CHARS = 1_000_000  # A question with its evidence has a few thousand.
MAX_FAULTS_TOLD = 20

_BETWEEN = re.compile(r"\s*\n\s*|\s+;;(?:\s+|$)")  # the values of one cell
_LISTS = ("history", "expect", "evidence", "correction", "forbid")


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """One question of a set and what a right answer is.

    Each item of `expect` must occur in the answer, `correction` is what meets a false premise, with
    "|" between alternatives; nothing of `forbid` may occur in what a reader is shown. `speaker`
    says the `evidence`, verbatim words of articles. `asked` is the day of asking; a `draft` no
    person has read yet; `origin` is "talks.jsonl:3", for messages; `rest` are unknown fields, kept
    and ignored.
    """

    id: str
    question: str
    kind: str = "fact"
    history: tuple[str, ...] = ()
    answerable: bool = True
    expect: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    correction: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    speaker: str = ""
    asked: datetime.date | None = None
    draft: bool = False
    origin: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one file, in its order; `sha256` is that of its bytes."""

    path: Path
    sha256: str
    questions: tuple[SetQuestion, ...]


class _FaultError(Exception):
    """What is wrong with a file or with one question, in words that follow its place."""


# The line (of a JSON array the item) and what stands there: fields, or why they cannot be read.
_Rows = Iterator[tuple[int, Any]]


def read_sets(paths: Sequence[Path]) -> tuple[QuestionSet, ...]:
    """Read sets whose ids differ throughout; a question without an id is named "stem-line".

    Raises one QuestionSetError that names every fault by file and line.
    """
    sets, faults = list[QuestionSet](), list[str]()
    places: dict[str, str] = {}  # id → where it is first used
    for path in paths:
        digest, number, questions = "", 0, list[SetQuestion]()
        try:
            text, digest = _read(path)
            for number, content in _READERS[path.suffix.lower()](text):
                where = f", item {number}" if path.suffix.lower() == ".json" else f":{number}"
                try:
                    question = _question(content, f"{path.stem}-{number}", path.name + where)
                    if first := places.get(question.id):
                        raise _FaultError(f'the id "{question.id[:80]}" is also that of {first}.')
                    places[question.id] = f"{path}{where}"
                    questions.append(question)
                except _FaultError as fault:
                    faults.append(f"{path}{where}: {fault}")
            if not number:
                raise _FaultError("the set has no questions.")
        except _FaultError as fault:
            faults.append(f"{path}: {fault}")
        sets.append(QuestionSet(path, digest, tuple(questions)))
    if faults:
        more = [f"and {len(faults) - MAX_FAULTS_TOLD} more."] * (len(faults) > MAX_FAULTS_TOLD)
        raise QuestionSetError("\n".join(faults[:MAX_FAULTS_TOLD] + more))
    return tuple(sets)


def write_questions(path: Path, questions: Sequence[SetQuestion]) -> None:
    """Write questions as JSON Lines, without `origin` and what has its default."""
    lines = []
    for question in questions:
        values = ((n, getattr(question, n), f.default) for n, f in _Fields.model_fields.items())
        known = {name: value for name, value, default in values if value != default}
        lines.append(json.dumps({**known, **question.rest}, ensure_ascii=False, default=str) + "\n")
    try:
        # Half a surrogate pair has no UTF-8, and the escape that takes its place is JSON's own.
        path.write_bytes("".join(lines).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be written ({error.strerror}).") from error


def _read(path: Path) -> tuple[str, str]:
    """Return a file's text and the SHA-256 of its bytes."""
    if path.suffix.lower() not in _READERS:
        raise _FaultError(f"a question set's name ends in one of {', '.join(_READERS)}.")
    try:
        if path.exists() and not path.is_file():  # Reading a pipe would wait for ever.
            raise _FaultError("this is not a file.")
        raw = path.read_bytes()
        if (position := raw.find(b"\0")) >= 0:
            raise _FaultError(f"byte {position + 1} is a NUL: this is not text in UTF-8.")
        return raw.decode().removeprefix("\ufeff"), hashlib.sha256(raw).hexdigest()
    except OSError as error:
        raise _FaultError(f"cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        at = f"byte {error.start + 1}, in line {raw.count(10, 0, error.start) + 1},"
        raise _FaultError(f"{at} is not UTF-8; save the file as UTF-8.") from error


def _json_lines(text: str) -> _Rows:
    # Not splitlines(): strings in JSON may hold U+2028 as it is.
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE_CHARS:
            yield number, _FaultError(f"the line has more than {MAX_LINE_CHARS:,} characters.")
        elif line.strip():
            yield number, _parsed(line)


def _json(text: str) -> _Rows:
    content = _parsed(text) if text.strip() else []
    if not isinstance(content, list):
        fault = _FaultError("must be an array of questions: [{…}, {…}].")
        raise content if isinstance(content, _FaultError) else fault
    yield from enumerate(content, 1)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, character {error.colno}" if "\n" in text else error.colno
        return _FaultError(f"this is not JSON: {error.msg} at {at}.")
    except (ValueError, RecursionError) as error:
        return _FaultError(f"this JSON cannot be read: {error}.")


def _csv(text: str) -> _Rows:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header, line = list[str](), 1
    try:
        for cells in reader:
            if not header:
                header = [cell.strip() for cell in cells]
                if header and "question" not in header:
                    raise _FaultError(f'the header has no "question", only {", ".join(header)}.')
            elif len(cells) > len(header):
                yield line, _FaultError(f"{len(cells)} cells stand under {len(header)} headings.")
            elif any(map(str.strip, cells)):  # Spreadsheets leave out empty cells at the end.
                pairs = [(n, c.strip()) for n, c in zip(header, cells, strict=False)]
                yield line, {n: _BETWEEN.split(c) if n in _LISTS else c for n, c in pairs if c}
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, _FaultError(f"this is not CSV: {error}.")


class _Loader(yaml.SafeLoader):
    """Leaves every value but null as it is written: 2008, No and 1:30 are words to look for."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [pair for pair in pairs if pair[0].endswith((":null", ":merge"))]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _yaml(text: str) -> _Rows:
    line = 1
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if isinstance(root, yaml.MappingNode):
            root = next((value for key, value in root.value if key.value == "questions"), root)
        if root and not isinstance(root, yaml.SequenceNode):
            raise _FaultError('must be a list of questions, or have one under "questions:".')
        for node in root.value if root else ():
            line = node.start_mark.line + 1
            yield line, loader.construct_object(node, deep=True)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        yield mark.line + 1 if mark else line, _FaultError(f"this is not YAML: {reason}.")


_Text = Annotated[str, Field(min_length=1)]
_Texts = Annotated[tuple[_Text, ...], Field(strict=False)]


class _Fields(BaseModel):
    """What may stand in a file, under the names and defaults of `SetQuestion`."""

    model_config = ConfigDict(strict=True, extra="allow", str_strip_whitespace=True)

    id: Annotated[_Text, BeforeValidator(lambda v: str(v) if type(v) is int else v)]
    question: _Text
    kind: str = "fact"
    history: _Texts = ()
    answerable: bool = Field(default=True, strict=False)
    expect: _Texts = ()
    evidence: _Texts = ()
    correction: _Texts = ()
    forbid: _Texts = ()
    speaker: str = ""
    asked: datetime.date | None = Field(default=None, strict=False)
    draft: bool = Field(default=False, strict=False)


def _question(content: Any, default_id: str, origin: str) -> SetQuestion:
    if not isinstance(content, dict):
        fault = _FaultError(f"a question must be an object, not {reprlib.repr(content)}.")
        raise content if isinstance(content, _FaultError) else fault
    known = _Fields.model_fields.keys() - {"question"}
    given = {n: v for n, v in content.items() if n not in known or v not in (None, "")}
    given |= {n: [v] for n in _LISTS if isinstance(v := given.get(n), str)}
    try:
        read = _Fields.model_validate({"id": default_id} | given)
    except ValidationError as error:
        raise _FaultError("; ".join(map(_reason, error.errors()[:3])) + ".") from error
    if not all(o.strip() for item in read.expect + read.correction for o in item.split("|")):
        raise _FaultError('nothing stands beside a "|", and nothing is in every answer.')
    values = {name: getattr(read, name) for name in _Fields.model_fields}
    return SetQuestion(**values, origin=origin, rest=read.model_extra or {})


def _reason(error: ErrorDetails) -> str:
    name, *item = error["loc"] or ("a field's name",)  # no place where a name is not text
    if error["type"] in ("missing", "string_too_short"):
        return f'"{name}" {"has an empty item" if item else "is missing or empty"}'
    wanted = {"answerable": "true or false", "draft": "true or false", "asked": "like 2025-02-18"}
    texts = "text or a list of texts" if name in _LISTS else "text"
    return f'"{name}" must be {wanted.get(str(name), texts)}, not {reprlib.repr(error["input"])}'


_READERS = dict.fromkeys((".jsonl", ".ndjson"), _json_lines) | {".json": _json, ".csv": _csv}
_READERS |= dict.fromkeys((".yaml", ".yml"), _yaml)
