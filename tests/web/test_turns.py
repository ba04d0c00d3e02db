import asyncio
import logging

import pytest

from assistant.settings import Settings
from assistant.types import Turn
from assistant.web.answers import Answers
from assistant.web.limits import Limits
from assistant.web.metrics import Metrics
from assistant.web.people import Visit
from assistant.web.texts import texts_for
from assistant.web.turns import Conversation, Exchange, exchange
from tests.web.scripted import BREAKS, CRASHES, ScriptedAssistant, article, cited

TALKS = article("talks", "Talks", "Lavrov spoke. Rubio agreed.")
QUOTES = [
    cited(TALKS, "Lavrov spoke.", number=1, speaker="Sergei Lavrov"),
    cited(TALKS, "Rubio agreed.", number=2),
]


def assistant() -> ScriptedAssistant:
    return ScriptedAssistant([TALKS], {"What?": QUOTES})


def steps_of(
    talk: ScriptedAssistant, question: str, conversation: Conversation = Conversation()
) -> list[Exchange]:
    async def gone_through() -> list[Exchange]:
        answers = Answers(talk, limits=Limits(Settings()), metrics=Metrics())
        turns = exchange(
            answers, question, conversation, visit=Visit(), channel="chat", texts=texts_for("en")
        )
        return [step async for step in turns]

    return asyncio.run(gone_through())


def finished(question: str) -> Exchange:
    return steps_of(assistant(), question)[-1]


def test_an_answer_grows_by_a_sentence_at_a_time() -> None:
    steps = steps_of(assistant(), "What?")
    assert [step.body.count('class="words"') for step in steps] == [0, 1, 2, 2]
    assert "Reading the articles" in steps[0].body
    assert [bool(step.answer) for step in steps] == [False, False, False, True]
    assert "Lavrov spoke." in steps[-1].sources


def test_the_lead_comes_with_the_finished_answer() -> None:
    led = ScriptedAssistant([TALKS], {"Who?": QUOTES}, lead="Lavrov")
    steps = steps_of(led, "Who?")
    assert ['<p class="lead" dir="auto">Lavrov</p>' in step.body for step in steps] == [
        False, False, False, True,
    ]  # fmt: skip


def test_earlier_turns_reach_the_assistant_oldest_first_without_those_that_failed() -> None:
    talk = assistant()
    conversation = Conversation()
    for question in ("What?", BREAKS, "And then?"):
        conversation = conversation.with_next(steps_of(talk, question, conversation)[-1])
    answered = Turn("What?", "Lavrov spoke. [1]\nRubio agreed. [2]")
    assert talk.heard == [[], [answered], [answered]]
    assert [turn.number for turn in conversation.exchanges] == [1, 2, 3]


def test_a_failure_is_shown_as_its_sentence_and_hint() -> None:
    failed = finished(BREAKS)
    assert "There is no index." in failed.body
    assert "Run `assistant ingest`." in failed.body
    assert failed.answer is None


def test_a_crash_is_logged_and_keeps_its_details_from_the_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        failed = finished(CRASHES)
    assert "Something went wrong here." in failed.body
    assert "secret detail" not in failed.body
    assert "secret detail" in caplog.text


def test_an_abstention_brings_the_nearest_article_to_read() -> None:
    refused = finished("Fish?")
    assert "No answer in the articles" in refused.body
    assert "Nearest in the articles" in refused.sources
