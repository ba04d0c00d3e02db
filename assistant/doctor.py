"""Whether the parts of an index agree: heads, passages, vectors, offsets, keyword index.

Chroma is the store of record, so repair means: finish or undo what was left half done, embed
again what lost its vector, and make the keyword index anew from what Chroma holds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import ingest
from assistant.embedding import Embedder
from assistant.errors import AssistantError, IndexDamagedError
from assistant.index import (
    ARTICLES,
    ArticleIndex,
    disconnect,
    forget_vectors,
    write_lock,
)
from assistant.keywords import KeywordIndex
from assistant.records import ArticleHead

BATCH_ARTICLES = 100  # read together; few enough to hold in memory
LOST_TEXT = "has lost part of its text; it is only good for ingesting again"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree, as a sentence, and whether it was repaired."""

    problem: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an index holds, which model built it, and what is wrong with it."""

    place: str
    model: str
    fingerprint: str
    articles: int
    passages: int
    keyword_passages: int
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong any more."""
        return all(finding.repaired for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return every field, and `clean`."""
        return {
            "place": self.place,
            "model": self.model,
            "fingerprint": self.fingerprint,
            "articles": self.articles,
            "passages": self.passages,
            "keyword_passages": self.keyword_passages,
            "clean": self.clean,
            "findings": [{"problem": f.problem, "repaired": f.repaired} for f in self.findings],
        }


def examine(
    folder: Path,
    *,
    url: str,
    embedder: Embedder,
    repair: bool,
    lock_timeout_s: float,
    on_progress: Callable[[str], None],
) -> Diagnosis:
    """Compare everything that must agree, and with `repair` make it agree.

    Raises the errors of opening an index: IndexMissingError and the like.
    """
    if not url and not (folder / "chroma.sqlite3").exists():
        _open(folder, url, embedder)  # raises IndexMissingError without making the folder
    with write_lock(folder, timeout_s=lock_timeout_s):
        disconnect(folder)
        on_progress("vectors")
        index, findings = _readable(folder, url, embedder, repair)
        if all(finding.repaired for finding in findings):
            findings += _vectors(index, embedder, repair)
            on_progress("articles")
            findings += _unfinished(index, repair)
            findings += _passages(index, embedder, repair)
            on_progress("keyword index")
            passages = index.passage_count()
            keyword_passages, keyword_findings = _keywords(index, folder, repair)
            findings += keyword_findings
        else:
            passages = keyword_passages = 0
        return Diagnosis(
            place=url or str(folder),
            model=index.manifest["model"],
            fingerprint=index.manifest["fingerprint"],
            articles=len(index.catalog()),
            passages=passages,
            keyword_passages=keyword_passages,
            findings=tuple(findings),
        )


def _open(folder: Path, url: str, embedder: Embedder) -> ArticleIndex:
    return ArticleIndex.open(folder, url=url, fingerprint=embedder.fingerprint, model=embedder.name)


def _readable(
    folder: Path, url: str, embedder: Embedder, repair: bool
) -> tuple[ArticleIndex, list[Finding]]:
    """Open the index, and find out whether what Chroma keeps of its vectors can be loaded.

    Both collections have vector files, and one damaged file makes its whole collection
    unreadable although the texts lie elsewhere.
    """
    findings = []
    try:
        index = _open(folder, url, embedder)
        index.catalog()
    except IndexDamagedError:
        if url or not repair:
            raise
        forget_vectors(folder, ARTICLES)  # none of them is ever used
        index = _open(folder, url, embedder)
        findings.append(Finding("The vector files of the articles were damaged.", True))
    try:
        index.passage_ids_by_article()
    except IndexDamagedError:
        if repair and not url:
            forget_vectors(folder, index.manifest["collection"])
            index = _open(folder, url, embedder)
            _embed_all(index, embedder)
        findings.append(Finding("The vector files of the passages are damaged.", repair))
    return index, findings


def _embed_all(index: ArticleIndex, embedder: Embedder) -> None:
    ingest.rebuild(index, embedder, on_progress=lambda *_: None)


def _unfinished(index: ArticleIndex, repair: bool) -> list[Finding]:
    states = index.unfinished()
    if not states:
        return []
    if repair:
        index.recover()
    left = len(index.unfinished())
    return [Finding(f"{len(states)} articles were left half written or half removed.", left == 0)]


def _passages(index: ArticleIndex, embedder: Embedder, repair: bool) -> list[Finding]:
    """Check that every article has just its passages and that their offsets are exact."""
    findings = []
    owners = index.passage_ids_by_article()
    catalog = index.catalog()
    owned = catalog.keys() | index.unfinished().keys()
    strays = [id for article, ids in owners.items() if article not in owned for id in ids]
    if strays:
        if repair:
            index.delete_passages(strays)
        findings.append(Finding(f"{len(strays)} passages belong to no article.", repair))
    for id, wrong in _articles_that_disagree(index, catalog, owners):
        if wrong is LOST_TEXT:
            if repair:
                index.remove([id])
            mended = repair
        else:
            mended = repair and _mend(index, embedder, id)
        findings.append(Finding(f"The article {catalog[id].source} {wrong}.", mended))
    return findings


def _articles_that_disagree(
    index: ArticleIndex, catalog: Mapping[str, ArticleHead], owners: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Yield the id of every article that is not as its head says, and what is wrong with it."""
    ids = sorted(catalog)
    for start in range(0, len(ids), BATCH_ARTICLES):
        batch = ids[start : start + BATCH_ARTICLES]
        whole = index.articles(batch)
        passages = [found.passage for found, _ in index.passages_of(batch)]
        misplaced = {
            passage.article_id
            for passage in passages
            if (stored := whole.get(passage.article_id))
            and stored.article.text[passage.start : passage.end] != passage.text
        }
        for id in batch:
            there, due = len(owners.get(id, ())), catalog[id].passages
            if id not in whole:
                yield id, LOST_TEXT
            elif there != due:
                yield id, f"has {there} of {due} passages"
            elif id in misplaced:
                yield id, "has passages that are not in its text"


def _vectors(index: ArticleIndex, embedder: Embedder, repair: bool) -> list[Finding]:
    try:
        broken = index.passages_without_vector()
    except IndexDamagedError:
        # Some vectors are gone, and Chroma does not say which.
        if repair:
            _embed_all(index, embedder)
        return [Finding("Some passages have lost their vector.", repair)]
    if not broken:
        return []
    mended = repair and all(
        [_mend(index, embedder, id) for id in {id.partition(":")[0] for id in broken}]
    )
    return [Finding(f"{len(broken)} passages have lost their vector.", mended)]


def _mend(index: ArticleIndex, embedder: Embedder, article_id: str) -> bool:
    """Split and embed an article anew from its stored text; return whether it could be."""
    stored, head = index.article(article_id), index.catalog().get(article_id)
    if stored is None or head is None:
        return False
    index.mend(ingest.prepare(stored.article, embedder, raw_sha256=head.raw_sha256))
    return True


def _keywords(index: ArticleIndex, folder: Path, repair: bool) -> tuple[int, list[Finding]]:
    stored = {id for ids in index.passage_ids_by_article().values() for id in ids}
    problem = ""
    try:
        keywords = KeywordIndex(folder / "keywords")
    except AssistantError as error:
        problem, keywords = error.message, None
    if keywords is not None:
        indexed = keywords.passage_ids()
        missing, extra = len(stored - indexed), len(indexed - stored)
        if missing or extra:
            problem = f"The keyword index lacks {missing} passages and has {extra} too many."
        elif keywords.generation != index.generation:
            problem = "The keyword index does not know that it is up to date."
    if not problem:
        return len(stored), []
    if repair:
        keywords = KeywordIndex(folder / "keywords", fresh=True)
        ingest.follow(index, keywords)
    return len(keywords or ()), [Finding(problem, repair)]
