"""When there is no answer: what is named as missing, what is corrected, what is offered."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant import Assistant
from assistant.asking import Asked, Words
from assistant.citations import is_exact
from assistant.evidence import FEATURES, Candidate
from assistant.reader import Excerpt, Reading, Verdict
from assistant.refusing import (
    SURELY_CONTRADICTS,
    SURETY_SIGNS,
    SURETY_WEIGHTS,
    confidence,
    refuse,
)
from assistant.types import Article, Sentence


class Says:
    """A reader that gives every sentence the same logit, and keeps what it was asked."""

    def __init__(self, score: float) -> None:
        self.score = score
        self.questions: list[str] = []

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[tuple[Reading, ...]]:
        self.questions.append(question)
        return [tuple(reading(self.score) for _ in e.lines) for e in excerpts]


def reading(
    answers: float, *, contradicts: float = 0.0, verdict: Verdict = Verdict(0.4, 0.4, 0.2)
) -> Reading:
    return Reading(answers, contradicts, answers, verdict, 0, 0, answers)


WORDS = Words(
    stem=lambda text: [w.casefold() for w in text.split()],
    rarity=lambda word: 1.0,
    unknown=lambda text: [],
    has_similar=lambda word: False,
    similar=lambda word: "",
    named=lambda text: frozenset(),
    standard=lambda name: name,
)


def asked(text: str, **given: object) -> Asked:
    known = {"wants": "what", "speech": False, "people": (), "speakers": (), "stems": {"x": 1.0}}
    return Asked(text=text, **{**known, "unknown": (), **given})  # type: ignore[arg-type]


def candidate(
    text: str,
    who: str = "",
    probability: float = 0.9,
    read: Reading = reading(3.0),
    **given: float,
) -> Candidate:
    features = [0.0] * len(FEATURES)
    for name, value in {"all_coverage": 1.0, "near_coverage": 1.0, **given}.items():
        features[FEATURES.index(name)] = value
    return Candidate(
        Article(f"id of {text}", "a.md", "Talks", text), Sentence(0, len(text), who), 0, text,
        tuple(features), 0.0, read, probability,
    )  # fmt: skip


def test_a_good_candidate_is_no_reason_to_refuse() -> None:
    found = [candidate("They met for four hours.")]
    assert refuse(asked("How long?"), found, WORDS, Says(0), min_confidence=0) is None


def test_a_question_without_a_subject_is_told_so() -> None:
    refusal = refuse(asked("what?", stems={}), [candidate("x")], WORDS, Says(0), min_confidence=0)
    assert refusal is not None and "nobody and nothing" in refusal.reason


def test_nothing_found_is_said() -> None:
    refusal = refuse(asked("How long?"), [], WORDS, Says(0), min_confidence=0)
    assert refusal is not None and refusal.nearest == ()


def test_another_figure_of_the_same_thing_is_corrected() -> None:
    found = [candidate("The 28-point plan was leaked.", read=reading(3.0, contradicts=2.0))]
    refusal = refuse(
        asked("Who leaked the 17-point plan?"), found, WORDS, Says(0), min_confidence=0
    )
    assert refusal is not None
    assert refusal.reason == "The articles say “28-point”, not 17."
    assert refusal.nearest == tuple(found)


def test_a_figure_that_the_articles_have_is_not_corrected() -> None:
    found = [candidate("The 28-point plan was leaked."), candidate("A 17-point plan came first.")]
    assert (
        refuse(asked("Who leaked the 17-point plan?"), found, WORDS, Says(0), min_confidence=0)
        is None
    )


def test_words_of_another_are_given_to_the_one_who_said_them() -> None:
    found = [
        candidate("The talks were serious.", "Yuri Ushakov", coverage=1.0, other_speaker=1.0),
        candidate("It rained.", "Marco Rubio", coverage=0.1, speaker=1.0),
    ]
    question = asked(
        "Why did Rubio call the talks serious?",
        speech=True, people=("Marco Rubio",), speakers=("Marco Rubio",),
    )  # fmt: skip
    reader = Says(5.0)
    refusal = refuse(question, found, WORDS, reader, min_confidence=0)
    assert refusal is not None
    assert refusal.reason == "The articles attribute this to Yuri Ushakov, not to Marco Rubio."
    assert reader.questions == ["Why did Yuri Ushakov call the talks serious?"]
    # When the reader does not agree that it answers for the other either, nothing is claimed.
    other = refuse(question, found, WORDS, Says(-5.0), min_confidence=0)
    assert other is None or "attribute" not in other.reason


def test_confidence_is_a_probability_whose_parts_have_the_signs_that_sense_demands() -> None:
    def sure(**given: float) -> float:
        read = reading(given.pop("answers", 0.0), contradicts=given.pop("contradicts", 0.0))
        return confidence([candidate("x", read=read, **given)])

    assert 0 < sure(answers=-4.0) < sure() < sure(answers=4.0) < 1
    assert sure(contradicts=5.0) < sure()
    assert sure(absent=1.0) < sure()
    assert np.isfinite(sure(answers=1e6))
    assert all(w * s >= 0 for w, s in zip(SURETY_WEIGHTS, SURETY_SIGNS, strict=True))


def test_a_correction_needs_the_readers_agreement() -> None:
    """Another figure stands there, but the reader does not take it to contradict the question."""
    found = [candidate("The 28-point plan was leaked.", read=reading(3.0, contradicts=-6.0))]
    question = asked("Who leaked the 17-point plan?")
    assert refuse(question, found, WORDS, Says(0), min_confidence=0) is None


def test_a_premise_that_the_reader_sees_denied_is_corrected() -> None:
    denied = reading(-3.0, contradicts=SURELY_CONTRADICTS + 1)
    found = [
        candidate("The press conference was cancelled.", read=denied),
        candidate("They met.", read=reading(-3.0)),
    ]
    refusal = refuse(asked("What was said there?"), found, WORDS, Says(0), min_confidence=0)
    assert refusal is not None
    assert refusal.nearest == tuple(found)


def test_a_yes_or_no_question_that_nothing_decides_is_not_answered() -> None:
    open_ = [candidate("They met.", read=reading(3.0, verdict=Verdict(0.05, 0.05, 0.9)))]
    refusal = refuse(asked("Did it rain?", wants="whether"), open_, WORDS, Says(0),
                     min_confidence=0)  # fmt: skip
    assert refusal is not None and refusal.reason == "The articles do not say."
    said = [candidate("It rained.", read=reading(3.0, verdict=Verdict(0.9, 0.0, 0.1)))]
    assert refuse(asked("Did it rain?", wants="whether"), said, WORDS, Says(0),
                  min_confidence=0) is None  # fmt: skip


def test_a_name_that_no_article_has_is_missing_however_sure_the_reader_is() -> None:
    question = asked("What did Xi Jinping say?", unknown=("Xi", "Jinping"))
    refusal = refuse(question, [candidate("x", read=reading(9.0))], WORDS, Says(9),
                     min_confidence=0)  # fmt: skip
    assert refusal is not None and '"Xi" and "Jinping"' in refusal.reason


def test_a_question_of_unknown_words_is_about_something_else() -> None:
    stems = {"bitcoin": 1.0, "worth": 0.5}
    question = asked("how much is bitcoin worth", unknown=("bitcoin", "worth"), stems=stems)
    sure = [candidate("x", read=reading(9.0))]
    refusal = refuse(question, sure, WORDS, Says(9), min_confidence=0)
    assert refusal is not None and '"bitcoin"' in refusal.reason
    # One such word among many known ones may be another word for what the articles call otherwise.
    longer = asked("how much cash goes where", unknown=("cash",),
                   stems={"cash": 1.0, "goe": 1.0, "where": 1.0})  # fmt: skip
    assert refuse(longer, sure, WORDS, Says(9), min_confidence=0) is None


def test_below_the_threshold_it_refuses_and_offers_the_nearest() -> None:
    found = [candidate("They met in Riyadh."), candidate("They ate lamb.")]
    refusal = refuse(asked("When did they leave?", wants="when"), found, WORDS, Says(0),
                     min_confidence=1.0)  # fmt: skip
    assert refusal is not None
    assert refusal.reason == "The articles speak of this, but do not clearly say when."
    assert refusal.nearest == tuple(found)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What did Macron say about fisheries?", "fisheries"),
        ("What does Quintana think of the Riyadh talks?", "Quintana"),
        ("How many penguins live at Diriyah Palace?", "penguins"),
    ],
)
def test_what_no_article_mentions_is_named_and_the_nearest_is_exact(
    corpus_assistant: Assistant, question: str, missing: str
) -> None:
    answer = corpus_assistant.ask(question)
    assert answer.status == "abstained"
    assert answer.sentences == ()
    assert answer.lead == ""
    assert answer.reason is not None and missing in answer.reason
    for citation in answer.citations:
        article = corpus_assistant.article(citation.article_id)
        assert article is not None and is_exact(citation, article)
