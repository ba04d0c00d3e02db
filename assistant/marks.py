"""A model's stream of text → sentences with the ids they cite, as soon as each is complete. Pure.

However the stream is cut into chunks, the sentences are the same: a tail that may still become a
mark, or the end of a sentence that may still go on, is held back until it is decided.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentencex import segment

MAX_MARK_CHARS = 80
ID = r"[a-z]\d[a-z]\d"  # such as k7f2: never a word, hardly ever invented by chance

_OPENING = {"[": "]", "【": "】", "［": "］", "〔": "〕", "(": ")", "{": "}", "（": "）"}
_ONE = rf"(?:{ID}|\d{{1,3}})"
_SEPARATOR = r"\s*(?:[,;、，]|and|&)?\s*"
_PREFIX = r"\^?\s*(?:(?:ids?|refs?|sources?|quotes?|cites?|citations?)\s*[:#]?\s*)?"
_IDS = rf"{_PREFIX}{_ONE}(?:{_SEPARATOR}{_PREFIX}{_ONE})*(?:†\w*)?"
# Round and curly brackets hold numbers that are none of a mark's: "(2008)", "(1)".
_MARK = re.compile(
    rf"(?:\[\[?\s*(?:{_IDS})\s*\]?\]|[【［〔]\s*(?:{_IDS})\s*[】］〕]|"
    rf"[({{（]\s*(?:ids?|refs?|sources?)\s*[:#]?\s*{_IDS}\s*[)}}）]|"
    rf"[({{（]\s*{ID}(?:{_SEPARATOR}{ID})*\s*[)}}）])",
    re.IGNORECASE,
)
_WITHIN_MARK = re.compile(r"[\w\s,;、，&:#^†\[]*\Z")
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_THINK_TAGS = ("<think>", "<thinking>")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+|^#+\s+")
_END = re.compile(r"[.!?…]+[\"”’»)\]*]*")
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
    if not text[-1:].isspace() or not text.strip():
        return 0
    head = text.rstrip()
    last_word = head.rpartition(" ")[2]
    before = head[: len(head) - len(last_word)].rstrip()
    end = list(_END.finditer(before))
    if not end or end[-1].end() != len(before) or _BULLET.fullmatch(f"{before} "):
        return 0
    first = next(iter(segment("en", head)), head).rstrip()
    return len(before) if len(first) <= len(before) and first else 0


def _cited(text: str, ids: list[str]) -> Iterator[Cited]:
    plain = _EMPHASIS.sub(r"\2", _BULLET.sub("", text.strip()))
    plain = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(plain.split()))
    if re.search(r"\w", plain):
        yield Cited(plain, tuple(dict.fromkeys(ids)))


# --- Marks ----------------------------------------------------------------------------------


def _pieces(chunks: Iterable[str]) -> Iterator[str | _Mark]:
    """Yield text and marks in order, holding back what is not decided yet."""
    held, code = "", ""
    for chunk in _ended(chunks):
        held += chunk or ""
        held, code, pieces = _decided(held, code, is_last=chunk is None)
        yield from pieces


def _ended(chunks: Iterable[str]) -> Iterator[str | None]:
    yield from chunks
    yield None


def _decided(held: str, code: str, *, is_last: bool) -> tuple[str, str, list[str | _Mark]]:
    """Return what is still held back, the open code fence if any, and what is decided."""
    pieces: list[str | _Mark] = []
    while held:
        if code:
            end = held.find(code)
            if end < 0 and not is_last:
                keep = len(code) - 1
                cut = max(0, len(held) - keep)
                pieces.append(held[:cut])
                return held[cut:], code, pieces
            cut = len(held) if end < 0 else end + len(code)
            pieces.append(held[:cut])
            held, code = held[cut:], ""
            continue
        at = re.search(r"[`<\[【［〔({（]", held)
        if at is None:
            pieces.append(held)
            return "", "", pieces
        pieces.append(held[: at.start()])
        held = held[at.start() :]
        if held[0] == "`":
            fence = re.match(r"`+", held)
            assert fence
            if fence.end() == len(held) and not is_last:
                return held, "", pieces  # more backticks may follow
            pieces.append(fence[0])
            held, code = held[fence.end() :], fence[0]
            continue
        taken = _thinking(held, is_last) if held[0] == "<" else _marked(held, is_last)
        if taken is None:
            return held, "", pieces
        length, piece = taken
        pieces.append(piece)
        held = held[length:]
    return "", code, pieces


def _thinking(held: str, is_last: bool) -> tuple[int, str] | None:
    """Return how much of a leading "<…" is decided and what it stands for; None to wait."""
    if any(held.startswith(tag) for tag in _THINK_TAGS):
        thought = _THINKING.match(held)
        assert thought
        closed = thought[0].endswith(("</think>", "</thinking>"))
        return (thought.end(), "") if closed or is_last else None
    if not is_last and any(tag.startswith(held) for tag in _THINK_TAGS):
        return None
    return 1, "<"


def _marked(held: str, is_last: bool) -> tuple[int, str | _Mark] | None:
    """Return how much of a leading bracket is decided and what it stands for; None to wait."""
    if mark := _MARK.match(held):
        # "[[k7f2]" may still get its second bracket.
        if held.startswith("[[") and mark.end() == len(held) and not is_last and held[-2] != "]":
            return None
        return mark.end(), _Mark(tuple(found.casefold() for found in _found(mark[0])))
    closing = _OPENING[held[0]]
    undecided = (
        closing not in held
        or (held.startswith("[[") and held.endswith("]") and held.count("]") == 1)
    ) and len(held) <= MAX_MARK_CHARS
    if not is_last and undecided and _WITHIN_MARK.match(held[1:].rstrip("]")):
        return None
    return 1, held[0]


def _found(mark: str) -> list[str]:
    inside = re.sub(r"†\w*", "", mark)
    return re.findall(rf"(?<![A-Za-z0-9]){_ONE}(?![A-Za-z0-9])", inside, re.IGNORECASE)
