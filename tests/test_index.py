"""Chroma as the store of record: what goes in comes out, whole, and its errors become ours."""

import datetime
import inspect
import threading
from pathlib import Path

import chromadb.errors
import numpy as np
import pytest

from assistant.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IndexStoreError,
    IndexUnreachableError,
)
from assistant.index import (
    ArticleIndex,
    disconnect,
    mapped_errors,
    write_lock,
)
from assistant.ingest import prepare
from assistant.records import PART_CHARS
from assistant.types import Article, Filters
from tests.fakes import WordCountEmbedder

EMBEDDER = WordCountEmbedder()
LONG = Article(
    id="0123456789abcdef",
    source="/long.md",
    title="Длинная — “long” 🙂",
    # Characters of one, two and four bytes, so that a slice by bytes would be seen.
    text=" ".join(f"Фраза {n} 🙂 said Maria Zakharova e\u0301." for n in range(1200)),
    date=datetime.date(2025, 2, 18),
    outlet="The “Outlet”",
    author="A. Author",
    place="Riyadh",
    people=("Maria Zakharova", "Jörg Kukies"),
    sources=("https://example.org/a?b=c&d", "https://example.org/é"),
)
PLAIN = Article(id="fedcba9876543210", source="https://example.org/p", title="", text="It ended.")


def opened(folder: Path, **how: object) -> ArticleIndex:
    embedder = how.pop("embedder", EMBEDDER)
    return ArticleIndex.open(folder, fingerprint=embedder.fingerprint, model=embedder.name, **how)


def reopened(folder: Path) -> ArticleIndex:
    disconnect(folder)
    return opened(folder)


@pytest.fixture
def index(tmp_path: Path) -> ArticleIndex:
    return opened(tmp_path / "index", create=True)


def prepared(article: Article, replaces: tuple[str, ...] = ()):
    made = prepare(article, EMBEDDER, raw_sha256=f"sha of {article.id}")
    return type(made)(made.stored, made.passages, made.passage_vectors, made.raw_sha256, replaces)


def version(number: int) -> Article:
    text = f"Version {number} of the article. Maria Zakharova said so {number} times."
    return Article(id=f"version-{number}", source="/a.md", title=f"Version {number}", text=text)


# --- What goes in comes out -----------------------------------------------------------------


@pytest.mark.parametrize("article", [LONG, PLAIN], ids=["long", "plain"])
def test_an_article_comes_back_exactly(index: ArticleIndex, article: Article) -> None:
    given = prepared(article)
    index.add([given])
    stored = reopened(index.folder).article(article.id)
    assert stored is not None
    assert stored.article == article
    assert stored.sentences == given.stored.sentences
    assert stored.vectors.shape == given.stored.vectors.shape
    cosines = np.sum(stored.vectors * given.stored.vectors, axis=1)
    assert cosines.min() > 0.99  # sentence vectors are kept in eight bits
    head = index.catalog()[article.id]
    assert (head.source, head.title, head.date) == (article.source, article.title, article.date)
    assert (head.people, head.passages) == (article.people, len(given.passages))


def test_the_long_article_is_kept_in_several_parts() -> None:
    assert len(LONG.text) > 3 * PART_CHARS


def test_passages_come_back_exactly_with_their_place(index: ArticleIndex) -> None:
    given = prepared(LONG)
    index.add([given])
    back = index.passages([p.id for p in given.passages])
    assert {id: found.passage for id, found in back.items()} == {p.id: p for p in given.passages}
    for found in back.values():
        assert LONG.text[found.passage.start : found.passage.end] == found.passage.text
        assert (found.title, found.date, found.source) == (LONG.title, LONG.date, LONG.source)
    assert index.passage_count() == len(given.passages)
    everyone = {name for _, people in index.passages_of([LONG.id]) for name in people}
    assert everyone == {"Maria Zakharova"}


def test_the_passage_whose_vector_is_asked_for_comes_first(index: ArticleIndex) -> None:
    given = prepared(LONG)
    index.add([given, prepared(PLAIN)])
    for number in (0, 7, len(given.passages) - 1):
        best = index.search(given.passage_vectors[number], limit=1)[0]
        assert best.similarity == pytest.approx(1.0, abs=1e-4)
    everything = index.search(given.passage_vectors[0], limit=5000)
    assert len(everything) == index.passage_count()
    similarities = [found.similarity for found in everything]
    assert similarities == sorted(similarities, reverse=True)


@pytest.mark.parametrize(
    ("where", "sources"),
    [
        ({}, {"/long.md", "https://example.org/p"}),
        ({"filters": Filters(since=datetime.date(2025, 2, 18))}, {"/long.md"}),
        ({"filters": Filters(until=datetime.date(2025, 2, 17))}, set()),
        ({"people": ["Maria Zakharova", "Мария Захарова"]}, {"/long.md"}),
        ({"people": ["Jörg Kukies"]}, set()),
        ({"articles": [PLAIN.id]}, {"https://example.org/p"}),
        ({"articles": [PLAIN.id], "people": ["Maria Zakharova"]}, set()),
    ],
)
def test_a_search_may_be_narrowed(index: ArticleIndex, where: dict, sources: set[str]) -> None:
    index.add([prepared(LONG), prepared(PLAIN)])
    found = index.search(EMBEDDER.embed_question("Zakharova"), limit=500, **where)
    assert {f.source for f in found} == sources


def test_an_empty_index_answers_with_nothing(index: ArticleIndex) -> None:
    assert index.catalog() == {}
    assert index.article("none") is None
    assert index.passages([]) == index.passages(["none:00000"]) == {}
    assert index.search(EMBEDDER.embed_question("NATO"), limit=5) == []
    assert index.passages_of([]) == []
    assert index.recover() == 0


def test_removing_leaves_nothing_behind(index: ArticleIndex) -> None:
    index.add([prepared(LONG), prepared(PLAIN)])
    index.remove([LONG.id, "never there"])
    assert set(index.catalog()) == {PLAIN.id}
    assert index.article(LONG.id) is None
    assert set(index.passage_ids_by_article()) == {PLAIN.id}
    assert everything_in(index) == {PLAIN.id}


def test_every_write_changes_the_generation_and_reading_does_not(index: ArticleIndex) -> None:
    seen = [index.generation]
    index.add([prepared(PLAIN)])
    seen.append(index.generation)
    index.remove([PLAIN.id])
    seen.append(index.generation)
    index.catalog()
    assert index.generation == seen[-1]
    assert len(set(seen)) == 3


def test_many_threads_may_read_more_articles_than_are_remembered(
    index: ArticleIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.index.CACHED_ARTICLES", 2)
    index.add([prepared(version(n)) for n in range(12)])
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for turn in range(60):
                wanted = [f"version-{(turn + n) % 12}" for n in range(4)]
                assert list(index.articles(wanted)) and len(index.articles(wanted)) == 4
        except BaseException as error:  # noqa: BLE001 (it is reported below)
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_mending_writes_an_article_anew_without_a_moment_in_which_it_is_gone(
    index: ArticleIndex,
) -> None:
    given = prepared(PLAIN)
    index.add([given])
    index.delete_passages([p.id for p in given.passages])
    mended = Breaking(index, before=2)  # the passages are deleted, and not yet written
    with pytest.raises(IndexDamagedError):
        mended.mend(given)
    again = reopened(index.folder)
    assert again.recover() == 0
    assert again.article(PLAIN.id) is not None
    again.mend(given)
    assert [f.passage for f, _ in again.passages_of([PLAIN.id])] == list(given.passages)


# --- A writer that is killed between two writes ---------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


class Breaking:
    """An index whose collections die before their n-th write, as a killed process would."""

    def __new__(cls, index: ArticleIndex, *, before: int) -> ArticleIndex:
        counter = [before]
        index._articles = _Dying(index._articles, counter)
        index._passages = _Dying(index._passages, counter)
        return index


class _Dying:
    def __init__(self, collection: object, counter: list[int]) -> None:
        self._collection, self._counter = collection, counter

    def __getattr__(self, name: str) -> object:
        if name in ("upsert", "delete", "update"):
            self._counter[0] -= 1
            if self._counter[0] <= 0:
                raise Killed
        return getattr(self._collection, name)


WRITES_OF_A_REPLACEMENT = 7  # head, parts, passages, commit; then passages, parts, head


@pytest.mark.parametrize("before", range(1, WRITES_OF_A_REPLACEMENT + 2))
def test_a_replacement_is_there_whole_or_not_at_all_wherever_it_is_killed(
    index: ArticleIndex, before: int
) -> None:
    index.add([prepared(version(1)), prepared(PLAIN)])
    generation = index.generation
    broken = Breaking(reopened(index.folder), before=before)
    killed = False
    try:
        broken.add([prepared(version(2), replaces=("version-1",))])
    except IndexDamagedError:
        killed = True
    assert killed == (before <= WRITES_OF_A_REPLACEMENT)

    committed = before > 4
    expected = {"version-2" if committed else "version-1", PLAIN.id}
    after = reopened(index.folder)
    # Even before anything is mended, readers see one version and never both or none.
    assert set(after.catalog()) == expected
    assert set(after.articles(["version-1", "version-2", PLAIN.id])) == expected
    assert (after.generation != generation) == committed
    after.recover()
    assert after.unfinished() == {}
    assert set(after.catalog()) == set(after.passage_ids_by_article()) == expected
    assert everything_in(after) == expected
    assert after.recover() == 0


@pytest.mark.parametrize("before", range(1, 5))
def test_a_removal_is_done_whole_or_not_at_all_wherever_it_is_killed(
    index: ArticleIndex, before: int
) -> None:
    index.add([prepared(version(1)), prepared(PLAIN)])
    with pytest.raises(IndexDamagedError):
        Breaking(reopened(index.folder), before=before).remove(["version-1"])
    after = reopened(index.folder)
    expected = {PLAIN.id} if before > 1 else {PLAIN.id, "version-1"}
    assert set(after.catalog()) == expected
    after.recover()
    assert everything_in(after) == set(after.passage_ids_by_article()) == expected


@pytest.mark.parametrize("articles_before_the_end", [0, 1, 2])
def test_a_rebuild_that_is_killed_leaves_the_old_index_answering(
    index: ArticleIndex, articles_before_the_end: int
) -> None:
    index.add([prepared(version(1)), prepared(PLAIN)])
    question = EMBEDDER.embed_question("version")
    before = index.search(question, limit=10)
    other = WordCountEmbedder("other", salt="x")

    def dying():
        for number, id in enumerate(sorted(index.catalog())):
            if number == articles_before_the_end:
                raise Killed
            stored = index.article(id)
            yield prepare(stored.article, other, raw_sha256="x")
        raise Killed

    with pytest.raises(Killed):
        index.rebuild(dying(), fingerprint=other.fingerprint, model=other.name)
    after = reopened(index.folder)
    assert after.search(question, limit=10) == before
    assert np.allclose(after.article("version-1").vectors, index.article("version-1").vectors)
    with pytest.raises(IndexMismatchError):
        opened(index.folder, embedder=other)
    after.recover()
    assert passage_collections(after) == [after.manifest["collection"]]
    assert vector_keys(after) == {f"vectors/{after.manifest['collection']}"}


def test_a_rebuild_switches_vectors_texts_and_manifest_together(index: ArticleIndex) -> None:
    index.add([prepared(version(1)), prepared(LONG)])
    other = WordCountEmbedder("other", salt="x")
    made = {id: prepare(index.article(id).article, other, raw_sha256="x") for id in index.catalog()}
    index.rebuild(iter(made.values()), fingerprint=other.fingerprint, model=other.name)
    disconnect(index.folder)
    with pytest.raises(IndexMismatchError):
        opened(index.folder)
    after = opened(index.folder, embedder=other)
    assert passage_collections(after) == [after.manifest["collection"]]
    assert vector_keys(after) == {f"vectors/{after.manifest['collection']}"}
    for id, prepared_article in made.items():
        stored = after.article(id)
        assert np.sum(stored.vectors * prepared_article.stored.vectors, axis=1).min() > 0.99
        best = after.search(prepared_article.passage_vectors[0], limit=1)[0]
        assert best.similarity == pytest.approx(1.0, abs=1e-4)
    assert after.passages_without_vector() == []


def passage_collections(index: ArticleIndex) -> list[str]:
    names = [collection.name for collection in index._client.list_collections()]
    return [name for name in names if name != "assistant-articles"]


def vector_keys(index: ArticleIndex) -> set[str]:
    metadatas = index._articles.get(include=["metadatas"])["metadatas"]
    return {key for m in metadatas for key in m if key.startswith("vectors/")}


def everything_in(index: ArticleIndex) -> set[str]:
    """Return the article ids of all records, whatever their state."""
    metadatas = index._articles.get(include=["metadatas"])["metadatas"]
    return {m["article_id"] for m in metadatas if "article_id" in m}


# --- Opening --------------------------------------------------------------------------------


def test_there_is_no_index_until_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="assistant ingest"):
        opened(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_an_index_that_was_never_finished_says_so(tmp_path: Path) -> None:
    index = opened(tmp_path / "index", create=True)
    index._articles.delete(ids=["manifest"])
    disconnect(tmp_path / "index")
    with pytest.raises(IndexMissingError, match="never finished"):
        opened(tmp_path / "index")
    assert opened(tmp_path / "index", create=True).catalog() == {}


def test_another_model_is_refused_with_the_command_that_helps(index: ArticleIndex) -> None:
    other = WordCountEmbedder("another-model")
    with pytest.raises(IndexMismatchError) as refused:
        opened(index.folder, embedder=other)
    for word in ("word-count", "another-model", "assistant ingest --rebuild"):
        assert word in str(refused.value)
    assert opened(index.folder, embedder=other, any_model=True).manifest["model"] == "word-count"


def test_a_second_writer_waits_and_is_then_refused(tmp_path: Path) -> None:
    with (
        write_lock(tmp_path / "index", timeout_s=0),
        pytest.raises(IndexBusyError, match="Another process"),
        write_lock(tmp_path / "index", timeout_s=0.2),
    ):
        pytest.fail("two writers at once")
    with write_lock(tmp_path / "index", timeout_s=0):
        assert (tmp_path / "index").is_dir()


def test_an_index_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("not a folder")
    with (
        pytest.raises(IndexStoreError, match="cannot be written to"),
        write_lock(tmp_path / "index", timeout_s=0),
    ):
        pytest.fail("locked a file")


# --- Errors ---------------------------------------------------------------------------------

CHROMA_ERRORS = [
    error
    for _, error in inspect.getmembers(chromadb.errors, inspect.isclass)
    if issubclass(error, BaseException) and not inspect.isabstract(error)
]


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1"])
@pytest.mark.parametrize("error", CHROMA_ERRORS, ids=lambda error: error.__name__)
def test_each_of_chromas_errors_becomes_ours(error: type[BaseException], url: str) -> None:
    with pytest.raises(IndexStoreError) as mapped, mapped_errors(Path("/index"), url):
        raise error("something\nhappened")
    assert (url or "/index") in str(mapped.value)
    assert "\n" not in str(mapped.value)
    assert mapped.value.hint


@pytest.mark.parametrize(
    ("error", "url", "ours"),
    [
        (chromadb.errors.NotFoundError("x"), "", IndexMissingError),
        (chromadb.errors.InternalError("database is locked"), "", IndexBusyError),
        (chromadb.errors.InternalError("disk image is malformed"), "", IndexDamagedError),
        (RuntimeError("anything"), "", IndexDamagedError),
        (Killed("a panic of the Rust core"), "", IndexDamagedError),
        (ConnectionError("refused"), "http://h", IndexUnreachableError),
        (ValueError("no tenant"), "http://h", IndexUnreachableError),
    ],
)
def test_what_chroma_raises_is_told_apart(
    error: BaseException, url: str, ours: type[IndexStoreError]
) -> None:
    with pytest.raises(ours), mapped_errors(Path("/index"), url):
        raise error


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_leaving_is_not_taken_for_damage(leaving: type[BaseException]) -> None:
    with pytest.raises(leaving), mapped_errors(Path("/index"), ""):
        raise leaving
