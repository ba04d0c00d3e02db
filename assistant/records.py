"""What an article looks like in Chroma: frozen values ↔ metadata records. Pure.

An article is one head record (everything but its text) and part records, which hold consecutive
slices of its text with the sentences that begin in them. Text lies in metadata, not in Chroma's
documents, whose full-text index would cost three times as long to write and is never asked.
"""

import base64
import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.embedding import Vectors
from assistant.keywords import day_number
from assistant.roles import Role
from assistant.types import Article, Passage, Sentence

PART_CHARS = 8_000


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """What is known of a committed article without reading its text."""

    id: str
    source: str
    title: str
    date: datetime.date | None
    outlet: str
    people: tuple[str, ...]
    raw_sha256: str
    passages: int
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the index holds it; `vectors` has one unit row per sentence."""

    article: Article
    sentences: tuple[Sentence, ...]
    vectors: Vectors
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to be stored: `passage_vectors` and `stored.vectors` are unit rows."""

    stored: StoredArticle
    passages: tuple[Passage, ...]
    passage_vectors: Vectors
    raw_sha256: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A passage found by vector: its place, its article's head fields, and the cosine."""

    passage: Passage
    title: str
    date: datetime.date | None
    source: str
    outlet: str
    similarity: float | None
    groups: tuple[str, ...] = ()


def head_id(article_id: str) -> str:
    """Return the record id of an article's head."""
    return f"{article_id}/head"


def head_record(prepared: Prepared, started: float) -> dict[str, Any]:
    """Return the head of an article that is not committed yet."""
    article = prepared.stored.article
    fields = {
        "title": article.title,
        "source": article.source,
        "outlet": article.outlet,
        "author": article.author,
        "place": article.place,
        "people": json.dumps(article.people, ensure_ascii=False),
        "sources": json.dumps(article.sources),
        "groups": audience_of(article.groups),
        "roles": json.dumps(
            [(role.person, role.words) for role in prepared.stored.roles], ensure_ascii=False
        ),
        "date": article.date.isoformat() if article.date else "",
    }
    return {
        **fields,
        "article_id": article.id,
        "state": "pending",
        "started": started,
        "raw_sha256": prepared.raw_sha256,
        "passages": len(prepared.passages),
        "characters": len(article.text),
    }


def head_of(article_id: str, metadata: Mapping[str, Any]) -> ArticleHead:
    """Return what a head record says."""
    return ArticleHead(
        id=article_id,
        source=metadata["source"],
        title=metadata["title"],
        date=_date(metadata["date"]),
        outlet=metadata["outlet"],
        people=tuple(json.loads(metadata["people"])),
        raw_sha256=metadata["raw_sha256"],
        passages=metadata["passages"],
        roles=_roles(metadata),
        groups=groups_of(metadata.get("groups", "")),
    )


def audience_of(groups: Sequence[str]) -> str:
    """Return what stands for these groups in a record, which can be asked for; "" for everybody."""
    return json.dumps(sorted(groups), ensure_ascii=False) if groups else ""


def groups_of(audience: str) -> tuple[str, ...]:
    """Return the groups that `audience_of` was given, sorted."""
    return tuple(json.loads(audience)) if audience else ()


def vectors_key(collection: str) -> str:
    """Return the metadata key of the sentence vectors that belong to a passages collection."""
    return f"vectors/{collection}"


def part_records(stored: StoredArticle, collection: str) -> dict[str, dict[str, Any]]:
    """Return part records by id; sentence vectors are kept under a key of their collection."""
    article, records = stored.article, {}
    vectors = np.round(stored.vectors * 127).astype(np.int8)
    position = 0
    for number, start in enumerate(range(0, len(article.text), PART_CHARS)):
        end = start + PART_CHARS
        first = position
        while position < len(stored.sentences) and stored.sentences[position].start < end:
            position += 1
        spans = [(s.start, s.end, s.speaker) for s in stored.sentences[first:position]]
        records[f"{article.id}/part-{number:05d}"] = {
            "article_id": article.id,
            "part": number,
            "text": article.text[start:end],
            "sentences": json.dumps(spans, ensure_ascii=False),
            vectors_key(collection): base64.b85encode(vectors[first:position].tobytes()).decode(),
        }
    return records


def assemble(records: Iterable[Mapping[str, Any]], collection: str) -> Iterator[StoredArticle]:
    """Put heads and parts together; articles that are not committed or not whole are left out."""
    heads: dict[str, Mapping[str, Any]] = {}
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        if "state" in record:
            heads[record["article_id"]] = record
        elif "part" in record:
            parts.setdefault(record["article_id"], []).append(record)
    for id, head in heads.items():
        if head["state"] != "committed":
            continue
        ordered = sorted(parts.get(id, ()), key=lambda part: part["part"])
        text = "".join(part["text"] for part in ordered)
        if len(text) != head["characters"]:
            continue  # part of its text is lost, so no offset can be believed
        sentences = [Sentence(*s) for part in ordered for s in json.loads(part["sentences"])]
        raw = b"".join(base64.b85decode(part[vectors_key(collection)]) for part in ordered)
        vectors = np.frombuffer(raw, dtype=np.int8).reshape(len(sentences), -1).astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        article = Article(
            id=id,
            source=head["source"],
            title=head["title"],
            text=text,
            date=_date(head["date"]),
            outlet=head["outlet"],
            author=head["author"],
            place=head["place"],
            people=tuple(json.loads(head["people"])),
            sources=tuple(json.loads(head["sources"])),
            groups=groups_of(head.get("groups", "")),
        )
        yield StoredArticle(article, tuple(sentences), vectors, _roles(head))


def passage_record(
    article: Article, sentences: Sequence[Sentence], passage: Passage
) -> dict[str, Any]:
    """Return the metadata of a passage."""
    metadata: dict[str, Any] = {
        "article_id": article.id,
        "number": passage.number,
        "start": passage.start,
        "end": passage.end,
        "first": passage.first,
        "last": passage.last,
        "title": article.title,
        "source": article.source,
        "outlet": article.outlet,
        "audience": audience_of(article.groups),
    }
    if article.date:
        metadata["day"] = day_number(article.date)
    if people := people_in(article, sentences, passage):
        metadata["people"] = list(people)
    return metadata


def people_in(article: Article, sentences: Sequence[Sentence], passage: Passage) -> tuple[str, ...]:
    """Return whom a passage names or quotes, among the article's people and its speakers."""
    speakers = {s.speaker for s in sentences[passage.first : passage.last + 1] if s.speaker}
    named = {p for p in article.people if p.split()[-1] in passage.text}
    return tuple(sorted(speakers | named))


def found_of(metadata: Mapping[str, Any], text: str, similarity: float | None) -> Found:
    """Return a passage from its record."""
    passage = Passage(
        article_id=metadata["article_id"],
        number=metadata["number"],
        start=metadata["start"],
        end=metadata["end"],
        first=metadata["first"],
        last=metadata["last"],
        text=text,
    )
    day = metadata.get("day")
    return Found(
        passage=passage,
        title=metadata["title"],
        date=datetime.date(day // 10_000, day // 100 % 100, day % 100) if day else None,
        source=metadata["source"],
        outlet=metadata["outlet"],
        similarity=similarity,
        groups=groups_of(metadata["audience"]),
    )


def _date(iso: str) -> datetime.date | None:
    return datetime.date.fromisoformat(iso) if iso else None


def _roles(metadata: Mapping[str, Any]) -> tuple[Role, ...]:
    return tuple(Role(*role) for role in json.loads(metadata.get("roles", "[]")))
