"""A judge's verdict counts only in the form that was asked for; anything else is an error."""

import hashlib
import json
from collections.abc import Iterator, Sequence

import pytest

from assistant.errors import ModelSettingError, WriterError
from assistant.evaluation.judging import MAX_WHY_CHARS, Judge, Judged, ModelJudge, open_judge
from assistant.evaluation.metrics import Score
from assistant.evaluation.questions import SetQuestion
from assistant.llm import ChatModel
from assistant.settings import Settings
from assistant.types import Answer, AnswerSentence, Message

ASKED = SetQuestion("a", "When?", expect=("2008",), evidence=("In 2008 it was.",))
ANSWER = Answer("When?", "When?", "answered", (AnswerSentence("In 2008.", (1,)),))


class Scripted:
    """A chat model that says what it is told to, in pieces, and notes what it is asked."""

    name = "fake:judge"
    context_tokens = 1000

    def __init__(self, reply: str | Exception) -> None:
        self.reply = reply
        self.asked: list[Sequence[Message]] = []

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        self.asked.append(messages)
        if isinstance(self.reply, Exception):
            yield '{"right": true, '
            raise self.reply
        yield from self.reply

    def count_tokens(self, text: str) -> int:
        return len(text)


def _fits_the_protocols(model: Scripted) -> Judge:
    chat: ChatModel = model
    return ModelJudge(chat)  # mypy proves it


def judged(reply: str | Exception) -> Judged:
    return ModelJudge(Scripted(reply)).judge(ASKED, ANSWER)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("form", ["{}", " {}\n", "```json\n{}\n```", "```\n{}```"])
def test_a_verdict_is_read_bare_or_in_a_code_fence(form: str, right: bool) -> None:
    found = judged(form.format(json.dumps({"right": right, "why": "names 2008"})))
    assert found == Judged(right, "names 2008")
    assert found.score == Score(float(right), 1)
    assert found.to_json() == {"right": right, "why": "names 2008"}


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "It looks right to me.",
        'Here it is: {"right": true, "why": "names 2008"}',
        '{"right": true, "why": "names 2008"} I hope this helps.',
        '{"right": true, "why": "names 2008"}\n{"right": false, "why": "no"}',
        '{"right": true}',
        '{"right": true, "why": "names 2008", "score": 9}',
        '{"right": "true", "why": "names 2008"}',
        '{"right": 1, "why": "names 2008"}',
        '{"right": null, "why": "names 2008"}',
        '{"right": true, "why": ["names 2008"]}',
        '[{"right": true, "why": "names 2008"}]',
        "true",
        '{"right": true, "why": "names 2008"',
        "[" * 100_000,
    ],
)
def test_a_reply_of_any_other_form_is_an_error(reply: str) -> None:
    found = judged(reply)
    assert found.error == f'the reply is no verdict: "{reply[:80]}"'
    assert (found.right, found.score, found.to_json()) == (False, None, None)


def test_a_model_that_fails_is_an_error_even_after_its_first_words() -> None:
    found = judged(WriterError("The model fake:judge cannot be reached.", hint="Start it."))
    assert found.error == "The model fake:judge cannot be reached. Start it."
    assert (found.score, found.to_json()) == (None, None)


def test_a_long_reason_is_cut() -> None:
    found = judged(json.dumps({"right": True, "why": "so " * MAX_WHY_CHARS}))
    assert len(found.why) == MAX_WHY_CHARS


def test_the_model_sees_question_expected_facts_evidence_and_answer_as_data() -> None:
    model = Scripted("")
    ModelJudge(model).judge(ASKED, ANSWER)
    [[prompt, case]] = model.asked
    assert (prompt.role, case.role) == ("system", "user")
    assert json.loads(case.text) == {
        "question": "When?",
        "expected": ["2008"],
        "evidence": ["In 2008 it was."],
        "answer": "In 2008. [1]",
    }
    assert "When?" not in prompt.text and "data" in prompt.text


def test_the_name_tells_the_model_and_its_prompt() -> None:
    model = Scripted("")
    ModelJudge(model).judge(ASKED, ANSWER)
    digest = hashlib.sha256(model.asked[0][0].text.encode()).hexdigest()
    assert ModelJudge(model).name == f"fake:judge (prompt {digest[:8]})"


def test_a_judge_that_cannot_be_made_says_why() -> None:
    with pytest.raises(ModelSettingError, match="provider:name"):
        open_judge("nobody", Settings())
