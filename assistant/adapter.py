"""The query adapter: from where a question lies among the vectors to where its answers lie.

A sentence embedder puts a question near what looks like it; an answer often looks different. One
matrix, learned from questions and the sentences that answer them (`evals/reader/adapter.py`), moves
the question's vector there. It costs one small product and leaves every stored vector as it is.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.embedding import MiniLMEmbedder, Vectors
from assistant.errors import ModelError

WEIGHTS = Path(__file__).parent / "weights" / "query_adapter.npz"


@dataclass(frozen=True, slots=True)
class QueryAdapter:
    """`matrix` has shape (dim, dim), `offset` (dim,); both None: the question's vector as it is."""

    matrix: Vectors | None = field(default=None, repr=False)
    offset: Vectors | None = field(default=None, repr=False)

    def adapt(self, question_vector: Vectors) -> Vectors:
        """Return the unit vector near which answers to the question lie, shape (dim,)."""
        if self.matrix is None or self.offset is None:
            return question_vector
        moved = question_vector + question_vector @ self.matrix + self.offset
        return (moved / np.linalg.norm(moved)).astype(np.float32)

    def between(self, question_vector: Vectors) -> Vectors:
        """Return the unit vector half way to the answers: near passages of both kinds."""
        if self.matrix is None:
            return question_vector
        middle = question_vector + self.adapt(question_vector)
        return (middle / np.linalg.norm(middle)).astype(np.float32)


def adapter_for(embedder_fingerprint: str, weights: Path = WEIGHTS) -> QueryAdapter:
    """Return the shipped adapter for the model it was learned with, or none for any other.

    Raises ModelError when the shipped weights cannot be read.
    """
    if embedder_fingerprint != MiniLMEmbedder.fingerprint:
        return QueryAdapter()
    try:
        with np.load(weights) as arrays:
            return QueryAdapter(
                arrays["matrix"].astype(np.float32), arrays["offset"].astype(np.float32)
            )
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise ModelError(
            f"The query adapter's weights {weights} cannot be loaded.",
            hint="Reinstall the package, or make them anew with `make train-reader`.",
        ) from error
