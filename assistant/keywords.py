"""The keyword index: BM25 over passages in tantivy, derived from the store and rebuilt at will.

It holds what the collection holds, by article id; `generation` says which state of the collection
it was last made equal to. Text is transliterated, lower-cased and stemmed for matching only.
"""

import datetime
import json
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy
from rapidfuzz import fuzz, process

from assistant.errors import IndexDamagedError
from assistant.names import one_name_for_countries, to_latin
from assistant.types import Filters, Passage

# A title names the subject once, so it counts more than a mention in passing.
TITLE_BOOST = 0.5
FUZZY_BOOST = 0.6
ANALYSIS = "2"  # change it when text is matched differently: the index is then made anew
MIN_FUZZY_CHARS = 5
MIN_SLIP_RATIO = 86  # "extend" is no slip for "extent"
MIN_FUZZY_RATIO = 80

STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being between both but "  # noqa: SIM905
    "by can could did do does doing done during each for from had has have having he her hers him "
    "his how i if in into is it its just may me might more most must my no nor not of off on once "
    "only or other our out over own s same say said says she should so some such t tell than that "
    "the their them then there these they this those through to too under until up us very was we "
    "were what when where which while who whom whose why will with would you your".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the keyword index needs to know of one passage."""

    passage: Passage
    title: str
    people: tuple[str, ...]
    date: datetime.date | None


class KeywordIndex:
    """BM25 with stemming and misspelling, in one folder or, without one, in memory.

    One writer at a time; readers any.

    `generation` is the state of the collection that it was last made equal to, "" for none.
    Opens the folder, or starts an empty index when there is none or `fresh` is set. Raises
    IndexDamagedError when the folder holds something unreadable; it can always be made anew.
    """

    def __init__(self, folder: Path | None, *, fresh: bool = False) -> None:
        self._stamp = folder / "generation.json" if folder else None
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("passage_id", stored=True, tokenizer_name="raw")
        schema.add_text_field("article_id", stored=True, tokenizer_name="raw")
        schema.add_text_field("text", tokenizer_name="news")
        schema.add_text_field("title", tokenizer_name="news")
        schema.add_text_field("people", tokenizer_name="raw")
        schema.add_integer_field("day", indexed=True, fast=True)
        self._schema = schema.build()
        self._analyzer = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.remove_long(60))
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
        if folder and (fresh or self._noted("analysis", ANALYSIS) != ANALYSIS):
            shutil.rmtree(folder, ignore_errors=True)
        # Noted before the index is opened, so that what is opened is this state or a later one.
        self.generation = self._noted("generation", "")
        try:
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
            self._index.register_tokenizer("news", self._analyzer)
            self._index.reload()
        except (ValueError, OSError) as error:
            raise IndexDamagedError(
                f"The keyword index in {folder} cannot be read ({error}).",
                hint="Run `assistant doctor --repair`; it is made anew from the articles.",
            ) from error

    def _noted(self, what: str, otherwise: str) -> str:
        if self._stamp is None:
            return otherwise
        try:
            return str(json.loads(self._stamp.read_text(encoding="utf-8"))[what])
        except (OSError, ValueError, KeyError, TypeError):
            return otherwise

    def update(
        self, entries: Iterable[Entry], *, removed_articles: Collection[str], generation: str
    ) -> None:
        """Remove those articles, add these passages, and note the state; all of it or nothing.

        Passages of an article that is already there replace it.
        """
        entries = list(entries)
        writer = self._index.writer(heap_size=30_000_000, num_threads=1)
        for article_id in {*removed_articles, *(e.passage.article_id for e in entries)}:
            writer.delete_documents_by_term("article_id", article_id)
        for entry in entries:
            document = tantivy.Document(
                passage_id=[entry.passage.id],
                article_id=[entry.passage.article_id],
                text=[_folded(entry.passage.text)],
                title=[_folded(entry.title)],
                people=list(entry.people),
                day=[day_number(entry.date)] if entry.date else [],
            )
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        if self._stamp:
            scratch = self._stamp.with_suffix(".new")
            noted = {"generation": generation, "analysis": ANALYSIS}
            scratch.write_text(json.dumps(noted), encoding="utf-8")
            scratch.replace(self._stamp)
        self.generation = generation

    def search(
        self,
        question: str,
        *,
        limit: int,
        filters: Filters = Filters(),
        people: Sequence[str] = (),
        articles: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Return up to `limit` passage ids with their BM25 score, best first.

        A word that no passage has matches the closest spellings instead. `people` are the
        spellings of the person to filter by, `articles` the ids to look among. No usable word in
        the question: an empty list.
        """
        words = self._words(question)
        if not words:
            return []
        clauses = []
        for word in words:
            for spelling, boost in self._spellings(word):
                for field, weight in (("text", 1.0), ("title", TITLE_BOOST)):
                    query = tantivy.Query.term_query(self._schema, field, spelling)
                    clauses.append(
                        (tantivy.Occur.Should, tantivy.Query.boost_query(query, boost * weight))
                    )
        matching = tantivy.Query.boolean_query(clauses)
        required = [matching, *self._filter_queries(filters, people, articles)]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in required])
        searcher = self._index.searcher()
        return [
            (searcher.doc(address)["passage_id"][0], score)
            for score, address in searcher.search(query, limit).hits
        ]

    def unknown_words(self, text: str) -> list[str]:
        """Return the content words of `text` that occur in no passage, as written, in order."""
        unknown: dict[str, None] = {}
        for word in to_latin_words(text):
            stems = self._words(word.folded)
            if stems and not any(
                self._occurs(field, stem) for stem in stems for field in ("text", "title")
            ):
                unknown.setdefault(word.written)
        return list(unknown)

    def has_similar_word(self, word: str) -> bool:
        """Whether some passage has this word in another spelling, so that it may be a typo."""
        return all(self._similar(stem) for stem in self._words(word))

    def similar_word(self, word: str) -> str:
        """Return the indexed word that `word` is most likely a slip for, or "" for none.

        Words are indexed by their stems; one that lost its ending to stemming is no spelling.
        """
        stems = self._words(word)
        found = self._similar(stems[0]) if len(stems) == 1 else []
        near = [w for w in found if fuzz.ratio(w, word.casefold()) >= MIN_SLIP_RATIO]
        return near[0] if near and abs(len(near[0]) - len(word)) <= 1 else ""

    def rarity(self, word: str) -> float:
        """Return how rare a word is, in [0, 1]: 1 in no passage or one, 0 in every passage."""
        import math

        searcher = self._index.searcher()
        total = max(searcher.num_docs, 1)
        stems = self._words(word)
        if not stems:
            return 0.0
        frequency = min(max(searcher.doc_freq("text", stem), 1) for stem in stems)
        return math.log(1 + total / frequency) / math.log(1 + total) if total > 1 else 1.0

    def stem(self, text: str) -> list[str]:
        """Return the stems of the content words of `text`, in order, as they are matched."""
        return self._words(text)

    def article_ids(self) -> set[str]:
        """Return the ids of all articles in the index."""
        return self._living("article_id")

    def passage_ids(self) -> set[str]:
        """Return the ids of all passages in the index."""
        return self._living("passage_id")

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def _living(self, field: str) -> set[str]:
        terms = self._index.searcher().terms_with_prefix(field, "")
        return {term for term, _ in terms if self._occurs(field, term)}

    def _occurs(self, field: str, term: str) -> bool:
        """Whether some passage has this term; the dictionary keeps those of removed passages."""
        query = tantivy.Query.term_query(self._schema, field, term)
        return bool(self._index.searcher().search(query, 1, count=False).hits)

    def _words(self, text: str) -> list[str]:
        folded = _folded(text).replace("’", "'")
        folded = " ".join(
            w for w in folded.split() if w.strip(".,;:!?\"'()").lower() not in STOP_WORDS
        )
        return [
            stem
            for stem in dict.fromkeys(self._analyzer.analyze(folded))
            if stem not in STOP_WORDS and len(stem) > 1
        ]

    def _spellings(self, stem: str) -> list[tuple[str, float]]:
        if self._occurs("text", stem) or self._occurs("title", stem):
            return [(stem, 1.0)]
        return [(spelling, FUZZY_BOOST) for spelling in self._similar(stem)]

    def _similar(self, stem: str) -> list[str]:
        """Return up to three indexed words spelt like `stem`, all with its first letter.

        Typos rarely change that.
        """
        if len(stem) < MIN_FUZZY_CHARS - 1 or any(c.isdigit() for c in stem):
            return []
        same_start = [t for t, _ in self._index.searcher().terms_with_prefix("text", stem[0])]
        found = process.extract(
            stem, same_start, scorer=fuzz.ratio, score_cutoff=MIN_FUZZY_RATIO, limit=3
        )
        return [spelling for spelling, _, _ in found]

    def _filter_queries(
        self, filters: Filters, people: Sequence[str], articles: Collection[str] | None
    ) -> Sequence[tantivy.Query]:
        queries = []
        if people:
            queries.append(tantivy.Query.term_set_query(self._schema, "people", list(people)))
        if filters.since or filters.until:
            queries.append(
                tantivy.Query.range_query(
                    self._schema,
                    "day",
                    tantivy.FieldType.Integer,
                    lower_bound=day_number(filters.since) if filters.since else 0,
                    upper_bound=day_number(filters.until) if filters.until else 99991231,
                )
            )
        if articles is not None:
            queries.append(
                tantivy.Query.term_set_query(self._schema, "article_id", sorted(articles))
            )
        return queries


@dataclass(frozen=True, slots=True)
class _Word:
    written: str
    folded: str


def to_latin_words(text: str) -> list[_Word]:
    """Return the words of `text` as written, each with its transliteration."""
    import re

    return [_Word(word, to_latin(word)) for word in re.findall(r"[^\W_]+(?:['’\-][^\W_]+)*", text)]


def _folded(text: str) -> str:
    """Return `text` as it is matched: in Latin letters, each country under one name."""
    return to_latin(one_name_for_countries(text))


def day_number(date: datetime.date) -> int:
    """Return a date as an integer that sorts and compares: 20250218."""
    return date.year * 10_000 + date.month * 100 + date.day
