"""A model's stream of text → sentences with the ids they cite, as soon as each is complete. Pure.

However the stream is cut into chunks, the sentences are the same: a tail that may still become a
mark, or the end of a sentence that may still go on, is held back until it is decided.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentencex import segment

MAX_MARK_CHARS = 160
ID = r"[a-z]\d[a-z]\d"  # such as k7f2: never a word, hardly ever invented by chance

_ONE = rf"(?:{ID}|\d{{1,3}})"
_SEPARATOR = r"\s*(?:[,;、，]|and|&)?\s*"
_PREFIX = r"\^?\s*(?:(?:ids?|refs?|sources?|quotes?|cites?|citations?)\s*[:#]?\s*)?"
_IDS = rf"{_PREFIX}{_ONE}(?:{_SEPARATOR}{_PREFIX}{_ONE})*(?:†\w*)?"
# Round and curly brackets hold numbers that are none of a mark's: "(2008)", "(1)".
_MARK = re.compile(
    rf"(?:\[\[\s*(?:{_IDS})\s*\]\]?|\[\s*(?:{_IDS})\s*\]|[【［〔]\s*(?:{_IDS})\s*[】］〕]|"
    rf"[({{（]\s*(?:ids?|refs?|sources?)\s*[:#]?\s*{_IDS}\s*[)}}）]|"
    rf"[({{（]\s*{ID}(?:{_SEPARATOR}{ID})*\s*[)}}）])",
    re.IGNORECASE,
)
_WITHIN_MARK = re.compile(r"(?:[^\W\n]|[^\S\n]|[,;、，&:#^†\[])*\Z")
# Ids whose closing bracket is missing, and what is left of a mark within which a reply ends.
_UNCLOSED = re.compile(
    rf"\[\[?\s*{_PREFIX}{ID}(?:{_SEPARATOR}{_PREFIX}{ID})*[^\S\n]*(?=[.!?\n]|\Z)", re.IGNORECASE
)
_CUT = re.compile(
    rf"(?:\[\[?|[【［〔])\s*{_PREFIX}(?:{_ONE}{_SEPARATOR}{_PREFIX})*(?:[a-z]\d?[a-z]?|\d{{1,3}})?"
    rf"(?:†\w*)?\Z|[({{（]\s*{_PREFIX}(?:{ID}{_SEPARATOR}{_PREFIX})*(?:[a-z]\d?[a-z]?)?\Z",
    re.IGNORECASE,
)
_THINK_TAGS = ("<think>", "<thinking>")
_THOUGHT = re.compile(r"</think(?:ing)?>")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+|^#+\s+")
_NEXT_WORD = re.compile(r"[.!?…]+[\"”’»)\]*]*(\s+)(\S+)\s\Z")
_NEXT_LETTER = re.compile(r"[。！？][”’」』）》]*(\s*)[^\s”’」』）》。！？]\Z")  # no spaces there
_NO = re.compile(r"\bno\s*\.\Z", re.IGNORECASE)
WORD_CHARS = 200  # no word is longer
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence as a model wrote it, without its marks, and the ids they hold, in order."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    ids: tuple[str, ...]


def sentences(chunks: Iterable[str]) -> Iterator[Cited]:
    """Yield the sentences of a streamed text, each as soon as the next one has begun.

    Marks after a full stop belong to the sentence before them. What stands in backticks is code,
    and is left as it is; what a model thinks aloud between <think> tags is left out.
    """
    text = ""
    ids: list[str] = []
    for piece in _pieces(chunks):
        if isinstance(piece, _Mark):
            if done := _finished(f"{text} "):  # the mark stands right behind the next one's word
                yield from _cited(text[:done], ids)
                text, ids = text[done:], []
            ids += piece.ids
            continue
        for character in piece:
            text += character
            if done := _finished(text):
                yield from _cited(text[:done], ids)
                text, ids = text[done:], []
    if done := _finished(f"{text} "):
        yield from _cited(text[:done], ids)
        text, ids = text[done:], []
    yield from _cited(text, ids)


def plain(text: str) -> str:
    """Return a whole reply without its marks and without what the model thought aloud.

    >>> plain("<think>hm</think>What did Peskov say? [k7f2]")
    'What did Peskov say? '
    """
    return "".join(piece for piece in _pieces([text]) if isinstance(piece, str))


def _finished(text: str) -> int:
    """Return where the first sentence of `text` ends if that is decided, or 0.

    It is decided at the end of the word after it, from the same characters however they came.
    """
    if text.endswith("\n"):
        return len(text)
    skipped = max(0, len(text) - WORD_CHARS)
    if letter := _NEXT_LETTER.search(text, skipped):
        return letter.start(1)
    word = _NEXT_WORD.search(text, skipped)
    if not word or _BULLET.fullmatch(text[: word.end(1)]):
        return 0
    before = text[: word.start(1)]
    # "No. 10" is a number, "said no. Rubio" an end; for other abbreviations ask who knows them.
    if _NO.search(before):
        return 0 if word[2][0].isdigit() else len(before)
    first = next(iter(segment("en", text.rstrip())), "").rstrip()
    return len(before) if first and len(first) <= len(before) else 0


def _cited(text: str, ids: list[str]) -> Iterator[Cited]:
    plain = _EMPHASIS.sub(r"\2", _BULLET.sub("", text.strip()))
    plain = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(plain.split()))
    if re.search(r"\w", plain):
        yield Cited(plain, tuple(dict.fromkeys(ids)))


# --- Marks ----------------------------------------------------------------------------------


def _pieces(chunks: Iterable[str]) -> Iterator[str | _Mark]:
    """Yield text and marks in order, holding back what is not decided yet."""
    held, within = "", ""
    for chunk in _ended(chunks):
        held += chunk or ""
        held, within, pieces = _decided(held, within, is_last=chunk is None)
        yield from pieces


def _ended(chunks: Iterable[str]) -> Iterator[str | None]:
    yield from chunks
    yield None


def _decided(held: str, within: str, *, is_last: bool) -> tuple[str, str, list[str | _Mark]]:
    """Return what is still held back, what it stands within, and what is decided.

    `within` is what opened it: "<think>", the backticks of code, or "" for plain text.
    """
    pieces: list[str | _Mark] = []
    while held:
        if within:
            is_thought = within in _THINK_TAGS
            closed = _THOUGHT.search(held) if is_thought else re.search(within, held)
            undecided = 0 if is_last else len("</thinking>" if is_thought else within) - 1
            cut = closed.end() if closed else max(0, len(held) - undecided)
            if not is_thought:
                pieces.append(held[:cut])
            held = held[cut:]
            if not closed:
                return held, within, pieces
            within = ""
            continue
        at = re.search(r"[`<\[【［〔({（]", held)
        if at is None:
            pieces.append(held)
            return "", "", pieces
        pieces.append(held[: at.start()])
        held = held[at.start() :]
        opened = re.match(r"`+|<think(?:ing)?>", held)
        if opened and (opened[0] in _THINK_TAGS or is_last or opened.end() < len(held)):
            within = opened[0]
            if within not in _THINK_TAGS:
                pieces.append(within)
            held = held[opened.end() :]
            continue
        if not is_last and (opened or any(tag.startswith(held) for tag in _THINK_TAGS)):
            return held, "", pieces  # more backticks, or the rest of the tag, may follow
        taken = (1, "<") if held[0] == "<" else _marked(held, is_last)
        if taken is None:
            return held, "", pieces
        length, piece = taken
        pieces.append(piece)
        held = held[length:]
    return "", within, pieces


def _marked(held: str, is_last: bool) -> tuple[int, str | _Mark] | None:
    """Return how much of a leading bracket is decided and what it stands for; None to wait."""
    may_go_on = not is_last and len(held) < MAX_MARK_CHARS
    mark = _MARK.match(held, 0, MAX_MARK_CHARS)
    if mark:
        is_open = mark[0].startswith("[[") and not mark[0].endswith("]]")
        return None if is_open and may_go_on and mark.end() == len(held) else _mark(mark)
    if may_go_on and _WITHIN_MARK.match(held[1:]):
        return None
    if unclosed := _UNCLOSED.match(held, 0, MAX_MARK_CHARS):
        return _mark(unclosed)
    if is_last and _CUT.match(held):
        return len(held), ""
    return 1, held[0]


def _mark(found: re.Match[str]) -> tuple[int, _Mark]:
    inside = re.sub(r"†\w*", "", found[0])
    ids = re.findall(rf"(?<![A-Za-z0-9]){_ONE}(?![A-Za-z0-9])", inside, re.IGNORECASE)
    return found.end(), _Mark(tuple(id.casefold() for id in ids))
