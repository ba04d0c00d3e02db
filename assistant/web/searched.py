"""What was searched for an answer, and what was found: for a reader who asks why."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant import asking, conversation
from assistant.types import Answer, Hit

if TYPE_CHECKING:  # the command line draws answers before it opens anything
    from assistant.service import Assistant


@dataclass(frozen=True, slots=True)
class Searched:
    """What a question was understood to ask for, and what was found, best first.

    `people` are those it names, `speakers` those of them whose own words are wanted; `periods`
    are first and last days.
    """

    hits: tuple[Hit, ...] = ()
    people: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    periods: tuple[tuple[datetime.date, datetime.date], ...] = ()


def what_was_searched(assistant: "Assistant", answer: Answer, hits: Sequence[Hit]) -> Searched:
    """Return how the question of an answer was understood; without hits nothing is known of it."""
    if not hits:
        return Searched()
    names, words = assistant.answering.names, assistant.answering.words
    today = datetime.date.today()
    parts = [
        asking.read(part, names, words, today=today)
        for part in conversation.parts(answer.standalone, names)
    ]
    return Searched(
        tuple(hits),
        people=tuple(dict.fromkeys(name for part in parts for name in part.people)),
        speakers=tuple(dict.fromkeys(name for part in parts for name in part.speakers)),
        periods=tuple(dict.fromkeys((p.first, p.last) for part in parts for p in part.periods)),
    )


def is_cited(hit: Hit, answer: Answer) -> bool:
    """Whether an answer quotes words of this passage."""
    passage = hit.passage
    return any(
        c.article_id == passage.article_id and c.start < passage.end and c.end > passage.start
        for c in answer.citations
    )
