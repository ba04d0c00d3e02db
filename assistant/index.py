"""Chroma, the store of record: articles, sentences, passages, vectors, and which model made them.

Two collections. `assistant-articles` holds one head record per article (its state, title, date …)
and part records with its text and sentences; `assistant-passages-…` holds passages and their
vectors. Chroma has no transactions across calls, so the head record is the commit mark: passages
and parts are written under a head that is "pending", one upsert then turns it "committed" (and
the version it replaces "removing"), and readers believe committed heads only. Whatever a killed
writer leaves is finished or undone by `recover`.
"""

import contextlib
import copy
import gc
import secrets
import shutil
import sqlite3
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
import chromadb.errors
import filelock
import numpy as np
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings as ChromaSettings
from chromadb.config import System

from assistant.embedding import Vectors
from assistant.errors import (
    AssistantError,
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IndexStoreError,
    IndexUnreachableError,
)
from assistant.keywords import day_number
from assistant.records import (
    ArticleHead,
    Found,
    Prepared,
    StoredArticle,
    assemble,
    audience_of,
    found_of,
    groups_of,
    head_id,
    head_of,
    head_record,
    part_records,
    passage_record,
    vectors_key,
)
from assistant.types import Filters

ARTICLES = "assistant-articles"
PASSAGES = "assistant-passages"
MANIFEST = "manifest"
SCHEMA = 2  # change it when records are read differently: older indexes are then to be rebuilt
CACHED_ARTICLES = 512
REBUILD_BATCH = 32  # articles
# Chroma's register of clients is not made for threads.
_CONNECTING = threading.Lock()
# Clients that were left to whoever still uses them, until there are too many.
_FORGOTTEN: weakref.WeakSet[System] = weakref.WeakSet()
MAX_FORGOTTEN = 4
# On a shared server a pending head may belong to a writer that is still alive elsewhere.
STALE_AFTER_S = 900
START_AGAIN = "If nothing else helps, move the folder away and ingest again."
# The articles collection is never searched by vector; Chroma wants one all the same.
NO_VECTOR = np.zeros(1, dtype=np.float32)


class ArticleIndex:
    """The collections of one index, embedded in `folder` or on a Chroma server at `url`.

    Reading is safe from any thread. Write while holding `write_lock`, which keeps others out.
    """

    def __init__(self, folder: Path, client: Any, *, url: str = "") -> None:
        self.folder = folder
        self._url = url
        self._client = client
        with mapped_errors(folder, url):
            self._articles = client.get_collection(ARTICLES, embedding_function=None)
            manifest = self._articles.get(ids=[MANIFEST], include=["metadatas"])["metadatas"]
        if not manifest:
            raise IndexMissingError(
                f"The index in {url or folder} was never finished.",
                hint="Run `assistant ingest PATH` again.",
            )
        self.manifest: dict[str, Any] = dict(manifest[0])
        with mapped_errors(folder, url):
            self._passages = client.get_collection(
                self.manifest["collection"], embedding_function=None
            )
        # Sets of groups, as records have them: those seen by whoever reads (None: all), and those
        # that articles had when this was first asked.
        self.visible: frozenset[str] | None = None
        self._stored: frozenset[str] | None = None
        self._whole: set[str] = set()  # ids seen committed
        self._cache: OrderedDict[str, StoredArticle] = OrderedDict()
        self._cache_lock = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        url: str = "",
        fingerprint: str,
        model: str,
        create: bool = False,
        any_model: bool = False,
    ) -> "ArticleIndex":
        """Open the index, or start an empty one when `create` is set and there is none.

        Raises IndexMissingError, IndexDamagedError, IndexUnreachableError; IndexMismatchError
        unless the model with this `fingerprint` built the index or `any_model` is set.
        """
        if not url and not create and not (folder / "chroma.sqlite3").exists():
            raise IndexMissingError(
                f"There is no index in {folder}.",
                hint="Run `assistant ingest PATH` to make one, or name another with --index.",
            )
        with mapped_errors(folder, url):
            client = _connect(folder, url)
        if create:
            with mapped_errors(folder, url):
                _create(client, fingerprint, model)
        index = cls(folder, client, url=url)
        if index.manifest["schema"] != SCHEMA and not any_model:
            raise IndexMismatchError(
                f"The index in {url or folder} was made by another version of this program.",
                hint="Run `assistant ingest --rebuild` to bring it up to date.",
            )
        built_by = index.manifest["fingerprint"]
        if fingerprint != built_by and not any_model:
            raise IndexMismatchError(
                f"The index in {url or folder} was built by the embedding model "
                f"{index.manifest['model']} ({built_by}), but the settings name {model} "
                f"({fingerprint}).",
                hint="Run `assistant ingest --rebuild` to embed its articles again, "
                "or set ASSISTANT_EMBEDDING_MODEL back.",
            )
        return index

    def seen_by(self, groups: Collection[str] | None) -> "ArticleIndex":
        """Return this index for reading, as if it held only what members of these groups may see.

        None sees everything. An article is seen by whoever is in one of its groups, and by
        everybody if it has none. Once an index is open, articles that come in with a set of
        groups which none had until then are seen by nobody but None.
        """
        if groups is None:
            return self
        if self._stored is None:
            heads = self.catalog().values()
            self._stored = frozenset(audience_of(head.groups) for head in heads)
        mine = set(groups)
        seen = copy.copy(self)
        seen.visible = frozenset(a for a in self._stored if not a or mine & set(groups_of(a)))
        return seen

    @property
    def sees_all(self) -> bool:
        """Whether nothing that is stored is kept from whoever reads."""
        return self.visible is None or self.visible == self._stored

    def _may_see(self, groups: Sequence[str]) -> bool:
        return self.visible is None or audience_of(groups) in self.visible

    # --- Reading --------------------------------------------------------------------------

    @property
    def generation(self) -> str:
        """A mark that changes with every committed write, read afresh."""
        with mapped_errors(self.folder, self._url):
            found = self._articles.get(ids=[MANIFEST], include=["metadatas"])["metadatas"]
        return str(found[0]["generation"]) if found else ""

    def catalog(self) -> dict[str, ArticleHead]:
        """Return the committed articles by id."""
        records = self._heads({"state": "committed"})
        self._whole |= records.keys()
        heads = {id: head_of(id, metadata) for id, metadata in records.items()}
        return {id: head for id, head in heads.items() if self._may_see(head.groups)}

    def committed(self, article_ids: Collection[str]) -> set[str]:
        """Return those of the ids whose article is in the index as a whole.

        What this index was once seen to hold stays so until it is opened anew: an article that is
        being replaced is found in its old form until the new one can be.
        """
        if unseen := [head_id(id) for id in sorted(set(article_ids) - self._whole)]:
            with mapped_errors(self.folder, self._url):
                found = self._articles.get(ids=unseen, include=["metadatas"])["metadatas"]
            self._whole |= {str(m["article_id"]) for m in found if m["state"] == "committed"}
        return self._whole & set(article_ids)

    def article(self, article_id: str) -> StoredArticle | None:
        """Return a committed article, or None."""
        return self.articles([article_id]).get(article_id)

    def articles(self, article_ids: Collection[str]) -> dict[str, StoredArticle]:
        """Return those of the articles that are committed and seen, by id, in one round trip."""
        with self._cache_lock:
            result = {id: self._cache[id] for id in article_ids if id in self._cache}
            for id in result:
                self._cache.move_to_end(id)
        wanted = [id for id in dict.fromkeys(article_ids) if id not in result]
        if wanted:
            with mapped_errors(self.folder, self._url):
                records = self._articles.get(
                    where={"article_id": {"$in": wanted}}, include=["metadatas"]
                )
            read = assemble(records["metadatas"], self.manifest["collection"])
            result |= {stored.article.id: stored for stored in read}
        with self._cache_lock:
            self._cache |= result
            while len(self._cache) > CACHED_ARTICLES:
                self._cache.popitem(last=False)
        return {id: s for id, s in result.items() if self._may_see(s.article.groups)}

    def search(
        self,
        vector: Vectors,
        *,
        limit: int,
        filters: Filters = Filters(),
        people: Sequence[str] = (),
        articles: Collection[str] | None = None,
    ) -> list[Found]:
        """Return up to `limit` passages by cosine similarity in [-1, 1], best first.

        `people` are the spellings of the person to filter by, `articles` the ids to look among.
        """
        with mapped_errors(self.folder, self._url):
            answer = self._passages.query(
                query_embeddings=[vector],
                n_results=limit,
                where=_where(filters, people, articles, None if self.sees_all else self.visible),
                include=["metadatas", "documents", "distances"],
            )
        rows = zip(
            answer["metadatas"][0], answer["documents"][0], answer["distances"][0], strict=True
        )
        # A passage that is removed while Chroma looks comes back without its metadata.
        found = [found_of(m, text, 1 - distance) for m, text, distance in rows if m is not None]
        return [passage for passage in found if self._may_see(passage.groups)]

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Found]:
        """Return passages by id, without a similarity; ids that are gone are left out."""
        if not passage_ids:
            return {}
        with mapped_errors(self.folder, self._url):
            answer = self._passages.get(ids=list(passage_ids), include=["metadatas", "documents"])
        rows = zip(answer["ids"], answer["metadatas"], answer["documents"], strict=True)
        found = {id: found_of(metadata, text, None) for id, metadata, text in rows}
        return {id: passage for id, passage in found.items() if self._may_see(passage.groups)}

    def passages_of(self, article_ids: Collection[str]) -> list[tuple[Found, tuple[str, ...]]]:
        """Return every passage of these articles with the people in it, in no certain order."""
        result = []
        for batch in _batches(sorted(article_ids), 200):
            with mapped_errors(self.folder, self._url):
                answer = self._passages.get(
                    where={"article_id": {"$in": batch}}, include=["metadatas", "documents"]
                )
            for metadata, text in zip(answer["metadatas"], answer["documents"], strict=True):
                found = found_of(metadata, text, None)
                if self._may_see(found.groups):
                    result.append((found, tuple(metadata.get("people", ()))))
        return result

    def passage_count(self) -> int:
        """Return how many passages the collection holds, committed or not."""
        with mapped_errors(self.folder, self._url):
            return int(self._passages.count())

    def vectorstore(self, embedding: Any) -> Any:
        """Return the passages as LangChain's own Chroma vector store, for use in other graphs.

        It is all of them, whatever groups they are kept for.
        """
        from langchain_chroma import Chroma

        return Chroma(
            client=self._client,
            collection_name=self.manifest["collection"],
            embedding_function=embedding,
            create_collection_if_not_exists=False,
        )

    # --- Writing --------------------------------------------------------------------------

    def add(self, batch: Sequence[Prepared]) -> None:
        """Store these articles, each whole or not at all, in place of those that they replace."""
        if not batch:
            return
        started = time.time()
        pending: dict[str, dict[str, Any]] = {}
        parts: dict[str, dict[str, Any]] = {}
        for prepared in batch:
            pending[head_id(prepared.stored.article.id)] = head_record(prepared, started)
            parts |= part_records(prepared.stored, self.manifest["collection"])
        self._upsert(pending)
        self._upsert(parts)
        self._write_passages(self._passages, batch)
        self._commit(pending, {id for prepared in batch for id in prepared.replaces})

    def remove(self, article_ids: Collection[str]) -> None:
        """Remove these articles."""
        if article_ids:
            self._commit({}, set(article_ids))

    def recover(self) -> int:
        """Finish or undo what a killed writer left; return how many articles that touched.

        Call it while writing. On a shared server, heads younger than STALE_AFTER_S are left to
        the writer that may still be alive.
        """
        unfinished = self._heads({"state": {"$in": ["pending", "removing"]}})
        oldest = time.time() - (STALE_AFTER_S if self._url else 0)
        stale = {id for id, m in unfinished.items() if m["started"] <= oldest}
        if stale:
            self._delete(stale)
        if not self._url:  # on a server, the collection may belong to a rebuild that is going on
            self._tidy()
        return len(stale)

    def rebuild(self, prepared: Iterator[Prepared], *, fingerprint: str, model: str) -> None:
        """Embed anew into a new collection, then switch to it; until then nothing changes.

        `prepared` yields every committed article with the new model's vectors. Sentence vectors
        are kept under a key of their collection, so the old ones stay readable until the switch.
        """
        name = _collection_name()
        with mapped_errors(self.folder, self._url):
            passages = _create_passages(self._client, name)
        while batch := list(islice(prepared, REBUILD_BATCH)):
            self._write_passages(passages, batch)
            parts: dict[str, dict[str, Any]] = {}
            for again in batch:
                parts |= part_records(again.stored, name)
            self._upsert(parts)
        self.manifest |= {
            "schema": SCHEMA,
            "collection": name,
            "fingerprint": fingerprint,
            "model": model,
        }
        self._commit({}, set())
        self._passages = passages
        self._cache.clear()
        self._tidy()

    def mend(self, prepared: Prepared) -> None:
        """Write the passages and vectors of a committed article anew, under the head it has.

        The head stays committed, so that a kill half way loses no article.
        """
        id = prepared.stored.article.id
        with mapped_errors(self.folder, self._url):
            self._passages.delete(where={"article_id": id})
        self._write_passages(self._passages, [prepared])
        self._upsert(part_records(prepared.stored, self.manifest["collection"]))
        self._cache.pop(id, None)
        head = head_record(prepared, time.time())
        self._commit({head_id(id): head}, set())

    # --- Inspection, for `doctor` ---------------------------------------------------------

    def unfinished(self) -> dict[str, str]:
        """Return the state of every article that is not committed, by id."""
        heads = self._heads({"state": {"$in": ["pending", "removing"]}})
        return {id: str(metadata["state"]) for id, metadata in heads.items()}

    def passage_ids_by_article(self) -> dict[str, list[str]]:
        """Return the ids of all stored passages under the article that they say they belong to."""
        owners: dict[str, list[str]] = {}
        for ids, metadatas in self._pages(self._passages, ["metadatas"]):
            for id, metadata in zip(ids, metadatas, strict=True):
                owners.setdefault(str(metadata["article_id"]), []).append(id)
        return owners

    def passages_without_vector(self) -> list[str]:
        """Return ids of passages whose vector cannot be read back as a unit vector."""
        broken = []
        for ids, vectors in self._pages(self._passages, ["embeddings"]):
            for position, id in enumerate(ids):
                vector = vectors[position] if vectors is not None else None
                if vector is None or not np.isclose(np.linalg.norm(vector), 1, atol=1e-2):
                    broken.append(id)
        return broken

    def delete_passages(self, passage_ids: Sequence[str]) -> None:
        """Remove stray passages that belong to no committed article."""
        for batch in _batches(list(passage_ids), 1000):
            with mapped_errors(self.folder, self._url):
                self._passages.delete(ids=batch)

    # --- Inside ---------------------------------------------------------------------------

    def _heads(self, where: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        with mapped_errors(self.folder, self._url):
            records = self._articles.get(where=dict(where), include=["metadatas"])
        return {str(m["article_id"]): dict(m) for m in records["metadatas"]}

    def _commit(self, added: Mapping[str, dict[str, Any]], removed: set[str]) -> None:
        """Turn heads in one upsert, which Chroma applies as a whole, then clear the removed."""
        now = time.time()
        self.manifest["generation"] = secrets.token_hex(8)
        records = {id: {**m, "state": "committed"} for id, m in added.items()}
        if removed:
            heads = [head_id(id) for id in sorted(removed)]
            with mapped_errors(self.folder, self._url):
                found = self._articles.get(ids=heads, include=["metadatas"])
            for id, metadata in zip(found["ids"], found["metadatas"], strict=True):
                records[id] = {**metadata, "state": "removing", "started": now}
        records[MANIFEST] = self.manifest
        self._upsert(records)
        if removed:
            self._delete(removed)

    def _delete(self, article_ids: Collection[str]) -> None:
        """Delete passages, then parts, then heads, so that a kill between leaves the mark."""
        for batch in _batches(sorted(article_ids), 200):
            for id in batch:
                self._cache.pop(id, None)
                self._whole.discard(id)
            belongs = {"article_id": {"$in": batch}}
            with mapped_errors(self.folder, self._url):
                self._passages.delete(where=belongs)
                self._articles.delete(where={"$and": [belongs, {"part": {"$gte": 0}}]})
                self._articles.delete(where=belongs)

    def _tidy(self) -> None:
        """Remove the passage collections, and the sentence vectors, of rebuilds before this one."""
        current = self.manifest["collection"]
        with mapped_errors(self.folder, self._url):
            names = [collection.name for collection in self._client.list_collections()]
            outdated = [n for n in names if n.startswith(PASSAGES) and n != current]
            if not outdated:
                return
            keys = {vectors_key(name) for name in outdated}
            for ids, metadatas in self._pages(self._articles, ["metadatas"]):
                cleared = {
                    id: dict.fromkeys(keys & metadata.keys())
                    for id, metadata in zip(ids, metadatas, strict=True)
                    if keys & metadata.keys()
                }
                if cleared:
                    self._articles.update(ids=list(cleared), metadatas=list(cleared.values()))
            for name in outdated:  # last, since they are the mark that there is something to tidy
                self._client.delete_collection(name)

    def _write_passages(self, collection: Any, batch: Sequence[Prepared]) -> None:
        ids, vectors, documents, metadatas = [], [], [], []
        for prepared in batch:
            article = prepared.stored.article
            for passage, vector in zip(prepared.passages, prepared.passage_vectors, strict=True):
                ids.append(passage.id)
                vectors.append(vector)
                documents.append(passage.text)
                metadatas.append(passage_record(article, prepared.stored.sentences, passage))
        for start in range(0, len(ids), self._client.get_max_batch_size()):
            chosen = slice(start, start + self._client.get_max_batch_size())
            with mapped_errors(self.folder, self._url):
                collection.upsert(
                    ids=ids[chosen],
                    embeddings=vectors[chosen],
                    documents=documents[chosen],
                    metadatas=metadatas[chosen],
                )

    def _upsert(self, records: Mapping[str, dict[str, Any]]) -> None:
        """Write head, part and manifest records, by id."""
        for batch in _batches(list(records), self._client.get_max_batch_size()):
            with mapped_errors(self.folder, self._url):
                self._articles.upsert(
                    ids=batch,
                    embeddings=[NO_VECTOR] * len(batch),
                    metadatas=[records[id] for id in batch],
                )

    def _pages(self, collection: Any, include: list[str]) -> Iterator[tuple[list[str], Any]]:
        size, offset = 2000, 0
        while True:
            with mapped_errors(self.folder, self._url):
                page = collection.get(limit=size, offset=offset, include=include)
            if not page["ids"]:
                return
            yield page["ids"], page[include[0]]
            offset += size


@contextlib.contextmanager
def write_lock(folder: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the one write lock of an index folder.

    Raises IndexBusyError when another process keeps it longer than `timeout_s`, and
    IndexStoreError when the folder cannot be written to.
    """
    lock = filelock.FileLock(folder / "write.lock", timeout=timeout_s)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        raise IndexBusyError(
            f"Another process is writing to the index in {folder}.",
            hint="Wait for it to finish and run the command again.",
        ) from error
    except OSError as error:
        raise IndexStoreError(
            f"The index folder {folder} cannot be written to: {error.strerror or error}.",
            hint="Name another folder with --index.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def mapped_errors(folder: Path, url: str) -> Iterator[None]:
    """Turn whatever Chroma raises into our errors, with the place and the next step."""
    place = url or str(folder)
    try:
        yield
    except AssistantError:
        raise
    except chromadb.errors.NotFoundError as error:
        raise IndexMissingError(
            f"There is no index in {place}.", hint="Run `assistant ingest PATH` to make one."
        ) from error
    # A damaged file can surface as nearly anything, a panic of Chroma's Rust core included, which
    # is a BaseException that is neither an exit nor an interrupt.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        text = " ".join(str(error).split())[:200]
        if url:
            raise IndexUnreachableError(
                f"The Chroma server at {url} does not answer as it should ({text}).",
                hint="Check ASSISTANT_CHROMA_URL and that the server runs.",
            ) from error
        if "locked" in text or "busy" in text:
            raise IndexBusyError(
                f"The index in {place} is locked by another program.",
                hint="Close what uses it and try again.",
            ) from error
        lost = "malformed" in text or "not a database" in text
        raise IndexDamagedError(
            f"The index in {place} cannot be read ({text}).",
            hint=START_AGAIN if lost else f"Run `assistant doctor --repair`. {START_AGAIN}",
        ) from error


def _connect(folder: Path, url: str) -> Any:
    quiet = ChromaSettings(anonymized_telemetry=False)
    if url:
        parts = urlsplit(url)
        return chromadb.HttpClient(
            host=parts.hostname or "",
            port=parts.port or (443 if parts.scheme == "https" else 80),
            ssl=parts.scheme == "https",
            settings=quiet,
        )
    folder.mkdir(parents=True, exist_ok=True)
    _check_log(folder / "chroma.sqlite3")
    with _CONNECTING:
        return chromadb.PersistentClient(str(folder), settings=quiet)


def _check_log(database: Path) -> None:
    """Read Chroma's write-ahead log once, which a damaged database does not survive.

    Chroma reads it too when it opens, but there damage ends in a panic that prints itself.
    """
    if not database.is_file():
        return
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=0)) as connection:
            connection.execute("SELECT sum(length(vector)) FROM embeddings_queue").fetchone()
    except sqlite3.OperationalError:
        pass  # busy, or empty so far: for Chroma to deal with
    except sqlite3.DatabaseError as error:
        raise IndexDamagedError(
            f"The index in {database.parent} cannot be read ({error}).", hint=START_AGAIN
        ) from error


def disconnect(folder: Path) -> None:
    """Forget Chroma's cached client of this folder, so that the next open reads it afresh.

    Needed when another process has written: an embedded Chroma keeps its vectors in memory. The
    old client is not stopped, since answers that are under way may still use it.
    """
    # Chroma has clear_system_cache() for this, but that forgets every folder's client.
    with _CONNECTING:
        system = SharedSystemClient._identifier_to_system.pop(str(folder), None)
        if system is not None:
            _FORGOTTEN.add(system)
    del system
    # They are full of cycles and hold files open, which would pile up in a long-lived chat.
    if len(_FORGOTTEN) > MAX_FORGOTTEN:
        gc.collect()


def forget_vectors(folder: Path, collection: str) -> None:
    """Delete the vector files of a collection of an embedded index; call it while writing.

    For files that are damaged: Chroma starts them anew, and texts and metadata, which lie in
    its database, can be read again.
    """
    disconnect(folder)
    query = (
        "SELECT segments.id FROM segments JOIN collections ON collections.id = segments.collection "
        "WHERE collections.name = ? AND segments.scope = 'VECTOR'"
    )
    try:
        with contextlib.closing(sqlite3.connect(folder / "chroma.sqlite3")) as database:
            segments = [str(row[0]) for row in database.execute(query, (collection,))]
    except sqlite3.Error as error:
        raise IndexDamagedError(
            f"The index in {folder} cannot be read ({error}).", hint=START_AGAIN
        ) from error
    for segment in segments:
        shutil.rmtree(folder / segment, ignore_errors=True)


def _create(client: Any, fingerprint: str, model: str) -> None:
    """Make the collections that are missing; the manifest comes last and makes it an index."""
    articles = client.get_or_create_collection(ARTICLES, embedding_function=None)
    if articles.get(ids=[MANIFEST], include=[])["ids"]:
        return
    name = _collection_name()
    _create_passages(client, name)
    manifest = {
        "schema": SCHEMA,
        "collection": name,
        "fingerprint": fingerprint,
        "model": model,
        "generation": secrets.token_hex(8),
    }
    articles.upsert(ids=[MANIFEST], embeddings=[NO_VECTOR], metadatas=[manifest])


def _create_passages(client: Any, name: str) -> Any:
    return client.create_collection(
        name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )


def _collection_name() -> str:
    return f"{PASSAGES}-{secrets.token_hex(4)}"


def _where(
    filters: Filters,
    people: Sequence[str],
    articles: Collection[str] | None,
    audiences: Collection[str] | None,
) -> dict[str, Any] | None:
    clauses: list[dict[str, Any]] = []
    if filters.since:
        clauses.append({"day": {"$gte": day_number(filters.since)}})
    if filters.until:
        clauses.append({"day": {"$lte": day_number(filters.until)}})
    if len(people) == 1:
        clauses.append({"people": {"$contains": people[0]}})
    elif people:
        clauses.append({"$or": [{"people": {"$contains": person}} for person in people]})
    if articles is not None:
        clauses.append({"article_id": {"$in": sorted(articles)}})
    if audiences is not None:
        # An empty list is refused by Chroma; no article has the audience that stands in for it.
        clauses.append({"audience": {"$in": sorted(audiences) or ["none"]}})
    if len(clauses) > 1:
        return {"$and": clauses}
    return clauses[0] if clauses else None


def _batches(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
