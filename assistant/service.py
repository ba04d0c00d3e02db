"""Assistant: the one place where settings become objects."""

import copy
import datetime
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from assistant import doctor, positions, suggesting
from assistant import ingest as ingesting
from assistant import timeline as timelines
from assistant.adapter import adapter_for
from assistant.answering import Answering, check_question, clean, words_of
from assistant.checking import Language, Quoted
from assistant.embedding import Embedder, open_embedder
from assistant.errors import IndexMissingError
from assistant.feedback import FeedbackStore
from assistant.index import ArticleIndex, disconnect, write_lock
from assistant.keywords import KeywordIndex
from assistant.names import NameTable
from assistant.phrases import Phrase
from assistant.positions import Side
from assistant.reader import Judges, Reader, support
from assistant.records import ArticleHead
from assistant.retrieval import HybridRetriever
from assistant.roles import RoleTable
from assistant.settings import Settings, load_settings
from assistant.types import (
    Answer,
    Article,
    Event,
    Filters,
    Hit,
    IngestReport,
    OnProgress,
    Turn,
)
from assistant.writing import Writer

if TYPE_CHECKING:
    from assistant.llm import ChatModel

# Those that do not see everything have a keyword index of their own in memory.
KEPT_AUDIENCES = 16
REMEMBERED_VECTORS = 2_000
REMEMBERED_TIMELINES = 32
REMEMBERED_WORDS = 50_000
_EPOCH = datetime.date.min


class Assistant:
    """Ask, search and ingest over one index. Stateless between calls and safe to share.

    It sees every article; `seen_by` gives the one for members of certain groups.
    The index is opened when it is first needed, and opened again when another process has
    written to it, so that a running chat follows an `ingest` beside it.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        *,
        reader: Judges | None = None,
        model: "ChatModel | None" = None,
    ) -> None:
        self.settings = settings
        self.model = model
        self.embedder = embedder
        self.reader = reader or Reader()
        self.adapter = adapter_for(embedder.fingerprint)
        self.groups: frozenset[str] | None = None
        self._shared = _Shared()

    @classmethod
    def from_settings(cls, settings: Settings | None = None) -> "Assistant":
        """Return an assistant for these settings, or for those of the environment.

        Raises ModelSettingError when the chat model that is set cannot be made.
        """
        settings = settings or load_settings()
        cache = settings.cache or Path(platformdirs.user_cache_dir("talks-assistant"))
        embedder = open_embedder(settings.embedding_model, cache=cache)
        return cls(settings, embedder, model=_model(settings))

    def seen_by(self, groups: Collection[str]) -> "Assistant":
        """Return this assistant over only those articles that members of these groups may see.

        Whatever it says and counts is what it would say and count if the index held no others:
        passages, words and their rarity, names and offices all come from these.
        """
        seen = copy.copy(self)
        seen.groups = frozenset(groups)
        return seen

    def answering_all(self) -> "Assistant":
        """Return this assistant without a threshold: nothing is refused for want of confidence."""
        daring = copy.copy(self)
        daring.settings = self.settings.model_copy(update={"min_confidence": 0.0})
        daring._shared = _Shared()
        return daring

    # --- Asking ---------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Answer:
        """Return the answer; `history` holds earlier questions or turns, oldest first.

        `today` is what "last month" counts from; the day of asking unless given.
        """
        return self.answering.ask(
            question, history=_turns(history), filters=_clean(filters), today=today
        )

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Generator[Event, None, None]:
        """Yield the answer as it comes about: Understood, Found, Said …, Done."""
        yield from self.answering.stream(
            question, history=_turns(history), filters=_clean(filters), today=today
        )

    def search(self, question: str, *, limit: int = 10, filters: Filters = Filters()) -> list[Hit]:
        """Return up to `limit` passages, best first, without answering.

        Raises QuestionError for a question that cannot be asked.
        """
        check_question(question, max_chars=self.settings.max_question_chars)
        return self.answering.retriever.search(
            clean(question), limit=limit, filters=_clean(filters)
        )

    def who_said(self, topic: str, *, filters: Filters = Filters()) -> tuple[Side, ...]:
        """Return who is quoted on a topic and with what, see `positions.who_said`.

        Raises QuestionError for a topic that cannot be searched for.
        """
        check_question(topic, max_chars=self.settings.max_question_chars)
        return positions.who_said(self.answering, clean(topic), filters=_clean(filters))

    def topics(self) -> tuple[str, ...]:
        """Return topics on which several people are quoted, those with the most first."""
        return self._seen.topics

    def timeline(
        self,
        *,
        person: str = "",
        since: datetime.date | None = None,
        until: datetime.date | None = None,
    ) -> tuple[timelines.Event, ...]:
        """Return what happened when, see `timeline.timeline`."""
        return self._seen.timeline(clean(person), since, until)

    def suggested(
        self,
        answer: Answer,
        hits: Sequence[Hit],
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
    ) -> tuple[str, ...]:
        """Return questions to ask next, see `suggesting.suggested`; `hits` come with Found."""
        seen = self._seen
        return suggesting.suggested(
            seen.answering,
            answer,
            hits,
            seen.subjects,
            history=_turns(history),
            filters=_clean(filters),
        )

    def article(self, article_id: str) -> Article | None:
        """Return an article as it is quoted, or None when the index has it no longer."""
        stored = self.answering.index.article(article_id)
        return stored.article if stored else None

    def catalog(self) -> list[ArticleHead]:
        """Return what is known of every article, newest first, undated last."""
        heads = self.answering.index.catalog().values()
        return sorted(heads, key=lambda h: (h.date is None, -(h.date or _EPOCH).toordinal()))

    @property
    def retriever(self) -> HybridRetriever:
        """The LangChain retriever."""
        return self.answering.retriever

    @property
    def chain(self) -> Any:
        """The answer path as a LangChain Runnable: question → Answer."""
        return self.answering.as_runnable()

    @cached_property
    def feedback(self) -> FeedbackStore:
        """What readers thought of answers; opened when it is first written to or read."""
        url = self.settings.feedback_url
        return FeedbackStore(url) if url else FeedbackStore.beside(self.settings.index)

    @property
    def answering(self) -> Answering:
        """The answer path over the index as it is now, as far as these groups may see it."""
        return self._seen.answering

    @property
    def _seen(self) -> "_Seen":
        with self._shared.lock:
            opened = self._shared.opened
            if opened is None or opened.index.generation != opened.generation:
                if opened is not None:
                    disconnect(self.settings.index)
                opened = self._shared.opened = self._opened()
            seen = opened.index.seen_by(self.groups)
            if seen.visible not in opened.seen:
                keywords = opened.keywords if seen.sees_all else ingesting.keywords_of(seen)
                opened.seen[seen.visible] = _Seen(self._answering(seen, keywords))
                while len(opened.seen) > KEPT_AUDIENCES:
                    opened.seen.popitem(last=False)
            opened.seen.move_to_end(seen.visible)
            return opened.seen[seen.visible]

    def _opened(self) -> "_Opened":
        settings = self.settings
        index = ArticleIndex.open(
            settings.index,
            url=settings.chroma_url,
            fingerprint=self.embedder.fingerprint,
            model=self.embedder.name,
        )
        generation = index.generation
        keywords = ingesting.open_keywords(settings.index)
        if keywords.generation != generation:
            ingesting.follow_if_free(index, settings.index, keywords)
        # While the keyword index lags behind the collection, look again at every question.
        followed = keywords.generation == generation
        return _Opened(generation if followed else "", index, keywords)

    def _answering(self, index: ArticleIndex, keywords: KeywordIndex) -> Answering:
        heads = index.catalog().values()
        names = NameTable(n for head in heads for n in head.people)
        roles = RoleTable(
            (role.words, role.person, head.date) for head in heads for role in head.roles
        )
        retriever = HybridRetriever(
            index=index,
            keywords=keywords,
            embedder=self.embedder,
            adapter=self.adapter,
            names=names,
        )
        return Answering(
            index=index,
            words=words_of(keywords, names),
            embedder=self.embedder,
            adapter=self.adapter,
            reader=self.reader,
            retriever=retriever,
            names=names,
            roles=roles,
            min_confidence=self.settings.min_confidence,
            max_question_chars=self.settings.max_question_chars,
            writer=self._writer(heads, keywords, names),
        )

    def _writer(
        self, heads: Collection[ArticleHead], keywords: KeywordIndex, names: NameTable
    ) -> Writer | None:
        """Return who writes, with what it may know of this index; None when answers are quoted."""
        if self.model is None:
            return None
        called: dict[str, set[str]] = defaultdict(set)
        for head in heads:
            for role in head.roles:
                called[names.standard(role.person)].add(role.words)
        embed = lru_cache(REMEMBERED_VECTORS)(self.embedder.embed_question)
        language = Language(
            stem=lru_cache(REMEMBERED_WORDS)(keywords.stem),
            rarity=lru_cache(REMEMBERED_WORDS)(keywords.rarity),
            similarity=lambda one, other: float(embed(one) @ embed(other)),
            reading=lru_cache(REMEMBERED_VECTORS)(self._reading),
        )
        return Writer(
            self.model, names, language, about=lambda name: " ".join(sorted(called.get(name, ())))
        )

    def _reading(self, sentence: str, quote: Quoted) -> float:
        return support(self.reader, sentence, quote.text, title=quote.title, speaker=quote.speaker)

    # --- Keeping the index ----------------------------------------------------------------

    def ingest(
        self,
        inputs: Sequence[str],
        *,
        prune: bool = False,
        dry_run: bool = False,
        rebuild: bool = False,
        on_progress: OnProgress = lambda *_: None,
    ) -> IngestReport:
        """Bring the index level with these files, folders and URLs, making it if need be.

        With `rebuild`, every article already there is embedded anew with the model in use.
        Raises IndexBusyError when another process keeps writing.
        """
        settings = self.settings
        # A dry run writes nothing, not even the lock's file.
        lock = write_lock(settings.index, timeout_s=settings.lock_timeout_s)
        with nullcontext() if dry_run else lock:
            index = self._index_to_write(create=not dry_run, any_model=rebuild)
            if rebuild and index and not dry_run:
                ingesting.rebuild(index, self.embedder, on_progress=on_progress)
            return ingesting.ingest(
                inputs,
                index=index,
                keywords=None if dry_run else ingesting.open_keywords(settings.index),
                embedder=self.embedder,
                limits=ingesting.Limits(
                    max_mb=settings.max_file_mb,
                    fetch_timeout_s=settings.fetch_timeout_s,
                    fetch_allow=settings.fetch_allow,
                ),
                prune=prune,
                on_progress=on_progress,
            )

    def _index_to_write(self, *, create: bool, any_model: bool) -> ArticleIndex | None:
        settings = self.settings
        disconnect(settings.index)  # another process may have written since we last looked
        try:
            return ArticleIndex.open(
                settings.index,
                url=settings.chroma_url,
                fingerprint=self.embedder.fingerprint,
                model=self.embedder.name,
                create=create,
                any_model=any_model,
            )
        except IndexMissingError:
            if create:
                raise
            return None

    def examine(
        self, *, repair: bool = False, on_progress: Callable[[str], None] = lambda _: None
    ) -> doctor.Diagnosis:
        """Compare everything that must agree in the index, and with `repair` make it agree."""
        return doctor.examine(
            self.settings.index,
            url=self.settings.chroma_url,
            embedder=self.embedder,
            repair=repair,
            lock_timeout_s=self.settings.lock_timeout_s,
            on_progress=on_progress,
        )

    def has_articles(self) -> bool:
        """Whether there is an index with at least one article in it."""
        try:
            return bool(self.answering.index.catalog())
        except IndexMissingError:
            return False


class _Seen:
    """The answer path over what somebody may see, and what is read of all of it only once."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.timeline = lru_cache(REMEMBERED_TIMELINES)(self._timeline)

    @cached_property
    def subjects(self) -> tuple[Phrase, ...]:
        return positions.subjects(self.answering)

    @cached_property
    def topics(self) -> tuple[str, ...]:
        return positions.topics(self.answering, self.subjects)

    def _timeline(
        self, person: str, since: datetime.date | None, until: datetime.date | None
    ) -> tuple[timelines.Event, ...]:
        return timelines.timeline(self.answering, person=person, since=since, until=until)


@dataclass(slots=True)
class _Opened:
    """One state of the index, and each part of it that somebody has asked to see."""

    generation: str
    index: ArticleIndex
    keywords: KeywordIndex
    seen: OrderedDict[frozenset[str] | None, _Seen] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class _Shared:
    """What an assistant shares with those that see less of the same index."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    opened: _Opened | None = None


def _model(settings: Settings) -> "ChatModel | None":
    if not settings.model:
        return None
    from assistant.llm import open_model

    return open_model(
        settings.model,
        base_url=settings.model_url,
        api_key=settings.model_key.get_secret_value(),
        timeout_s=settings.model_timeout_s,
        context_tokens=settings.model_context_tokens,
    )


def _turns(history: Sequence[str | Turn]) -> list[Turn]:
    turns = [turn if isinstance(turn, Turn) else Turn(turn) for turn in history]
    return [Turn(clean(turn.question), clean(turn.answer)) for turn in turns]


def _clean(filters: Filters) -> Filters:
    return replace(filters, person=clean(filters.person), source=clean(filters.source))
