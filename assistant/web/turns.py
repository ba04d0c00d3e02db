"""The turns of a conversation as they come about, drawn; the chat page and the widget show them."""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from assistant.errors import AssistantError, FeedbackError
from assistant.feedback import Feedback, FeedbackStore, Rating
from assistant.service import Assistant
from assistant.types import Answer, Done, FellBack, Said, Turn
from assistant.web import render
from assistant.web.answers import Answers
from assistant.web.people import Visit

MAX_KEPT_TURNS = 50  # older ones leave the page, so that a session stays small

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as far as it has come: its body, and, once it has an answer, that and its sources.

    `answer` stays None when the question failed. `id` is the one that its feedback has.
    """

    number: int
    question: str
    body: str
    answer: Answer | None = None
    sources: str = ""
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
        """Return it with one more turn; beyond MAX_KEPT_TURNS the oldest leave."""
        return replace(self, exchanges=(*self.exchanges, exchange)[-MAX_KEPT_TURNS:])

    @property
    def next_number(self) -> int:
        """The number of the turn to come; the first is 1."""
        return self.exchanges[-1].number + 1 if self.exchanges else 1

    @property
    def history(self) -> list[Turn]:
        """What a follow-up question is understood by."""
        return [Turn(e.question, e.answer.text) for e in self.exchanges if e.answer]


async def exchange(
    answers: Answers, question: str, conversation: Conversation, *, visit: Visit, channel: str
) -> AsyncGenerator[Exchange, None]:
    """Yield the next turn as it comes about; the last one is finished.

    An abstention is kept in the feedback store once it has been yielded.
    """
    number = conversation.next_number
    turn = Exchange(number, question, render.waiting())
    yield turn
    try:
        turns = _answering(answers, question, conversation, turn, visit=visit, channel=channel)
        async with aclosing(turns):
            async for turn in turns:
                yield turn
    except AssistantError as error:
        yield replace(turn, body=render.failed(error), answer=None)
    except Exception:
        logger.exception("A question could not be answered.")
        apology = AssistantError("Something went wrong here.", hint="The server's log says what.")
        yield replace(turn, body=render.failed(apology), answer=None)
    if turn.answer and turn.answer.status == "abstained":
        store = answers.assistant.feedback
        await asyncio.to_thread(keep, store, turn, conversation.exchanges)


async def _answering(
    answers: Answers,
    question: str,
    conversation: Conversation,
    turn: Exchange,
    *,
    visit: Visit,
    channel: str,
) -> AsyncGenerator[Exchange, None]:
    so_far = Answer(question, question, "answered")
    events = answers.stream(question, visit=visit, channel=channel, history=conversation.history)
    async with aclosing(events):
        async for event in events:
            match event:
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
                    yield await asyncio.to_thread(_finished, seen, answer, turn)
                    return
                case _:
                    continue
            body = render.answered(so_far, number=turn.number, finished=False)
            yield replace(turn, body=body)


def _finished(assistant: Assistant, answer: Answer, turn: Exchange) -> Exchange:
    number = turn.number
    ids = dict.fromkeys(citation.article_id for citation in answer.citations)
    articles = {id: article for id in ids if (article := assistant.article(id))}
    draw = render.abstained if answer.status == "abstained" else render.answered
    return replace(
        turn,
        body=draw(answer, number=number),
        answer=answer,
        sources=render.sources(answer, articles, number=number),
    )


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
    answer = turn.answer
    alone = answer.standalone == answer.question  # then it is understood without the earlier ones
    feedback = Feedback(
        answer.question,
        answer.standalone,
        answer.status,
        render.plain(answer),
        history=() if alone else tuple(e.question for e in earlier if e.answer),
        verdict=rating,
        comment=comment,
        articles=tuple(dict.fromkeys(citation.article_id for citation in answer.citations)),
        id=turn.id,
    )
    try:
        store.record(feedback)
    except FeedbackError as error:
        logger.warning("A question and its rating were not kept: %s", error)
        return False
    return True
