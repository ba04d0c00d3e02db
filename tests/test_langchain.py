"""The retriever and the answer path as LangChain users meet them."""

import asyncio
import datetime
from collections import Counter

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from assistant.embedding import MiniLMEmbedder
from assistant.retrieval import MAX_PER_ARTICLE
from assistant.service import Assistant
from assistant.types import Answer, Filters

QUESTIONS = ["What did Zakharova demand?", "What did Peskov say about the EU?", "minerals deal"]


def check(assistant: Assistant, documents: list[Document]) -> None:
    assert documents
    for document in documents:
        article = assistant.article(document.metadata["article_id"])
        assert article is not None
        start, end = document.metadata["start"], document.metadata["end"]
        assert article.text[start:end] == document.page_content
        assert document.metadata["source"] == article.source
        assert document.metadata["title"] == article.title
        assert document.metadata["date"] == article.date.isoformat()
        assert document.id is not None and document.id.startswith(article.id)


def test_the_retriever_gives_documents_with_exact_offsets(corpus_assistant: Assistant) -> None:
    retriever = corpus_assistant.retriever
    assert isinstance(retriever, BaseRetriever)
    check(corpus_assistant, retriever.invoke(QUESTIONS[0]))
    batches = retriever.batch(QUESTIONS)
    assert len(batches) == len(QUESTIONS)
    for question, documents in zip(QUESTIONS, batches, strict=True):
        check(corpus_assistant, documents)
        assert documents == retriever.invoke(question) == asyncio.run(retriever.ainvoke(question))


def test_documents_are_what_search_finds_best_first(corpus_assistant: Assistant) -> None:
    documents = corpus_assistant.retriever.invoke(QUESTIONS[0])
    hits = corpus_assistant.search(QUESTIONS[0], limit=corpus_assistant.retriever.limit)
    assert [d.id for d in documents] == [hit.passage.id for hit in hits]
    scores = [d.metadata["score"] for d in documents]
    assert scores == sorted(scores, reverse=True)


def test_the_retriever_fits_into_a_graph(corpus_assistant: Assistant) -> None:
    graph = corpus_assistant.retriever | RunnableLambda(lambda documents: len(documents))
    assert graph.invoke(QUESTIONS[0]) == corpus_assistant.retriever.limit


@pytest.mark.parametrize("question", [*QUESTIONS, "Lavrov", "Ukraine"])
@pytest.mark.parametrize("limit", [1, 3, 30])
def test_no_article_fills_every_place(
    corpus_assistant: Assistant, question: str, limit: int
) -> None:
    hits = corpus_assistant.search(question, limit=limit)
    assert 1 <= len(hits) <= limit
    assert max(Counter(hit.passage.article_id for hit in hits).values()) <= MAX_PER_ARTICLE
    assert len({hit.passage.id for hit in hits}) == len(hits)


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        (
            Filters(since=datetime.date(2025, 3, 1), until=datetime.date(2025, 3, 31)),
            lambda hit: hit.date.month == 3 and hit.date.year == 2025,
        ),
        (Filters(since=datetime.date(2025, 2, 18), until=datetime.date(2025, 2, 18)),
         lambda hit: hit.date == datetime.date(2025, 2, 18)),
        (Filters(source="06-PESKOV"), lambda hit: "06-peskov" in hit.source),
    ],
)  # fmt: skip
def test_filters_are_kept_by_both_kinds_of_search(
    corpus_assistant: Assistant, filters: Filters, holds
) -> None:
    for question in ("NATO membership for Ukraine", "What was said about talks?"):
        hits = corpus_assistant.search(question, limit=50, filters=filters)
        assert hits
        assert all(holds(hit) for hit in hits)


@pytest.mark.parametrize("spelling", ["Zakharova", "Maria Zakharova", "Захарова", "zakarova"])
def test_a_person_may_be_filtered_by_in_any_spelling(
    corpus_assistant: Assistant, spelling: str
) -> None:
    plain = corpus_assistant.search("NATO", filters=Filters(person="Maria Zakharova"), limit=30)
    assert plain
    index = corpus_assistant.answering.index
    for hit in plain:
        stored = index.article(hit.passage.article_id)
        inside = stored.sentences[hit.passage.first : hit.passage.last + 1]
        assert "Zakharova" in hit.passage.text or any("Zakharova" in s.speaker for s in inside)
    if spelling != "zakarova":
        assert plain == corpus_assistant.search("NATO", filters=Filters(person=spelling), limit=30)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(source="no such outlet"),
        Filters(person="Angela Merkel"),
        Filters(until=datetime.date(1999, 1, 1)),
    ],
)
def test_a_filter_that_nothing_passes_finds_nothing(
    corpus_assistant: Assistant, filters: Filters
) -> None:
    assert corpus_assistant.search("NATO", filters=filters) == []
    answer = corpus_assistant.ask("What did Zakharova demand?", filters=filters)
    assert (answer.status, answer.citations) == ("abstained", ())
    assert answer.reason


# --- The chain ------------------------------------------------------------------------------


def same(one: Answer, other: Answer) -> bool:
    return one.to_json() | {"timings_ms": {}} == other.to_json() | {"timings_ms": {}}


def test_the_chain_answers_as_the_assistant_does(corpus_assistant: Assistant) -> None:
    chain = corpus_assistant.chain
    expected = [corpus_assistant.ask(question) for question in QUESTIONS]
    assert same(chain.invoke(QUESTIONS[0]), expected[0])
    assert all(map(same, chain.batch(QUESTIONS), expected))
    assert same(asyncio.run(chain.ainvoke({"question": QUESTIONS[1]})), expected[1])


def test_the_chain_takes_history_and_filters(corpus_assistant: Assistant) -> None:
    chain = corpus_assistant.chain
    history = ["What did Peskov say about Zelensky?"]
    asked = {"question": "And on the EU?", "history": history}
    assert same(chain.invoke(asked), corpus_assistant.ask("And on the EU?", history=history))
    filters = Filters(until=datetime.date(1999, 1, 1))
    refused = chain.invoke({"question": QUESTIONS[0], "filters": filters})
    assert refused.status == "abstained"


def test_its_events_report_the_retriever_and_end_with_the_answer(
    corpus_assistant: Assistant,
) -> None:
    async def events() -> list[dict]:
        stream = corpus_assistant.chain.astream_events(QUESTIONS[0], version="v2")
        return [event async for event in stream]

    seen = asyncio.run(events())
    kinds = [(event["event"], event["name"]) for event in seen]
    starts = [name for kind, name in kinds if kind.endswith("_start")]
    ends = [name for kind, name in kinds if kind.endswith("_end")]
    assert len(starts) == 2 == len(ends)
    retriever_kinds = {kind for kind, name in kinds if name == starts[1]}
    assert any(kind.endswith("_start") for kind in retriever_kinds)
    assert any(kind.endswith("_end") for kind in retriever_kinds)
    assert "retriever" in starts[1].casefold()
    answer = seen[-1]["data"]["output"]
    assert isinstance(answer, Answer)
    assert same(answer, corpus_assistant.ask(QUESTIONS[0]))


# --- The vector store -----------------------------------------------------------------------


class AsEmbeddings(Embeddings):
    """Our model under LangChain's interface."""

    def __init__(self, embedder: MiniLMEmbedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.embed_question(text).tolist()


def test_langchains_own_chroma_searches_the_same_passages(
    corpus_assistant: Assistant, minilm: MiniLMEmbedder
) -> None:
    store = corpus_assistant.answering.index.vectorstore(AsEmbeddings(minilm))
    found = store.similarity_search_with_score("What did Zakharova demand?", k=5)
    assert len(found) == 5
    index = corpus_assistant.answering.index
    ours = index.search(minilm.embed_question("What did Zakharova demand?"), limit=5)
    for (document, distance), hit in zip(found, ours, strict=True):
        article = corpus_assistant.article(document.metadata["article_id"])
        place = slice(document.metadata["start"], document.metadata["end"])
        assert article.text[place] == document.page_content == hit.passage.text
        assert 1 - distance == pytest.approx(hit.similarity, abs=1e-4)
    narrowed = store.similarity_search(
        "NATO", k=3, filter={"people": {"$contains": "Dmitry Peskov"}}
    )
    assert narrowed and all("Dmitry Peskov" in d.metadata["people"] for d in narrowed)
