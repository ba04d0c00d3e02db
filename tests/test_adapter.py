"""The query adapter: it moves a question towards its answers, and leaves other models alone."""

from pathlib import Path

import numpy as np
import pytest

from assistant.adapter import QueryAdapter, adapter_for
from assistant.embedding import MiniLMEmbedder
from assistant.errors import ModelError


def test_another_models_vectors_are_left_as_they_are() -> None:
    vector = np.ones(8, dtype=np.float32)
    assert adapter_for("some other model").adapt(vector) is vector


def test_the_moved_vector_is_a_unit_vector_of_the_same_shape() -> None:
    vector = np.zeros(384, dtype=np.float32)
    vector[3] = 1
    moved = adapter_for(MiniLMEmbedder.fingerprint).adapt(vector)
    assert moved.shape == (384,)
    assert moved.dtype == np.float32
    assert np.linalg.norm(moved) == pytest.approx(1, abs=1e-5)


def test_an_answer_in_other_words_comes_nearer(minilm: MiniLMEmbedder) -> None:
    question = minilm.embed_question("Did Kyiv get a seat at the table?")
    answer = minilm.embed_question("No Ukrainian officials took part.")
    echo = minilm.embed_question("The table in the hall had seats of leather.")
    adapter = adapter_for(minilm.fingerprint)
    before = question @ answer - question @ echo
    after = adapter.adapt(question) @ answer - adapter.adapt(question) @ echo
    assert after > before


def test_a_matrix_alone_is_no_adapter() -> None:
    vector = np.ones(2, dtype=np.float32)
    assert QueryAdapter(matrix=np.eye(2, dtype=np.float32)).adapt(vector) is vector


@pytest.mark.parametrize("content", [b"", b"not an archive"])
def test_broken_weights_are_named(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "adapter.npz"
    broken.write_bytes(content)
    with pytest.raises(ModelError, match=r"adapter\.npz cannot be loaded"):
        adapter_for(MiniLMEmbedder.fingerprint, broken)
