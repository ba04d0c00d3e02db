"""Who said what on a topic: for each speaker their own quoted words, and topics to pick from.

A row that is not on the topic is worse than a missing one. A sentence counts when its own words
name the topic; the more of them it lacks, the surer the reader must be that it is meant.
Only people speak here: of a body ("Reuters", "the Kremlin") it cannot be told whether it says
something or reports it.
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant import composing
from assistant.answering import Answering, check_question, clean
from assistant.composing import Chosen
from assistant.evidence import Opened, covered
from assistant.names import one_name_for_countries
from assistant.phrases import Phrase, person_speaking, phrases
from assistant.types import Citation, Filters

HITS = 100  # passages looked through for one topic
MAX_READ = 60  # sentences that the reader reads
PER_SPEAKER = 5
SAME_WORDS = 0.7  # sentences of one speaker that share this much are one, in two articles perhaps
# All of the topic's words decide alone; of a share `s`, the reader's logit must be 3 - 8s or more.
READER_WITHOUT_WORDS = 3.0
READER_PER_SHARE = 8.0
MIN_SHARE = 0.3
# Where the topic's names stand beside the sentence only, its other words must say something.
MIN_RARITY_BESIDE = 0.4
MIN_READER_BESIDE = -1.5

ARTICLES_READ = 300
MIN_SPEAKERS = 3
TOPICS_OFFERED = 8

_NAME = re.compile(r"\b[A-Z][\w.]*")
_SAYS_NOTHING = re.compile(r"\bcommented (?:\w+ ){0,3}on\b")  # and not what
_TITLE = re.compile(r"\b[A-Z][\w.]+(?: [A-Z][\w.]+){2,}")  # "National Security Adviser Mike Waltz"
_WORD = re.compile(r"[^\W_]+")
_NO_DATE = datetime.date.min


@dataclass(frozen=True, slots=True)
class Position:
    """What somebody says on a topic: the exact words, and `text`, the same standing alone.

    `also` are citations of the same words in other articles.
    """

    citation: Citation
    text: str
    also: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One speaker's positions on a topic, newest first; at least one."""

    speaker: str
    positions: tuple[Position, ...]


def who_said(
    answering: Answering,
    topic: str,
    *,
    filters: Filters = Filters(),
    per_speaker: int = PER_SPEAKER,
) -> tuple[Side, ...]:
    """Return who says something on a topic ("EU membership of Ukraine"), who says most first.

    Empty when no quote is on the topic. Citations are numbered from 1 in the order of the table.
    Raises QuestionError for a topic that cannot be looked for.
    """
    check_question(topic, max_chars=answering.max_question_chars)
    topic = answering.understood(clean(topic), (), today=datetime.date.today())
    opened = answering.open(answering.retriever.search(topic, limit=HITS, filters=filters))
    by_speaker: dict[str, list[_Mention]] = defaultdict(list)
    for mention in _mentions(topic, opened, answering):
        by_speaker[mention.speaker].append(mention)
    groups = {who: _different(own)[:per_speaker] for who, own in by_speaker.items()}
    sides: list[Side] = []
    cited = 0
    for who in sorted(groups, key=lambda who: (-len(groups[who]), -groups[who][0][0].rank)):
        sides.append(_side(who, groups[who], opened, after=cited))
        cited += sum(1 + len(position.also) for position in sides[-1].positions)
    return tuple(side for side in sides if side.positions)


def subjects(answering: Answering) -> tuple[Phrase, ...]:
    """Return what people are quoted on, two at least, in a word or two; most definite first.

    The newest ARTICLES_READ articles are read, at some 3 ms each: keep the phrases for as long as
    the index stays the same.
    """
    heads = answering.index.catalog().values()
    newest = sorted(heads, key=lambda head: head.date or _NO_DATE, reverse=True)
    stored = answering.index.articles([head.id for head in newest[:ARTICLES_READ]])
    articles = [Opened(s.article, s.sentences, s.vectors) for s in stored.values()]
    found = [p for p in phrases(articles, answering.names, answering.words) if len(p.speakers) > 1]
    # "security guarantees" says more than "guarantees".
    return tuple(sorted(found, key=lambda p: (-len(p.stems), -p.likeness, p.words)))


def topics(
    answering: Answering, among: Sequence[Phrase], *, limit: int = TOPICS_OFFERED
) -> tuple[str, ...]:
    """Return up to `limit` of these subjects on each of which `who_said` quotes three people."""
    found: list[Phrase] = []
    for phrase in among:
        if len(found) == limit:
            break
        is_new = not any(phrase.stems & other.stems for other in found)
        is_common = len(phrase.speakers) >= MIN_SPEAKERS
        if is_new and is_common and len(who_said(answering, phrase.words)) >= MIN_SPEAKERS:
            found.append(phrase)
    return tuple(phrase.words for phrase in found)


@dataclass(frozen=True, slots=True)
class _Topic:
    """A topic as it is matched.

    `weights` maps its stems and the people it names to their rarity; those in `named` are names,
    which are rarely said in other words.
    """

    weights: dict[str, float]
    named: frozenset[str]

    @classmethod
    def of(cls, topic: str, answering: Answering) -> "_Topic":
        """Read a topic; a word counts as a name when it begins with a capital."""
        words = answering.words
        mentions = answering.names.find(topic)
        weights = {m.name: words.rarity(m.name.split()[-1]) for m in mentions}
        for mention in reversed(mentions):
            topic = f"{topic[: mention.start]} {topic[mention.end :]}"
        topic = one_name_for_countries(topic)
        named = {stem for name in _NAME.findall(topic) for stem in words.stem(name)}
        for word in _WORD.findall(topic):
            weights |= {stem: words.rarity(word) for stem in words.stem(word)}
        return cls(weights, frozenset(named | {m.name for m in mentions}))

    def said(
        self, article: Opened, position: int, speaker: str, answering: Answering
    ) -> "_Mention | None":
        """Return a sentence as a mention of the topic, None when it has too little of it."""
        words = answering.words
        text = article.text(position)
        if _SAYS_NOTHING.search(text):
            return None
        own = _tokens(_TITLE.sub(" ", text), answering) | words.named(text) | {speaker}
        has_all_names = self.named <= own
        if not has_all_names:
            others = own & self.weights.keys() - self.named
            if max((self.weights[stem] for stem in others), default=0) < MIN_RARITY_BESIDE:
                return None
            before = _tokens(article.text(position - 1), answering) if position else frozenset()
            title = _tokens(article.article.title, answering)
            if not (self.named <= own | before or self.named <= title):
                return None
        share = covered(self.weights, own | self.named)
        if share < MIN_SHARE or not own & self.weights.keys() - {speaker}:
            return None
        return _Mention(article, position, speaker, share, beside=not has_all_names)


@dataclass(frozen=True, slots=True)
class _Mention:
    """A quoted sentence that may be on a topic, and which share of the topic's words it has.

    `beside` says that names of the topic stand in the sentence before or in the title only.
    """

    article: Opened
    position: int
    speaker: str
    share: float
    beside: bool
    reader: float = 0.0

    @property
    def is_on_topic(self) -> bool:
        """Whether the words and the reader together are sure enough."""
        needed = READER_WITHOUT_WORDS - READER_PER_SHARE * self.share
        if self.beside:
            needed = max(needed, MIN_READER_BESIDE)
        return self.reader >= needed or (self.share == 1.0 and not self.beside)

    @property
    def rank(self) -> float:
        """How well it fits; comparable within one topic."""
        return self.reader + READER_PER_SHARE * self.share / 2


def _mentions(topic: str, opened: dict[str, Opened], answering: Answering) -> list[_Mention]:
    """Return the sentences of people on a topic, best first."""
    wanted = _Topic.of(topic, answering)
    likely: list[_Mention] = []
    for article in opened.values():
        for position, sentence in enumerate(article.sentences):
            speaker = person_speaking(sentence.speaker, answering.names)
            if speaker and (mention := wanted.said(article, position, speaker, answering)):
                likely.append(mention)
    likely.sort(key=lambda mention: -mention.share)
    nearest = likely[:MAX_READ]
    # The bare topic tells better what is on it than "What did X say about it?".
    readings = answering.reader.read(
        f"{topic}?", [m.article.in_context(m.position) for m in nearest]
    )
    read = [
        replace(mention, reader=lines[-1].answers)
        for mention, lines in zip(nearest, readings, strict=True)
    ]
    honest = (m for m in read if m.is_on_topic and not m.article.is_hostile(m.position))
    return sorted(honest, key=lambda mention: -mention.rank)


def _tokens(text: str, answering: Answering) -> frozenset[str]:
    return frozenset(answering.words.stem(text)) | answering.words.named(text)


def _different(mentions: Sequence[_Mention]) -> list[list[_Mention]]:
    """Return the mentions, each with those that repeat it, in the order of the first ones."""
    groups: list[tuple[frozenset[str], list[_Mention]]] = []
    for mention in mentions:
        words = frozenset(_WORD.findall(mention.article.text(mention.position).casefold()))
        for said, same in groups:
            if len(words & said) >= SAME_WORDS * min(len(words), len(said)):
                same.append(mention)
                break
        else:
            groups.append((words, [mention]))
    return [same for _, same in groups]


def _side(
    speaker: str, groups: Sequence[Sequence[_Mention]], opened: dict[str, Opened], *, after: int
) -> Side:
    """Return one speaker's row, newest first, with citations numbered on from `after`."""
    newest = sorted(groups, key=lambda g: g[0].article.article.date or _NO_DATE, reverse=True)
    positions: list[Position] = []
    for group in newest:
        chosen = [Chosen(m.article.article, m.position) for m in group]
        said, cited = composing.quote(chosen, opened, after=after)
        if cited:
            positions.append(Position(cited[0], said[0].text, cited[1:]))
            after += len(cited)
    return Side(speaker, tuple(positions))
