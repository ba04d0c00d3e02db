"""Offsets are sacred: every sentence and passage is exactly a piece of its article."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.articles import normalise, parse_article
from assistant.passages import (
    MAX_CHARS,
    MAX_SENTENCES,
    OVERLAP_SENTENCES,
    split_passages,
    split_sentences,
)
from assistant.types import Article, Passage, Sentence
from tests.conftest import CORPUS

FILES = sorted(path for path in CORPUS.glob("*.md") if path.name != "README.md")
# What breaks sentence splitters: quotes, initials, ellipses, line ends of every kind, emoji,
# right-to-left and combining text, characters beyond 16 bits.
PIECES = st.sampled_from(
    ["He left. ", "“No,” she said. ", "Mr. J. R. Smith ", "the U.S. ", "…", "?!", "\n", "\n\n",
     "\r\n", "\u2028", "\x85", "\x0b", "\x1c", " ", "\u00a0", "Да. ",
     "他说。", "🙂. ", "🇺🇦", "e\u0301",
     "مرحبا. ", "\u200f", "1.5 ", "(see p. 4) ", "«Нет». ", "\x00", "word "]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join))


def article_of(text: str) -> Article:
    return Article(id="a", source="/a.txt", title="A", text=text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_passage_of_the_corpus_is_a_piece_of_its_article(path) -> None:
    article = parse_article(path.read_bytes(), source=str(path), suffix=".md")
    check(article, split_sentences(article.text))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_split_without_losing_or_inventing_anything(text: str) -> None:
    check(article_of(text), split_sentences(text))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_text_as_it_is_stored_is_split_without_losing_anything(text: str) -> None:
    stored = normalise(text)
    check(article_of(stored), split_sentences(stored))


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 80), max_size=30),
    max_sentences=st.integers(1, 6),
    overlap=st.integers(0, 5),
    max_chars=st.integers(1, 200),
)
def test_bounds_and_overlap_hold_for_any_setting(
    lengths: list[int], max_sentences: int, overlap: int, max_chars: int
) -> None:
    overlap = min(overlap, max_sentences - 1)
    text, sentences = "", []
    for length in lengths:
        sentences.append(Sentence(len(text), len(text) + length))
        text += "x" * length + " "
    passages = list(
        split_passages(
            article_of(text),
            sentences,
            max_sentences=max_sentences,
            max_chars=max_chars,
            overlap_sentences=overlap,
        )
    )
    check_passages(text, sentences, passages, max_sentences, max_chars, overlap)


@pytest.mark.parametrize(("overlap", "most"), [(-1, 5), (5, 5), (6, 5), (1, 1)])
def test_an_overlap_that_never_moves_on_is_refused(overlap: int, most: int) -> None:
    with pytest.raises(ValueError, match="overlap_sentences"):
        list(
            split_passages(
                article_of("A."), [Sentence(0, 2)], max_sentences=most, overlap_sentences=overlap
            )
        )


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n", "\u2028"])
def test_a_text_without_words_has_no_sentences_and_no_passages(text: str) -> None:
    assert split_sentences(text) == []
    assert list(split_passages(article_of(text), [])) == []


def test_a_paragraph_break_ends_a_sentence_even_without_a_full_stop() -> None:
    text = "Riyadh talks end\n\nThe sides met on Tuesday"
    assert [text[s.start : s.end] for s in split_sentences(text)] == [
        "Riyadh talks end",
        "The sides met on Tuesday",
    ]


def test_passages_are_numbered_and_named_by_their_article() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(20))
    passages = list(split_passages(article_of(text), split_sentences(text)))
    assert [p.number for p in passages] == list(range(len(passages)))
    assert passages[1].id == "a:00001"
    assert len({p.id for p in passages}) == len(passages) > 3


def check(article: Article, sentences: list[Sentence]) -> None:
    end = 0
    for sentence in sentences:
        assert end <= sentence.start < sentence.end <= len(article.text)
        words = article.text[sentence.start : sentence.end]
        assert words == words.strip()
        assert not article.text[end : sentence.start].strip(), "something is in no sentence"
        end = sentence.end
    assert not article.text[end:].strip()
    check_passages(
        article.text,
        sentences,
        list(split_passages(article, sentences)),
        MAX_SENTENCES,
        MAX_CHARS,
        OVERLAP_SENTENCES,
    )


def check_passages(
    text: str,
    sentences: list[Sentence],
    passages: list[Passage],
    max_sentences: int,
    max_chars: int,
    overlap: int,
) -> None:
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.start == sentences[passage.first].start
        assert passage.end == sentences[passage.last].end
        if passage.first < passage.last:
            assert passage.last - passage.first < max_sentences
            assert passage.end - passage.start <= max_chars
    covered = {n for p in passages for n in range(p.first, p.last + 1)}
    assert covered == set(range(len(sentences)))
    for before, after in pairwise(passages):
        assert after.last > before.last, "a passage that is only overlap"
        shared = before.last - after.first + 1
        assert 0 <= shared <= overlap
        if shared < min(overlap, before.last - before.first):
            # Given up only where a bound leaves no room for it and something new.
            first = max(before.first + 1, before.last + 1 - overlap)
            assert sentences[before.last + 1].end - sentences[first].start > max_chars
