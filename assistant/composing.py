"""Evidence → an answer: which sentences, in which order, each quoted, each able to stand alone.

Pure. An answer is the smallest set of sentences that answers: repetitions are left out, lists are
completed, whoever is compared gets quotes of their own, and what a quote leans on comes with it.
Whatever is added to a quote stands in brackets; the citation has the article's words alone.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant import citations
from assistant.asking import Asked, Wants, figures_in
from assistant.dates import absolute_days
from assistant.evidence import TYPE_LIKE, Candidate, Opened
from assistant.types import AnswerSentence, Article, Citation, Sentence

MAX_SENTENCES = {
    "what": 4,
    "who": 3,
    "when": 3,
    "where": 3,
    "duration": 3,
    "number": 3,
    "why": 4,
    "list": 4,
    "whether": 3,
}
MAX_LIST_SENTENCES = 9
# A further sentence joins the answer only when it is at least this likely, against the best one.
MIN_SHARE_OF_BEST = 0.25
MIN_SHARE_BESIDE = 0.1  # what stands right beside the best often goes on with it
MIN_SHARE_OF_BEST_PER_SIDE = 0.3
# Words that stand out must be right: of those marked so on held-out questions, nine in ten were.
MIN_PROBABILITY_TO_MARK = 0.8
MIN_WORDS_TO_MARK = 4.0  # how far the reader prefers these words to none
SAME_WORDS = 0.7  # sentences that share this much say the same thing, in two articles perhaps
MAX_CONTEXT_SENTENCES = 2

# A sentence that begins like this leans on the one before it.
_LEANS_BACK = re.compile(
    r"^[\"“]?(?:It|Its|This|That|These|Those|They|Their|Such|There|Both|Neither|Either|Each|All|"
    r"One|Others?|The (?:two|three|four|latter|former|same|other|second|third)|Yet|But|Instead|"
    r"Then|So)\b"
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_ORDINAL = re.compile(
    rf"^(?:the )?(?P<ordinal>{'|'.join(_ORDINALS)}|final|last)(?:ly)?\b", re.IGNORECASE
)
MAX_ITEM_GAP = 4  # sentences from one item of a list to the next
MAX_LEAD_IN = 4  # sentences from the one that promises a list to its first item
_PRONOUN = re.compile(r"\b(?P<he>[Hh]e|[Ss]he)\b")
_ROLE = re.compile(
    r"\b[Tt]he (?:[\w'’\-]+ ){0,3}?"
    r"(?:spokes(?:wo)?man|spokesperson|minister|president|aide|adviser|envoy|"
    r"secretary|ambassador|chancellor|premier|diplomat|negotiator|prince|chief|leader)\b"
    r"(?!['’]s| [A-Z])"
)
_QUOTED = re.compile(r"\"[^\"]*\"?|“[^”]*”?|«[^»]*»?")

LISTS_TRIED = 5
OPEN_SENTENCES = 5
SIDE_SENTENCES = 2  # of each of those who are compared


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence of the answer: where it stands, its answering words, whose side it is on."""

    article: Article
    position: int
    marked: tuple[int, int] = (0, 0)
    under: str = ""


def compose(
    asked: Asked, candidates: Sequence[Candidate], opened: dict[str, Opened]
) -> list[Chosen]:
    """Return the sentences of the answer: best article first, then in order of reading.

    Sentences nearly as likely as the best join it, repetitions are left out, a list is completed,
    and a sentence that leans on the one before it brings that along. `candidates` must not be
    empty, and come best first.
    """
    if asked.compares and len(asked.people) > 1 and (sides := _sides(asked, candidates, opened)):
        return sides
    best = candidates[0]
    if asked.wants == "list" and (listed := _list_asked_for(asked, candidates, opened)):
        return listed
    if asked.speakers and not asked.stems:
        # "What did she demand?" names no topic for the reader to match: the shortlist's order
        # decides, and more of what she said is told.
        own = [c for c in candidates if c.feature("speaker")] or [best]
        own.sort(key=lambda c: -c.score)
        return _in_order(_different(own, limit=OPEN_SENTENCES), opened)
    beside = {(best.article.id, best.position + step) for step in (-1, 1)}
    kept = [
        c
        for c in candidates
        if c is best
        or (
            not c.by_another
            and c.probability
            >= best.probability
            * (MIN_SHARE_BESIDE if (c.article.id, c.position) in beside else MIN_SHARE_OF_BEST)
        )
    ]
    return _in_order(_different(kept, limit=MAX_SENTENCES[asked.wants]), opened)


def _sides(
    asked: Asked, candidates: Sequence[Candidate], opened: dict[str, Opened]
) -> list[Chosen]:
    """Return quotes of each of the people compared, under their names, or none if one has none."""
    sides: list[Chosen] = []
    for person in asked.people:
        own = [c for c in candidates if c.sentence.speaker == person]
        own = own or [c for c in candidates if person.split()[-1] in c.text]
        if not own:
            return []
        floor = own[0].probability * MIN_SHARE_OF_BEST_PER_SIDE
        likely = _different([c for c in own if c.probability >= floor], limit=SIDE_SENTENCES)
        taken = {(s.article.id, s.position) for s in sides}
        sides += [
            replace(chosen, under=person)
            for chosen in _in_order(likely, opened)
            if (chosen.article.id, chosen.position) not in taken
        ]
    return sides


def _different(candidates: Sequence[Candidate], *, limit: int) -> list[Candidate]:
    """Return the first `limit` candidates that do not repeat one before."""
    kept: list[Candidate] = []
    said: list[frozenset[str]] = []
    for candidate in candidates:
        words = frozenset(re.findall(r"\w+", candidate.text.casefold()))
        if any(len(words & other) >= SAME_WORDS * min(len(words), len(other)) for other in said):
            continue
        said.append(words)
        kept.append(candidate)
        if len(kept) == limit:
            break
    return kept


def _in_order(candidates: Sequence[Candidate], opened: dict[str, Opened]) -> list[Chosen]:
    """Return the candidates with what they lean on, article by article, in order of reading."""
    chosen: dict[tuple[str, int], Chosen] = {}
    for candidate in candidates:
        article = opened[candidate.article.id]
        of_list = _list_near(candidate, opened) if _ORDINAL.match(candidate.text) else []
        for position in of_list or [candidate.position]:
            for needed in (*_leaned_on(position, article), position):
                key = (candidate.article.id, needed)
                marked = answering_words(candidate) if needed == candidate.position else (0, 0)
                if key not in chosen or marked != (0, 0):
                    chosen[key] = Chosen(candidate.article, needed, marked)
    order = list(dict.fromkeys(id for id, _ in chosen))
    return [chosen[key] for key in sorted(chosen, key=lambda k: (order.index(k[0]), k[1]))][
        :MAX_LIST_SENTENCES
    ]


def _list_asked_for(
    asked: Asked, candidates: Sequence[Candidate], opened: dict[str, Opened]
) -> list[Chosen]:
    """Return the list that the likeliest sentence introduces, of as many items as asked for."""
    counts = {int(f) for f in figures_in(asked.text) if f.isdigit()}
    for candidate in candidates[:LISTS_TRIED]:
        listed = _list_near(candidate, opened)
        article = opened[candidate.article.id]
        items = sum(bool(_ORDINAL.match(article.text(position))) for position in listed)
        if listed and (not counts or items in counts):
            return [Chosen(candidate.article, position) for position in listed]
    return []


def _list_near(candidate: Candidate, opened: dict[str, Opened]) -> list[int]:
    """Return the positions of the whole list that a sentence introduces or belongs to, or none.

    A list is three or more sentences that begin "First", "Second" and so on, a few sentences apart.
    Where each item is a paragraph, the sentence after its first one belongs to it as well.
    """
    article = opened[candidate.article.id]
    items: list[int] = []
    for position in range(len(article.sentences)):
        found = _ORDINAL.match(article.text(position))
        if not found:
            continue
        ordinal = found["ordinal"].casefold()
        follows = items and position - items[-1] <= MAX_ITEM_GAP
        if follows and ordinal in (*_ORDINALS[len(items) : len(items) + 1], "final", "last"):
            items.append(position)
        elif ordinal == "first" and not _is_list_at(items, candidate.position):
            items = [position]
    if not _is_list_at(items, candidate.position):
        return []
    whole = [max(0, items[0] - 1), *items]
    if any(b - a > 1 for a, b in pairwise(items)):
        whole += [p + 1 for p in items if _same_paragraph(p, article)]
    return sorted(set(whole))


def _is_list_at(items: Sequence[int], position: int) -> bool:
    return len(items) >= 3 and items[0] - MAX_LEAD_IN <= position <= items[-1] + 1


def _same_paragraph(position: int, article: Opened) -> bool:
    """Whether the next sentence stands in the same paragraph."""
    if position + 1 >= len(article.sentences):
        return False
    between = article.sentences[position].end, article.sentences[position + 1].start
    return "\n" not in article.article.text[between[0] : between[1]]


def _leaned_on(position: int, article: Opened) -> list[int]:
    """Return the positions of the sentences before that this one cannot stand without."""
    needed: list[int] = []
    while position > 0 and len(needed) < MAX_CONTEXT_SENTENCES:
        words = article.text(position)
        if not _LEANS_BACK.match(words):
            break
        position -= 1
        needed.insert(0, position)
    return needed


# --- Quoting: words and citations -----------------------------------------------------------


def quote(
    chosen: Sequence[Chosen], opened: dict[str, Opened], *, after: int = 0
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Return the answer sentences and their citations, each checked exact.

    Numbers go on from `after`, in order.
    """
    said: list[AnswerSentence] = []
    cited: list[Citation] = []
    for item in chosen:
        article = item.article
        sentence = opened[article.id].sentences[item.position]
        citation = citations.cite(
            article, sentence, number=after + len(cited) + 1, marked=item.marked
        )
        if not citations.is_exact(citation, article):  # never shown, whatever the cause
            continue
        cited.append(citation)
        text = stand_alone(citation.quote, sentence, written=article.date)
        said.append(AnswerSentence(text, (citation.number,), "supported", under=item.under))
    return tuple(said), tuple(cited)


def stand_alone(words: str, sentence: Sentence, *, written: datetime.date | None = None) -> str:
    """Return a quoted sentence with who speaks and which day is meant, in brackets.

    Only where the sentence does not say so itself. The brackets are the only words that are not
    the article's; the citation has none.

    >>> s = Sentence(0, 1, "Maria Zakharova")
    >>> stand_alone("That is not enough, she said.", s)
    'That is not enough, she [Maria Zakharova] said.'
    >>> stand_alone("They met on Tuesday.", Sentence(0, 1), written=datetime.date(2025, 2, 19))
    'They met on Tuesday. [Tuesday: 18 February 2025]'
    """
    named = with_speaker(words, sentence.speaker)
    if written is None:
        return named
    days = [
        f"[{_plain_day(words[m.start : m.end])}: {m.day.day} {m.day:%B %Y}]"
        for m in absolute_days(words, written)
        if not any(c.isdigit() for c in words[m.start : m.end])  # "18 February" says it itself
    ]
    return " ".join([named, *dict.fromkeys(days)])


def _plain_day(phrase: str) -> str:
    return re.sub(r"^(?:on|since|until|by|from)\s+|['’]s$", "", phrase.strip())


def with_speaker(words: str, speaker: str) -> str:
    """Return the words with the speaker's name in brackets, where they do not name them.

    >>> with_speaker("He called it a success.", "Dmitry Peskov")
    'He [Dmitry Peskov] called it a success.'
    """
    outside = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), words)
    if not speaker or speaker.split()[-1] in outside:
        return words
    for pattern in (_PRONOUN, _ROLE):
        if found := pattern.search(outside):
            return f"{words[: found.end()]} [{speaker}]{words[found.end() :]}"
    return f"{words} [{speaker}]"


# --- The lead: the answer in a few words -----------------------------------------------------

_SHORT: frozenset[Wants] = frozenset({"who", "when", "where", "duration", "number"})
MAX_LEAD_CHARS = 80


_WHO_IS = re.compile(r"\b[Ww]ho(?: is|['’]s| was| are| were)\s+(?!the\b)[A-Z]")
_BARE_NAME = re.compile(r"(?:[A-Z][\w.'’\-]+\s*){1,4}")
_NOBODY = re.compile(
    r"(?:he|she|it|they|him|her|them|who|one|some|others?|both|neither|each|this|that)\b",
    re.IGNORECASE,
)


def answering_words(candidate: Candidate) -> tuple[int, int]:
    """Return where the words that answer stand in a sentence, whole, or (0, 0) if not surely."""
    sure = (
        candidate.probability >= MIN_PROBABILITY_TO_MARK
        and candidate.reading.words >= MIN_WORDS_TO_MARK
    )
    return whole_words(candidate.text, *candidate.marked) if sure else (0, 0)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span of a text, widened to whole words and whole numbers.

    >>> text = "some 1,300,000 people of Saint-Denis"
    >>> [text[slice(*whole_words(text, *span))] for span in [(7, 14), (0, 2), (30, 35)]]
    ['1,300,000', 'some', 'Saint-Denis']
    """
    if start >= end:
        return start, end
    for found in _WHOLE.finditer(text):
        if found.start() < start < found.end():
            start = found.start()
        if found.start() < end < found.end():
            end = found.end()
    return start, end


_WHOLE = re.compile(r"\d+(?:[.,:]\d+)*%?|\w+(?:[-'’]\w+)*")


def lead(asked: Asked, cited: Sequence[Citation]) -> str:
    """Return the answering words themselves where a few words can answer, or "".

    If the quotes give different figures of one thing, all are named: the reports differ. Nobody's
    name answers who somebody else is.
    """
    if asked.wants not in _SHORT:
        return ""
    marked = [c.marked for c in cited if c.marked and len(c.marked) <= MAX_LEAD_CHARS]
    fitting = [m for m in marked if TYPE_LIKE[asked.wants].search(f" {m}")]
    if asked.wants == "who":
        fitting = [m for m in fitting if not _NOBODY.match(m)]
        if _WHO_IS.search(asked.text):
            fitting = [m for m in fitting if not _BARE_NAME.fullmatch(m)]
    if not fitting:
        return ""
    figures = {figures_in(words): words for words in reversed(fitting)}
    units = {words.split()[-1].casefold().removesuffix("s") for words in fitting}
    if asked.wants in ("duration", "number") and len(figures) > 1:
        differ = f"The reports differ: {'; '.join(reversed(figures.values()))}"
        return differ if len(units) == 1 else ""
    return fitting[0]
