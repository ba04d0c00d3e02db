"""The shipped reader: it tells an answer from a sentence that only looks like one."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.reader import WEIGHTS, InContext, Reader, best_span, leans_back

QUESTION = "Who hosted the talks in Riyadh?"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_an_answer_scores_above_sentences_that_only_share_words(reader: Reader) -> None:
    answers, shares, other = reader.judge(
        QUESTION,
        [
            InContext("The talks in Riyadh were hosted by Crown Prince Mohammed bin Salman."),
            InContext("The talks in Riyadh lasted more than four hours."),
            InContext("Lavrov told reporters that the weather was fine."),
        ],
    )
    assert answers.score > max(shares.score, other.score)


def test_the_speaker_decides_whose_words_answer(reader: Reader) -> None:
    """The same sentence, once by the person asked for and once by somebody else."""
    said = "The presence of foreign troops would be unacceptable."
    by_him, by_her = reader.judge(
        "What did Sergei Lavrov say about foreign troops?",
        [InContext(said, speaker="Sergei Lavrov"), InContext(said, speaker="Kaja Kallas")],
    )
    assert by_him.score > by_her.score


def test_the_answering_words_are_marked(reader: Reader) -> None:
    sentence = "The session started at 10 in the morning and lasted four and a half hours."
    judgement = reader.judge("How long did the session last?", [InContext(sentence)])[0]
    assert "four and a half hours" in sentence[judgement.start : judgement.end]


def test_scores_do_not_depend_on_what_is_read_beside(reader: Reader) -> None:
    sentences = [
        InContext("Riyadh hosted.", title="Talks"),
        InContext("A much longer sentence about something else entirely, it is."),
    ]
    together = [j.score for j in reader.judge(QUESTION, sentences)]
    alone = [reader.judge(QUESTION, [s])[0].score for s in sentences]
    assert np.allclose(together, alone, atol=1e-5)


def test_no_sentences_give_no_judgements(reader: Reader) -> None:
    assert reader.judge(QUESTION, []) == []


@pytest.mark.parametrize("text", ["word " * 2000, "", "\u200b", "🕊" * 500])
def test_any_text_is_read_and_marks_stay_inside(reader: Reader, text: str) -> None:
    judgement = reader.judge("question " * 90, [InContext(text, "title " * 200, "d", "s", text)])[0]
    assert np.isfinite(judgement.score)
    assert 0 <= judgement.start <= judgement.end <= len(text)


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("He added that it was.", True),
        ("It lasted two hours.", True),
        ("Rubio met Lavrov in Riyadh.", False),
        ("talks went on without anybody named", True),
    ],
)
def test_the_sentence_before_is_read_only_where_it_is_needed(text: str, leans: bool) -> None:
    assert leans_back(text) is leans


def test_the_span_is_the_best_allowed_pair() -> None:
    starts = np.array([0.0, 3.0, 0.0, 9.0])
    ends = np.array([9.0, 0.0, 2.0, 0.0])
    # 3 → 0 would score most but runs backwards.
    assert best_span(starts, ends) == (0, 0) or best_span(starts, ends) == (3, 3)
    assert best_span(np.zeros(0), np.zeros(0)) == (0, 0)
    far = best_span(np.eye(1, 40, 0)[0] * 9, np.eye(1, 40, 39)[0] * 9)
    assert far[1] - far[0] < 16


def test_the_weights_are_small_enough_to_ship() -> None:
    assert WEIGHTS.stat().st_size <= 25_000_000


def test_broken_weights_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "reader.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"reader\.onnx cannot be loaded"):
        Reader(broken).judge(QUESTION, [InContext("x")])
