"""Earlier turns + a short question → a question that stands alone, by rules.

A follow-up borrows what it leaves out from the newest question that stood alone: its frame
("What did Peskov say about …") or its people ("he").
"""

import re
from collections.abc import Sequence

from assistant.names import NameTable
from assistant.types import Turn

MAX_TURNS = 6  # older turns are rarely what a follow-up leans on; the newest are kept
MAX_FRAGMENT_WORDS = 7
MAX_PARTS = 3
MIN_PART_WORDS = 4  # "when and where did they meet" is one question

_OPENING = re.compile(
    r"^(?:and|but|or|so|ok(?:ay)?|what about|how about|and what about|and how about|also)\b[\s,]*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|who|whom|whose|when|where|why|how|which|did|does|do|is|are|was|were|has|have|can|"
    r"will|would|should)\b",
    re.IGNORECASE,
)
# Where one question ends and another begins: "…, and what did Zakharova ask of NATO?"
_NEXT_QUESTION = re.compile(
    r"(?:\?\s+(?:and\s+)?|[,;]?\s+and\s+|;\s+)"
    r"(?=(?:what|who|whom|when|where|why|how|which|did|does|is|are|was|were)\b)",
    re.IGNORECASE,
)
_PERSON_PRONOUN = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.IGNORECASE)
_THING_PRONOUN = re.compile(r"\b(?:it|that|this|they|them|there|those|these)\b", re.IGNORECASE)
# "What did Peskov say | about talks with Zelensky?": the topic is what a follow-up replaces.
_TOPIC = re.compile(r"\s(?:about|on|regarding|concerning|over)\s.*$", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(?:on|about|to|from|with|in|at|for|regarding)\b", re.IGNORECASE)


def standalone(question: str, history: Sequence[Turn], names: NameTable) -> str:
    """Return `question` with what it leaves out filled in from `history`, oldest turn first.

    A question that leaves nothing out, or that comes first, is returned as it is.

    >>> table = NameTable(["Dmitry Peskov"])
    >>> standalone("And on the EU?", [Turn("What did Peskov say about Zelensky?")], table)
    'What did Peskov say on the EU?'
    """
    question = " ".join(question.split())
    earlier = ""
    for turn in history[-MAX_TURNS:]:
        earlier = _resolve(" ".join(turn.question.split()), earlier, names, turn.answer)
    return _resolve(question, earlier, names, history[-1].answer if history else "")


def parts(question: str, names: NameTable) -> list[str]:
    """Return the questions that are asked at once, each standing alone; mostly the one it is.

    >>> parts("What did Lavrov rule out, and what did Zakharova ask of NATO?", NameTable([]))
    ['What did Lavrov rule out?', 'what did Zakharova ask of NATO?']
    """
    pieces = [piece.strip(" ?") for piece in _NEXT_QUESTION.split(question)]
    if not 1 < len(pieces) <= MAX_PARTS or any(len(p.split()) < MIN_PART_WORDS for p in pieces):
        return [question]
    found: list[str] = []
    for piece in pieces:
        before = found[-1] if found else ""
        found.append(f"{_resolve(piece, before, names, '').rstrip('?. ')}?")
    return found


def sides(question: str, names: NameTable) -> list[str]:
    """Return a comparison once for each person compared, without the others: to search for.

    >>> table = NameTable(["Keir Starmer", "Olaf Scholz"])
    >>> sides("How did Starmer and Scholz differ on troops?", table)
    ['How did Starmer differ on troops?', 'How did Scholz differ on troops?']
    """
    mentions = names.find(question)
    if len({mention.name for mention in mentions}) < 2:
        return []
    found: dict[str, None] = {}
    for kept in mentions:
        alone = question
        for other in reversed(mentions):
            if other.name != kept.name:
                alone = alone[: other.start] + "\0" + alone[other.end :]
        alone = re.sub(
            r"\s*(?:,|\b(?:and|or|versus|vs\.?)\b)\s*\0|\0\s*(?:,|\b(?:and|or)\b)", " ", alone
        )
        found[" ".join(alone.replace("\0", " ").split())] = None
    return list(found)


def _resolve(question: str, earlier: str, names: NameTable, answer: str) -> str:
    """Return one question standing alone, given the one before it that already does."""
    if not earlier:
        return question
    rest = _OPENING.sub("", question)
    is_fragment = not _ASKS.search(rest) and len(rest.split()) <= MAX_FRAGMENT_WORDS
    if is_fragment and (rest != question or len(rest.split()) <= 4):
        return _into_frame(rest.rstrip("?. "), earlier, names)
    people = names.find(question)
    if not people and _PERSON_PRONOUN.search(question):
        before = names.find(earlier) or names.find(answer)
        if before:
            return _PERSON_PRONOUN.sub(
                lambda found: _in_form(found[0], before[-1].name), rest, count=1
            )
    if (rest != question or _THING_PRONOUN.search(question)) and len(question.split()) <= 12:
        return f"{rest.rstrip('?. ')} ({earlier.rstrip('?. ')})?"
    return question


def _into_frame(fragment: str, earlier: str, names: NameTable) -> str:
    """Put a fragment into the earlier question, in the place of its person or its topic."""
    before, now = names.find(earlier), names.find(fragment)
    is_only_a_name = (
        now
        and not _PREPOSITION.match(fragment)
        and len(fragment.split()) <= len(now[0].name.split()) + 1
    )
    if is_only_a_name and before:
        asked = before[0]
        return f"{earlier[: asked.start]}{now[0].name}{earlier[asked.end :]}"
    topic = fragment if _PREPOSITION.match(fragment) else f"about {fragment}"
    frame = _TOPIC.sub("", earlier).rstrip("?. ")
    return f"{frame} {topic}?"


def _in_form(pronoun: str, name: str) -> str:
    return f"{name}'s" if pronoun.casefold() in ("his", "hers") else name
