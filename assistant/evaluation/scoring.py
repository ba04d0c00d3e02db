"""One answered question → its score on every metric: what each metric is given, and no more."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from assistant.evaluation import metrics
from assistant.evaluation.evidence_spans import Span, brought
from assistant.evaluation.metrics import Score
from assistant.evaluation.questions import SetQuestion
from assistant.types import Answer, Article, Citation, Hit

RECALL_AT = (5, 10)
RANKED_AT = 10


@dataclass(frozen=True)
class Asked:
    """A question as it went: its answer, None after an error, and what retrieval had found.

    `pieces` are the places of each piece of evidence in the index; a piece may have none.
    """

    question: SetQuestion
    answer: Answer | None
    hits: tuple[Hit, ...]
    pieces: tuple[tuple[Span, ...], ...]
    article_of: Callable[[str], Article | None]

    @property
    def abstained(self) -> bool:
        """Whether the assistant declined to answer."""
        return self.answer is not None and self.answer.status == "abstained"

    @cached_property
    def standing(self) -> list[tuple[Span, ...]]:
        """The pieces that stand in the index: what retrieval can be asked to find."""
        return [places for places in self.pieces if places]

    @property
    def shown(self) -> str:
        """What a reader sees: lead, answer, reason, note and the quotes cited or offered."""
        if self.answer is None:
            return ""
        quotes = [c.quote for c in self.answer.citations]
        said = [self.answer.lead, self.answer.text, self.answer.reason or "", self.answer.note]
        return "\n".join([*said, *quotes])

    @cached_property
    def forbidden(self) -> tuple[str, ...]:
        """What is shown although the question forbids it."""
        return metrics.forbidden_in(self.shown, self.question.forbid)

    @property
    def missed(self) -> tuple[str, ...]:
        """What the answer lacks and what it must not say, each in words for a person."""
        lacking = metrics.missed_facts(
            self.answer.text if self.answer else "", self.question.expect
        )
        return (*lacking, *(f"must not say: {words}" for words in self.forbidden))

    @cached_property
    def on_evidence(self) -> list[Citation]:
        """The answer's citations that lie on evidence."""
        return [c for c in self.cited if metrics.lies_on(spot(c), self.standing)]

    @property
    def cited(self) -> tuple[Citation, ...]:
        """The citations that carry an answer; what is offered with a refusal carries none."""
        return () if self.answer is None or self.abstained else self.answer.citations

    @property
    def outcome(self) -> metrics.Outcome:
        """How the answer is counted: right, wrong, refused wrongly and so on."""
        if self.answer is None:
            return "error"
        if self.forbidden:
            return "wrong" if self.question.answerable else "answered wrongly"
        return metrics.outcome(
            kind=self.question.kind,
            answerable=self.question.answerable,
            abstained=self.abstained,
            answer=self.answer.text,
            expect=self.question.expect,
            correction=self.question.correction,
            cites_evidence=bool(self.on_evidence),
        )


def scores(asked: Asked) -> dict[str, Score | None]:
    """Return a question's score on every metric; None where it does not apply."""
    return {**_retrieval(asked), **_answer(asked), **_refusing(asked)}


def spot(citation: Citation) -> Span:
    """Return where a citation lies."""
    return Span(citation.article_id, citation.start, citation.end)


def _retrieval(asked: Asked) -> dict[str, Score | None]:
    pieces = len(asked.standing) if asked.answer and asked.question.answerable else 0
    passages = [Span(h.passage.article_id, h.passage.start, h.passage.end) for h in asked.hits]
    brings = brought(passages, asked.standing)
    return {
        **{f"recall@{k}": metrics.recall(brings, pieces, k) for k in RECALL_AT},
        f"mrr@{RANKED_AT}": metrics.reciprocal_rank(brings, pieces, RANKED_AT),
        f"ndcg@{RANKED_AT}": metrics.ndcg(brings, pieces, RANKED_AT),
        "map": metrics.average_precision(brings, pieces),
    }


def _answer(asked: Asked) -> dict[str, Score | None]:
    question, answer = asked.question, asked.answer
    text = answer.text if answer and not asked.abstained else ""
    by_number = {c.number: c for c in asked.cited}
    sentences = [
        (s.text, [by_number[n] for n in s.citations if n in by_number])
        for s in (answer.sentences if answer else ())
    ]
    quoted = [(text, [c.quote for c in cited]) for text, cited in sentences]
    spans = [spot(c) for c in asked.cited]
    is_asked_for = answer is not None and question.answerable
    return {
        "facts": metrics.facts(text, question.expect) if is_asked_for else None,
        "citation_exactness": metrics.citation_exactness(
            [(c, _text(asked.article_of(c.article_id))) for c in answer.citations] if answer else []
        ),
        "citation_recall": metrics.citation_recall(quoted, metrics.supports_by_words),
        "citation_precision": metrics.citation_precision(quoted, metrics.supports_by_words),
        "evidence_recall": metrics.evidence_recall(spans, asked.standing) if is_asked_for else None,
        "evidence_precision": metrics.evidence_precision(spans, asked.standing)
        if is_asked_for
        else None,
        "sentence_coverage": metrics.sentence_coverage(quoted),
        "figures_supported": metrics.figures_supported(quoted),
        "names_supported": metrics.names_supported(quoted),
        "speaker_accuracy": metrics.speaker_accuracy(asked.on_evidence, question.speaker),
    }


def _refusing(asked: Asked) -> dict[str, Score | None]:
    question, answer = asked.question, asked.answer
    if answer is None:
        return dict.fromkeys(
            (
                "abstention_precision",
                "abstention_recall",
                "abstention_f1",
                "false_premise",
                "correction_shown",
                "forbidden_absent",
            )
        )
    facts = (asked.abstained, question.answerable)
    return {
        "abstention_precision": metrics.abstention_precision(*facts),
        "abstention_recall": metrics.abstention_recall(*facts),
        "abstention_f1": metrics.abstention_f1(*facts),
        "false_premise": metrics.false_premise(
            question.kind, asked.abstained, answer.text, question.correction
        ),
        "correction_shown": metrics.correction_shown(asked.shown, question.correction),
        "forbidden_absent": metrics.forbidden_absent(asked.shown, question.forbid),
    }


def _text(article: Article | None) -> str | None:
    return article.text if article else None
