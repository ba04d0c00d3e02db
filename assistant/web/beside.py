"""What the page fetches beside its events: whose conversations it may list, and what to ask next.

Routes of our own, for Gradio loses an event that begins while another of the same page ends, and
these would come just when a visitor goes on.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from fastapi import APIRouter, Request

from assistant.errors import AssistantError
from assistant.types import Turn
from assistant.web import history
from assistant.web.answers import Answers
from assistant.web.panel import PageDrawing
from assistant.web.people import visit_of
from assistant.web.texts import DEFAULT, LANGUAGES, texts_for
from assistant.web.turns import Conversation, Exchange

MAX_REMEMBERED = 200  # each with the passages that were found


class Answered:
    """The last turns that were answered, until it is asked what to ask next. Safe to share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, tuple[str, Exchange, list[Turn]]] = OrderedDict()

    async def noting(
        self, exchanges: AsyncGenerator[Exchange, None], earlier: Conversation
    ) -> AsyncGenerator[Exchange, None]:
        """Pass a turn on as it comes about; once it is answered, remember it."""
        async with aclosing(exchanges):
            async for turn in exchanges:
                if turn.answer and turn.hits:
                    with self._lock:
                        self._turns[turn.id] = (earlier.subject, turn, earlier.history)
                        while len(self._turns) > MAX_REMEMBERED:
                            self._turns.popitem(last=False)
                yield turn

    def taken(self, id: str, *, subject: str) -> tuple[Exchange, list[Turn]] | None:
        """Return somebody's turn and the turns before it, once; None when they got none so."""
        with self._lock:
            whose, turn, before = self._turns.get(id, ("", None, []))
            if turn is None or whose != subject:
                return None
            del self._turns[id]
        return turn, before


def router(answers: Answers, answered: Answered) -> APIRouter:
    """Return the routes; each gives HTML of ours in JSON, "" for nothing."""
    routes = APIRouter(prefix="/chat", include_in_schema=False)

    @routes.get("/earlier")
    def earlier(request: Request, lang: str = DEFAULT) -> dict[str, str]:
        """Give the place for the list of this visitor's conversations in this browser."""
        whose = history.whose_is(visit_of(request).person.subject)
        return {"html": _drawing(lang).earlier(whose)}

    @routes.get("/next/{id}")
    async def next_questions(request: Request, id: str, lang: str = DEFAULT) -> dict[str, str]:
        """Give questions to ask after a turn."""
        person = visit_of(request).person
        taken = answered.taken(id, subject=person.subject)
        turn, before = taken or (None, [])
        if turn is None or turn.answer is None:
            return {"html": ""}
        suggested = answers.seen_by(person).suggested
        with suppress(AssistantError):  # it was only an offer
            async with answers.limits.turn():
                questions = await asyncio.to_thread(
                    suggested, turn.answer, turn.hits, history=before
                )
                return {"html": _drawing(lang).suggested(questions)}
        return {"html": ""}

    return routes


def _drawing(language: str) -> PageDrawing:
    return PageDrawing(texts_for(language if language in LANGUAGES else DEFAULT))
