"""OFFLINE PATH: article files and pages → sentences with speakers → passages → vectors → the index.

Reads top to bottom: `ingest` gathers, skips what it has, prepares, stores in batches, prunes, and
brings the keyword index level. An article goes in whole or not at all.
"""

import hashlib
import logging
import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant import articles, fetching
from assistant.embedding import Embedder
from assistant.errors import ArticleError, IndexBusyError, IndexDamagedError
from assistant.index import ArticleIndex, write_lock
from assistant.keywords import Entry, KeywordIndex
from assistant.names import NameTable, likely_people
from assistant.passages import split_passages, split_sentences
from assistant.records import ArticleHead, Prepared, StoredArticle
from assistant.roles import find_roles
from assistant.speakers import attribute
from assistant.types import Article, Failure, IngestReport, OnProgress

logger = logging.getLogger(__name__)

# Part of what "unchanged" means: change it when the same bytes become another article.
PARSER_VERSION = "1"
# Enough to make a write worth its disk sync, little enough to lose when killed.
BATCH_PASSAGES = 256
READ_AHEAD = 32  # articles of an index that is rebuilt
# Two articles at a time, so that one is split while another is embedded; a few more wait for a
# batch to be written.
AT_ONCE = 2
LOOK_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one input may weigh, how long a fetch may take, and which addresses it may reach."""

    max_mb: float = 20
    fetch_timeout_s: float = 20
    fetch_allow: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tally:
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    passages: int = 0
    characters: int = 0


def ingest(
    inputs: Sequence[str],
    *,
    index: ArticleIndex | None,
    keywords: KeywordIndex | None,
    embedder: Embedder,
    limits: Limits = Limits(),
    prune: bool = False,
    on_progress: OnProgress = lambda *_: None,
) -> IngestReport:
    """Bring the index level with these files, folders and URLs; call it while writing.

    Unchanged inputs are skipped by a hash of their bytes, changed ones replace what they were.
    With `prune`, articles whose file is gone from a given folder are removed. An input that fails
    is reported and the rest goes on. Without a keyword index it is a dry run: nothing is written,
    and `index` may be None for one that is yet to be made.
    """
    dry_run = keywords is None
    if index and not dry_run:
        index.recover()
    catalog = index.catalog() if index else {}
    known: dict[str, list[ArticleHead]] = {}
    for head in catalog.values():
        known.setdefault(head.source, []).append(head)

    tally = _Tally()
    sources, failures = gather(inputs)
    tally.failed += failures
    new = _read_new(sources, known, limits, tally, on_progress)
    if index and not dry_run:
        for batch in _batched(_prepared_ahead(new, embedder)):
            index.add(batch)
            tally.passages += sum(len(prepared.passages) for prepared in batch)
    else:
        for _ in new:
            pass
    on_progress(len(sources), len(sources), "")

    if prune and index:
        gone = list(_gone(inputs, set(sources), catalog.values()))
        tally.removed += [head.source for head in gone]
        if not dry_run:
            index.remove([head.id for head in gone])
    if index and keywords is not None:
        follow(index, keywords)
    return IngestReport(
        added=tuple(tally.added),
        changed=tuple(tally.changed),
        unchanged=tuple(tally.unchanged),
        removed=tuple(tally.removed),
        failed=tuple(tally.failed),
        passages=tally.passages,
        characters=tally.characters,
        dry_run=dry_run,
    )


def gather(inputs: Sequence[str]) -> tuple[list[str], list[Failure]]:
    """Return every source that the inputs name, once, in order: absolute paths and URLs."""
    sources: dict[str, None] = {}
    failures: list[Failure] = []
    for given in inputs:
        if is_url(given):
            sources.setdefault(given)
            continue
        files, failed = articles.find_files(_absolute(given))
        for source in map(str, files):
            if source.isascii() or source == source.encode(errors="replace").decode():
                sources.setdefault(source)
            else:  # an index holds text, and so does everything that shows a source
                failed.append(Failure(ascii(source), f"The name {source!a} is not UTF-8."))
        failures += failed
    return list(sources), failures


def prepare(article: Article, embedder: Embedder, *, raw_sha256: str) -> Prepared:
    """Split an article, say who speaks, and embed it, with nothing stored yet."""
    names = NameTable([*article.people, *likely_people(article.text)])
    if not article.people:
        article = replace(article, people=names.people)
    sentences = tuple(attribute(article.text, split_sentences(article.text), names))
    passages = tuple(split_passages(article, sentences))
    vectors = embedder.embed_article(heading(article), article.text, sentences, passages)
    return Prepared(
        stored=StoredArticle(
            article, sentences, vectors.sentences, tuple(find_roles(article.text, names))
        ),
        passages=passages,
        passage_vectors=vectors.passages,
        raw_sha256=raw_sha256,
    )


def heading(article: Article) -> str:
    """Return what is embedded with each passage but never quoted: title and date."""
    day = f" ({article.date.day} {article.date:%B %Y})" if article.date else ""
    return f"{article.title}{day}."


def follow(index: ArticleIndex, keywords: KeywordIndex) -> int:
    """Make the keyword index hold exactly what the collection holds; return articles touched."""
    generation = index.generation
    committed, indexed = set(index.catalog()), keywords.article_ids()
    missing, extra = committed - indexed, indexed - committed
    if missing or extra or keywords.generation != generation:
        keywords.update(_entries(index, missing), removed_articles=extra, generation=generation)
    return len(missing) + len(extra)


def keywords_of(index: ArticleIndex) -> KeywordIndex:
    """Return a keyword index, in memory, of no more than this index shows."""
    keywords = KeywordIndex(None)
    entries = _entries(index, index.catalog())
    keywords.update(entries, removed_articles=(), generation=index.generation)
    return keywords


def _entries(index: ArticleIndex, article_ids: Collection[str]) -> list[Entry]:
    return [
        Entry(found.passage, found.title, people, found.date)
        for found, people in index.passages_of(article_ids)
    ]


def follow_if_free(index: ArticleIndex, folder: Path, keywords: KeywordIndex) -> None:
    """Follow the collection unless another process is writing, which will do it itself."""
    try:
        with write_lock(folder, timeout_s=0):
            follow(index, keywords)
    except IndexBusyError:
        logger.info("The keyword index is being written to; answering from what it has.")


def open_keywords(folder: Path) -> KeywordIndex:
    """Open the keyword index of an index folder; a damaged one is started anew, to be followed."""
    try:
        return KeywordIndex(folder / "keywords")
    except IndexDamagedError as error:
        logger.warning("%s", error.message)
        return KeywordIndex(folder / "keywords", fresh=True)


def rebuild(index: ArticleIndex, embedder: Embedder, *, on_progress: OnProgress) -> None:
    """Embed every article of the index anew with this model, from its own stored text."""
    heads = list(index.catalog().values())

    def again() -> Iterator[Prepared]:
        for done, head in enumerate(heads):
            on_progress(done, len(heads), head.title)
            if done % READ_AHEAD == 0:
                read = index.articles([head.id for head in heads[done : done + READ_AHEAD]])
            if stored := read.get(head.id):
                yield prepare(stored.article, embedder, raw_sha256=head.raw_sha256)
        on_progress(len(heads), len(heads), "")

    index.rebuild(again(), fingerprint=embedder.fingerprint, model=embedder.name)


def is_url(source: str) -> bool:
    """Whether a source is to be fetched rather than read from disk: anything with a scheme."""
    return "://" in source


@dataclass(frozen=True, slots=True)
class _New:
    """An article that the index does not have yet, and the ids of those that it replaces."""

    article: Article
    raw_sha256: str
    replaces: tuple[str, ...]


def _read_new(
    sources: Sequence[str],
    known: Mapping[str, Sequence[ArticleHead]],
    limits: Limits,
    tally: _Tally,
    on_progress: OnProgress,
) -> Iterator[_New]:
    """Read the sources one by one; yield what is new or changed and tally the rest."""
    for done, source in enumerate(sources):
        on_progress(done, len(sources), source)
        heads = known.get(source, ())
        try:
            raw, suffix = _read(source, limits)
            raw_sha256 = hashlib.sha256(PARSER_VERSION.encode() + raw).hexdigest()
            if any(head.raw_sha256 == raw_sha256 for head in heads):
                tally.unchanged.append(source)
                continue
            article = articles.parse_article(raw, source=source, suffix=suffix)
        except ArticleError as error:
            tally.failed.append(Failure(source, str(error)))
            continue
        if any(head.id == article.id for head in heads):
            tally.unchanged.append(source)
            continue
        (tally.changed if heads else tally.added).append(source)
        tally.characters += len(article.text)
        yield _New(article, raw_sha256, tuple(head.id for head in heads))


def _read(source: str, limits: Limits) -> tuple[bytes, str]:
    """Return the bytes of a file or page, and the suffix that says what they are."""
    if is_url(source):
        page = fetching.fetch_page(
            source,
            timeout_s=limits.fetch_timeout_s,
            max_mb=limits.max_mb,
            allow=limits.fetch_allow,
        )
        return page.raw, page.suffix
    return articles.read_bytes(Path(source), max_mb=limits.max_mb), Path(source).suffix


def _prepared_ahead(new: Iterable[_New], embedder: Embedder) -> Iterator[Prepared]:
    """Yield the articles prepared, in order; the next ones are embedded while one is stored."""

    def prepared(one: _New) -> Prepared:
        done = prepare(one.article, embedder, raw_sha256=one.raw_sha256)
        return replace(done, replaces=one.replaces)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as ahead:
        waiting: deque[Future[Prepared]] = deque()
        try:
            for one in new:
                waiting.append(ahead.submit(prepared, one))
                if len(waiting) >= LOOK_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            ahead.shutdown(cancel_futures=True)


def _batched(prepared: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Yield the articles in batches of BATCH_PASSAGES passages or more, the last of any size."""
    batch: list[Prepared] = []
    for one in prepared:
        batch.append(one)
        if sum(len(p.passages) for p in batch) >= BATCH_PASSAGES:
            yield batch
            batch = []
    if batch:
        yield batch


def _absolute(given: str) -> Path:
    """Return the one absolute path of a file however it is written; links keep their own."""
    return Path(os.path.abspath(given))  # noqa: PTH100 (Path.absolute keeps `..`)


def _gone(
    inputs: Sequence[str], present: set[str], heads: Iterable[ArticleHead]
) -> Iterator[ArticleHead]:
    """Yield the articles that came from below a given folder and whose file is no longer there."""
    folders = [_absolute(given) for given in inputs if not is_url(given) and Path(given).is_dir()]
    for head in heads:
        if head.source in present or is_url(head.source):
            continue
        # A file that is there but could not be listed or read this time is not gone.
        below = any(Path(head.source).is_relative_to(folder) for folder in folders)
        if below and _is_gone(head.source):
            yield head


def _is_gone(source: str) -> bool:
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
