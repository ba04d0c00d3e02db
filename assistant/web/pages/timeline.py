"""The timeline: what the articles say happened when, of everybody or of one person."""

import datetime
from collections import Counter
from collections.abc import Sequence

import gradio as gr

from assistant.service import Assistant
from assistant.timeline import Event
from assistant.web.answers import Answers
from assistant.web.pages.drawing import PageDrawing
from assistant.web.pages.layout import Fields, laid_out
from assistant.web.people import Visit

NAME = "timeline"


def lay_out(tab: gr.Tab, answers: Answers, draw: PageDrawing) -> None:
    """Put the page into its tab."""

    def forms(seen: Assistant, visit: Visit) -> str:  # noqa: ARG001
        return draw.timeline_form(people_in(seen.timeline()))

    def listed(seen: Assistant, fields: Fields) -> str:
        return draw.events(
            seen.timeline(
                person=fields.get("person", ""),
                since=day_in(fields.get("since", "")),
                until=day_in(fields.get("until", "")),
            )
        )

    page = laid_out(answers, draw, intro="timeline-intro")
    page.filled_by(tab, forms, listed)
    page.answering(listed)


def people_in(events: Sequence[Event]) -> list[str]:
    """Return who is named in events, those with the most first."""
    return [name for name, _ in Counter(p for e in events for p in e.people).most_common()]


def day_in(text: str) -> datetime.date | None:
    """Return the day that a date field holds; None for an empty one or anything else.

    >>> day_in("2025-02-18"), day_in("yesterday")
    (datetime.date(2025, 2, 18), None)
    """
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
