"""Answers as Markdown, to be saved: question, answer, and numbered sources with their quotes."""

import re

from assistant.types import Answer, Citation
from assistant.web.render import Drawing, named, plain

# What Markdown would make more of than text: links, images, HTML, emphasis; and what it would
# take for a heading or a list at the start of a line.
_DRAWN = re.compile(r"([\\`*_\[\]<>|~$])")
_AT_START = re.compile(r"^(?=[#+\-=>])|^(\d+)(?=[.)])")


def markdown_of(answer: Answer, draw: Drawing) -> str:
    """Return one turn; an abstention says why, and what comes near."""
    said = "\n\n".join(map(_text, plain(answer).split("\n")))
    parts = [f"## {_text(answer.question)}", _text(answer.note), said, f"*{draw.mode(answer)}*"]
    if answer.citations:
        key = "nearest" if answer.status == "abstained" else "sources"
        parts.append(f"### {draw.texts(key)}")
        parts += [_source(cited, draw) for cited in answer.citations]
    return "\n\n".join(part for part in parts if part) + "\n"


def _source(cited: Citation, draw: Drawing) -> str:
    where = (cited.title, draw.texts.day(cited.date), cited.outlet, named(cited.source))
    said_by = f"{cited.speaker}: " if cited.speaker else ""
    details = _text(", ".join(part for part in where if part))
    return f"\\[{cited.number}\\] {details}\n\n> {_text(f'{said_by}“{cited.quote}”')}"


def _text(words: str) -> str:
    """Return words on one line that Markdown shows as they are."""
    line = _DRAWN.sub(r"\\\1", " ".join(words.split()))
    return _AT_START.sub(lambda found: f"{found[1]}\\" if found[1] else "\\", line)
