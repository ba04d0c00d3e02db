"""The reader: a small network that reads sentences where they stand and says which of them answer.

It sees `[CLS] question [SEP] title. date [SEP] (mark (speaker:)? sentence)* [SEP]`: a window of
sentences of one article in their order, each behind a mark, so that "he", "the call" and "there"
have their meaning. In one pass it says of each sentence whether it answers and whether it
contradicts what the question assumes, of the window whether it answers at all and what it says to a
yes-or-no question, and which words answer. Provence (Chirkova et al. 2025) and SQuAD 2.0's
no-answer head are its precedents. Six transformer layers, int8, trained by `evals/reader/train.py`
and shipped with the package; `weights/README.md` is its model card.
"""

import os
import threading
from collections.abc import Iterator, Sequence
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
MARK = 1  # [unused0], before each sentence
# The window, by part. Most sentences are far shorter; time follows what is really there.
MAX_WINDOW_TOKENS = 260
MAX_QUESTION_TOKENS = 40
MAX_TITLE_TOKENS = 18
MAX_SENTENCE_TOKENS = 90
MAX_WORDS_TOKENS = 16  # the answering words: longer ones are the sentence itself
REMEMBERED_TEXTS = 20_000

# The heads, in the order of the network's outputs.
ANSWERS, CONTRADICTS, FIRST, LAST = range(4)
ANSWERABLE, YES, NO, UNSAID = range(4)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and who says it, which the reader is told where the words do not name them."""

    text: str
    speaker: str = ""

    @property
    def unnamed_speaker(self) -> str:
        """The speaker, or "" where the words themselves name them."""
        named = self.speaker and self.speaker.split()[-1] in self.text
        return "" if named else self.speaker


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences of one article in their order, with its title and its date as a reader sees it."""

    lines: tuple[Statement, ...]
    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window says to a yes-or-no question: probabilities that sum to 1."""

    yes: float
    no: float
    unsaid: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a sentence, and of the window that it was read in.

    `answers`, `contradicts` and `answerable` are logits, above 0 for "rather yes"; the last one and
    `verdict` are the window's. `text[start:end]` are the likeliest answering words of the sentence
    and `words` how far the network prefers them to "no words here", as a difference of logits.
    """

    answers: float
    contradicts: float
    answerable: float
    verdict: Verdict
    start: int
    end: int
    words: float


class Judges(Protocol):
    """Whatever reads sentences for the answer to a question."""

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[tuple[Reading, ...]]:
        """Return for each excerpt, in order, one reading for each of its lines."""


def read_alone(reader: Judges, question: str, text: str, *, title: str = "", speaker: str = "",
               date: str = "") -> Reading:  # fmt: skip
    """Return what a reader makes of one sentence without its neighbours."""
    return reader.read(question, [Excerpt((Statement(text, speaker),), title, date)])[0][0]


def support(reader: Judges, claim: str, text: str, *, title: str = "", speaker: str = "") -> float:
    """Return the reader's logit for "this sentence, read alone, says whether the claim is true".

    A claim is put as a question: what is none, the reader was never taught to read.
    """
    question = f"Is it true that {claim[:1].lower()}{claim[1:].rstrip('.')}?"
    return read_alone(reader, question, text, title=title, speaker=speaker).answers


@dataclass(frozen=True, slots=True)
class Encoded:
    """A window as the network takes it: token ids, segments, and where each line stands.

    `marks[i]` is the place of line i's mark; `words[i]` the tokens of its text as (first, one after
    last), which may be none; `offsets[i]` where each of them lies in the text.
    """

    ids: list[int]
    segments: list[int]
    marks: list[int]
    words: list[tuple[int, int]]
    offsets: list[tuple[tuple[int, int], ...]]


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

    def windows(self, question: str, excerpt: Excerpt) -> Iterator[Encoded]:
        """Yield windows that hold each line of an excerpt once, in order.

        A line longer than MAX_SENTENCE_TOKENS is cut for the network only.
        """
        head = [CLS, *self.of(question)[0][:MAX_QUESTION_TOKENS], SEP]
        about = ". ".join(part for part in (excerpt.title, excerpt.date) if part)
        head += [*self.of(about)[0][:MAX_TITLE_TOKENS], SEP]
        ids, marks = list(head), list[int]()
        words, offsets = list[tuple[int, int]](), list[tuple[tuple[int, int], ...]]()
        for line in excerpt.lines:
            speaker = self.of(f"{line.unnamed_speaker}:")[0] if line.unnamed_speaker else ()
            tokens, places = self.of(line.text)
            tokens = tokens[:MAX_SENTENCE_TOKENS]
            if marks and len(ids) + len(speaker) + len(tokens) + 2 > MAX_WINDOW_TOKENS:
                yield _encoded(head, ids, marks, words, offsets)
                ids, marks, words, offsets = list(head), [], [], []
            marks.append(len(ids))
            ids += [MARK, *speaker[:MAX_TITLE_TOKENS]]
            words.append((len(ids), len(ids) + len(tokens)))
            offsets.append(places[: len(tokens)])
            ids += tokens
        if marks:
            yield _encoded(head, ids, marks, words, offsets)


def _encoded(
    head: list[int],
    ids: list[int],
    marks: list[int],
    words: list[tuple[int, int]],
    offsets: list[tuple[tuple[int, int], ...]],
) -> Encoded:
    segments = [0] * len(head) + [1] * (len(ids) + 1 - len(head))
    return Encoded([*ids, SEP], segments, marks, words, offsets)


class Reader:
    """Reads sentences for the answer to a question; safe to share. Loads on first use."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._loaded: tuple[onnxruntime.InferenceSession, Tokens] | None = None
        self._loading = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="reader")

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[tuple[Reading, ...]]:
        """Return for each excerpt, in order, one reading for each of its lines."""
        if not excerpts:
            return []
        session, tokens = self._load()

        def one(window: Encoded) -> list[Reading]:
            of_tokens, of_window = session.run(
                None,
                {
                    "input_ids": np.array([window.ids], dtype=np.int64),
                    "token_type_ids": np.array([window.segments], dtype=np.int64),
                },
            )
            return list(_readings(window, of_tokens[0], of_window[0]))

        windows = [(n, w) for n, e in enumerate(excerpts) for w in tokens.windows(question, e)]
        read: list[list[Reading]] = [[] for _ in excerpts]
        # Window by window on each core: no padding, which is faster here than one batch.
        for (number, _), found in zip(
            windows, self._pool.map(one, (w for _, w in windows)), strict=True
        ):
            read[number] += found
        return [tuple(readings) for readings in read]

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


def _readings(
    window: Encoded, of_tokens: "np.ndarray[Any, Any]", of_window: "np.ndarray[Any, Any]"
) -> Iterator[Reading]:
    """Yield the readings of a window's lines from the network's logits.

    Shapes: (tokens, 4) and (4,), in the order of the heads named above.
    """
    likely = np.exp(of_window[YES:] - of_window[YES:].max())
    verdict = Verdict(*(float(p) for p in likely / likely.sum()))
    no_words = float(of_tokens[0, FIRST] + of_tokens[0, LAST])
    for mark, (first, last), places in zip(window.marks, window.words, window.offsets, strict=True):
        answers, contradicts = (float(x) for x in of_tokens[mark, :FIRST])
        start = end = 0
        words = -no_words
        if places:
            a, b = best_span(of_tokens[first:last, FIRST], of_tokens[first:last, LAST])
            start, end = places[a][0], places[b][1]
            words = float(of_tokens[first + a, FIRST] + of_tokens[first + b, LAST]) - no_words
        yield Reading(
            answers, contradicts, float(of_window[ANSWERABLE]), verdict, start, end, words
        )


def best_span(starts: "np.ndarray[Any, Any]", ends: "np.ndarray[Any, Any]") -> tuple[int, int]:
    """Return the first and last token of the likeliest answer, at most MAX_WORDS_TOKENS long."""
    if not len(starts):
        return 0, 0
    sums = starts[:, None] + ends[None, :]
    allowed = np.triu(np.ones_like(sums)) - np.triu(np.ones_like(sums), MAX_WORDS_TOKENS)
    a, b = np.unravel_index(np.argmax(np.where(allowed > 0, sums, -np.inf)), sums.shape)
    return int(a), int(b)
