"""Marks in a model's stream: the same sentences however it is cut, and no mark left to see."""

import re
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.marks import Cited, plain, sentences

MARKS = {
    "[k7f2]": ("k7f2",),
    "[K7F2]": ("k7f2",),
    "[k7f2, m3x9]": ("k7f2", "m3x9"),
    "[k7f2; m3x9 and p1q4]": ("k7f2", "m3x9", "p1q4"),
    "[k7f2][m3x9]": ("k7f2", "m3x9"),
    "[k7f2] [m3x9]": ("k7f2", "m3x9"),
    "[[k7f2]]": ("k7f2",),
    "【k7f2】": ("k7f2",),
    "【k7f2†source】": ("k7f2",),
    "［k7f2］": ("k7f2",),
    "(ID: k7f2)": ("k7f2",),
    "(k7f2)": ("k7f2",),
    "(k7f2, m3x9)": ("k7f2", "m3x9"),
    "[1]": ("1",),
    "[1,2]": ("1", "2"),
    "[^1]": ("1",),
    "[ID: k7f2]": ("k7f2",),
    "[source k7f2]": ("k7f2",),
}
# What a partial mark would look like to a reader.
TRACE = re.compile(r"[a-z]\d[a-z]\d|\[\s*\d{1,3}\s*[\],]|†|【|［|\[\s*\Z", re.IGNORECASE)
THOUGHTS = ("<think>I see [k7f2]. Is it so?</think>", "<thinking>\nhm `x\n</thinking>")
STATEMENTS = (
    "Lavrov rejected foreign troops",
    "The U.S. and Mr. Rubio agreed with Dr. Kellogg on No. 10 Downing Street",
    "It dates from a summit (2008) in Bucharest [note] with 4.5 hours of talks",
    "The call `code [k7f2] x. y` was short",
    'He said "That is unacceptable. Full stop." and left',
    "**Peskov** spoke of an EU (European Union) of 27",
    "Лавров сказал «нет»",
    "拉夫罗夫说没有",
    "- one point of the list",
    "2. a second point",
    "x < y and <b",
)
ENDINGS = (
    "", "[", "[k", "[k7f", "[k7f2", "[[k7f2]", "(", "(ID: ", "【k7f2†so", "`",
    "<think>and [k7f2]", "<thi", "[no mark", "(no mark",
)  # fmt: skip


@st.composite
def replies(draw: st.DrawFn) -> str:
    """A reply as a model might write it: sentences with marks of all kinds in all places."""
    text = draw(st.sampled_from(("", *THOUGHTS)))
    for statement in draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4)):
        mark, stop = draw(st.sampled_from(("", *MARKS))), draw(st.sampled_from(".!?…。"))
        between = draw(st.sampled_from(("", " ")))
        text += statement
        text += draw(st.sampled_from((f" {mark}{stop}", f"{stop}{between}{mark}", stop)))
        text += draw(st.sampled_from((" ", "\n", "\n\n", "  ", *THOUGHTS)))
    return text + draw(st.sampled_from(ENDINGS))


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text)


@given(replies(), st.data())
@settings(deadline=None, max_examples=60)
def test_the_sentences_are_the_same_however_the_stream_is_cut(
    reply: str, data: st.DataObject
) -> None:
    whole = list(sentences([reply]))
    assert list(sentences(reply)) == whole
    for cut in range(len(reply) + 1):
        assert list(sentences([reply[:cut], reply[cut:]])) == whole
    cuts = data.draw(st.lists(st.integers(0, len(reply)), max_size=6).map(sorted))
    edges = [0, *cuts, len(reply)]
    parts = [reply[a:b] for a, b in pairwise(edges)]
    assert list(sentences(parts)) == whole


@given(st.text(alphabet="ab k7f2m3[]()【】†`<>/think.!\n,:。", max_size=60))
@settings(deadline=None)
def test_even_noise_gives_the_same_sentences_however_it_is_cut(noise: str) -> None:
    whole = list(sentences([noise]))
    assert list(sentences(noise)) == whole
    for cut in range(len(noise)):
        assert list(sentences([noise[:cut], noise[cut:]])) == whole


@given(replies())
@settings(deadline=None)
def test_no_word_is_lost_but_marks_and_thoughts(reply: str) -> None:
    left = reply
    for thought in THOUGHTS:
        left = left.replace(thought, " ")
    left = left.partition("<think>")[0]
    code = "`code [k7f2] x. y`"
    left = left.replace(code, "CODE")
    for mark in sorted(MARKS, key=len, reverse=True):
        left = left.replace(mark, " ")
    for ending in ("(ID: ", "【k7f2†so"):
        left = left.removesuffix(ending)
    left = left.replace("CODE", code)
    said = " ".join(c.text for c in sentences([reply]))
    assert words(said) == words(left)


@given(replies())
@settings(deadline=None)
def test_no_mark_is_ever_visible_in_whole_or_in_part(reply: str) -> None:
    for cited in sentences(reply):
        outside_code = re.sub(r"`[^`]*`?", "", cited.text)
        assert not TRACE.search(outside_code), cited
        assert "<think" not in cited.text and "think>" not in cited.text


@pytest.mark.parametrize(("mark", "ids"), MARKS.items())
@pytest.mark.parametrize("place", ["left {}. ", "left. {} ", "left.{} ", "left{}. "])
def test_a_mark_belongs_to_its_sentence_on_either_side_of_the_full_stop(
    mark: str, ids: tuple[str, ...], place: str
) -> None:
    stream = f"Lavrov {place.format(mark)}Rubio stayed [p5r6]."
    assert list(sentences(stream)) == [
        Cited("Lavrov left.", ids),
        Cited("Rubio stayed.", ("p5r6",)),
    ]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("", []),
        ("[k7f2]", []),
        ("He left [k7f2] [k7f2].", [("He left.", "k7f2")]),
        ("It was so (2008) [note].", [("It was so (2008) [note].", "")]),
        ("It was so (1).", [("It was so (1).", "")]),
        ("The U.S. left [k7f2].", [("The U.S. left.", "k7f2")]),
        ("Mr. Rubio met Dr. Kellogg.", [("Mr. Rubio met Dr. Kellogg.", "")]),
        ("He left No. 10 Street. Ok", [("He left No. 10 Street.", ""), ("Ok", "")]),
        ("He said no [k7f2]. She did.", [("He said no.", "k7f2"), ("She did.", "")]),
        ("- One [k7f2]\n* Two [m3x9]", [("One", "k7f2"), ("Two", "m3x9")]),
        ("1. One. [k7f2]\n2. Two [m3x9].", [("One.", "k7f2"), ("Two.", "m3x9")]),
        ("## Answer\nHe **left** [k7f2].", [("Answer", ""), ("He left.", "k7f2")]),
        ("Use `a[1] b.` now [k7f2].", [("Use `a[1] b.` now.", "k7f2")]),
        ("Use ```a [k7f2]``` now.", [("Use ```a [k7f2]``` now.", "")]),
        ("<think>No [m3x9].</think>He left [k7f2].", [("He left.", "k7f2")]),
        ("He left [k7f2]. <think>Was it", [("He left.", "k7f2")]),
        ("He left [k7f2", [("He left", "k7f2")]),
        ("He left [k7f2. She stayed.", [("He left.", "k7f2"), ("She stayed.", "")]),
        ("He left [k7", [("He left", "")]),
        ("He left [not so", [("He left [not so", "")]),
        ("He said “No.” [k7f2] She left.", [("He said “No.”", "k7f2"), ("She left.", "")]),
        ("Он сказал «нет». [k7f2] Всё.", [("Он сказал «нет».", "k7f2"), ("Всё.", "")]),
        ("他说没有。[k7f2]他走了。", [("他说没有。", "k7f2"), ("他走了。", "")]),
    ],
)  # fmt: skip
def test_a_reply_becomes_these_sentences(stream: str, expected: list[tuple[str, str]]) -> None:
    wanted = [Cited(text, tuple(filter(None, [ids]))) for text, ids in expected]
    assert list(sentences([stream])) == wanted
    assert list(sentences(stream)) == wanted


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ("He left [k7f2]. Then ", Cited("He left.", ("k7f2",))),
        ("He left. [k7f2] Then ", Cited("He left.", ("k7f2",))),
        ("- He left [k7f2]\n", Cited("He left", ("k7f2",))),
        ("<think>hm</think>Mr. Rubio left. He ", Cited("Mr. Rubio left.", ())),
    ],
)
def test_a_sentence_is_said_as_soon_as_the_next_word_is_complete(before: str, first: Cited) -> None:
    read: list[str] = []

    def stream() -> Iterator[str]:
        for character in before + "more words that nobody has asked for yet. And so on.":
            read.append(character)
            yield character

    assert next(iter(sentences(stream()))) == first
    assert "".join(read) == before


def test_plain_keeps_the_words_of_a_whole_reply() -> None:
    assert plain("<think>a</think>Did he (2008) leave [k7f2]?") == "Did he (2008) leave ?"


@pytest.mark.parametrize(
    "stream",
        [
        "word " * 6_000, "[" * 20_000, "<think>" + "a" * 50_000, "`" + "[k7f2 " * 5_000,
        "No. " * 1_000,
    ],
    ids=["no full stop", "brackets", "thoughts", "code", "abbreviations"],
)  # fmt: skip
def test_a_stream_that_never_comes_to_a_point_is_read_quickly(stream: str) -> None:
    started = time.perf_counter()
    list(sentences(stream))
    assert time.perf_counter() - started < 5
