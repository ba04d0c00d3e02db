"""Stand-ins for the one slow part, the embedding model; everything else in the tests is real."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from assistant.embedding import ArticleVectors, Embedder, Vectors
from assistant.names import to_latin
from assistant.types import Passage, Sentence

DIMENSIONS = 64


class WordCountEmbedder:
    """Counts words: texts that share words point the same way. Notes what it was asked to embed.

    Two of them with different names are two models: their vectors must never be mixed.
    """

    def __init__(self, name: str = "word-count", *, salt: str = "") -> None:
        self.name = name
        self.fingerprint = f"{name}/fake"
        self.headings: list[str] = []
        self.questions: list[str] = []
        self._salt = salt

    def embed_question(self, question: str) -> Vectors:
        self.questions.append(question)
        return self._vector(question)

    def embed_article(
        self, heading: str, text: str, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> ArticleVectors:
        self.headings.append(heading)
        return ArticleVectors(
            passages=np.stack([self._vector(f"{heading} {p.text}") for p in passages]),
            sentences=np.stack([self._vector(text[s.start : s.end]) for s in sentences]),
        )

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(DIMENSIONS, dtype=np.float32)
        vector[0] = 0.01  # a text without words has a direction too
        for word in re.findall(r"\w+", to_latin(text).casefold()):
            vector[zlib.crc32(f"{self._salt}{word}".encode()) % DIMENSIONS] += 1
        return vector / np.linalg.norm(vector)


def _fits_the_protocol() -> Embedder:
    return WordCountEmbedder()  # mypy proves it
