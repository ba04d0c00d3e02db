"""What a benchmark is and gives: figures with intervals, and published ones beside them."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.service import Assistant
from assistant.types import OnProgress

SAMPLES = 1000
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure with its 95 % interval; `value` is NaN where the questions cannot tell."""

    measure: str
    system: str
    value: float
    low: float | None
    high: float | None
    n: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that others report; `source` says where it stands and how its protocol differs."""

    measure: str
    system: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Table:
    """What one run of a benchmark found; `skipped` questions could not be measured."""

    name: str
    about: str
    licence: str
    lines: tuple[Line, ...]
    published: tuple[Published, ...]
    skipped: int
    seconds: float
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a benchmark runs on: the folder of published sets, the first `limit` questions."""

    data: Path
    assistant: Assistant
    limit: int | None
    on_progress: OnProgress


# What a family finds: figures, questions that could not be measured, and how it measured.
Measured = tuple[Sequence[Line], int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published set: `files` are paths below the data folder with their SHA-256."""

    name: str
    about: str
    licence: str
    files: Mapping[str, str]
    run: Callable[[Bench], Measured]
    published: tuple[Published, ...] = ()


def estimate(
    measure: str, system: str, *columns: Any, of: Callable[..., Any] = np.mean, note: str = ""
) -> Line:
    """Return a statistic of equally long columns, with its bootstrap interval by rows, seed 0."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    n = len(arrays[0])
    value = float(of(*arrays)) if n else math.nan
    if math.isnan(value):
        return Line(measure, system, value, None, None, n, note)
    picks = np.random.default_rng(0).integers(0, n, (SAMPLES, n))
    low, high = np.nanpercentile([of(*(a[pick] for a in arrays)) for pick in picks], [2.5, 97.5])
    return Line(measure, system, value, float(low), float(high), n, note)


def auc(positive: Values, scores: Values) -> float:
    """Return how often a positive scores above a negative, ties half; NaN without both.

    >>> auc(np.array([1, 0, 1, 0]), np.array([3, 2, 1, 1]))
    0.625
    """
    above, below = scores[positive > 0], np.sort(scores[positive == 0])
    if not len(above) or not len(below):
        return math.nan
    wins = np.searchsorted(below, above) + np.searchsorted(below, above, side="right")
    return float(wins.mean()) / (2 * len(below))


def markdown(table: Table) -> str:
    """Return the table as Markdown, with the published figures below."""
    rows = [f"**{table.name}**: {table.about} Licence: {table.licence}.", ""]
    rows += ["| measure | system | value | 95 % | n | note |", "|---|---|---|---|---|---|"]
    for x in table.lines:
        interval = "" if x.low is None else f"{_shown(x.low)} to {_shown(x.high)}"
        rows.append(
            f"| {x.measure} | {x.system} | {_shown(x.value)} | {interval} | {x.n:,} | {x.note} |"
        )
    if table.published:
        rows += ["", "| measure | published | value | source |", "|---|---|---|---|"]
    for p in table.published:
        rows.append(f"| {p.measure} | {p.system} | {_shown(p.value)} | {p.source} |")
    said = [f"{table.skipped:,} skipped", f"{table.seconds:.0f} s"]
    said += [f"{name}: {value}" for name, value in table.settings.items()]
    return "\n".join([*rows, "", "; ".join(said) + "."])


def to_json(table: Table) -> dict[str, Any]:
    """Return the table as plain values; an undefined figure is None."""
    plain = dataclasses.asdict(table)
    for line in plain["lines"]:
        line["value"] = None if math.isnan(line["value"]) else line["value"]
    return plain


def _shown(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.3f}".replace("0.", ".", 1)
