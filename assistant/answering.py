"""ONLINE PATH: question + earlier turns → hits → evidence → quoted sentences, each tied to words.

`Answering.stream` reads top to bottom and yields events; everything that shows an answer (chat,
command line, evaluation) consumes them. `as_runnable` is the same path for LangChain graphs.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from assistant import citations, evidence
from assistant.conversation import standalone
from assistant.embedding import Embedder
from assistant.errors import QuestionError
from assistant.evidence import Asked, Candidate, Reading, Words
from assistant.index import ArticleIndex
from assistant.keywords import KeywordIndex
from assistant.names import NameTable
from assistant.retrieval import HybridRetriever
from assistant.types import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Done,
    Event,
    Filters,
    Found,
    Hit,
    Said,
    Sentence,
    Turn,
    Understood,
)

MAX_SENTENCES = {
    "what": 4,
    "who": 2,
    "when": 2,
    "where": 2,
    "duration": 2,
    "number": 2,
    "why": 3,
    "list": 4,
}
MAX_LIST_SENTENCES = 9
# A further sentence joins the answer only when it is nearly as good as the best one.
MAX_SCORE_GAP = 0.5
SAME_WORDS = 0.7  # sentences that share this much say the same thing, in two articles perhaps
NEAREST_OFFERED = 3
REMEMBERED_SENTENCES = 20_000
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


@dataclass(frozen=True, slots=True)
class Answering:
    """The answer path over one state of the index. Stateless and safe to share."""

    index: ArticleIndex
    words: Words
    embedder: Embedder
    retriever: HybridRetriever
    names: NameTable
    min_confidence: float
    max_question_chars: int

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters = Filters()
    ) -> Answer:
        """Return the whole answer. Raises QuestionError for a question that cannot be asked."""
        *_, done = self.stream(question, history=history, filters=filters)
        assert isinstance(done, Done)
        return done.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        retrieve: Callable[[str, Filters], list[Hit]] | None = None,
    ) -> Iterator[Event]:
        """Yield Understood, Found, a Said for each sentence of an answer, and Done."""
        began = time.perf_counter()
        check_question(question, max_chars=self.max_question_chars)
        alone = standalone(clean(question), history, self.names)
        yield Understood(alone)

        vector = self.embedder.embed_question(alone)
        if retrieve is None:
            hits = self.retriever.search(alone, filters=filters, vector=vector)
        else:
            hits = retrieve(alone, filters)
        retrieved = time.perf_counter()
        yield Found(tuple(hits))

        asked = evidence.read(alone, self.names, self.words)
        readings = {
            id: Reading(stored.article, stored.sentences, stored.vectors)
            for id, stored in self.index.articles({h.passage.article_id for h in hits}).items()
        }
        candidates = evidence.rank(asked, vector, hits, readings, self.words)
        refusal = evidence.refuse(asked, candidates, min_confidence=self.min_confidence)
        if refusal:
            sentences: tuple[AnswerSentence, ...] = ()
            cited = citations.nearest(hits, limit=NEAREST_OFFERED)
        else:
            chosen = compose(asked, candidates, readings)
            sentences, cited = quote(chosen, readings)
            shown = 0
            for sentence in sentences:
                new = tuple(c for c in cited if shown < c.number <= max(sentence.citations))
                shown = max(shown, *sentence.citations)
                yield Said(sentence, new)
        yield Done(
            Answer(
                question=question,
                standalone=alone,
                status="abstained" if refusal else "answered",
                sentences=sentences,
                citations=cited,
                reason=refusal or None,
                timings_ms={
                    "retrieve": (retrieved - began) * 1000,
                    "answer": (time.perf_counter() - retrieved) * 1000,
                },
            )
        )

    def as_runnable(self) -> Any:
        """Return the path as a LangChain Runnable: a question, or a dict with "question" and
        optional "history" (earlier questions, oldest first), to an `Answer`.

        The retriever runs as a step of its own, so `astream_events` reports it.
        """
        from langchain_core.runnables import RunnableConfig, RunnableLambda

        def answer(given: str | dict[str, Any], config: RunnableConfig) -> Answer:
            asked: dict[str, Any] = {"question": given} if isinstance(given, str) else given

            def find(question: str) -> list[Hit]:
                return self.retriever.search(question, filters=asked.get("filters") or Filters())

            retriever = RunnableLambda(find, name="retriever")
            *_, done = self.stream(
                asked["question"],
                history=[Turn(question) for question in asked.get("history", ())],
                retrieve=lambda question, _: retriever.invoke(question, config),
            )
            assert isinstance(done, Done)
            return done.answer

        return RunnableLambda(answer, name="answering")


def check_question(question: str, *, max_chars: int) -> None:
    """Raise QuestionError, saying what is wrong, unless the question can be asked."""
    if len(question) > max_chars:
        raise QuestionError(
            f"The question has {len(question):,} characters; the limit is {max_chars:,}.",
            hint="Ask one thing in a sentence or two.",
        )
    if not re.search(r"\w", clean(question)):
        raise QuestionError(
            "The question is empty.", hint='Ask something like "What did Zakharova demand?"'
        )


def clean(question: str) -> str:
    """Return the question without control characters and lone surrogates, spaces collapsed."""
    kept = "".join(c if c.isprintable() else " " for c in question)
    return " ".join(kept.split())


def words_of(keywords: KeywordIndex, names: NameTable) -> Words:
    """Return what the evidence rules may ask of words and names; of sentences, it is remembered."""
    remembered = lru_cache(REMEMBERED_SENTENCES)
    return Words(
        stem=remembered(keywords.stem),
        rarity=keywords.rarity,
        unknown=keywords.unknown_words,
        has_similar=keywords.has_similar_word,
        named=remembered(lambda text: frozenset(m.name for m in names.find(text))),
        standard=remembered(names.standard),
    )


# --- Composing: which sentences, in which order --------------------------------------------


def compose(
    asked: Asked, candidates: Sequence[Candidate], readings: dict[str, Reading]
) -> list[tuple[Article, int]]:
    """Return the sentences of the answer as (article, position): best article first, then in order.

    Sentences nearly as good as the best join it, repetitions are left out, a list is completed,
    and a sentence that leans on the one before it brings that along.
    """
    best = candidates[0]
    listed = _list_near(best, readings) if asked.wants == "list" else []
    if listed:
        return [(best.article, position) for position in listed]
    chosen: dict[tuple[str, int], Article] = {}
    said: list[frozenset[str]] = []
    for candidate in candidates[: 4 * MAX_SENTENCES[asked.wants]]:
        if candidate.score < best.score - MAX_SCORE_GAP:
            break
        if len(said) == MAX_SENTENCES[asked.wants]:
            break
        words = frozenset(re.findall(r"\w+", candidate.text.casefold()))
        if candidate.by_another and candidate is not best:
            continue
        if any(len(words & other) >= SAME_WORDS * min(len(words), len(other)) for other in said):
            continue
        said.append(words)
        reading = readings[candidate.article.id]
        of_list = _list_near(candidate, readings) if _ORDINAL.match(candidate.text) else []
        for position in of_list or [candidate.position]:
            for needed in (*_leaned_on(position, reading), position):
                chosen.setdefault((candidate.article.id, needed), candidate.article)
    order = list(dict.fromkeys(id for id, _ in chosen))
    return [
        (chosen[key], key[1]) for key in sorted(chosen, key=lambda k: (order.index(k[0]), k[1]))
    ][:MAX_LIST_SENTENCES]


def _list_near(candidate: Candidate, readings: dict[str, Reading]) -> list[int]:
    """Return the positions of the whole list that a sentence introduces or belongs to, or none.

    A list is three or more sentences that begin "First", "Second" and so on, a few sentences apart.
    Where each item is a paragraph, the sentence after its first one belongs to it as well.
    """
    reading = readings[candidate.article.id]
    sentences, text = reading.sentences, reading.article.text
    items: list[int] = []
    for position, sentence in enumerate(sentences):
        found = _ORDINAL.match(text[sentence.start : sentence.end])
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
        whole += [p + 1 for p in items if _same_paragraph(p, reading)]
    return sorted(set(whole))


def _is_list_at(items: Sequence[int], position: int) -> bool:
    return len(items) >= 3 and items[0] - MAX_LEAD_IN <= position <= items[-1] + 1


def _same_paragraph(position: int, reading: Reading) -> bool:
    """Whether the next sentence stands in the same paragraph."""
    if position + 1 >= len(reading.sentences):
        return False
    between = reading.sentences[position].end, reading.sentences[position + 1].start
    return "\n" not in reading.article.text[between[0] : between[1]]


def _leaned_on(position: int, reading: Reading) -> list[int]:
    """Return the positions of the sentences before that this one cannot stand without."""
    needed: list[int] = []
    sentences, text = reading.sentences, reading.article.text
    while position > 0 and len(needed) < MAX_CONTEXT_SENTENCES:
        words = text[sentences[position].start : sentences[position].end]
        if not _LEANS_BACK.match(words):
            break
        position -= 1
        needed.insert(0, position)
    return needed


# --- Quoting: words and citations -----------------------------------------------------------


def quote(
    chosen: Sequence[tuple[Article, int]], readings: dict[str, Reading]
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Return the answer sentences and their citations, numbered in order, each checked exact."""
    said: list[AnswerSentence] = []
    cited: list[Citation] = []
    for number, (article, position) in enumerate(chosen, start=1):
        sentence = readings[article.id].sentences[position]
        citation = citations.cite(article, sentence, number=number)
        if not citations.is_exact(citation, article):  # never shown, whatever the cause
            continue
        cited.append(citation)
        text = stand_alone(citation.quote, sentence)
        said.append(AnswerSentence(text, (number,), "supported"))
    return tuple(said), tuple(cited)


def stand_alone(words: str, sentence: Sentence) -> str:
    """Return a quoted sentence with who speaks filled in, in brackets, where it does not say.

    The brackets are the only words that are not the article's; the citation has none.

    >>> s = Sentence(0, 1, "Maria Zakharova")
    >>> stand_alone("That is not enough, she said.", s)
    'That is not enough, she [Maria Zakharova] said.'
    """
    speaker = sentence.speaker
    outside = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), words)
    if not speaker or speaker.split()[-1] in outside:
        return words
    for pattern in (_PRONOUN, _ROLE):
        if found := pattern.search(outside):
            return f"{words[: found.end()]} [{speaker}]{words[found.end() :]}"
    return f"{words} [{speaker}]"
