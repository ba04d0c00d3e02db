"""The retriever and the chain in the hands of a LangChain user."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable

from assistant import Answer, Assistant, Filters
from assistant.embedding import MiniLMEmbedder
from assistant.index import ArticleIndex
from assistant.retrieval import MAX_PER_ARTICLE, HybridRetriever

QUESTION = "What did Zakharova demand?"


def test_the_retriever_gives_documents_with_exact_offsets(corpus_assistant: Assistant) -> None:
    retriever = corpus_assistant.retriever
    assert isinstance(retriever, BaseRetriever)
    documents = retriever.invoke(QUESTION)
    assert documents
    for document in documents:
        article = corpus_assistant.article(document.metadata["article_id"])
        assert article is not None
        start, end = document.metadata["start"], document.metadata["end"]
        assert article.text[start:end] == document.page_content


def test_the_retriever_runs_in_batches_and_asynchronously(corpus_assistant: Assistant) -> None:
    retriever = corpus_assistant.retriever
    one = [d.id for d in retriever.invoke(QUESTION)]
    assert [[d.id for d in found] for found in retriever.batch([QUESTION, QUESTION])] == [one, one]
    assert [d.id for d in asyncio.run(retriever.ainvoke(QUESTION))] == one


def test_no_article_crowds_out_the_others(corpus_assistant: Assistant) -> None:
    hits = corpus_assistant.search("NATO membership of Ukraine", limit=16)
    counts = [sum(h.passage.article_id == hit.passage.article_id for h in hits) for hit in hits]
    assert max(counts) <= MAX_PER_ARTICLE and len(set(counts)) >= 1
    assert len({h.passage.article_id for h in hits}) > 3


def test_filters_set_on_a_retriever_hold(corpus_assistant: Assistant) -> None:
    whole = corpus_assistant.retriever
    narrowed = HybridRetriever(
        index=whole.index,
        keywords=whole.keywords,
        embedder=whole.embedder,
        names=whole.names,
        filters=Filters(source="zakharova"),
    )
    sources = {d.metadata["source"] for d in narrowed.invoke("talks")}
    assert sources and all("zakharova" in source for source in sources)


@pytest.mark.parametrize("given", [QUESTION, {"question": QUESTION}])
def test_the_chain_answers(corpus_assistant: Assistant, given: Any) -> None:
    chain = corpus_assistant.chain
    assert isinstance(chain, Runnable)
    answer = chain.invoke(given)
    assert isinstance(answer, Answer)
    assert answer.sentences == corpus_assistant.ask(QUESTION).sentences


def test_the_chain_folds_history_in(corpus_assistant: Assistant) -> None:
    given = {"question": "And on the EU?", "history": ["What did Peskov say about Zelensky?"]}
    assert "Peskov" in corpus_assistant.chain.invoke(given).standalone


def test_the_chain_runs_in_batches(corpus_assistant: Assistant) -> None:
    answers = corpus_assistant.chain.batch([QUESTION, "Who hosted the talks in Riyadh?"])
    assert [a.question for a in answers] == [QUESTION, "Who hosted the talks in Riyadh?"]


def test_the_chain_reports_its_steps(corpus_assistant: Assistant) -> None:
    async def events() -> list[dict[str, Any]]:
        stream = corpus_assistant.chain.astream_events(QUESTION, version="v2")
        return [dict(event) async for event in stream]

    seen = asyncio.run(events())
    names = [(event["event"], event["name"]) for event in seen]
    assert ("on_chain_start", "retriever") in names
    assert ("on_chain_end", "retriever") in names
    assert isinstance(seen[-1]["data"]["output"], Answer)


class _Questions(Embeddings):
    """LangChain's own idea of an embedding model, over ours."""

    def __init__(self, model: MiniLMEmbedder) -> None:
        self._model = model

    def embed_query(self, text: str) -> list[float]:
        return [float(x) for x in self._model.embed_question(text)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def test_the_collection_opens_as_a_langchain_vector_store(
    corpus_index: Path, minilm: MiniLMEmbedder
) -> None:
    index = ArticleIndex.open(corpus_index, fingerprint=minilm.fingerprint, model=minilm.name)
    found = index.vectorstore(_Questions(minilm)).similarity_search("NATO's 2008 promise", k=3)
    assert len(found) == 3
    assert any("2008" in document.page_content for document in found)
