"""When there is no answer: what is named as missing, what is corrected, what is offered."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant import Assistant
from assistant.asking import Asked, Words
from assistant.citations import is_exact
from assistant.evidence import FEATURES, Candidate
from assistant.reader import InContext, Judgement
from assistant.refusing import confidence, refuse
from assistant.types import Article, Sentence


class Says:
    """A reader that gives every sentence the same logit, and keeps what it was asked."""

    def __init__(self, score: float) -> None:
        self.score = score
        self.questions: list[str] = []

    def judge(self, question: str, sentences: Sequence[InContext]) -> list[Judgement]:
        self.questions.append(question)
        return [Judgement(self.score, 0, 0) for _ in sentences]


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


def candidate(text: str, who: str = "", probability: float = 0.9, **given: float) -> Candidate:
    features = [0.0] * len(FEATURES)
    for name, value in {"all_coverage": 1.0, "near_coverage": 1.0, **given}.items():
        features[FEATURES.index(name)] = value
    return Candidate(
        Article(f"id of {text}", "a.md", "Talks", text), Sentence(0, len(text), who), 0, text,
        tuple(features), 0.0, 3.0, probability,
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
    found = [candidate("The 28-point plan was leaked.")]
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


def test_confidence_is_a_probability_and_grows_with_the_reader() -> None:
    low, high = (confidence(asked("?"), [candidate("x", probability=p)]) for p in (0.05, 0.95))
    assert 0 < low < high < 1
    assert np.isfinite(confidence(asked("?"), [candidate("x", probability=1.0)]))


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
