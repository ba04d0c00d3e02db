"""The reader: a small cross-encoder that says whether a sentence answers a question.

Three transformer layers, int8, trained by `evals/train_reader.py` and shipped with the package;
`weights/README.md` is its model card. Runs on onnxruntime.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from assistant.embedding import Vectors, bundled_folder
from assistant.errors import ModelError

WEIGHTS = Path(__file__).parent / "weights" / "reader.int8.onnx"
MAX_TOKENS = 112  # as in training


class Reader:
    """Scores (question, sentence) pairs; safe to share between threads. Loads on first use."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._loaded: tuple[onnxruntime.InferenceSession, Tokenizer] | None = None
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="reader")

    def score(self, question: str, sentences: Sequence[str]) -> Vectors:
        """Return shape (len(sentences),), a logit each: above 0 it more likely answers than not."""
        if not sentences:
            return np.zeros(0, dtype=np.float32)
        session, tokenizer = self._load()
        pairs = tokenizer.encode_batch_fast([(question, sentence) for sentence in sentences])

        def one(pair: object) -> float:
            ids = np.array([pair.ids], dtype=np.int64)  # type: ignore[attr-defined]
            feed = {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.array([pair.type_ids], dtype=np.int64),  # type: ignore[attr-defined]
            }
            return float(session.run(None, feed)[0][0])

        # Pair by pair on each core: no padding, which is faster here than one batch.
        return np.fromiter(self._pool.map(one, pairs), dtype=np.float32, count=len(pairs))

    def _load(self) -> tuple[onnxruntime.InferenceSession, Tokenizer]:
        if self._loaded is None:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1  # pairs run side by side instead
            options.log_severity_level = 3
            try:
                session = onnxruntime.InferenceSession(
                    str(self._weights), options, providers=["CPUExecutionProvider"]
                )
            # onnxruntime raises classes of its own that share no base but Exception.
            except Exception as error:
                raise ModelError(
                    f"The reader's weights {self._weights} cannot be loaded.",
                    hint="Reinstall the package, or make them anew with `make train-reader`.",
                ) from error
            tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
            tokenizer.no_padding()
            tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
            self._loaded = (session, tokenizer)
        return self._loaded
