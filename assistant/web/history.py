"""Conversations that a browser keeps: what it gets to keep, and what is believed when it returns.

Anybody can change what lies in a browser. Only questions, sentences and the places of quotes are
taken from there; every quote is read again from the articles that its reader may see now.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.composing import stand_alone
from assistant.errors import QuestionError
from assistant.records import StoredArticle
from assistant.service import Assistant
from assistant.types import Answer, AnswerSentence, Citation, Sentence
from assistant.web.panel import PageDrawing
from assistant.web.turns import MAX_KEPT_TURNS, Exchange, finished

MAX_CHARS = 1_500_000  # of a conversation as it comes back
MAX_TEXT_CHARS = 20_000
MAX_OF_AN_ANSWER = 100  # sentences, and quotes


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Quote(_Kept):
    """Where an answer quotes; `words` are what stood there."""

    number: int = Field(ge=1, le=1000)
    article: str = Field(max_length=200)
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    words: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    marked: str = Field(default="", max_length=MAX_TEXT_CHARS)


class SentenceKept(_Kept):
    """One sentence of an answer, and the numbers of its quotes."""

    text: str = Field(max_length=MAX_TEXT_CHARS)
    quotes: list[int] = Field(max_length=MAX_OF_AN_ANSWER)
    verdict: Literal["supported", "partly", "unsupported"] = "supported"
    under: str = Field(default="", max_length=MAX_TEXT_CHARS)


class TurnKept(_Kept):
    """A question and how it was answered."""

    question: str = Field(max_length=MAX_TEXT_CHARS)
    standalone: str = Field(max_length=MAX_TEXT_CHARS)
    status: Literal["answered", "abstained"]
    sentences: list[SentenceKept] = Field(max_length=MAX_OF_AN_ANSWER)
    quotes: list[Quote] = Field(max_length=MAX_OF_AN_ANSWER)
    reason: str = Field(default="", max_length=MAX_TEXT_CHARS)
    lead: str = Field(default="", max_length=MAX_TEXT_CHARS)
    writer: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=MAX_TEXT_CHARS)


class ConversationKept(_Kept):
    """The turns of one visitor, oldest first; `whose` is `whose_is` of them."""

    id: str = Field(pattern="^[a-z0-9]{1,40}$")
    whose: str = Field(max_length=64)
    turns: list[TurnKept] = Field(min_length=1, max_length=MAX_KEPT_TURNS)


def whose_is(subject: str) -> str:
    """Return what a browser tells the conversations of one person from another's by.

    >>> whose_is("") == whose_is("alice")
    False
    """
    return hashlib.sha256(f"conversations of {subject}".encode()).hexdigest()[:32]


def kept(exchange: Exchange) -> str:
    """Return a turn as JSON for the browser to keep, or nothing for one without an answer."""
    answer = exchange.answer
    if answer is None:
        return ""
    turn = TurnKept.model_construct(
        question=answer.question,
        standalone=answer.standalone,
        status=answer.status,
        sentences=[
            SentenceKept.model_construct(
                text=s.text, quotes=list(s.citations), verdict=s.verdict, under=s.under
            )
            for s in answer.sentences
        ],
        quotes=[
            Quote.model_construct(
                number=c.number,
                article=c.article_id,
                start=c.start,
                end=c.end,
                words=c.quote,
                marked=c.marked,
            )
            for c in answer.citations
        ],
        reason=answer.reason or "",
        lead=answer.lead,
        writer=answer.writer,
        note=answer.note,
    )
    return turn.model_dump_json()


def read(text: str, subject: str) -> ConversationKept:
    """Return a conversation that a browser gave back.

    Raises QuestionError when it is not one, or somebody else's.
    """
    unreadable = QuestionError(
        "This conversation cannot be opened again.", hint="Delete it and ask anew."
    )
    if len(text) > MAX_CHARS:
        raise unreadable
    try:
        conversation = ConversationKept.model_validate_json(text)
    except ValidationError as error:
        raise unreadable from error
    if conversation.whose != whose_is(subject):
        raise unreadable
    return conversation


def brought_back(
    turn: TurnKept, assistant: Assistant, *, number: int, draw: PageDrawing
) -> Exchange:
    """Return a turn as it is shown again; `assistant` sees what the reader may see now."""
    answer, lost = believed(turn, assistant)
    shown = finished(assistant, answer, Exchange(number, turn.question, ""), draw)
    return replace(shown, body=draw.lost(lost) + shown.body)


def believed(turn: TurnKept, assistant: Assistant) -> tuple[Answer, int]:
    """Return the answer with those of its quotes that still are in the articles, as they are there.

    With it, how many are not. `assistant` sees what the reader may see. A sentence without a
    quote left goes too.
    """
    index = assistant.answering.index
    articles = index.articles({quote.article for quote in turn.quotes})
    found = {c.number: c for c in _citations(turn.quotes, articles)}
    is_answer = turn.status == "answered"
    answer = Answer(
        turn.question,
        turn.standalone,
        turn.status,
        sentences=tuple(_sentences(turn, found)) if is_answer else (),
        citations=tuple(found.values()),
        reason=None if is_answer else turn.reason,
        lead=turn.lead if _is_quoted(turn.lead, found) else "",
        writer=turn.writer,
        note=turn.note,
    )
    return answer, len(turn.quotes) - len(found)


def _citations(quotes: list[Quote], articles: dict[str, StoredArticle]) -> Iterator[Citation]:
    for quote in quotes:
        stored = articles.get(quote.article)
        if stored is None or stored.article.text[quote.start : quote.end] != quote.words:
            continue
        article = stored.article
        # Who says it is the index's to know.
        inside = [s for s in stored.sentences if s.start < quote.end and s.end > quote.start]
        speakers = {s.speaker for s in inside}
        yield Citation(
            number=quote.number,
            article_id=article.id,
            title=article.title,
            date=article.date,
            source=article.source,
            outlet=article.outlet,
            speaker=speakers.pop() if len(speakers) == 1 else "",
            quote=quote.words,
            start=quote.start,
            end=quote.end,
            marked=quote.marked if quote.marked in quote.words else "",
        )


def _sentences(turn: TurnKept, found: dict[int, Citation]) -> Iterator[AnswerSentence]:
    """Yield what is still carried by a quote; where quotes are said, they are said from these."""
    for sentence in turn.sentences:
        cited = [found[number] for number in sentence.quotes if number in found]
        if not cited:
            continue
        text = sentence.text
        if not turn.writer:
            first = cited[0]
            place = Sentence(first.start, first.end, first.speaker)
            text = stand_alone(first.quote, place, written=first.date)
        numbers = tuple(citation.number for citation in cited)
        yield AnswerSentence(text, numbers, sentence.verdict, sentence.under)


def _is_quoted(words: str, found: dict[int, Citation]) -> bool:
    return any(words in citation.quote for citation in found.values())
