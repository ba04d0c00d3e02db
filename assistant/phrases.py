"""What articles are about, in a word or two ("sanctions", "security guarantees"), and whose words.

No list of topics: a phrase is a noun by the company it keeps, and a topic when the sentences that
have it are alike wherever they stand ("ceasefire"), which those with "idea" or "early" are not.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from assistant.asking import Words
from assistant.embedding import Vectors
from assistant.evidence import Opened
from assistant.names import NameTable

MIN_TIMES = 3
MIN_TIMES_OF_TWO = 2  # "security guarantees" needs less proof than "guarantees"
MIN_LIKENESS = 0.42  # mean cosine of its sentences from article to article
MIN_RARITY = 0.4
# Shares of a word's places that tell a noun that can stand for itself from other words.
MIN_LAST = 0.4
MIN_AFTER_DETERMINER = 0.1
MAX_AFTER_VERB = 0.2
MAX_BEFORE_NAME = 0.25  # "minister", "envoy"
MIN_WITH_ARTICLE = 0.2  # "peace" has none

_TOKEN = re.compile(r"[^\W\d_][\w’'\-]*|[^\w\s]|\d+")
_BODY = re.compile(r"[A-Z]{2,5}")  # NATO
_DETERMINERS = frozenset(
    "the a an of on about for over no its his their her more any with against into between under "  # noqa: SIM905
    "without within some all".split()
)
_VERBS = frozenset(
    "to would will could should must not he she they it had has have was were is are been "  # noqa: SIM905
    "be".split()
)
_LINKS = frozenset(
    "both in at from and or but by as that which who this these those after before during since "  # noqa: SIM905
    "until than such own other each many most few several next last first second third new same "
    "another what them per later earlier ago two three four five six seven eight nine ten too "
    "so one".split()
)
# How news is told, whatever it is about.
_TELLING = frozenset(
    "talk talks meeting meetings conversation call calls discussion statement report reports "  # noqa: SIM905
    "account accounts news press conference word words text document view position decision answer "
    "question questions case point points idea result results promise declaration side sides team "
    "teams delegation delegations official officials leader leaders president presidents minister "
    "ministers representative host capital day days hour hours week weeks month months year years "
    "minutes time step steps table session sessions round rounds part way visit trip place state "
    "country countries group order progress version versions interview remarks early times almost "
    "half wording people negotiations adviser ambassador negotiators date office principle role "
    "tone".split()
)
_ARTICLES = {"a": "a", "an": "a", "the": "the"}
_NO_NOUN = re.compile(r"(?:ed|ly)$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A topic in a word or two: `words` as articles mostly write them, `stems` as they match.

    `article` is "a", "an", "the" or "", as it mostly stands before the phrase; `speakers` are the
    people who use it; `likeness` is how alike its sentences are.
    """

    words: str
    article: str
    stems: frozenset[str]
    speakers: frozenset[str]
    likeness: float

    @property
    def in_a_sentence(self) -> str:
        """The phrase with its article: "the minerals deal"."""
        return f"{self.article} {self.words}".strip()


def person_speaking(speaker: str, names: NameTable) -> str:
    """Return the standard name of the person whom an article quotes as `speaker`, or "".

    >>> person_speaking("Lavrov", NameTable(["Sergei Lavrov"]))
    'Sergei Lavrov'
    >>> person_speaking("Lavrov ministry", NameTable(["Sergei Lavrov"]))
    ''
    """
    found = names.find(speaker) if speaker else []
    return found[0].name if len(found) == 1 and found[0].end == len(speaker) else ""


def phrases(articles: Iterable[Opened], names: NameTable, words: Words) -> list[Phrase]:
    """Return the topics of some articles, most speakers and most alike sentences first."""
    uses: dict[tuple[str, ...], _Uses] = defaultdict(_Uses)
    for number, article in enumerate(articles):
        for position, sentence in enumerate(article.sentences):
            speaker = person_speaking(sentence.speaker, names)
            for use in _used(_TOKEN.findall(article.text(position))):
                key = tuple(s for word in use.words for s in words.stem(word)[:1])
                if len(key) == len(use.words):
                    uses[key].add(use, speaker, number, article.vectors[position])
    nouns = {key for key, of in uses.items() if len(key) == 1 and of.is_noun}
    found = [
        Phrase(of.written, of.article, frozenset(key), frozenset(of.speakers), of.likeness)
        for key, of in uses.items()
        if key[-1:] in nouns
        and of.counts["all"] >= (MIN_TIMES if len(key) == 1 else MIN_TIMES_OF_TWO)
        and max(words.rarity(word) for word in of.written.split()) >= MIN_RARITY
        and of.likeness >= MIN_LIKENESS
    ]
    return sorted(found, key=lambda p: (-len(p.speakers), -p.likeness, p.words))


@dataclass(frozen=True, slots=True)
class _Use:
    """One or two words where they stand in a sentence, and what stands around them."""

    words: tuple[str, ...]
    before: str
    after: str

    @property
    def is_last(self) -> bool:
        """Whether no further noun follows."""
        after = self.after.lower()
        return not after[:1].isalpha() or after in _DETERMINERS | _VERBS | _LINKS


def _used(tokens: list[str]) -> Iterator[_Use]:
    padded = ["", *tokens, "."]
    for i in range(1, len(padded) - 1):
        word, before = padded[i], padded[i - 1]
        is_word = word.islower() and len(word) > 2 and not _NO_NOUN.search(word)
        if not (is_word or _BODY.fullmatch(word)) or word in _TELLING:
            continue
        use = _Use((word,), before.lower(), padded[i + 1])
        yield use
        plain = before.lower()
        joins = before[:1].isalpha() and plain not in _DETERMINERS | _VERBS | _LINKS | _TELLING
        if joins and use.is_last and i > 2 and not plain.endswith(("ly", "ed", "ing", "s")):
            yield _Use((before, word), padded[i - 2].lower(), padded[i + 1])


@dataclass(slots=True)
class _Uses:
    """All that is counted of one word or pair."""

    counts: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    articles: Counter[str] = field(default_factory=Counter)
    speakers: set[str] = field(default_factory=set)
    places: list[int] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)

    def add(self, use: _Use, speaker: str, place: int, vector: Vectors) -> None:
        self.counts["all"] += 1
        self.counts["determined"] += use.before in _DETERMINERS
        self.counts["verbal"] += use.before in _VERBS
        self.counts["last"] += use.is_last
        self.counts["title"] += use.after[:1].isupper()
        self.forms[" ".join(use.words)] += 1
        if use.is_last:
            self.articles[_ARTICLES.get(use.before, "")] += 1
        self.speakers |= {speaker} - {""}
        self.places.append(place)
        self.vectors.append(vector)

    @property
    def is_noun(self) -> bool:
        share = {name: count / self.counts["all"] for name, count in self.counts.items()}
        return (
            share["last"] >= MIN_LAST
            and share["determined"] >= MIN_AFTER_DETERMINER
            and share["verbal"] <= MAX_AFTER_VERB
            and share["title"] <= MAX_BEFORE_NAME
        )

    @property
    def written(self) -> str:
        return max(self.forms, key=lambda form: (self.forms[form], form))

    @property
    def article(self) -> str:
        if self.written.endswith("s") or _BODY.fullmatch(self.written):
            return ""
        a, the, others = (self.articles[article] for article in ("a", "the", ""))
        if max(a, the) < MIN_WITH_ARTICLE * (a + the + others):
            return ""
        usual = "a" if a > the else "the"
        return "an" if usual == "a" and self.written[0] in "aeiou" else usual

    @property
    def likeness(self) -> float:
        places, vectors = np.array(self.places), np.array(self.vectors)
        apart = places[:, None] != places[None, :]
        return float((vectors @ vectors.T)[apart].mean()) if apart.any() else 0.0
