"""A follow-up stands alone with what it leaves out filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation import standalone
from assistant.names import NameTable
from assistant.types import Turn

NAMES = NameTable(
    ["Dmitry Peskov", "Maria Zakharova", "Volodymyr Zelensky", "Sergei Lavrov", "Marco Rubio"]
)


@pytest.mark.parametrize(
    ("earlier", "question", "alone"),
    [
        (
            ["What did Peskov say about Zelensky?"],
            "And on the EU?",
            "What did Peskov say on the EU?",
        ),
        (
            ["What did Peskov say about the EU?"],
            "What about NATO?",
            "What did Peskov say about NATO?",
        ),
        (["What did Peskov demand?"], "And Zakharova?", "What did Maria Zakharova demand?"),
        (["What did Peskov demand?"], "Zakharova?", "What did Maria Zakharova demand?"),
        (
            ["What did Zakharova demand?"],
            "What did she say about Georgia?",
            "What did Maria Zakharova say about Georgia?",
        ),
        (
            ["What did Zakharova demand?", "And Lavrov?"],
            "What did he say about Turkey?",
            "What did Sergei Lavrov say about Turkey?",
        ),
        # A question that leaves nothing out is left alone.
        (
            ["What did Peskov say about Zelensky?"],
            "Where did Rubio and Lavrov hold their talks?",
            "Where did Rubio and Lavrov hold their talks?",
        ),
        ([], "And on the EU?", "And on the EU?"),
        ([], "  What   did\nPeskov say? ", "What did Peskov say?"),
    ],
)
def test_a_follow_up_borrows_what_it_leaves_out(
    earlier: list[str], question: str, alone: str
) -> None:
    assert standalone(question, [Turn(q) for q in earlier], NAMES) == alone


def test_a_pronoun_may_lean_on_the_answer() -> None:
    turn = Turn("Who spoke for the Kremlin?", "Dmitry Peskov spoke for the Kremlin.")
    assert "Dmitry Peskov" in standalone("What did he say about the EU?", [turn], NAMES)


def test_only_the_newest_turns_are_heard() -> None:
    old = [Turn("What did Zakharova demand?")]
    new = [Turn("Where did Rubio and Lavrov hold their talks in February?")] * 6
    assert "Zakharova" not in standalone("And on the EU?", [*old, *new], NAMES)


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=60))
def test_any_conversation_gives_a_question_on_one_line(turns: list[str], question: str) -> None:
    alone = standalone(question, [Turn(q) for q in turns], NAMES)
    assert "\n" not in alone
    assert standalone(question, [], NAMES) == " ".join(question.split())
