"""Benchmarks on tiny files in each published form, every word of them written here."""

import gzip
import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import QuestionSetError
from assistant.evaluation import benchmarks
from assistant.evaluation.benchmarks import BENCHMARKS, Table
from assistant.evaluation.benchmarks.claims import WICE
from assistant.evaluation.benchmarks.retrieval import CHROMA, overlap
from assistant.evaluation.benchmarks.sentences import normalised, word_f1
from assistant.evaluation.benchmarks.speakers import is_source
from assistant.evaluation.benchmarks.table import Line, Published, auc, estimate
from assistant.types import Passage
from tests.conftest import counting_assistant


def lines(*records: object) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def ran(name: str, files: dict[str, bytes], folder: Path, limit: int | None = None) -> Table:
    """Write the files and run the benchmark on them, with their own checksums."""
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    sums = {path: hashlib.sha256(raw).hexdigest() for path, raw in files.items()}
    return benchmarks.run(
        name, folder, limit=limit, on_progress=lambda *_: None,
        assistant=counting_assistant(folder / "index"),
        benchmarks={name: replace(BENCHMARKS[name], files=sums)},
    )  # fmt: skip


def value(table: Table, measure: str, system: str) -> Line:
    return next(x for x in table.lines if (x.measure, x.system) == (measure, system))


def candidates(question: str, *labelled: tuple[str, int], title: str = "") -> dict[str, Any]:
    shown = [{"text": text, "label": label} for text, label in labelled]
    return {"id": "1", "question": question, "doc_title": title, "candidates": shown}


RANKED = lines(
    candidates("Who mends the bridge?", ("Geese fly south.", 0), ("Ada mends the bridge.", 1)),
    candidates(
        "Who paints the old mill?",
        ("They paint the old mill, who paints the old mill?", 0),
        ("Who paints is Bo.", 1),
        ("Snow.", 0),
    ),
    candidates("Why is it dark?", ("A lamp is green.", 0)),
)


@pytest.mark.parametrize("name", ["wikiqa", "trecqa"])
def test_sentences_are_ranked_over_the_questions_with_right_and_wrong(
    name: str, tmp_path: Path
) -> None:
    table = ran(name, {f"{name}/dev.jsonl": RANKED}, tmp_path)
    line = value(table, "MAP", "cosine of MiniLM")
    assert (line.value, line.n, table.skipped) == (0.75, 2, 1)  # ranks 1 and 2
    assert line.low is not None and line.high is not None
    assert 0.5 <= line.low <= 0.75 <= line.high <= 1
    assert value(table, "MRR", "reader").n == 2


def test_a_limit_takes_the_first_questions(tmp_path: Path) -> None:
    table = ran("wikiqa", {"wikiqa/dev.jsonl": RANKED}, tmp_path, limit=1)
    assert value(table, "MAP", "cosine of MiniLM").n == 1
    assert table.settings["questions"] == "the first 1"


def squad_article(title: str) -> dict[str, Any]:
    context = "The ferry left Korvo at dawn. Rain fell on the empty quay."
    answer = {"text": "Korvo", "answer_start": context.index("Korvo")}
    asked = [
        {
            "question": "Where did the ferry leave from?",
            "is_impossible": False,
            "answers": [answer],
        },
        {"question": "Who paid for the lighthouse?", "is_impossible": True, "answers": []},
    ]
    return {"title": title, "paragraphs": [{"context": context, "qas": asked}]}


def test_squad_measures_every_third_article_by_title(tmp_path: Path) -> None:
    parts = {"data": [squad_article(title) for title in ("Delta", "Beta", "Alpha", "Gamma")]}
    table = ran("squad2", {"squad2/part.json": json.dumps(parts).encode()}, tmp_path)
    assert value(table, "right sentence first", "cosine of MiniLM").value == 1
    assert value(table, "right sentence first", "reader").n == 2  # Alpha and Gamma
    assert value(table, "answerable or not, AUC", "reader").n == 4
    f1, exact = (value(table, measure, "reader").value for measure in ("F1", "EM"))
    assert 0 <= exact <= f1 <= value(table, "F1, best threshold", "reader").value <= 1
    assert "logit" in table.settings["abstains below"]


def test_claims_are_told_by_their_best_sentence(tmp_path: Path) -> None:
    raw = lines(
        {"label": "supported", "claim": "Ada mends nets.", "evidence": ["Ada mends nets.", "So."]},
        {"label": "partially_supported", "claim": "Bo sings.", "evidence": ["It hails.", " "]},
        {"label": "not_supported", "claim": "Cy rows.", "evidence": ["A drum."]},
    )
    table = ran("wice", {WICE: raw}, tmp_path)
    line = value(table, "supported or not, AUC", "cosine of MiniLM")
    assert (line.value, line.n) == (1, 3)


def test_a_summary_is_worth_its_worst_sentence(tmp_path: Path) -> None:
    article = "Ada mends nets on the quay. Bo paints the old mill. Snow fell all night."
    raw = lines(
        {"article": article, "summary": "Ada mends nets on the quay.", "factuality": 1.0},
        {
            "article": article,
            "summary": "Ada mends nets on the quay. Cy robbed ten banks!",
            "factuality": 0.5,
        },
    )
    table = ran("frank", {"frank/valid.jsonl.gz": gzip.compress(raw)}, tmp_path)
    line = value(table, "factual or not, AUC", "cosine of MiniLM")
    assert (line.value, line.n) == (1, 2)


def marked(text: str, words: str, start: int = 0) -> list[dict[str, Any]]:
    at = text.index(words, start)
    return [{"start": at, "end": at + len(words), "text": words}]


def test_speakers_are_right_wrong_or_nobody(tmp_path: Path) -> None:
    text = "Ada Lund said the bridge is safe. “We shall mend it,” Bo Ek told reporters."
    attributions = [
        {
            "source": marked(text, "Ada Lund"),
            "cue": marked(text, "said"),
            "content": marked(text, "the bridge is safe"),
        },
        {
            "source": marked(text, "Ada Lund"),  # but Bo Ek says it
            "cue": marked(text, "told"),
            "content": marked(text, "“We shall mend it,”"),
        },
        {"source": [], "cue": [], "content": marked(text, "safe")},
    ]
    row = {"id": "a", "annotator": "x", "text": text, "attributions": attributions}
    raw = gzip.compress(lines(row, {**row, "annotator": "y"}))  # a second annotator is left out
    table = ran("polnear", {"polnear/dev.jsonl.gz": raw}, tmp_path)
    shares = {x.measure: x.value for x in table.lines}
    assert shares == {"speaker right": 0.5, "speaker wrong": 0.5, "speaker none": 0}
    assert (table.lines[0].n, table.skipped) == (2, 1)
    assert is_source("Bo Ek", "the mayor", "The mayor, Bo Ek, sang.")
    assert not is_source("Bo Ek", "the mayor", "Bo Ek sang.")


BEIR = {
    "corpus": lines(
        {"_id": "d1", "title": "Nets", "text": "Ada mends the nets on the long quay."},
        {"_id": "d2", "title": "Mill", "text": "Bo paints the old mill in spring."},
        {"_id": "d3", "title": "", "text": ""},
    ),
    "queries": lines({"_id": "1", "text": "who mends nets"}, {"_id": "2", "text": "what is blue"}),
    "qrels": b"query-id\tcorpus-id\tscore\n1\td1\t1\n1\td3\t1\n2\td2\t0\n",
}


@pytest.mark.parametrize(
    ("name", "corpus", "queries", "qrels"),
    [
        ("cranfield", "corpus.jsonl", "queries.jsonl", "qrels/test.tsv"),
        (
            "realtimeqa",
            *(f"slice2022_{n}" for n in ("corpus.jsonl.gz", "queries.jsonl", "qrels.tsv")),
        ),
    ],
)
def test_documents_are_found_by_search_itself(
    name: str, corpus: str, queries: str, qrels: str, tmp_path: Path
) -> None:
    packed = gzip.compress(BEIR["corpus"]) if corpus.endswith(".gz") else BEIR["corpus"]
    files = {corpus: packed, queries: BEIR["queries"], qrels: BEIR["qrels"]}
    table = ran(name, {f"{name}/{path}": raw for path, raw in files.items()}, tmp_path)
    for system in ("assistant", "dense only", "keywords only"):
        assert value(table, "recall@5", system).value == 0.5  # d3 has no text, and is missed
        found = value(table, "nDCG@10", system)
        assert found.value == pytest.approx(1 / (1 + 1 / math.log2(3))) and found.n == 1
    assert (table.skipped, table.settings["documents"]) == (1, "2")


def test_characters_are_counted_where_they_stand(tmp_path: Path) -> None:
    text = "Ada mends the nets.\n\nBo paints, and\n  sings, in spring.\n"
    start = text.index("Bo")
    span = {"content": text[start:-1], "start_index": start, "end_index": len(text) - 1}
    quoted = json.dumps([span]).replace('"', '""')
    csv = f'question,references,corpus_id\n"Who paints, and sings?","{quoted}",tales\n'
    files = {
        f"{CHROMA}/questions_df.csv": csv.encode(),
        f"{CHROMA}/corpora/tales.md": text.encode(),
    }
    table = ran("chunking_eval", files, tmp_path)
    assert value(table, "recall@5, tales", "assistant").value > 0.9
    assert value(table, "precision, characters", "assistant").n == 1


def test_overlap_counts_characters_by_hand() -> None:
    passages = [Passage("a", 0, 0, 10, 0, 0, ""), Passage("b", 0, 0, 10, 0, 0, "")]
    # 5 of the 8 wanted, of 20 retrieved; 20 + 3 in either.
    assert overlap(passages, "a", [(5, 13)]) == (5 / 8, 5 / 20, 5 / 23)
    assert overlap([], "a", [(5, 13)]) == (0, 0, 0)


def test_answers_compare_as_the_official_script_does() -> None:
    assert normalised("The  Duke's (second) army.") == "dukes second army"
    assert word_f1("in the year 1066", "1066") == 0.5
    assert word_f1("1065", "1066") == 0


def test_auc_and_intervals_by_hand() -> None:
    assert auc(np.array([1, 0, 1, 0]), np.array([3, 2, 1, 1])) == 0.625  # 2.5 of 4 pairs
    line = estimate("m", "s", [1, 0, 1, 1])
    assert (line.value, line.n) == (0.75, 4) and line == estimate("m", "s", [1, 0, 1, 1])
    alike = estimate("m", "s", [1, 1], [0.2, 0.3], of=auc)
    assert math.isnan(alike.value) and (alike.low, alike.high) == (None, None)


def test_unknown_missing_and_changed_files_are_refused(tmp_path: Path) -> None:
    def run(name: str) -> None:
        benchmarks.run(name, tmp_path, limit=1, on_progress=lambda *_: None)

    with pytest.raises(QuestionSetError, match="wikiqa, trecqa"):
        run("wikiqb")
    with pytest.raises(QuestionSetError, match=r"dev\.jsonl cannot be read: no such file"):
        run("trecqa")
    (tmp_path / "wikiqa").mkdir()
    (tmp_path / "wikiqa/dev.jsonl").write_bytes(RANKED)
    with pytest.raises(QuestionSetError) as refused:
        run("wikiqa")
    assert hashlib.sha256(RANKED).hexdigest() in str(refused.value)
    assert BENCHMARKS["wikiqa"].files["wikiqa/dev.jsonl"] in str(refused.value)


@pytest.mark.parametrize(
    ("name", "path", "raw"),
    [
        ("wikiqa", "wikiqa/dev.jsonl", RANKED + b"{half"),
        ("wikiqa", "wikiqa/dev.jsonl", lines({"question": "Who?", "candidates": "none"})),
        ("trecqa", "trecqa/dev.jsonl", b"\xff\xfe\n"),
        ("squad2", "squad2/part.json", b'{"articles": []}'),
        ("frank", "frank/valid.jsonl.gz", b"not packed"),
        ("wice", WICE, lines({"label": "perhaps", "claim": "A.", "evidence": ["B."]})),
        ("chunking_eval", f"{CHROMA}/questions_df.csv", b'question,references\n"open,\n'),
    ],
)
def test_malformed_files_are_named(name: str, path: str, raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match=f"{Path(path).name}: record .* is malformed"):
        ran(name, {path: raw}, tmp_path)


def test_tables_print_and_serialise() -> None:
    undefined = Line("AUC", "assistant", math.nan, None, None, 2)
    table = Table(
        "tales", "Tales.", "MIT", (Line("MAP", "assistant", 0.5, 0.25, 1.0, 1234), undefined),
        (Published("MAP", "them", 0.9, "A paper, test part"),), 3, 1.2, {"depth": "9"},
    )  # fmt: skip
    shown = benchmarks.markdown(table)
    assert "| MAP | assistant | .500 | .250 to 1.000 | 1,234 |" in shown
    assert "| MAP | them | .900 | A paper, test part |" in shown
    assert "3 skipped; 1 s; depth: 9." in shown
    plain = json.loads(json.dumps(benchmarks.to_json(table), allow_nan=False))
    assert plain["lines"][1]["value"] is None and plain["settings"] == {"depth": "9"}


def test_every_benchmark_has_files_with_checksums() -> None:
    for name, benchmark in BENCHMARKS.items():
        assert benchmark.files, name
        assert all(path.startswith(f"{name}/") for path in benchmark.files)
