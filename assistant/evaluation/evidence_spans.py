"""Where a question's evidence stands in the articles of an index."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.types import Article

# A passage that begins or ends inside a piece of evidence still holds it, up to here.
MIN_SHARE_HELD = 0.8


@dataclass(frozen=True, slots=True)
class Span:
    """A place in an article: `article.text[start:end]`."""

    article_id: str
    start: int
    end: int

    def shared(self, other: "Span") -> int:
        """Return how many characters two places have in common."""
        if self.article_id != other.article_id:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def holds(self, piece: "Span") -> bool:
        """Whether this passage has nearly all of a piece, or lies nearly whole in a longer one."""
        shorter = min(self.end - self.start, piece.end - piece.start)
        return self.shared(piece) >= MIN_SHARE_HELD * shorter > 0


def locate(pieces: Iterable[str], articles: Iterable[Article]) -> dict[str, tuple[Span, ...]]:
    """Return every place of each piece of evidence; none for one that no article has.

    Words must be the article's, in order; the white space between them may differ.
    """
    patterns = {
        piece: re.compile(r"\s+".join(map(re.escape, piece.split())))
        for piece in dict.fromkeys(pieces)
        if piece.strip()
    }
    found: dict[str, list[Span]] = {piece: [] for piece in patterns}
    for article in articles:
        for piece, pattern in patterns.items():
            found[piece] += [Span(article.id, *m.span()) for m in pattern.finditer(article.text)]
    return {piece: tuple(spans) for piece, spans in found.items()}


def brought(passages: Sequence[Span], pieces: Sequence[Sequence[Span]]) -> list[frozenset[int]]:
    """Return, for each ranked passage, the numbers of the pieces that it holds."""
    return [
        frozenset(
            number
            for number, places in enumerate(pieces)
            if any(passage.holds(place) for place in places)
        )
        for passage in passages
    ]
