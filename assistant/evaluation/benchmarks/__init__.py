"""The field's benchmarks on their published files: what they measure, and what others report.

The files stay outside the project, below one folder; each is checked by its SHA-256 before use.
Which part, which protocol and what was trained on is said in each family's module.
"""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

from assistant.errors import QuestionSetError
from assistant.evaluation.benchmarks import claims, retrieval, sentences, speakers
from assistant.evaluation.benchmarks.table import (
    SAMPLES,
    Bench,
    Benchmark,
    Line,
    Published,
    Table,
    markdown,
    to_json,
)
from assistant.service import Assistant
from assistant.types import OnProgress

__all__ = ["BENCHMARKS", "Benchmark", "Line", "Published", "Table", "markdown", "run", "to_json"]

_GENERAL = retrieval.CHROMA
# As `sha256sum` writes them.
_SUMS = f"""\
74a681814090b33b75b22ee1daf7a25a1420069d498be0750dffc75ccc40bf64  wikiqa/dev.jsonl
8c4d1d5d31dade833cd1e775ff08e1da249f17576e70f5041c91c424ad7fad77  trecqa/dev.jsonl
a27ad079ad9415ab82e04506a2acb04940d0779ff31507c53eb88dff59397f0d  squad2/part.json
ae33170930d690cb96cd46f097ec5658daaf7fd6700d6d2bf97644e3a8dfb2f9  {claims.WICE}
8eabc9eb027a174c2dd3d201c84bd73178ec38cca63b704ae03377578f1fc6eb  frank/valid.jsonl.gz
f26d5d411ce7cd094e77a68abb4fc3702da42f1c12eab6b61d8ec442819931b3  polnear/dev.jsonl.gz
86c7bfed7347f87ac13e6c2d883c85a4d40f18f5709b4ae83d58beb53ba5744f  cranfield/corpus.jsonl
70914f4cee2b861959813356b008b8c61b78400e4de7e03193c3ea0cff72a63f  cranfield/queries.jsonl
80333bdff5c826f0ebf3c8f4c8847a37f3bbceb3ac9c3ced3006d35e6e10244e  cranfield/qrels/test.tsv
0793a9d4c1bc70151c0a2e90f04b41e1b9269d1861dd8a97b7b33595836bf7da  realtimeqa/slice2022_corpus.jsonl.gz
baeb350b740fed4b7b9769263c6fffea37077cef589bab59272d08684d607afa  realtimeqa/slice2022_qrels.tsv
2e5a1a04e01bab3320827c53a875207a0f38c6e541e6a6bfeb6dc36015ac316f  realtimeqa/slice2022_queries.jsonl
3ab3901889b8900f43775537bf12d36bd6614255fc59124faca31bede1dda7a3  {_GENERAL}/questions_df.csv
543a98f82b2a6a492349fd7f8c9d6c3e78d1a4af81d13c79a7fd513c3f65bda6  {_GENERAL}/corpora/chatlogs.md
1c48d0156820abc88e46e5c992fa0cd2708b07ae59a3771b2b18234b7208561f  {_GENERAL}/corpora/finance.md
0fd9242ffb253695e5d0f0215cb79a66a2a8f1236591e764c60d370747684ced  {_GENERAL}/corpora/pubmed.md
6fc21d560d31eb2421e337596feea0f83f1fa9ca02c6c4e47bc26959d7531b37  {_GENERAL}/corpora/state_of_the_union.md
74cafcdb771185ecb9f22cc41b73e2e44477e0636ecf9cf1f96fd6ee0f4b86c0  {_GENERAL}/corpora/wikitexts.md
"""  # noqa: E501
_AS2 = "Di Liello et al. 2022 (arXiv:2205.10455), test part, fine-tuned on the set"
_SQUAD = "Rajpurkar et al. 2018 (arXiv:1806.03822), whole test part"
_WICE = "Kamoi et al. 2023 (EMNLP), test part"
_CHROMA = "README of the chunking_evaluation package, text-embedding-3-large"
_OWN = "measured for this project with bm25s (k1 1.2, b 0.75, stemmed), one run"
_PUBLISHED: tuple[tuple[str, Published], ...] = (
    ("wikiqa", Published("MAP", "RoBERTa-base + SSP", 0.887, _AS2)),
    ("wikiqa", Published("MAP", "DeBERTa-v3-large + ALL", 0.909, _AS2)),
    ("wikiqa", Published("MAP", "BM25", 0.595, f"{_OWN}, test part")),
    ("wikiqa", Published("MAP", "cosine of MiniLM", 0.715, "measured for this project, test part")),
    ("trecqa", Published("MAP", "RoBERTa-base + PSD", 0.903, _AS2)),
    ("trecqa", Published("MAP", "DeBERTa-v3-large + SSP", 0.923, _AS2)),
    ("trecqa", Published("MAP", "BM25", 0.697, f"{_OWN}, test part")),
    ("trecqa", Published("MAP", "cosine of MiniLM", 0.762, "measured for this project, test part")),
    ("squad2", Published("F1", "DocQA + ELMo", 0.663, _SQUAD)),
    ("squad2", Published("F1", "people", 0.895, _SQUAD)),
    ("wice", Published("accuracy", "GPT-4", 0.77, _WICE)),
    ("wice", Published("accuracy", "T5-3B", 0.88, f"{_WICE}, fine-tuned on the set")),
    ("cranfield", Published("nDCG@10", "BM25", 0.385, _OWN)),
    ("cranfield", Published("nDCG@10", "cosine of MiniLM", 0.400, f"{_OWN}, first 256 tokens")),
    ("cranfield", Published("nDCG@10", "both fused", 0.429, f"{_OWN}, reciprocal ranks")),
    ("realtimeqa", Published("nDCG@10", "BM25", 0.598, f"{_OWN}, whole articles")),
    ("realtimeqa", Published("nDCG@10", "cosine of MiniLM", 0.571, f"{_OWN}, first 256 tokens")),
    ("realtimeqa", Published("nDCG@10", "both fused", 0.631, f"{_OWN}, reciprocal ranks")),
    ("chunking_eval", Published("recall@5", "BM25", 0.810, f"{_OWN}, chunks of 800 characters")),
    (
        "chunking_eval",
        Published("recall@5", "both fused", 0.808, f"{_OWN}, chunks of 800 characters"),
    ),
    ("chunking_eval", Published("recall@5", "1,200 characters", 0.809, _CHROMA)),
    ("chunking_eval", Published("IoU", "1,200 characters", 0.177, _CHROMA)),
    ("chunking_eval", Published("recall@5", "ClusterSemanticChunker (400)", 0.897, _CHROMA)),
    ("chunking_eval", Published("IoU", "ClusterSemanticChunker (400)", 0.183, _CHROMA)),
)
_RUN = (
    (sentences.wikiqa, "research use", "Which sentence of a Wikipedia summary answers."),
    (sentences.trecqa, "local measuring only", "Which sentence of newswire answers."),
    (sentences.squad2, "CC BY-SA 4.0", "Answer or abstain, on articles kept apart from training."),
    (claims.wice, "ODC-BY, text of others", "Is a claim supported by the page that it cites."),
    (claims.frank, "local measuring only", "Is a summary of news factual."),
    (speakers.polnear, "local measuring only", "Who says it, in news of an election."),
    (retrieval.cranfield, "unclear", "Which of 1,400 abstracts answer a question."),
    (retrieval.realtimeqa, "local measuring only", "Which news article answers a quiz question."),
    (retrieval.chunking_eval, "MIT, corpora unstated", "Which characters of long texts answer."),
)
BENCHMARKS: Mapping[str, Benchmark] = {
    family.__name__: Benchmark(
        family.__name__,
        about,
        licence,
        {p: s for s, p in map(str.split, _SUMS.splitlines()) if p.startswith(family.__name__)},
        family,
        tuple(published for name, published in _PUBLISHED if name == family.__name__),
    )
    for family, licence, about in _RUN
}


def run(
    name: str,
    data: Path,
    *,
    limit: int | None,
    on_progress: OnProgress,
    assistant: Assistant | None = None,
    benchmarks: Mapping[str, Benchmark] = BENCHMARKS,
) -> Table:
    """Run a benchmark on its files below `data`, on the first `limit` questions if one is given.

    Raises QuestionSetError for an unknown name, and for a file that is missing, is not the one
    that was published, or cannot be read as such.
    """
    if name not in benchmarks:
        raise QuestionSetError(
            f"There is no benchmark {name!r}.", hint=f"There are: {', '.join(benchmarks)}."
        )
    benchmark, began = benchmarks[name], time.perf_counter()
    for path, sha256 in benchmark.files.items():
        _check(data / path, sha256)
    assistant = assistant or Assistant.from_settings()
    lines, skipped, settings = benchmark.run(Bench(data, assistant, limit, on_progress))
    seconds = time.perf_counter() - began
    settings = {
        "questions": "all" if limit is None else f"the first {limit}",
        "intervals": f"{SAMPLES:,} bootstrap samples",
        "embedding": assistant.embedder.name,
        **settings,
    }
    said = (name, benchmark.about, benchmark.licence, tuple(lines), benchmark.published)
    return Table(*said, skipped, seconds, settings)


def _check(path: Path, sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "The README of evals/ says which sets there are."
        raise QuestionSetError(f"{path} cannot be read: {reason}.", hint=hint) from error
    if found != sha256:
        hint = "Get the published file again; figures of another are not comparable."
        raise QuestionSetError(f"{path} has SHA-256 {found}, not {sha256}.", hint=hint)
