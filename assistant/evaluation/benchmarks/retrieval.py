"""Does search find it: Cranfield and RealTimeQA by document, Chroma's chunking set by character.

Documents are split, embedded and stored by the product's own steps in an index of their own, and
asked through HybridRetriever; "dense only" and "keywords only" are its two halves over the same
passages. A document ranks by its best passage; DEPTH passages are read, where an answer reads 24.
Nothing here was trained on. With a limit: the first questions, what is relevant to them, and the
first OTHERS other documents, which is far easier. Chroma's set takes the first five passages, of
all five corpora in one index; recall, precision and IoU as its own code computes them, where
overlaps count twice in the length retrieved. Its published figures are of other chunks. The product
takes no more than four passages of one article, hence the line without that bound.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from assistant import ingest
from assistant.articles import normalise
from assistant.evaluation import metrics
from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.table import Bench, Line, Measured, estimate
from assistant.fusion import reciprocal_rank_fusion
from assistant.index import ArticleIndex, disconnect
from assistant.retrieval import CANDIDATES, HybridRetriever
from assistant.service import Assistant
from assistant.types import Article, Passage

DEPTH = 200
OTHERS = 300
BATCH = 32  # articles
CHUNKS = 5
CHROMA = "chunking_eval/chunking_evaluation/evaluation_framework/general_evaluation_data"
WHOLE, DENSE, WORDS = "assistant", "dense only", "keywords only"
UNBOUNDED = "assistant, no bound by article"
RANKED: dict[str, Callable[[metrics.Brings, int], metrics.Score | None]] = {
    "nDCG@10": metrics.ndcg,
    "recall@5": lambda found, relevant: metrics.recall(found, relevant, 5),
    "recall@10": lambda found, relevant: metrics.recall(found, relevant, 10),
    "recall@100": lambda found, relevant: metrics.recall(found, relevant, 100),
    "MAP": metrics.average_precision,
}


def cranfield(bench: Bench) -> Measured:
    """Cranfield: 225 questions on 1,400 abstracts of aerodynamics, as in BEIR's layout."""
    names = ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")
    return _by_document(bench, *(bench.data / "cranfield" / name for name in names))


def realtimeqa(bench: Bench) -> Measured:
    """RealTimeQA's quizzes of 2022 among the news articles that they rest on."""
    names = ("corpus.jsonl.gz", "queries.jsonl", "qrels.tsv")
    return _by_document(bench, *(bench.data / f"realtimeqa/slice2022_{name}" for name in names))


def _by_document(bench: Bench, corpus: Path, queries: Path, judgements: Path) -> Measured:
    relevant: dict[str, set[str]] = defaultdict(set)
    for query, document in read(
        judgements, lambda r: [(r["query-id"], r["corpus-id"])] if float(r["score"]) > 0 else ()
    ):
        relevant[query].add(document)
    asked = read(queries, lambda r: [(str(r["_id"]), str(r["text"]))], bench.limit)
    judged = [(id, text) for id, text in asked if relevant[id]]
    documents = read(corpus, lambda r: [(str(r["_id"]), str(r["title"]), normalise(r["text"]))])
    if bench.limit is not None:
        wanted = {document for id, _ in judged for document in relevant[id]}
        others = islice((d for d in documents if d[0] not in wanted), OTHERS)
        documents = [d for d in documents if d[0] in wanted] + list(others)
    numbers = {id: number for number, (id, _, _) in enumerate(documents)}
    articles = [_article(numbers[id], title, text) for id, title, text in documents if text]
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    with indexed(bench, articles) as assistant:
        for done, (id, question) in enumerate(judged):
            bench.on_progress(done, len(judged), question)
            sought = {numbers[document] for document in relevant[id] if document in numbers}
            for system, passages in searched(assistant.retriever, question, DEPTH).items():
                ranked = dict.fromkeys(int(passage.article_id, 16) for passage in passages)
                brings = [frozenset({number} & sought) for number in ranked]
                for measure, of in RANKED.items():
                    if score := of(brings, len(relevant[id])):
                        values[measure, system].append(score.got)
    settings = {"documents": f"{len(articles):,}", "passages read": str(DEPTH)}
    if bench.limit is not None:
        settings["limit"] = f"relevant documents and {OTHERS} others"
    return _lines(values), len(asked) - len(judged), settings


def chunking_eval(bench: Bench) -> Measured:
    """Chroma's chunking benchmark: the characters retrieved with five passages."""
    rows = read(
        bench.data / CHROMA / "questions_df.csv",
        lambda r: [(r["question"], r["corpus_id"], _references(r["references"]))],
        bench.limit,
    )
    corpora = list(dict.fromkeys(corpus for _, corpus, _ in rows))
    articles = [
        _article(n, "", (bench.data / CHROMA / f"corpora/{name}.md").read_text("utf-8"))
        for n, name in enumerate(corpora)
    ]
    ids = {name: article.id for article, name in zip(articles, corpora, strict=True)}
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    with indexed(bench, articles) as assistant:
        for done, (question, corpus, wanted) in enumerate(rows):
            bench.on_progress(done, len(rows), question)
            found = searched(assistant.retriever, question, CANDIDATES)
            fused = reciprocal_rank_fusion([found[DENSE], found[WORDS]])
            found[UNBOUNDED] = [passage for passage, _ in fused]
            for system, passages in found.items():
                shares = overlap(passages[:CHUNKS], ids[corpus], wanted)
                for measure, value in zip(("recall@5", "precision", "IoU"), shares, strict=True):
                    values[f"{measure}, characters", system].append(value)
                    if system == WHOLE:
                        values[f"{measure}, {corpus}", system].append(value)
    return _lines(values), 0, {"corpora": ", ".join(corpora), "passages": str(CHUNKS)}


def overlap(
    passages: Sequence[Passage], article_id: str, wanted: Sequence[tuple[int, int]]
) -> tuple[float, float, float]:
    """Return recall, precision and IoU of the characters of some passages."""
    sought = {at for start, end in wanted for at in range(start, end)}
    got = {at for p in passages if p.article_id == article_id for at in range(p.start, p.end)}
    both, length = len(sought & got), sum(p.end - p.start for p in passages)
    iou = both / (length + len(sought) - both)
    return both / len(sought), both / length if length else 0.0, iou


def searched(retriever: HybridRetriever, question: str, depth: int) -> dict[str, list[Passage]]:
    """Return the passages that the whole and each half of search find."""
    index, adapter = retriever.index, retriever.adapter
    vector = retriever.embedder.embed_question(question)
    words = [id for id, _ in retriever.keywords.search(question, limit=depth)]
    stored = index.passages(words)
    near = index.search(adapter.between(vector), limit=depth)
    whole = retriever.search(question, limit=depth, vector=vector)
    return {
        WHOLE: [hit.passage for hit in whole],
        DENSE: [found.passage for found in near],
        WORDS: [stored[id].passage for id in words if id in stored],
    }


@contextmanager
def indexed(bench: Bench, articles: Sequence[Article]) -> Iterator[Assistant]:
    """Give an assistant over an index of these articles, gone afterwards."""
    mine = bench.assistant
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "index"
        index = ArticleIndex.open(
            place, fingerprint=mine.embedder.fingerprint, model=mine.embedder.name, create=True
        )
        for first in range(0, len(articles), BATCH):
            bench.on_progress(first, len(articles), "indexing")
            batch = articles[first : first + BATCH]
            index.add([ingest.prepare(a, mine.embedder, raw_sha256="") for a in batch])
        ingest.follow(index, ingest.open_keywords(place))
        settings = mine.settings.model_copy(update={"index": place, "chroma_url": ""})
        try:
            yield Assistant(settings, mine.embedder, reader=mine.reader)
        finally:
            disconnect(place)


def _lines(values: dict[tuple[str, str], list[float]]) -> list[Line]:
    return [estimate(measure, system, v) for (measure, system), v in values.items()]


def _article(number: int, title: str, text: str) -> Article:
    return Article(id=f"{number:016x}", source=f"document {number}", title=title, text=text)


def _references(text: str) -> list[tuple[int, int]]:
    found: list[dict[str, Any]] = json.loads(text)
    return [(int(r["start_index"]), int(r["end_index"])) for r in found]
