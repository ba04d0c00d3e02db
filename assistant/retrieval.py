"""HybridRetriever: dense and keyword search over the same passages, fused, no article crowding out.

It is a LangChain `BaseRetriever`: `retriever.invoke("…")` gives Documents for any graph. The
answer path uses `search`, which gives `Hit`s.
"""

from collections import Counter
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant.adapter import QueryAdapter
from assistant.embedding import Embedder, Vectors
from assistant.fusion import reciprocal_rank_fusion
from assistant.index import ArticleIndex
from assistant.keywords import KeywordIndex
from assistant.names import NameTable
from assistant.types import Filters, Hit, iso_day

# How deep each ranking is read before fusion: beyond this a passage is rarely the right one.
CANDIDATES = 40
# So that one long article does not fill every place; others get a look in.
MAX_PER_ARTICLE = 4
DEFAULT_LIMIT = 24
# The model knows English: of a question in another script only the names mean something to it.
FOREIGN_WEIGHT = 0.1


class HybridRetriever(BaseRetriever):
    """Find passages for a question by meaning and by words, fused by reciprocal rank.

    Names in the question reach articles that spell them differently. With `filters`, only
    matching passages are looked at. Stateless and safe to share.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: ArticleIndex
    keywords: KeywordIndex
    embedder: Any
    adapter: QueryAdapter = QueryAdapter()
    names: NameTable
    limit: int = DEFAULT_LIMIT
    filters: Filters = Filters()

    def search(
        self,
        question: str,
        *,
        limit: int | None = None,
        filters: Filters | None = None,
        vector: Vectors | None = None,
    ) -> list[Hit]:
        """Return up to `limit` passages, best first; none when nothing can match.

        `vector` saves embedding a question that is already embedded.
        """
        limit = limit or self.limit
        filters = self.filters if filters is None else filters
        embedder: Embedder = self.embedder
        articles = self._articles_of(filters.source) if filters.source else None
        if articles == set():
            return []
        people = self.names.spellings(filters.person) if filters.person else ()
        depth = max(CANDIDATES, limit)
        if vector is None:
            vector = embedder.embed_question(question)
        dense = self.index.search(
            self.adapter.between(vector),
            limit=depth,
            filters=filters,
            people=people,
            articles=articles,
        )
        words = self.keywords.search(
            self._with_spellings(question),
            limit=depth,
            filters=filters,
            people=people,
            articles=articles,
        )
        dense_ids = [found.passage.id for found in dense]
        word_ids = [id for id, _ in words]
        found = {f.passage.id: f for f in dense}
        found |= {
            id: f for id, f in self.index.passages([i for i in word_ids if i not in found]).items()
        }
        hits: list[Hit] = []
        per_article: Counter[str] = Counter()
        for id, score in reciprocal_rank_fusion(
            [dense_ids, word_ids], weights=[1.0 if _is_readable(question) else FOREIGN_WEIGHT, 1.0]
        ):
            if (f := found.get(id)) is None or per_article[f.passage.article_id] >= MAX_PER_ARTICLE:
                continue
            per_article[f.passage.article_id] += 1
            hits.append(
                Hit(
                    passage=f.passage,
                    title=f.title,
                    date=f.date,
                    source=f.source,
                    outlet=f.outlet,
                    score=score,
                    similarity=f.similarity,
                    dense_rank=dense_ids.index(id) + 1 if id in dense_ids else None,
                    keyword_rank=word_ids.index(id) + 1 if id in word_ids else None,
                )
            )
            if len(hits) == limit:
                break
        committed = self.index.committed({hit.passage.article_id for hit in hits})
        return [hit for hit in hits if hit.passage.article_id in committed]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        return [to_document(hit) for hit in self.search(query)]

    def _with_spellings(self, question: str) -> str:
        """Add the articles' spellings of everyone whom the question names."""
        mentions = self.names.find(question, fuzzy_words=self.keywords.unknown_words(question))
        others = {
            spelling.split()[-1]
            for mention in mentions
            for spelling in self.names.spellings(mention.name)
        }
        return " ".join([question, *sorted(others - set(question.split()))])

    def _articles_of(self, source: str) -> set[str]:
        wanted = source.casefold()
        return {
            id
            for id, head in self.index.catalog().items()
            if wanted in head.source.casefold() or wanted in head.outlet.casefold()
        }


def _is_readable(question: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in question)


def to_document(hit: Hit) -> Document:
    """Return a hit as LangChain sees it; offsets and scores are in the metadata."""
    return Document(
        id=hit.passage.id,
        page_content=hit.passage.text,
        metadata={
            "article_id": hit.passage.article_id,
            "title": hit.title,
            "date": iso_day(hit.date),
            "source": hit.source,
            "outlet": hit.outlet,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": hit.score,
            "similarity": hit.similarity,
        },
    )
