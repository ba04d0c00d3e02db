"""This project, by its public interface; it also answers, which no other pipeline here does."""

from pathlib import Path
from typing import Any

from protocol import Pipeline, ask_all, serve

from assistant import Assistant, Settings


class Ours(Pipeline):
    """Hybrid search over one index."""

    packages = ("talks-assistant", "chromadb", "tantivy", "onnxruntime", "langchain-core")

    def __init__(self, store: Path) -> None:
        self._assistant = Assistant.from_settings(Settings(index=store))

    def embed(self, text: str) -> object:
        return self._assistant.embedder.embed_question(text)

    def ingest(self, articles: Path) -> int:
        report = self._assistant.ingest([str(articles)])
        if report.failed:
            raise SystemExit(f"not ingested: {report.failed}")
        return report.passages

    def search(self, question: str, limit: int) -> list[str]:
        return [Path(hit.source).name for hit in self._assistant.search(question, limit=limit)]


def answer(store: Path, _: Path, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """Answer every question, end to end."""
    assistant = Assistant.from_settings(Settings(index=store))
    return {"answer_ms": ask_all(assistant.ask, questions)}


if __name__ == "__main__":
    serve(Ours, answer=answer)
