"""The answers given of late, so that whoever got one can rate it by its id and nothing more."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from assistant.articles import normalise
from assistant.errors import FeedbackError
from assistant.feedback import Feedback, FeedbackStore, Rating
from assistant.types import Answer, Turn
from assistant.web import render

MAX_REMEMBERED = 1_000

logger = logging.getLogger(__name__)


class Ratings:
    """Remembers the last answers of one server, each for the person who got it.

    Who that was is forgotten with the answer and never gets into the store. Safe to share.
    """

    def __init__(self, store: FeedbackStore) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._given: OrderedDict[str, tuple[str, Feedback]] = OrderedDict()

    def remember(
        self, answer: Answer, *, id: str, subject: str, history: Sequence[Turn] = ()
    ) -> None:
        """Remember an answer under its id; an abstention is put into the store at once."""
        earlier = [normalise(turn.question) for turn in history]
        given = Feedback.on(answer, render.plain(answer), id=id, earlier=earlier)
        with self._lock:
            self._given[id] = (subject, given)
            while len(self._given) > MAX_REMEMBERED:
                self._given.popitem(last=False)
        if given.is_kept:
            try:
                self.store.record(given)
            except FeedbackError as error:
                logger.warning("A question was not kept: %s", error)

    def rate(self, id: str, verdict: Rating, comment: str, *, subject: str) -> bool:
        """Keep what somebody thought of their answer; False when they got none with this id.

        Raises FeedbackError when it cannot be kept.
        """
        with self._lock:
            whose, given = self._given.get(id, ("", None))
        if given is None or whose != subject:
            return False
        self.store.record(replace(given, verdict=verdict, comment=normalise(comment)))
        return True
