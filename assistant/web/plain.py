"""Answers as text alone, with their sources below, for clients that show nothing else."""

import re
from collections.abc import Sequence
from typing import Any

from assistant.types import Answer, Citation, jsonable
from assistant.web import render

SOURCES = "Sources:"
NEAREST = "Nearest in the articles, not an answer:"

# Most clients draw what they get as Markdown: an image in an article would be fetched, a link
# would hide where it leads.
_DRAWN = re.compile(r"(?<=!)(?=\[)|(?<=\])(?=\()|(?=<[A-Za-z/!?])")
_BELOW = re.compile(rf"\n\n(?:{re.escape(SOURCES)}|{re.escape(NEAREST)})\n.*", re.DOTALL)


def text_of(answer: Answer) -> str:
    """Return the answer, or why there is none, and below it each cited quote with where it stands.

    What of it Markdown would draw as an image, a link or HTML has a backslash before it.
    """
    made = f"({render.ENGLISH.mode(answer)}.)" if answer.writer else ""
    parts = [answer.note, render.plain(answer), made, *_listed(answer)]
    return _DRAWN.sub(r"\\", "\n\n".join(part for part in parts if part))


def without_sources(text: str) -> str:
    """Return what `text_of` returned without the list of sources; any other text as it is.

    >>> without_sources("He did. [1]\\n\\nSources:\\n\\n[1] A title")
    'He did. [1]'
    """
    return _BELOW.sub("", text)


def references(citations: Sequence[Citation]) -> list[dict[str, Any]]:
    """Return citations in JSON; a file is named without the server's folders."""
    return [jsonable(c) | {"source": render.named(c.source)} for c in citations]


def _listed(answer: Answer) -> list[str]:
    if not answer.citations:
        return []
    return [
        NEAREST if answer.status == "abstained" else SOURCES,
        *(_source(citation) for citation in answer.citations),
    ]


def _source(cited: Citation) -> str:
    where = (
        cited.title,
        render.ENGLISH.texts.day(cited.date),
        cited.outlet,
        render.named(cited.source),
    )
    said_by = f"{cited.speaker}: " if cited.speaker else ""
    quote = " ".join(cited.quote.split())
    return f"[{cited.number}] {', '.join(filter(None, where))}\n{said_by}“{quote}”"
