"""Question sets as the fitting and the ablation read them, and what counts as their evidence."""

import json
from pathlib import Path
from typing import Any


def load(path: Path) -> list[dict[str, Any]]:
    """Return the questions of one set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def is_evidence(sentence: str, evidence: list[str]) -> bool:
    """Whether a sentence carries a piece of the evidence, or most of one."""
    return any(
        sentence in piece or piece in sentence or overlap(sentence, piece) for piece in evidence
    )


def overlap(sentence: str, piece: str) -> bool:
    """Whether a piece of evidence that runs over sentences takes in most of this one."""
    return len(sentence) > 40 and sentence[: int(len(sentence) * 0.8)] in piece
