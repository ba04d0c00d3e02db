"""What is counted of questions and answers, as Prometheus reads it. No words, nobody's name."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from assistant.types import Answer

CONTENT_TYPE = CONTENT_TYPE_LATEST
# From a quoted answer, which takes tens of milliseconds, to a model on a slow machine.
_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The counters of one server, in a registry of their own.

    `channel` is how a question came: chat, widget, api, openai or mcp.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        count, measure = self._counter, self._histogram
        self._questions = count("questions", "Questions asked.", ["channel", "outcome"])
        self._rejected = count("rejected_sentences", "Sentences of a model left out.", ["code"])
        self._refused = count("limited_requests", "Questions refused by a limit.", ["channel"])
        self._first = measure("first_sentence_seconds", "Until the first sentence was there.")
        self._whole = measure("answer_seconds", "Until the whole answer was there.")
        self.in_progress = Gauge(
            "assistant_answers_in_progress", "Being answered.", registry=self._registry
        )

    def answered(self, answer: Answer, channel: str, *, whole_s: float) -> None:
        """Count an answer or an abstention, with the sentences that were left out of it."""
        self._questions.labels(channel, answer.status).inc()
        self._whole.labels(channel).observe(whole_s)
        for code in (c for r in answer.rejected for c in r.codes):
            self._rejected.labels(code).inc()

    def began(self, channel: str, *, first_s: float) -> None:
        """Note how long the first sentence of an answer took."""
        self._first.labels(channel).observe(first_s)

    def failed(self, channel: str) -> None:
        """Count a question that could not be answered."""
        self._questions.labels(channel, "failed").inc()

    def limited(self, channel: str) -> None:
        """Count a question that a limit refused."""
        self._refused.labels(channel).inc()

    def exposition(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, meaning: str, labels: list[str]) -> Counter:
        return Counter(f"assistant_{name}", meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str) -> Histogram:
        return Histogram(
            f"assistant_{name}", meaning, ["channel"], buckets=_BUCKETS_S, registry=self._registry
        )
