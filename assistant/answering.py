"""ONLINE PATH: question + earlier turns → hits → evidence → sentences, each tied to exact words.

Without a model the sentences are quotes. With one they are written, and said only once checked.

`Answering.stream` reads top to bottom and yields events; everything that shows an answer (chat,
command line, evaluation) consumes them. `as_runnable` is the same path for LangChain graphs.
"""

import datetime
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from assistant import asking, composing, conversation, evidence, refusing
from assistant.adapter import QueryAdapter
from assistant.asking import Asked, Words
from assistant.composing import Chosen
from assistant.embedding import Embedder
from assistant.errors import QuestionError, WriterError
from assistant.evidence import Candidate, Opened
from assistant.index import ArticleIndex
from assistant.keywords import KeywordIndex
from assistant.names import NameTable
from assistant.reader import Judges
from assistant.refusing import Refusal
from assistant.retrieval import HybridRetriever
from assistant.roles import RoleTable
from assistant.types import (
    Answer,
    AnswerSentence,
    Citation,
    Done,
    Event,
    FellBack,
    Filters,
    Found,
    Hit,
    Said,
    Turn,
    Understood,
)
from assistant.writing import Writer, Written

REMEMBERED_SENTENCES = 20_000
HITS_PER_SIDE = 8
NOTHING_FIT = "Nothing in the articles answers this clearly enough."
DECLINED = "The quotes nearest to this do not answer it, as far as the model can tell."
TOO_LITTLE = "What the model wrote is not in the quotes that it cites. These are quotes instead."
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
    writer: Writer | None = None

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

        parts = [
            self.searched(part, filters=filters, today=today, retrieve=retrieve)
            for part in conversation.parts(alone, self.names)
        ]
        yield Found(tuple(hit for part in parts for hit in part.hits))

        opened = {id: article for part in parts for id, article in part.opened.items()}
        reply = yield from self._reply(parts, opened)
        retrieve_ms = sum(part.retrieve_ms for part in parts)
        all_ms = (time.perf_counter() - began) * 1000
        timings_ms = {"retrieve": retrieve_ms, "answer": all_ms - retrieve_ms}
        yield Done(replace(reply, question=question, standalone=alone, timings_ms=timings_ms))

    def searched(
        self,
        question: str,
        *,
        filters: Filters,
        today: datetime.date,
        retrieve: Callable[[str, Filters], list[Hit]] | None = None,
    ) -> "Part":
        """Return what is found for one question that stands alone: hits, evidence, or a refusal.

        Who is compared is searched for apart as well, lest one side crowd out the other.
        """
        began = time.perf_counter()
        vector = self.embedder.embed_question(question)
        asked = asking.read(question, self.names, self.words, today=today)
        if retrieve is None:
            hits = self.retriever.search(question, filters=filters, vector=vector)
        else:
            hits = retrieve(question, filters)
        for side in conversation.sides(question, self.names) if asked.compares else ():
            found = {hit.passage.id for hit in hits}
            more = self.retriever.search(side, limit=HITS_PER_SIDE, filters=filters)
            hits = [*hits, *(hit for hit in more if hit.passage.id not in found)]
        retrieve_ms = (time.perf_counter() - began) * 1000
        opened = self.open(hits)
        vectors = (vector, self.adapter.adapt(vector))
        shortlist = evidence.shortlist(asked, vectors, hits, opened, self.words)
        judged = evidence.judge(asked, shortlist, opened, self.reader)
        refusal = refusing.refuse(
            asked, judged, self.words, self.reader, min_confidence=self.min_confidence
        )
        return Part(question, asked, tuple(hits), opened, tuple(judged), refusal, retrieve_ms)

    # --- From evidence to a reply -----------------------------------------------------------

    def _reply(
        self, parts: "Sequence[Part]", opened: dict[str, Opened]
    ) -> Generator[Event, None, Answer]:
        """Yield the sentences of the answer, part by part, and return it; times are left open."""
        several = len(parts) > 1
        replies: list[tuple[Part, Answer]] = []
        for part in parts:
            before = [answer for _, answer in replies if answer.status == "answered"]
            reply = yield from self._part_reply(part, before, opened, several=several)
            replies.append((part, replace(reply, confidence=part.confidence)))
        answered = [reply for _, reply in replies if reply.status == "answered"]
        if not answered:
            reasons = dict.fromkeys(reply.reason for _, reply in replies if reply.reason)
            return replace(replies[0][1], reason=" ".join(reasons))
        notes = [reply.note for reply in answered]
        notes += [f"{p.question} {r.reason}" for p, r in replies if r.status == "abstained"]
        return replace(
            answered[0],
            sentences=tuple(s for reply in answered for s in reply.sentences),
            citations=tuple(c for reply in answered for c in reply.citations),
            lead="" if several else answered[0].lead,
            writer=next((reply.writer for reply in answered if reply.writer), ""),
            note=" ".join(filter(None, dict.fromkeys(notes))),
            rejected=tuple(x for _, reply in replies for x in reply.rejected),
            invented_ids=sum(reply.invented_ids for _, reply in replies),
        )

    def _part_reply(
        self, part: "Part", before: Sequence[Answer], opened: dict[str, Opened], *, several: bool
    ) -> Generator[Event, None, Answer]:
        """Yield and return the reply to one part; `before` are answers that stand above it."""
        if part.refusal:
            nearest = [Chosen(c.article, c.position) for c in part.refusal.nearest]
            return _abstained(part.refusal.reason, nearest, opened)
        chosen = [
            replace(item, under=item.under or (part.question if several else ""))
            for item in composing.compose(part.asked, part.judged, part.opened)
            if not opened[item.article.id].is_hostile(item.position)
        ]
        if not chosen:
            return _abstained(NOTHING_FIT, (), opened)
        after = sum(len(answer.citations) for answer in before)
        failed = Answer("", "", "answered")
        if self.writer:
            written = yield from self._written(self.writer, part, before, chosen, opened)
            if written.status == "abstained" or written.sentences:
                under = part.question if several else ""
                sentences = tuple(replace(s, under=under) for s in written.sentences)
                return replace(written, sentences=sentences)
            failed = written
        sentences, cited = composing.quote(chosen, opened, after=after)
        yield from _said(sentences, cited)
        lead = composing.lead(part.asked, cited)
        return replace(failed, sentences=sentences, citations=cited, lead=lead)

    def _written(
        self,
        writer: Writer,
        part: "Part",
        before: Sequence[Answer],
        chosen: Sequence[Chosen],
        opened: dict[str, Opened],
    ) -> Generator[Event, None, Answer]:
        """Yield what the model writes as it is checked, and return the answer.

        One without sentences, whose note says why, when quotes have to do: the model failed, or
        hardly anything it wrote is in the quotes.
        """
        others = [Chosen(c.article, c.position) for c in part.judged]
        after = sum(len(earlier.citations) for earlier in before)
        answer = Answer("", "", "answered")
        written, said = Written(), False
        try:
            for event in writer.write(part.question, [*chosen, *others], opened, after=after):
                if isinstance(event, Said):
                    said = True
                    yield event
                else:
                    written = event
        except WriterError as error:
            answer = replace(answer, note=f"{error.message} These are quotes instead.")
            yield from _withdrawn(answer.note, before) if said else ()
            return answer
        answer = replace(answer, rejected=written.rejected, invented_ids=written.invented_ids)
        if written.declined:
            return replace(
                _abstained(DECLINED, chosen, opened),
                writer=writer.model.name,
                rejected=written.rejected,
            )
        if not _is_enough(written, chosen, opened):
            yield from _withdrawn(TOO_LITTLE, before) if said else ()
            return replace(answer, note=TOO_LITTLE)
        return replace(
            answer,
            sentences=written.sentences,
            citations=written.citations,
            writer=writer.model.name,
        )

    def understood(self, question: str, history: Sequence[Turn], *, today: datetime.date) -> str:
        """Return the question as it is searched for: alone, people by their names.

        A model that writes also rewrites; rules do where there is none, or where it fails.
        """
        alone = ""
        if self.writer and history:
            with suppress(WriterError):
                alone = self.writer.rewritten(clean(question), history)
        alone = alone or conversation.standalone(clean(question), history, self.names)
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


@dataclass(frozen=True, slots=True)
class Part:
    """One of the questions asked at once, and what was found for it, best first."""

    question: str
    asked: Asked
    hits: tuple[Hit, ...]
    opened: dict[str, Opened]
    judged: tuple[Candidate, ...]
    refusal: Refusal | None
    retrieve_ms: float

    @property
    def confidence(self) -> float:
        """How likely the articles are to answer it."""
        return refusing.confidence(self.judged)


def _said(sentences: Sequence[AnswerSentence], cited: Sequence[Citation]) -> Iterator[Said]:
    """Yield each sentence with the citations that it is the first to use."""
    shown: set[int] = set()
    for sentence in sentences:
        new = tuple(c for c in cited if c.number in sentence.citations and c.number not in shown)
        shown.update(sentence.citations)
        yield Said(sentence, new)


def _withdrawn(note: str, before: Sequence[Answer]) -> Iterator[Event]:
    """Take back all that was said, and say again the answers to earlier parts, which stand."""
    yield FellBack(note)
    for answer in before:
        yield from _said(answer.sentences, answer.citations)


def _abstained(reason: str, nearest: Sequence[Chosen], opened: dict[str, Opened]) -> Answer:
    offered = list(dict.fromkeys(nearest))[: refusing.NEAREST_OFFERED]
    _, cited = composing.quote(offered, opened)
    return Answer("", "", "abstained", citations=cited, reason=reason)


def _is_enough(written: Written, chosen: Sequence[Chosen], opened: dict[str, Opened]) -> bool:
    """Whether an answer rests on any of the quotes that would answer without a model."""
    best = {(c.article.id, opened[c.article.id].sentences[c.position].start) for c in chosen}
    return any((c.article_id, c.start) in best for c in written.citations)


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
