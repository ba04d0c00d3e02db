"""The one place where anything on the web gets an answer: chat, widget, API and MCP alike.

Here a question is counted against the limits, waits its turn, is answered from what its person
may see, and is measured.
"""

import datetime
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from assistant.errors import TooManyError
from assistant.service import Assistant
from assistant.types import Answer, Done, Event, Filters, Said, Turn
from assistant.web.limits import Limits
from assistant.web.metrics import Metrics
from assistant.web.people import Person, Visit
from assistant.web.streaming import in_thread


class Answers:
    """What the web asks. `limits` and `metrics` are those of one server."""

    def __init__(self, assistant: Assistant, *, limits: Limits, metrics: Metrics) -> None:
        self.assistant = assistant
        self.limits = limits
        self.metrics = metrics

    def seen_by(self, person: Person) -> Assistant:
        """Return the assistant over the articles that this person may see, and no other."""
        return self.assistant.seen_by(person.groups)

    async def stream(
        self,
        question: str,
        *,
        visit: Visit,
        channel: str,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Yield the answer as it comes about. Close it to stop answering.

        Raises TooManyError before anything is yielded, and what `Assistant.stream` raises.
        """
        try:
            await self.limits.count(visit)
            async with self.limits.turn():
                with self.metrics.in_progress.track_inprogress():
                    events = self.seen_by(visit.person).stream(
                        question, history=history, filters=filters, today=today
                    )
                    async with aclosing(self._measured(in_thread(events), channel)) as measured:
                        async for event in measured:
                            yield event
        except TooManyError:
            self.metrics.limited(channel)
            raise
        except Exception:
            self.metrics.failed(channel)
            raise

    async def ask(
        self,
        question: str,
        *,
        visit: Visit,
        channel: str,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Answer:
        """Return the whole answer; raises as `stream` does."""
        events = self.stream(
            question, visit=visit, channel=channel, history=history, filters=filters, today=today
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise AssertionError("an answer ends with Done")

    async def _measured(
        self, events: AsyncGenerator[Event, None], channel: str
    ) -> AsyncGenerator[Event, None]:
        began, first = time.perf_counter(), True
        async with aclosing(events):
            async for event in events:
                took_s = time.perf_counter() - began
                if isinstance(event, Said) and first:
                    first = False
                    self.metrics.began(channel, first_s=took_s)
                if isinstance(event, Done):
                    self.metrics.answered(event.answer, channel, whole_s=took_s)
                yield event
