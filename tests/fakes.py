"""Stand-ins for what is slow or served elsewhere: the embedding model, and a chat model."""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from assistant.embedding import ArticleVectors, Embedder, Vectors
from assistant.errors import WriterError
from assistant.llm import ChatModel
from assistant.names import to_latin
from assistant.types import Message, Passage, Sentence

DIMENSIONS = 64


class WordCountEmbedder:
    """Counts words: texts that share words point the same way. Notes what it was asked to embed.

    Two of them with different names are two models: their vectors must never be mixed.
    """

    def __init__(self, name: str = "word-count", *, salt: str = "") -> None:
        self.name = name
        self.fingerprint = f"{name}/fake"
        self.headings: list[str] = []
        self.questions: list[str] = []
        self._salt = salt

    def embed_question(self, question: str) -> Vectors:
        self.questions.append(question)
        return self._vector(question)

    def embed_article(
        self, heading: str, text: str, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> ArticleVectors:
        self.headings.append(heading)
        return ArticleVectors(
            passages=np.stack([self._vector(f"{heading} {p.text}") for p in passages]),
            sentences=np.stack([self._vector(text[s.start : s.end]) for s in sentences]),
        )

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(DIMENSIONS, dtype=np.float32)
        vector[0] = 0.01  # a text without words has a direction too
        for word in re.findall(r"\w+", to_latin(text).casefold()):
            vector[zlib.crc32(f"{self._salt}{word}".encode()) % DIMENSIONS] += 1
        return vector / np.linalg.norm(vector)


Offered = dict[str, str]  # one quote as the prompt has it: "id", "quote", "article" …
Script = str | WriterError | Iterable[str | WriterError] | Callable[[list[Offered]], str]


class ScriptedModel:
    """Gives its replies in order, word by word, and notes what it was sent and how it ended.

    A reply is text, text in pieces, an error before or between pieces, or a function of the quotes
    in the prompt. In text, `{0}` is the id of the first quote and `{disavow}` that of the first
    quote with this word. Asking for more replies than there are fails, unless the last repeats.
    """

    def __init__(
        self,
        *replies: Script,
        cut: Callable[[str], Iterable[str]] = lambda text: re.findall(r"\S+\s*|\s+", text),
        context_tokens: int = 8192,
        repeats: bool = False,
    ) -> None:
        self.name = "scripted:model"
        self.context_tokens = context_tokens
        self.requests: list[list[Message]] = []
        self.ends: list[Literal["finished", "closed", "failed"]] = []
        self.pieces = 0
        self._replies = list(replies)
        self._cut = cut
        self._repeats = repeats

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        place = min(len(self.requests), len(self._replies) - 1 if self._repeats else 10**6)
        self.requests.append(list(messages))
        assert place < len(self._replies), "asked more often than scripted"
        offered = offered_in(messages)
        reply = self._replies[place]
        if callable(reply):
            reply = reply(offered)
        try:
            for piece in self._pieces_of(reply):
                if isinstance(piece, WriterError):
                    self.ends.append("failed")
                    raise piece
                for part in self._cut(with_ids(piece, offered)):
                    self.pieces += 1
                    yield part
        except GeneratorExit:
            self.ends.append("closed")
            raise
        else:
            self.ends.append("finished")

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def _pieces_of(self, reply: Any) -> Iterable[str | WriterError]:
        return [reply] if isinstance(reply, str | WriterError) else reply


def offered_in(messages: Sequence[Message]) -> list[Offered]:
    """Return the quotes between the evidence tags of a request, in order."""
    text = "\n".join(message.text for message in messages)
    found = re.search(r"^<evidence-(\w+)>\n(.*?)\n</evidence-\1>$", text, re.DOTALL | re.MULTILINE)
    return [json.loads(line) for line in found[2].splitlines()] if found else []


def with_ids(text: str, offered: list[Offered]) -> str:
    def id_of(placeholder: re.Match[str]) -> str:
        wanted = placeholder[1]
        if wanted.isdigit():
            return offered[int(wanted)]["id"]
        return next(quote["id"] for quote in offered if wanted in quote["quote"])

    return re.sub(r"\{(\w[\w ]*)\}", id_of, text)


def _fits_the_protocols() -> tuple[Embedder, ChatModel]:
    return WordCountEmbedder(), ScriptedModel()  # mypy proves it
