"""Published files → records: JSON Lines, CSV, TSV, SQuAD's JSON, plain or gzipped."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from assistant.errors import QuestionSetError

T = TypeVar("T")
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, csv.Error)
_UNREADABLE = (OSError, EOFError, zlib.error)


def read(
    path: Path, convert: Callable[[dict[str, Any]], Iterable[T]], limit: int | None = None
) -> list[T]:
    """Return what each record is converted to, in order, `limit` at most.

    Raises QuestionSetError that names the file and the record when it is not as published.
    """
    number = 0

    def converted() -> Iterator[T]:
        nonlocal number
        for record in _records(path):
            number += 1
            yield from convert(record)

    try:
        return list(islice(converted(), limit))
    except (*_MALFORMED, *_UNREADABLE) as error:
        what = f"{type(error).__name__}: {error}"
        message = f"{path}: record {number} or the next is malformed ({what})."
        raise QuestionSetError(message) from error


def _records(path: Path) -> Iterable[dict[str, Any]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    if kind == "jsonl":  # not splitlines: texts hold other line separators
        return (json.loads(line) for line in text.split("\n") if line.strip())
    if kind == "json":
        articles: list[dict[str, Any]] = json.loads(text)["data"]
        return articles
    delimiter = "\t" if kind == "tsv" else ","
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
