"""The answer path over the real corpus, with the real model and reader."""

import dataclasses
import re

import pytest

from assistant import Assistant, Turn
from assistant.answering import check_question, clean
from assistant.citations import cite, is_exact
from assistant.errors import QuestionError
from assistant.types import Done, Found, Said, Sentence, Understood

QUESTIONS = [
    "What did Zakharova demand?",
    "What did Peskov say about Ukraine joining the EU?",
    "Which four points did the State Department list?",
    "Who was thanked for hosting the talks in Riyadh?",
    "what did lavrov clame about nato troops",
    "What did Dmitriev say about compromises?",
    "When was the minerals deal signed?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_is_an_articles_own_words(
    corpus_assistant: Assistant, question: str
) -> None:
    answer = corpus_assistant.ask(question)
    assert answer.status == "answered"
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    quotes = {c.number: c for c in answer.citations}
    for sentence in answer.sentences:
        assert sentence.citations
        for number in sentence.citations:
            citation = quotes[number]
            article = corpus_assistant.article(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote
            # Nothing is said but the quote, and who and which day is meant in brackets.
            assert re.sub(r" \[[^\[\]]*\]", "", sentence.text) == citation.quote
            assert citation.marked in citation.quote


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("What did Zakharova demand?", ["2008", "neutral"]),
        ("what did zakharova demand", ["2008", "neutral"]),
        ("What did Peskov say about Ukraine joining the EU?", ["sovereign right"]),
        ("Who was thanked for hosting the talks in Riyadh?", ["Mohammed bin Salman"]),
        ("What did Dmitriev say about compromises?", ["too early"]),
        ("who led the russian team in istanbul", ["Medinsky"]),
    ],
)
def test_the_facts_that_people_ask_about_are_in_the_answer(
    corpus_assistant: Assistant, question: str, facts: list[str]
) -> None:
    text = corpus_assistant.ask(question).text
    for fact in facts:
        assert fact in text


def test_a_question_in_another_script_reaches_the_person(corpus_assistant: Assistant) -> None:
    answer = corpus_assistant.ask("Чего потребовала Захарова?")
    assert answer.status == "answered"
    assert {c.speaker for c in answer.citations} == {"Maria Zakharova"}


def test_somebody_who_is_not_quoted_on_the_topic_is_named(corpus_assistant: Assistant) -> None:
    answer = corpus_assistant.ask("What did Macron say about the Riyadh talks?")
    assert answer.status == "abstained"
    assert answer.reason is not None and "quote nothing by Emmanuel Macron" in answer.reason


def test_a_list_is_given_whole(corpus_assistant: Assistant) -> None:
    text = corpus_assistant.ask("Which four points did the State Department list?").text
    for point in ("irritants", "high-level team", "geopolitical", "remain engaged"):
        assert point in text


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What did Macron say about fisheries?", "fisheries"),
        ("What does Quintana think of the Riyadh talks?", "Quintana"),
        ("How many penguins live at Diriyah Palace?", "penguins"),
    ],
)
def test_what_no_article_mentions_is_named_in_the_refusal(
    corpus_assistant: Assistant, question: str, missing: str
) -> None:
    answer = corpus_assistant.ask(question)
    assert answer.status == "abstained"
    assert answer.sentences == ()
    assert answer.reason is not None and missing in answer.reason


def test_a_refusal_offers_the_nearest_passages_exactly(corpus_assistant: Assistant) -> None:
    answer = corpus_assistant.ask("What did Macron say about fisheries?")
    assert answer.citations
    for citation in answer.citations:
        article = corpus_assistant.article(citation.article_id)
        assert article is not None and is_exact(citation, article)


def test_events_come_in_order_and_add_up_to_the_answer(corpus_assistant: Assistant) -> None:
    events = list(corpus_assistant.stream("What did Zakharova demand?"))
    assert isinstance(events[0], Understood)
    assert isinstance(events[1], Found)
    assert isinstance(events[-1], Done)
    said = [event for event in events if isinstance(event, Said)]
    assert tuple(s.sentence for s in said) == events[-1].answer.sentences
    assert tuple(c for s in said for c in s.citations) == events[-1].answer.citations


def test_a_follow_up_is_understood_from_the_turn_before(corpus_assistant: Assistant) -> None:
    answer = corpus_assistant.ask(
        "And on the EU?", history=[Turn("What did Peskov say about Zelensky?")]
    )
    assert "Peskov" in answer.standalone
    assert answer.status == "answered"
    assert any(c.speaker == "Dmitry Peskov" for c in answer.citations)


@pytest.mark.parametrize("question", ["", "   ", "?!", "\x00\x01", "\u200b"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        check_question(question, max_chars=100)


def test_a_huge_question_is_refused_with_its_size() -> None:
    with pytest.raises(QuestionError, match=r"100,000 characters; the limit is 2,000"):
        check_question("a" * 100_000, max_chars=2000)


@pytest.mark.parametrize(
    "question", ["What\x00 did Zakharova\x1b[31m demand?", "What did Zakharova\ud800 demand?"]
)
def test_control_characters_change_nothing(corpus_assistant: Assistant, question: str) -> None:
    assert "\x1b" not in clean(question) and "\ud800" not in clean(question)
    assert corpus_assistant.ask(question).status == "answered"


def test_a_citation_beyond_the_article_is_never_made(corpus_assistant: Assistant) -> None:
    head = corpus_assistant.catalog()[0]
    article = corpus_assistant.article(head.id)
    assert article is not None
    end = len(article.text)
    for wrong in (Sentence(end, end + 5), Sentence(-4, 3), Sentence(7, 7)):
        with pytest.raises(ValueError, match="no words"):
            cite(article, wrong, number=1)
    right = cite(article, Sentence(0, 10), number=1)
    assert is_exact(right, article)
    assert not is_exact(dataclasses.replace(right, quote="Something else"), article)
