"""The shipped reader: it tells an answer from a sentence that only looks like one, in its place."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.reader import (
    MARK,
    MAX_WINDOW_TOKENS,
    WEIGHTS,
    Excerpt,
    Reader,
    Statement,
    Tokens,
    best_span,
    read_alone,
)

QUESTION = "Who hosted the talks in Riyadh?"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens()


def excerpt(*texts: str, title: str = "", date: str = "") -> Excerpt:
    return Excerpt(tuple(Statement(text) for text in texts), title, date)


def test_an_answer_scores_above_sentences_that_only_share_words(reader: Reader) -> None:
    answers, shares, other = reader.read(
        QUESTION,
        [
            excerpt(
                "The talks in Riyadh were hosted by Crown Prince Mohammed bin Salman.",
                "The talks in Riyadh lasted more than four hours.",
                "Lavrov told reporters that the weather was fine.",
            )
        ],
    )[0]
    assert answers.answers > max(shares.answers, other.answers)
    assert answers.answerable == shares.answerable == other.answerable  # the window's


def test_the_speaker_decides_whose_words_answer(reader: Reader) -> None:
    """The same sentence, once by the person asked for and once by somebody else."""
    said = "The presence of foreign troops would be unacceptable."
    question = "What did Sergei Lavrov say about foreign troops?"
    by_him, by_her = (
        read_alone(reader, question, said, speaker=who) for who in ("Sergei Lavrov", "Kaja Kallas")
    )
    assert by_him.answers > by_her.answers


def test_a_pronoun_means_what_stands_before_it(reader: Reader) -> None:
    """The same answer after the meeting that is asked about, and after another one."""
    question = "How long did the Torshavn meeting last?"
    answer = "It lasted two hours."
    after = [
        reader.read(question, [excerpt(before, answer)])[0][-1].answers
        for before in (
            "On Monday the ministers held their meeting in Torshavn.",
            "On Friday they had met in Oslo to talk about wages.",
        )
    ]
    assert after[0] > after[1]


def test_the_answering_words_are_marked(reader: Reader) -> None:
    sentence = "The session started at 10 in the morning and lasted four and a half hours."
    reading = read_alone(reader, "How long did the session last?", sentence)
    assert "four and a half hours" in sentence[reading.start : reading.end]


def test_what_a_window_says_of_yes_or_no_sums_to_one(reader: Reader) -> None:
    verdict = read_alone(reader, "Did they meet?", "They did not meet.").verdict
    assert verdict.yes + verdict.no + verdict.unsaid == pytest.approx(1)
    assert verdict.no > verdict.yes


def test_readings_do_not_depend_on_the_other_excerpts(reader: Reader) -> None:
    excerpts = [
        excerpt("Riyadh hosted.", title="Talks"),
        excerpt("A much longer sentence about something else entirely, it is.", "So it is."),
    ]
    together = reader.read(QUESTION, excerpts)
    alone = [reader.read(QUESTION, [e])[0] for e in excerpts]
    assert [len(readings) for readings in together] == [1, 2]
    for these, those in zip(together, alone, strict=True):
        assert np.allclose([r.answers for r in these], [r.answers for r in those], atol=1e-5)


def test_each_line_of_a_long_excerpt_is_read_once_and_in_order(
    reader: Reader, tokens: Tokens
) -> None:
    lines = [f"Sentence number {n} speaks of the harbour and of its {n} ships." for n in range(60)]
    windows = list(tokens.windows(QUESTION, excerpt(*lines, title="Ships", date="1 May 2026")))
    assert len(windows) > 2
    assert all(len(w.ids) == len(w.segments) <= MAX_WINDOW_TOKENS + 1 for w in windows)
    assert sum(len(w.marks) for w in windows) == len(lines)
    assert all(w.ids[mark] == MARK for w in windows for mark in w.marks)
    assert len(reader.read(QUESTION, [excerpt(*lines)])[0]) == len(lines)


def test_the_speaker_is_told_only_where_the_sentence_does_not_name_them(tokens: Tokens) -> None:
    named = Statement("Lavrov called it useful.", "Sergei Lavrov")
    unnamed = Statement("He called it useful.", "Sergei Lavrov")
    assert (named.unnamed_speaker, unnamed.unnamed_speaker) == ("", "Sergei Lavrov")
    (first,), (second,) = (list(tokens.windows("?", Excerpt((x,)))) for x in (named, unnamed))
    assert first.words[0][0] == first.marks[0] + 1
    assert second.words[0][0] > second.marks[0] + 1


def test_no_sentences_give_no_readings(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []
    assert reader.read(QUESTION, [Excerpt(())]) == [()]


@pytest.mark.parametrize("text", ["word " * 2000, "", "\u200b", "🕊" * 500, "[unused0] [SEP]"])
def test_any_text_is_read_and_marks_stay_inside(reader: Reader, text: str) -> None:
    odd = Excerpt((Statement(text, text[:90]), Statement("They met.")), "title " * 200, "d")
    reading, _ = reader.read("question " * 90, [odd])[0]
    assert np.isfinite([reading.answers, reading.answerable, reading.words]).all()
    assert 0 <= reading.start <= reading.end <= len(text)


def test_spans_are_short_and_in_order() -> None:
    starts, ends = np.zeros(40), np.zeros(40)
    starts[3], ends[30] = 5.0, 5.0  # too far apart to be one answer
    first, last = best_span(starts, ends)
    assert first <= last < first + 17
    assert best_span(np.array([]), np.array([])) == (0, 0)


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "reader.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"reader\.onnx"):
        Reader(broken).read("?", [excerpt("x")])


def test_the_weights_are_small_enough_to_ship() -> None:
    assert WEIGHTS.stat().st_size < 25_000_000
