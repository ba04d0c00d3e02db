"""ONLINE PATH: question + earlier turns → hits → evidence → quoted sentences, each tied to words.

`Answering.stream` reads top to bottom and yields events; everything that shows an answer (chat,
command line, evaluation) consumes them. `as_runnable` is the same path for LangChain graphs.
"""

import datetime
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from assistant import asking, composing, evidence, refusing
from assistant.adapter import QueryAdapter
from assistant.asking import Words
from assistant.composing import Chosen
from assistant.conversation import standalone
from assistant.embedding import Embedder
from assistant.errors import QuestionError
from assistant.evidence import Opened
from assistant.index import ArticleIndex
from assistant.keywords import KeywordIndex
from assistant.names import NameTable
from assistant.reader import Judges
from assistant.retrieval import HybridRetriever
from assistant.roles import RoleTable
from assistant.types import (
    Answer,
    AnswerSentence,
    Done,
    Event,
    Filters,
    Found,
    Hit,
    Said,
    Turn,
    Understood,
)

REMEMBERED_SENTENCES = 20_000
_TERMINAL_CODE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # pasted from a terminal


@dataclass(frozen=True, slots=True)
class Answering:
    """The answer path over one state of the index. Stateless and safe to share."""

    index: ArticleIndex
    words: Words
    embedder: Embedder
    adapter: QueryAdapter
    reader: Judges
    retriever: HybridRetriever
    names: NameTable
    roles: RoleTable
    min_confidence: float
    max_question_chars: int

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Answer:
        """Return the whole answer. Raises QuestionError for a question that cannot be asked."""
        *_, done = self.stream(question, history=history, filters=filters, today=today)
        assert isinstance(done, Done)
        return done.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
        retrieve: Callable[[str, Filters], list[Hit]] | None = None,
    ) -> Iterator[Event]:
        """Yield Understood, Found, a Said for each sentence of an answer, and Done.

        `today` is what "last month" counts from; the day of asking unless given.
        """
        began = time.perf_counter()
        check_question(question, max_chars=self.max_question_chars)
        today = today or datetime.date.today()
        alone = self.understood(question, history, today=today)
        yield Understood(alone)

        vector = self.embedder.embed_question(alone)
        if retrieve is None:
            hits = self.retriever.search(alone, filters=filters, vector=vector)
        else:
            hits = retrieve(alone, filters)
        retrieved = time.perf_counter()
        yield Found(tuple(hits))

        asked = asking.read(alone, self.names, self.words, today=today)
        opened = self.open(hits)
        vectors = (vector, self.adapter.adapt(vector))
        shortlist = evidence.shortlist(asked, vectors, hits, opened, self.words)
        judged = evidence.judge(asked, shortlist, opened, self.reader)
        refusal = refusing.refuse(
            asked, judged, self.words, self.reader, min_confidence=self.min_confidence
        )
        if refusal:
            offered = [Chosen(c.article, c.position) for c in refusal.nearest]
            _, cited = composing.quote(offered, opened)
            sentences: tuple[AnswerSentence, ...] = ()
        else:
            sentences, cited = composing.quote(composing.compose(asked, judged, opened), opened)
            shown = 0
            for sentence in sentences:
                new = tuple(c for c in cited if shown < c.number <= max(sentence.citations))
                shown = max(shown, *sentence.citations)
                yield Said(sentence, new)
        yield Done(
            Answer(
                question=question,
                standalone=alone,
                status="abstained" if refusal else "answered",
                sentences=sentences,
                citations=cited,
                reason=refusal.reason if refusal else None,
                lead="" if refusal else composing.lead(asked, cited),
                timings_ms={
                    "retrieve": (retrieved - began) * 1000,
                    "answer": (time.perf_counter() - retrieved) * 1000,
                },
            )
        )

    def understood(self, question: str, history: Sequence[Turn], *, today: datetime.date) -> str:
        """Return the question as it is searched for: alone, people by their names."""
        alone = standalone(clean(question), history, self.names)
        return asking.spelled_out(alone, self.names, self.roles, self.words, today=today)

    def open(self, hits: Sequence[Hit]) -> dict[str, Opened]:
        """Return the articles that were hit, by id, with sentences and vectors."""
        return {
            id: Opened(stored.article, stored.sentences, stored.vectors)
            for id, stored in self.index.articles({h.passage.article_id for h in hits}).items()
        }

    def as_runnable(self) -> Any:
        """Return the path as a LangChain Runnable: a question, or a dict with "question" and
        optional "history" (earlier questions, oldest first), to an `Answer`.

        The retriever runs as a step of its own, so `astream_events` reports it.
        """
        from langchain_core.runnables import RunnableConfig, RunnableLambda

        def answer(given: str | dict[str, Any], config: RunnableConfig) -> Answer:
            asked: dict[str, Any] = {"question": given} if isinstance(given, str) else given

            def find(question: str) -> list[Hit]:
                return self.retriever.search(question, filters=asked.get("filters") or Filters())

            retriever = RunnableLambda(find, name="retriever")
            *_, done = self.stream(
                asked["question"],
                history=[Turn(question) for question in asked.get("history", ())],
                retrieve=lambda question, _: retriever.invoke(question, config),
            )
            assert isinstance(done, Done)
            return done.answer

        return RunnableLambda(answer, name="answering")


def check_question(question: str, *, max_chars: int) -> None:
    """Raise QuestionError, saying what is wrong, unless the question can be asked."""
    if len(question) > max_chars:
        raise QuestionError(
            f"The question has {len(question):,} characters; the limit is {max_chars:,}.",
            hint="Ask one thing in a sentence or two.",
        )
    if not re.search(r"\w", clean(question)):
        raise QuestionError(
            "The question is empty.", hint='Ask something like "What did Zakharova demand?"'
        )


def clean(question: str) -> str:
    """Return the question without control characters and lone surrogates, spaces collapsed."""
    question = _TERMINAL_CODE.sub(" ", question)
    kept = "".join(c if c.isprintable() else " " for c in question)
    return " ".join(kept.split())


def words_of(keywords: KeywordIndex, names: NameTable) -> Words:
    """Return what the evidence rules may ask of words and names; of sentences, it is remembered."""
    remembered = lru_cache(REMEMBERED_SENTENCES)
    return Words(
        stem=remembered(keywords.stem),
        rarity=keywords.rarity,
        unknown=keywords.unknown_words,
        has_similar=keywords.has_similar_word,
        similar=keywords.similar_word,
        named=remembered(lambda text: frozenset(m.name for m in names.find(text))),
        standard=remembered(names.standard),
    )
