"""The offline path: unchanged is skipped, changed replaced, gone removed, failures reported."""

import os
import shutil
from pathlib import Path

import pytest

from assistant.errors import IndexMismatchError
from assistant.index import ArticleIndex
from assistant.ingest import heading
from assistant.keywords import KeywordIndex
from assistant.service import Assistant
from assistant.types import IngestReport
from tests.conftest import FOUR, Ran, counting_assistant
from tests.fakes import WordCountEmbedder

ZAKHAROVA = "05-zakharova-nato-bucharest-2008.md"


def counts(report: IngestReport) -> tuple[int, ...]:
    return tuple(
        len(getattr(report, name))
        for name in ("added", "changed", "unchanged", "removed", "failed")
    )


def index_of(assistant: Assistant) -> ArticleIndex:
    return assistant.answering.index


def everything(assistant: Assistant) -> tuple[dict[str, object], set[str]]:
    """Return all passages by id, and the ids that the keyword index has."""
    index = index_of(assistant)
    passages = {f.passage.id: f.passage for f, _ in index.passages_of(list(index.catalog()))}
    assert index.passage_count() == len(passages)
    return passages, KeywordIndex(index.folder / "keywords").passage_ids()


def check_agreement(assistant: Assistant) -> None:
    passages, in_keywords = everything(assistant)
    assert set(passages) == in_keywords
    diagnosis = assistant.examine()
    assert diagnosis.findings == (), diagnosis.findings


@pytest.fixture
def embedder() -> WordCountEmbedder:
    return WordCountEmbedder()


@pytest.fixture
def assistant(tmp_path: Path, embedder: WordCountEmbedder) -> Assistant:
    return counting_assistant(tmp_path / "index", embedder)


def test_a_second_ingest_changes_nothing_and_embeds_nothing(
    assistant: Assistant, embedder: WordCountEmbedder, articles: Path
) -> None:
    first = assistant.ingest([str(articles)])
    assert counts(first) == (4, 0, 0, 0, 0)
    assert len(embedder.headings) == 4
    assert first.passages == len(everything(assistant)[0])
    generation = index_of(assistant).generation
    second = assistant.ingest([str(articles)])
    assert counts(second) == (0, 0, 4, 0, 0)
    assert (len(embedder.headings), second.passages) == (4, 0)
    assert index_of(assistant).generation == generation
    check_agreement(assistant)


def test_one_article_however_its_path_is_written_is_one_article(
    assistant: Assistant, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = articles / ZAKHAROVA
    (articles / "below").mkdir()
    assert counts(assistant.ingest([str(file)])) == (1, 0, 0, 0, 0)
    monkeypatch.chdir(articles)
    for written in (
        ZAKHAROVA,
        f"./{ZAKHAROVA}",
        f"below/../{ZAKHAROVA}",
        f"{articles}//{ZAKHAROVA}",
    ):
        assert counts(assistant.ingest([written, str(file)])) == (0, 0, 1, 0, 0), written


def test_a_file_that_is_only_touched_or_wrapped_in_other_line_ends_is_unchanged(
    assistant: Assistant, embedder: WordCountEmbedder, articles: Path
) -> None:
    assistant.ingest([str(articles)])
    file = articles / ZAKHAROVA
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(articles / FOUR[0])
    assert counts(assistant.ingest([str(articles)])) == (0, 0, 4, 0, 0)
    assert len(embedder.headings) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("poison the atmosphere", "sweeten the marmalade"),  # the text
        ("title: 'Zakharova", "title: 'Marmalade and Zakharova"),  # only the front matter
        ("date: 2025-02-18", "date: 2025-02-19"),
    ],
)
def test_a_changed_article_replaces_what_it_was_everywhere(
    assistant: Assistant, articles: Path, old: str, new: str
) -> None:
    assistant.ingest([str(articles)])
    before, _ = everything(assistant)
    file = articles / ZAKHAROVA
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    report = assistant.ingest([str(articles)])
    assert counts(report) == (0, 1, 3, 0, 0)
    assert report.changed == (str(file),)
    after, in_keywords = everything(assistant)
    gone = {id for id in before if id not in after}
    assert gone and len({id.partition(":")[0] for id in gone}) == 1
    assert not gone & in_keywords
    assert len(assistant.catalog()) == 4
    check_agreement(assistant)
    # And back again: the very same article as at first.
    file.write_text(text, encoding="utf-8")
    assert counts(assistant.ingest([str(articles)])) == (0, 1, 3, 0, 0)
    assert everything(assistant)[0] == before
    check_agreement(assistant)


def test_an_article_that_was_removed_and_comes_back_is_found_by_its_words_again(
    assistant: Assistant, articles: Path
) -> None:
    assistant.ingest([str(articles)])
    text = (articles / ZAKHAROVA).read_bytes()
    (articles / ZAKHAROVA).unlink()
    assistant.ingest([str(articles)], prune=True)
    (articles / ZAKHAROVA).write_bytes(text)
    assistant.ingest([str(articles)])
    check_agreement(assistant)
    hits = assistant.search("Bucharest disavow")
    assert any(hit.keyword_rank for hit in hits)


def test_pruning_removes_only_what_is_gone_from_the_folders_that_are_given(
    assistant: Assistant, articles: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(articles / FOUR[0], elsewhere)
    assistant.ingest([str(articles), str(elsewhere)])
    (elsewhere / FOUR[0]).unlink()
    (articles / ZAKHAROVA).unlink()
    assert counts(assistant.ingest([str(articles)])) == (0, 0, 2, 0, 0)  # nothing without --prune
    report = assistant.ingest([str(articles)], prune=True)
    assert counts(report) == (0, 0, 2, 1, 0)
    assert report.removed == (str(articles / ZAKHAROVA),)
    assert {Path(head.source).name for head in assistant.catalog()} == {*FOUR} - {ZAKHAROVA}
    check_agreement(assistant)


def test_pruning_a_folder_that_is_gone_itself_removes_nothing(
    assistant: Assistant, articles: Path
) -> None:
    assistant.ingest([str(articles)])
    shutil.rmtree(articles)
    report = assistant.ingest([str(articles)], prune=True)
    assert counts(report) == (0, 0, 0, 0, 1)
    assert len(assistant.catalog()) == 4


def test_pruning_spares_an_article_whose_file_is_there_but_was_passed_over(
    assistant: Assistant, articles: Path
) -> None:
    readme = articles / "README.md"
    readme.write_text("# About\n\nThese articles are about the talks in Riyadh.\n")
    assert counts(assistant.ingest([str(readme)])) == (1, 0, 0, 0, 0)
    assert counts(assistant.ingest([str(articles)], prune=True)) == (4, 0, 0, 0, 0)
    assert len(assistant.catalog()) == 5


def test_pruning_spares_pages_and_a_file_that_fails_this_time(
    assistant: Assistant, articles: Path
) -> None:
    assistant.ingest([str(articles)])
    (articles / ZAKHAROVA).write_bytes(b"")
    report = assistant.ingest([str(articles)], prune=True)
    assert counts(report) == (0, 0, 3, 0, 1)
    assert len(assistant.catalog()) == 4


def test_a_dry_run_says_the_same_and_writes_nothing(
    assistant: Assistant, embedder: WordCountEmbedder, articles: Path
) -> None:
    assistant.ingest([str(articles / name) for name in FOUR[:3]])
    (articles / FOUR[0]).unlink()
    (articles / ZAKHAROVA).write_text("# Marmalade\n\nIt is sweet.\n")
    before = snapshot(assistant)
    embedded = len(embedder.headings)
    said = assistant.ingest([str(articles)], prune=True, dry_run=True)
    assert said.dry_run
    assert counts(said) == (1, 1, 1, 1, 0)
    assert len(embedder.headings) == embedded
    assert snapshot(assistant) == before
    done = assistant.ingest([str(articles)], prune=True)
    for name in ("added", "changed", "unchanged", "removed", "failed", "characters"):
        assert getattr(done, name) == getattr(said, name)


def test_a_dry_run_without_an_index_does_not_even_make_its_folder(
    assistant: Assistant, articles: Path
) -> None:
    assert counts(assistant.ingest([str(articles)], dry_run=True)) == (4, 0, 0, 0, 0)
    assert not assistant.settings.index.exists()


def snapshot(assistant: Assistant) -> object:
    """Return all that an index holds. (Chroma's own files change when they are only opened.)"""
    index = index_of(assistant)
    keywords = {path.name: path.read_bytes() for path in (index.folder / "keywords").iterdir()}
    return index.generation, index.catalog(), everything(assistant), keywords


def test_one_input_that_fails_does_not_stop_the_others(
    assistant: Assistant, articles: Path, tmp_path: Path
) -> None:
    (articles / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    (articles / "empty.md").write_bytes(b"")
    (articles / "unclosed.md").write_text("---\ntitle: [\n---\nText.")
    missing = str(tmp_path / "missing.md")
    report = assistant.ingest([missing, str(articles), "http://127.0.0.1:1/page"])
    assert counts(report) == (4, 0, 0, 0, 5)
    failed = {failure.source: failure.reason for failure in report.failed}
    assert set(failed) == {
        missing,
        "http://127.0.0.1:1/page",
        *(str(articles / name) for name in ("broken.pdf", "empty.md", "unclosed.md")),
    }
    for reason in failed.values():
        assert reason and "Traceback" not in reason and "\n" not in reason
    check_agreement(assistant)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_file_name_that_is_not_text_is_reported(assistant: Assistant, articles: Path) -> None:
    Path(os.fsdecode(os.fsencode(articles) + b"/caf\xe9.md")).write_text("# Café\n\nText.\n")
    report = assistant.ingest([str(articles)])
    assert counts(report) == (4, 0, 0, 0, 1)
    assert "UTF-8" in report.failed[0].reason
    report.failed[0].source.encode()


def test_odd_file_names_are_kept_exactly(assistant: Assistant, articles: Path) -> None:
    names = [
        "with space.md",
        "quote'\".md",
        "Захарова.md",
        "narrow\u202fspace.md",
        "100%.md",
        "a;b.md",
    ]
    for name in names:
        (articles / name).write_text(f"# {name}\n\nThis file has an odd name, said Lavrov.\n")
    assert counts(assistant.ingest([str(articles)])) == (4 + len(names), 0, 0, 0, 0)
    assert {Path(head.source).name for head in assistant.catalog()} == {*FOUR, *names}
    assert counts(assistant.ingest([str(articles)])) == (0, 0, 4 + len(names), 0, 0)


def test_the_same_text_in_two_files_is_two_articles(assistant: Assistant, articles: Path) -> None:
    shutil.copy(articles / ZAKHAROVA, articles / "copy.md")
    assert counts(assistant.ingest([str(articles)])) == (5, 0, 0, 0, 0)
    check_agreement(assistant)


def test_progress_counts_up_to_the_end(assistant: Assistant, articles: Path) -> None:
    seen: list[tuple[int, int]] = []
    assistant.ingest([str(articles)], on_progress=lambda done, total, _: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_offsets_of_the_whole_corpus_are_exact_in_the_index(corpus_assistant: Assistant) -> None:
    index = index_of(corpus_assistant)
    seen = 0
    for head in corpus_assistant.catalog():
        stored = index.article(head.id)
        assert stored is not None
        for found, _ in index.passages_of([head.id]):
            passage = found.passage
            assert stored.article.text[passage.start : passage.end] == passage.text
            assert stored.sentences[passage.first].start == passage.start
            assert stored.sentences[passage.last].end == passage.end
            seen += 1
    assert seen == index.passage_count() > 200


def test_title_and_date_are_embedded_with_a_passage_but_never_quoted(
    assistant: Assistant, embedder: WordCountEmbedder, articles: Path
) -> None:
    assistant.ingest([str(articles / ZAKHAROVA)])
    [said] = embedder.headings
    assert said.endswith("(18 February 2025).")
    [head] = assistant.catalog()
    article = assistant.article(head.id)
    assert said == heading(article)
    assert said not in article.text


# --- Another model --------------------------------------------------------------------------


def test_another_model_is_refused_until_a_rebuild_and_vectors_are_never_mixed(
    tmp_path: Path, articles: Path
) -> None:
    first = counting_assistant(tmp_path / "index")
    first.ingest([str(articles / name) for name in FOUR[:3]])
    other = counting_assistant(tmp_path / "index", WordCountEmbedder("other", salt="x"))
    for refused in (
        lambda: other.ask("What did Zakharova demand?"),
        lambda: other.search("NATO"),
        lambda: other.ingest([str(articles)]),
        lambda: other.ingest([str(articles)], dry_run=True),
        lambda: other.examine(repair=True),
    ):
        with pytest.raises(IndexMismatchError, match="--rebuild"):
            refused()
    assert counts(first.ingest([str(articles)], dry_run=True)) == (1, 0, 3, 0, 0)

    report = other.ingest([str(articles)], rebuild=True)
    assert counts(report) == (1, 0, 3, 0, 0)
    check_agreement(other)
    assert other.examine().model == "other"
    with pytest.raises(IndexMismatchError):
        first.search("NATO")
    index = index_of(other)
    for id in index.catalog():
        for found, _ in index.passages_of([id]):
            text = f"{heading(index.article(id).article)} {found.passage.text}"
            best = index.search(other.embedder.embed_question(text), limit=1)[0]
            assert best.similarity == pytest.approx(1.0, abs=1e-4)


def test_a_rebuild_with_the_same_model_gives_the_same_passages(
    assistant: Assistant, articles: Path
) -> None:
    assistant.ingest([str(articles)])
    before = everything(assistant)
    assert counts(assistant.ingest([], rebuild=True)) == (0, 0, 0, 0, 0)
    assert everything(assistant) == before
    check_agreement(assistant)


# --- The command ----------------------------------------------------------------------------


def test_the_command_reports_and_ends_with_one_when_an_input_failed(
    cli, articles: Path, tmp_path: Path
) -> None:
    ran: Ran = cli("ingest", articles / ZAKHAROVA, tmp_path / "missing.md")
    assert ran.code == 1
    assert ran.out.startswith("1 added, 0 changed, 0 unchanged, 0 removed, 1 failed; ")
    assert ran.err.count("\n") == 1
    assert "missing.md" in ran.err
    again: Ran = cli("ingest", articles / ZAKHAROVA)
    assert (again.code, again.err) == (0, "")
