"""The turns of a conversation as they come about, drawn; the chat page and the widget show them."""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from assistant.errors import AssistantError, FeedbackError
from assistant.feedback import Feedback, FeedbackStore, Rating
from assistant.service import Assistant
from assistant.types import Answer, Article, Done, FellBack, Found, Hit, Said, Turn
from assistant.web.answers import Answers
from assistant.web.people import Visit
from assistant.web.render import Drawing, plain
from assistant.web.searched import what_was_searched
from assistant.web.texts import Texts

MAX_KEPT_TURNS = 50  # older ones leave the page, so that a session stays small

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as far as it has come: its body, and, once it has an answer, that and its sources.

    `answer` stays None when the question failed or its answer was stopped, and `so_far` is what
    has been said of it until then. `hits` are what was found for it; `id` is the one that its
    feedback has.
    """

    number: int
    question: str
    body: str
    answer: Answer | None = None
    sources: str = ""
    so_far: Answer | None = None
    hits: tuple[Hit, ...] = ()
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of one person, oldest first; `subject` is whose they are."""

    exchanges: tuple[Exchange, ...] = ()
    subject: str = ""

    def of(self, subject: str) -> "Conversation":
        """Return this conversation if it is that person's, else a new one."""
        return self if subject == self.subject else Conversation(subject=subject)

    def with_next(self, exchange: Exchange) -> "Conversation":
        """Return it with one more turn; beyond MAX_KEPT_TURNS the oldest leave.

        What was found for it is left behind: it is drawn by then.
        """
        turns = (*self.exchanges, replace(exchange, hits=()))
        return replace(self, exchanges=turns[-MAX_KEPT_TURNS:])

    @property
    def next_number(self) -> int:
        """The number of the turn to come; the first is 1."""
        return self.exchanges[-1].number + 1 if self.exchanges else 1

    @property
    def history(self) -> list[Turn]:
        """What a follow-up question is understood by."""
        return [Turn(e.question, e.answer.text) for e in self.exchanges if e.answer]


async def exchange(
    answers: Answers,
    question: str,
    conversation: Conversation,
    *,
    visit: Visit,
    channel: str,
    texts: Texts,
    drawing: Callable[[Texts], Drawing] = Drawing,
) -> AsyncGenerator[Exchange, None]:
    """Yield the next turn as it comes about, drawn with these texts; the last one is finished.

    An abstention is kept in the feedback store once it has been yielded.
    """
    draw = drawing(texts)
    number = conversation.next_number
    turn = Exchange(number, question, draw.waiting(), so_far=Answer(question, question, "answered"))
    yield turn
    try:
        turns = _answering(answers, conversation, turn, draw, visit=visit, channel=channel)
        async with aclosing(turns):
            async for turn in turns:
                yield turn
    except AssistantError as error:
        yield replace(turn, body=draw.failed(error), answer=None, so_far=None)
    except Exception:
        logger.exception("A question could not be answered.")
        yield replace(turn, body=draw.broken(), answer=None, so_far=None)
    if turn.answer and turn.answer.status == "abstained":
        store = answers.assistant.feedback
        await asyncio.to_thread(keep, store, turn, conversation.exchanges)


def stopped(assistant: Assistant, turn: Exchange, draw: Drawing) -> Exchange:
    """Return an unfinished turn as its reader stopped it: what was said stays, with its sources.

    `assistant` opens the articles that the reader may see. A finished turn stays as it is.
    """
    if turn.answer or turn.so_far is None:
        return turn
    return replace(
        turn,
        body=draw.stopped(turn.so_far, number=turn.number),
        sources=sources_of(assistant, turn.so_far, turn, draw),
        so_far=None,
    )


def finished(assistant: Assistant, answer: Answer, turn: Exchange, draw: Drawing) -> Exchange:
    """Return a turn with its answer, drawn; `assistant` opens what the reader may see."""
    drawn = draw.abstained if answer.status == "abstained" else draw.answered
    return replace(
        turn,
        body=drawn(answer, number=turn.number),
        answer=answer,
        sources=sources_of(assistant, answer, turn, draw),
        so_far=None,
    )


def sources_of(assistant: Assistant, answer: Answer, turn: Exchange, draw: Drawing) -> str:
    """Return what stands behind an answer, drawn."""
    ids = dict.fromkeys(citation.article_id for citation in answer.citations)
    articles: dict[str, Article] = {id: a for id in ids if (a := assistant.article(id))}
    searched = what_was_searched(assistant, answer, turn.hits)
    return draw.sources(answer, articles, number=turn.number, searched=searched)


async def _answering(
    answers: Answers,
    conversation: Conversation,
    turn: Exchange,
    draw: Drawing,
    *,
    visit: Visit,
    channel: str,
) -> AsyncGenerator[Exchange, None]:
    question = turn.question
    so_far = Answer(question, question, "answered")
    events = answers.stream(question, visit=visit, channel=channel, history=conversation.history)
    async with aclosing(events):
        async for event in events:
            match event:
                case Found(hits):
                    turn = replace(turn, hits=hits)
                    continue
                case Said(sentence, citations):
                    so_far = replace(
                        so_far,
                        sentences=(*so_far.sentences, sentence),
                        citations=(*so_far.citations, *citations),
                    )
                case FellBack(note):
                    so_far = Answer(question, question, "answered", note=note)
                case Done(answer):
                    seen = answers.seen_by(visit.person)
                    yield await asyncio.to_thread(finished, seen, answer, turn, draw)
                    return
                case _:
                    continue
            body = draw.answered(so_far, number=turn.number, finished=False)
            yield replace(turn, body=body, so_far=so_far)


def keep(
    store: FeedbackStore,
    turn: Exchange,
    earlier: Sequence[Exchange],
    rating: Rating = "",
    comment: str = "",
) -> bool:
    """Put a turn into the store, and say whether that went well; the log says if it did not."""
    if turn.answer is None:
        return False
    feedback = Feedback.on(
        turn.answer,
        plain(turn.answer),
        id=turn.id,
        earlier=[e.question for e in earlier if e.answer],
        verdict=rating,
        comment=comment,
    )
    try:
        store.record(feedback)
    except FeedbackError as error:
        logger.warning("A question and its rating were not kept: %s", error)
        return False
    return True
