"""An article's text → sentences → overlapping passages of whole sentences, with exact offsets."""

from collections.abc import Iterator, Sequence

from sentencex import get_sentence_boundaries

from assistant.types import Article, Passage, Sentence

# A passage is about a news paragraph or two: long enough to carry its context, short enough
# that one vector still means something. Both bounds apply; a single longer sentence stands alone.
MAX_SENTENCES = 5
MAX_CHARS = 1000
OVERLAP_SENTENCES = 1


def split_sentences(text: str) -> list[Sentence]:
    """Return the sentences of `text` in order, without surrounding whitespace and without speakers.

    A paragraph break always ends a sentence. Everything but whitespace belongs to one.

    >>> [(s.start, s.end) for s in split_sentences("He left. She stayed.\\n\\nNight fell")]
    [(0, 8), (9, 20), (22, 32)]
    """
    sentences: list[Sentence] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        for boundary in get_sentence_boundaries("en", line) if line.strip() else ():
            piece = line[boundary["start_index"] : boundary["end_index"]]
            start = offset + boundary["start_index"] + len(piece) - len(piece.lstrip())
            end = offset + boundary["start_index"] + len(piece.rstrip())
            if start < end:
                sentences.append(Sentence(start, end))
        offset += len(line)
    return sentences


def split_passages(
    article: Article,
    sentences: Sequence[Sentence],
    *,
    max_sentences: int = MAX_SENTENCES,
    max_chars: int = MAX_CHARS,
    overlap_sentences: int = OVERLAP_SENTENCES,
) -> Iterator[Passage]:
    """Yield passages of whole sentences in order, consecutive ones sharing `overlap_sentences`.

    Together they cover every sentence. A passage stays within both bounds unless it is a single
    sentence; overlap is given up rather than a bound, and the last passage is never only overlap.
    Raises ValueError unless `0 <= overlap_sentences < max_sentences`.
    """
    if not 0 <= overlap_sentences < max_sentences:
        raise ValueError(f"overlap_sentences must be from 0 to {max_sentences - 1}")
    first = number = 0
    while first < len(sentences):
        last = first
        while (
            last + 1 < len(sentences)
            and last + 1 - first < max_sentences
            and sentences[last + 1].end - sentences[first].start <= max_chars
        ):
            last += 1
        start, end = sentences[first].start, sentences[last].end
        yield Passage(article.id, number, start, end, first, last, article.text[start:end])
        if last + 1 == len(sentences):
            return
        first = max(first + 1, last + 1 - overlap_sentences)
        # An overlap so long that nothing new would fit beside it is dropped.
        if sentences[last + 1].end - sentences[first].start > max_chars:
            first = last + 1
        number += 1
