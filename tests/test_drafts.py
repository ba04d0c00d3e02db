"""Drafts read like questions, stay with their articles, and are the same each time."""

import re
from pathlib import Path

import pytest

from assistant.evaluation.drafts import KINDS, draft_questions, questions_from_feedback
from assistant.evaluation.questions import SetQuestion, read_sets, write_questions
from assistant.feedback import Feedback, Rating
from assistant.service import Assistant
from assistant.types import Status
from tests.conftest import counting_assistant

ARTICLE = """---
title: A day in Geneva
date: 2025-03-05
people: [Anna Berg, Carl Dahl, Eva Falk]
---

Berg said that the harbour fees were "wholly out of proportion". Nobody answered at once.

On 4 March Anna Berg signed the harbour treaty in Geneva, and the others left.

On 3 March he signed it in Geneva. Carl Dahl received 1,250 letters from Norway on Tuesday.

Carl Dahl declared that fishing quotas would be halved. Carl Dahl said the weather was poor.
Dahl told them it was late. He said so again. Dahl added that nobody had asked for him.
Dahl insisted that the lamps were new. The hall was cold.
"""


@pytest.fixture(scope="module")
def geneva(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("drafts")
    (folder / "geneva.md").write_text(ARTICLE, encoding="utf-8")
    assistant = counting_assistant(folder / "index")
    assert assistant.ingest([str(folder / "geneva.md")]).added
    return assistant


@pytest.fixture(scope="module")
def drafts(corpus_assistant: Assistant) -> list[SetQuestion]:
    return list(draft_questions(corpus_assistant, limit=1000))


def drafted(assistant: Assistant, kind: str) -> list[SetQuestion]:
    return list(draft_questions(assistant, limit=100, kinds=[kind]))


def test_what_somebody_said_is_asked_on_a_topic_with_the_quotation_expected(
    geneva: Assistant,
) -> None:
    first = drafted(geneva, "who-said")[0]
    assert first.question == "What did Anna Berg say about the harbour fees?"
    assert first.expect == ("wholly out of proportion",)
    assert first.speaker == "Anna Berg"
    assert first.evidence == ('Berg said that the harbour fees were "wholly out of proportion".',)
    assert first.draft and first.answerable
    assert first.rest["article"] == "A day in Geneva"


def test_a_day_and_a_number_are_asked_where_the_sentence_says_whose(geneva: Assistant) -> None:
    [when] = drafted(geneva, "when")
    assert when.question == "When did Anna Berg sign the harbour treaty in Geneva?"
    assert when.expect == ("4 March",)
    [number] = drafted(geneva, "number")
    assert number.question == "How many letters did Carl Dahl receive from Norway?"
    assert number.expect == ("1,250|1250",)


def test_a_twin_asks_somebody_who_never_spoke_of_it(geneva: Assistant) -> None:
    twins = drafted(geneva, "unanswerable")
    assert "What did Carl Dahl say about the harbour fees?" in [twin.question for twin in twins]
    assert not any("Eva Falk" in twin.question for twin in twins)  # says too little to tell
    for twin in twins:
        assert not twin.answerable and twin.draft
        assert (twin.expect, twin.evidence, twin.speaker) == ((), (), "")


def test_pronouns_and_people_who_say_too_little_are_left_out(geneva: Assistant) -> None:
    asked = [question.question for kind in KINDS for question in drafted(geneva, kind)]
    assert not [q for q in asked if re.search(r"\b(?:he|him|it|them|nobody)\b", q, re.IGNORECASE)]


def test_drafts_of_the_corpus_stand_in_its_articles(
    corpus_assistant: Assistant, drafts: list[SetQuestion]
) -> None:
    texts = [
        article.text
        for head in corpus_assistant.catalog()
        if (article := corpus_assistant.article(head.id))
    ]
    assert len(drafts) >= 40
    assert {draft.kind for draft in drafts} == set(KINDS)
    for draft in drafts:
        assert draft.question.endswith("?") and "  " not in draft.question
        assert draft.draft
        assert draft.answerable == bool(draft.evidence) == bool(draft.expect)
        for evidence in draft.evidence:
            assert any(evidence in text for text in texts)
            for item in draft.expect:
                assert any(either in evidence for either in item.split("|"))
                assert item not in draft.question


def test_drafts_turn_from_kind_to_kind_and_article_to_article(drafts: list[SetQuestion]) -> None:
    assert [draft.kind for draft in drafts[:4]] == list(KINDS)
    said = [draft.rest["article"] for draft in drafts if draft.kind == "who-said"]
    assert len(set(said[:8])) == 8


def test_the_same_index_gives_the_same_drafts_and_no_more_than_asked(
    corpus_assistant: Assistant, drafts: list[SetQuestion]
) -> None:
    assert list(draft_questions(corpus_assistant, limit=7)) == drafts[:7]
    assert list(draft_questions(corpus_assistant, limit=0)) == []
    assert list(draft_questions(corpus_assistant, limit=9, kinds=["riddle"])) == []
    assert len({draft.id for draft in drafts}) == len(drafts)
    assert len({draft.question for draft in drafts}) == len(drafts)


def test_drafts_can_be_written_and_read_as_a_set(tmp_path: Path, drafts: list[SetQuestion]) -> None:
    file = tmp_path / "drafts.jsonl"
    write_questions(file, drafts[:20])
    [questions] = read_sets([file])
    assert [q.question for q in questions.questions] == [q.question for q in drafts[:20]]
    assert all(question.draft for question in questions.questions)


def rated(
    question: str,
    verdict: Rating = "",
    status: Status = "answered",
    *,
    comment: str = "",
    history: tuple[str, ...] = (),
) -> Feedback:
    answer = "Nothing about fish." if status == "abstained" else "Lavrov spoke. [1]"
    return Feedback(
        question, question, status, answer, history=history, verdict=verdict, comment=comment
    )


def test_what_readers_missed_becomes_drafts_that_say_why() -> None:
    missed = questions_from_feedback(
        [
            rated("Who spoke?", "down", comment="It was Rubio."),
            rated("What about fish?", status="abstained"),
            rated("Who came?", "up"),
            rated("Any cod?", "up", status="abstained"),
            rated("And then?", "down", history=("Who spoke?",)),
        ]
    )
    assert [(q.question, q.kind, q.answerable, q.rest["why"]) for q in missed] == [
        ("Who spoke?", "fact", True, "thumbs down: It was Rubio."),
        ("What about fish?", "fact", False, "abstained: Nothing about fish."),
        ("And then?", "follow-up", True, "thumbs down"),
    ]
    assert missed[2].history == ("Who spoke?",)
    assert all(question.draft for question in missed)


def test_a_question_asked_again_is_one_draft_with_every_reason() -> None:
    [merged] = questions_from_feedback(
        [
            rated("Who spoke?", "down", comment="Too long."),
            rated("who  spoke", "down", comment="Wrong."),
            rated("WHO spoke ?", "down", comment="Too long."),
        ]
    )
    assert merged.question == "Who spoke?"
    assert merged.rest["why"] == "thumbs down: Too long.; thumbs down: Wrong."
    first, second = questions_from_feedback(
        [rated("And then?", "down"), rated("And then?", "down", history=("Who?",))]
    )
    assert first.id != second.id
