"""The reader: a small cross-encoder that says whether a sentence answers, and with which words.

It sees `question [SEP] sentence [SEP] context`: the context is the article's title and date, the
speaker, and the sentence before when this one leans on it. Four transformer layers, int8, trained
by `evals/reader/train.py` and shipped with the package; `weights/README.md` is its model card.
"""

import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from assistant.embedding import CLS, SEP, bundled_folder
from assistant.errors import ModelError
from assistant.sessions import open_session

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS = Path(__file__).parent / "weights" / "reader.int8.onnx"
# The window, by part. Most sentences are far shorter; time follows what is really there.
MAX_QUESTION_TOKENS = 32
MAX_SENTENCE_TOKENS = 72
MAX_TITLE_TOKENS = 14
MAX_PREVIOUS_TOKENS = 24
MAX_WORDS_TOKENS = 16  # the answering words: longer ones are the sentence itself
REMEMBERED_TEXTS = 20_000

_NAMES_ANYBODY = re.compile(r"(?<!^)(?<![.!?“\"] )\b[A-Z][\w'’\-]+")
_LEANS_BACK = re.compile(
    r"^[\"“]?(?:He|She|His|Her|It|Its|This|That|These|Those|They|Their|Such|There|Both|Neither|"
    r"Either|Each|All|One|Others?|The|Yet|But|And|Instead|Then|So|In)\b"
)


@dataclass(frozen=True, slots=True)
class InContext:
    """A sentence as the reader sees it: its words and what it needs to be understood."""

    text: str
    title: str = ""
    date: str = ""
    speaker: str = ""
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the reader makes of a sentence: `score` is a logit, `text[start:end]` the answer."""

    score: float
    start: int
    end: int


class Judges(Protocol):
    """Whatever scores sentences against a question."""

    def judge(self, question: str, sentences: Sequence[InContext]) -> list[Judgement]:
        """Return one judgement for each sentence, in order."""


def leans_back(text: str) -> bool:
    """Whether a sentence needs the one before it: it begins so, or names nobody and nothing."""
    return bool(_LEANS_BACK.match(text)) or not _NAMES_ANYBODY.search(text)


class Tokens:
    """Texts as token ids of the encoder's vocabulary; articles' sentences are remembered."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.of = lru_cache(REMEMBERED_TEXTS)(self._encode)

    def _encode(self, text: str) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return tuple(encoded.ids), tuple(encoded.offsets)

    def pair(self, question: str, sentence: InContext) -> tuple[list[int], list[int], int, int]:
        """Return token ids, segment ids (1 for the sentence), and where the sentence lies."""
        ids = [CLS, *self.of(question)[0][:MAX_QUESTION_TOKENS], SEP]
        first = len(ids)
        ids += self.of(sentence.text)[0][:MAX_SENTENCE_TOKENS]
        last = len(ids)
        ids.append(SEP)
        about = ". ".join(part for part in (sentence.date, sentence.speaker) if part)
        ids += self.of(sentence.title)[0][:MAX_TITLE_TOKENS] if sentence.title else ()
        ids += self.of(f". {about}.")[0] if about else ()
        if sentence.previous and leans_back(sentence.text):
            ids += self.of(sentence.previous)[0][:MAX_PREVIOUS_TOKENS]
        ids.append(SEP)
        segments = [0] * first + [1] * (last - first + 1) + [0] * (len(ids) - last - 1)
        return ids, segments, first, last


class Reader:
    """Reads sentences for the answer to a question; safe to share. Loads on first use."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._loaded: tuple[onnxruntime.InferenceSession, Tokens] | None = None
        self._loading = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="reader")

    def judge(self, question: str, sentences: Sequence[InContext]) -> list[Judgement]:
        """Return one judgement for each sentence, in order; scores above 0 mean "rather yes"."""
        if not sentences:
            return []
        session, tokens = self._load()

        def one(sentence: InContext) -> Judgement:
            ids, segments, first, last = tokens.pair(question, sentence)
            score, starts, ends = session.run(
                None,
                {
                    "input_ids": np.array([ids], dtype=np.int64),
                    "token_type_ids": np.array([segments], dtype=np.int64),
                },
            )
            spans = tokens.of(sentence.text)[1]
            a, b = best_span(starts[0, first:last], ends[0, first:last])
            return Judgement(float(score[0]), spans[a][0], spans[b][1]) if spans else _NOTHING

        # Pair by pair on each core: no padding, which is faster here than one batch.
        return list(self._pool.map(one, sentences))

    def _load(self) -> "tuple[onnxruntime.InferenceSession, Tokens]":
        with self._loading:  # two first questions at once load it once
            if self._loaded is None:
                self._loaded = (self._open(), Tokens())
            return self._loaded

    def _open(self) -> "onnxruntime.InferenceSession":
        try:
            return open_session(self._weights)
        except Exception as error:
            raise ModelError(
                f"The reader's weights {self._weights} cannot be loaded.",
                hint="Reinstall the package, or make them anew with `make train-reader`.",
            ) from error


_NOTHING = Judgement(-10.0, 0, 0)


def best_span(starts: "np.ndarray[Any, Any]", ends: "np.ndarray[Any, Any]") -> tuple[int, int]:
    """Return the first and last token of the likeliest answer, at most MAX_WORDS_TOKENS long."""
    if not len(starts):
        return 0, 0
    sums = starts[:, None] + ends[None, :]
    allowed = np.triu(np.ones_like(sums)) - np.triu(np.ones_like(sums), MAX_WORDS_TOKENS)
    a, b = np.unravel_index(np.argmax(np.where(allowed > 0, sums, -np.inf)), sums.shape)
    return int(a), int(b)
