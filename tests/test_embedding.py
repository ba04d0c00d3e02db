"""The embedding model: the export agrees with the original, and altered weights are refused."""

import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.embedding import (
    MAX_TOKENS,
    MiniLMEmbedder,
    SentenceTransformerEmbedder,
    bundled_folder,
    exported_model,
    open_embedder,
)
from assistant.errors import ModelError
from assistant.ingest import heading
from assistant.passages import split_passages, split_sentences
from assistant.types import Article
from tests.conftest import ROOT

TEXT = (
    "Lavrov said the talks were useful. NATO membership for Ukraine is unacceptable, he added.\n\n"
    "The delegations met in Riyadh on Tuesday. They talked for more than four hours. "
    "Ushakov called it a serious conversation. Nothing was signed. A date was not set."
)
ARTICLE = Article("a", "a.txt", "Talks in Riyadh", TEXT, datetime.date(2025, 2, 18))


@pytest.mark.slow
def test_the_export_agrees_with_the_published_model(minilm: MiniLMEmbedder) -> None:
    original = SentenceTransformerEmbedder(str(bundled_folder()))
    questions = ["What did Lavrov say about NATO?", "how long", "Who was thanked for hosting?"]
    for question in questions:
        cosine = minilm.embed_question(question) @ original.embed_question(question)
        assert cosine > 0.97
    sentences = split_sentences(TEXT)
    passages = list(split_passages(ARTICLE, sentences))
    theirs = original.embed_article(heading(ARTICLE), TEXT, sentences, passages)
    ours = minilm.embed_article(heading(ARTICLE), TEXT, sentences, passages)
    # Late chunking is not the same vector, but it must mean nearly the same.
    assert (theirs.passages * ours.passages).sum(axis=1).min() > 0.75


def test_vectors_are_unit_rows_one_for_each_passage_and_sentence(minilm: MiniLMEmbedder) -> None:
    sentences = split_sentences(TEXT)
    passages = list(split_passages(ARTICLE, sentences))
    vectors = minilm.embed_article(heading(ARTICLE), TEXT, sentences, passages)
    assert vectors.passages.shape == (len(passages), 384)
    assert vectors.sentences.shape == (len(sentences), 384)
    assert np.allclose(np.linalg.norm(vectors.passages, axis=1), 1, atol=1e-4)
    assert np.allclose(np.linalg.norm(vectors.sentences, axis=1), 1, atol=1e-4)


def test_a_sentence_longer_than_the_model_reads_still_gets_a_vector(minilm: MiniLMEmbedder) -> None:
    text = "word " * (3 * MAX_TOKENS) + "end. Short one."
    article = Article("b", "b.txt", "Title " * 100, text)
    sentences = split_sentences(text)
    passages = list(split_passages(article, sentences))
    vectors = minilm.embed_article(heading(article), text, sentences, passages)
    assert np.isfinite(vectors.sentences).all()


def test_the_heading_is_embedded(minilm: MiniLMEmbedder) -> None:
    sentences = split_sentences(TEXT)
    passages = list(split_passages(ARTICLE, sentences))
    with_it = minilm.embed_article("Talks in Riyadh.", TEXT, sentences, passages)
    other = minilm.embed_article("Fishing quotas in Iceland.", TEXT, sentences, passages)
    question = minilm.embed_question("fishing quotas in Iceland")
    assert (other.passages @ question).max() > (with_it.passages @ question).max()


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundled_folder(), folder)
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(-4, 2)
        weights.write(b"\0\0\0\1")
    with pytest.raises(ModelError, match="not the published all-MiniLM-L6-v2"):
        exported_model(tmp_path / "cache", folder)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    embedder = open_embedder(str(tmp_path / "nowhere"), cache=tmp_path)
    with pytest.raises(ModelError, match="nowhere"):
        embedder.embed_question("hello")


def test_a_broken_export_says_which_file_to_delete(tmp_path: Path) -> None:
    first = MiniLMEmbedder(tmp_path)
    name = exported_name(first)
    (tmp_path / name).write_bytes(b"cut short")
    with pytest.raises(ModelError, match="Delete it"):
        first.embed_question("hello")


def exported_name(embedder: MiniLMEmbedder) -> str:
    from assistant.embedding import BUNDLED_MODEL, BUNDLED_SHA256, EXPORT_RECIPE

    assert embedder.name == BUNDLED_MODEL
    return f"{BUNDLED_MODEL}-{BUNDLED_SHA256[:12]}-{EXPORT_RECIPE}.onnx"


def test_onnxruntime_leaves_no_record_of_its_use(model_cache: Path, tmp_path: Path) -> None:
    embed = (
        "import sys; from pathlib import Path; from assistant.embedding import MiniLMEmbedder; "
        "MiniLMEmbedder(Path(sys.argv[1])).embed_question('Who met?')"
    )
    # Only this variable tells it where home is.
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-c", embed, str(model_cache)], env=environment, check=True, cwd=ROOT
    )
    assert not list(tmp_path.rglob("*"))
