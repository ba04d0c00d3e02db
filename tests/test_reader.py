"""The shipped reader: it tells an answer from a sentence that only looks like one."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.reader import WEIGHTS, Reader

QUESTION = "Who hosted the talks in Riyadh?"


def test_an_answer_scores_above_sentences_that_only_share_words() -> None:
    scores = Reader().score(
        QUESTION,
        [
            "The talks in Riyadh were hosted by Crown Prince Mohammed bin Salman.",
            "The talks in Riyadh lasted more than four hours.",
            "Lavrov told reporters that the weather was fine.",
        ],
    )
    assert scores.shape == (3,)
    assert scores[0] > scores[1] > scores[2]


def test_scores_do_not_depend_on_what_is_scored_beside() -> None:
    reader = Reader()
    sentences = ["Riyadh hosted.", "A much longer sentence about something else entirely, it is."]
    together = reader.score(QUESTION, sentences)
    alone = np.concatenate([reader.score(QUESTION, [s]) for s in sentences])
    assert np.allclose(together, alone, atol=1e-5)


def test_no_sentences_give_no_scores() -> None:
    assert Reader().score(QUESTION, []).shape == (0,)


def test_a_sentence_longer_than_the_window_is_cut_not_refused() -> None:
    assert np.isfinite(Reader().score("word " * 90, ["word " * 2000])).all()


def test_the_weights_are_small_enough_to_ship() -> None:
    assert WEIGHTS.stat().st_size <= 25_000_000


def test_broken_weights_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "reader.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"reader\.onnx cannot be loaded"):
        Reader(broken).score(QUESTION, ["x"])
