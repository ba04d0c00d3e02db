"""What to ask next: questions that the evidence found for an answer, and not used in it, answers.

Each asks what somebody said about a topic of the same passages, has been asked already to see that
it is answered with a quote that is new, and is unlike what was asked before. No question is better
than a bad one.
"""

import datetime
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answering import Answering
from assistant.evidence import Opened
from assistant.phrases import Phrase, person_speaking
from assistant.types import Answer, Filters, Hit, Turn

QUESTIONS = 3
BUDGET_MS = 1000  # it comes after the answer, which nobody waits for
# Of a topic that was not asked about: how alike its sentences are, and who speaks of it.
MIN_LIKENESS = 0.47
MIN_SPEAKERS = 3
MIN_READER = -1.5  # of the bare topic: the sentence has its words already
NEAR = 5  # hits
# What makes a question worth asking next.
OF_FIRST_HIT = 1.0
OTHER_ON_SAME_TOPIC = 2.0
SAME_ON_OTHER_TOPIC = 1.0
FOR_EACH_WORD = 0.5
LIKENESS = 2.0


def suggested(
    answering: Answering,
    answer: Answer,
    hits: Sequence[Hit],
    subjects: Sequence[Phrase],
    *,
    history: Sequence[Turn] = (),
    filters: Filters = Filters(),
    today: datetime.date | None = None,
    limit: int = QUESTIONS,
    budget_ms: float = BUDGET_MS,
) -> tuple[str, ...]:
    """Return up to `limit` questions to ask after this answer, the most natural first.

    `hits` are what was found for it, best first; `subjects` what may be asked about, see
    `positions.subjects`; `history` are the turns before. With `filters`
    the questions are answered within them. Others on the same topic come first, then the same
    people on others. When `budget_ms` is over, what is found by then is returned.
    """
    began = time.perf_counter()
    quoting = replace(answering, writer=None)
    before = [*(turn.question for turn in history), answer.question, answer.standalone]
    found: list[_Next] = []
    for next_one in _likely(answering, answer, hits, subjects, before):
        if len(found) == limit or (time.perf_counter() - began) * 1000 > budget_ms:
            break
        if any(next_one.is_like(other) for other in found) or not next_one.is_likely(answering):
            continue
        reply = quoting.ask(next_one.question, filters=filters, today=today)
        if reply.status == "answered" and next_one.is_answered_by(reply, answering):
            found.append(next_one)
    return tuple(next_one.question for next_one in found)


@dataclass(frozen=True, slots=True)
class _Next:
    """A question that may be asked next: what `speaker` said, at `start`, about a topic."""

    speaker: str
    phrase: Phrase
    article: Opened
    position: int
    score: float

    @property
    def question(self) -> str:
        return f"What did {self.speaker} say about {self.phrase.in_a_sentence}?"

    @property
    def place(self) -> tuple[str, int]:
        """The article and where the sentence begins in it."""
        return self.article.article.id, self.article.sentences[self.position].start

    def is_likely(self, answering: Answering) -> bool:
        """Whether the sentence is honest, and the reader takes it for an answer."""
        if self.article.is_hostile(self.position):
            return False
        *_, reading = answering.reader.read(
            self.question, [self.article.in_context(self.position)]
        )[0]
        return reading.answers >= MIN_READER

    def is_like(self, other: "_Next") -> bool:
        """Whether both ask about one sentence, or one speaker twice on words in common."""
        same_words = self.phrase.stems & other.phrase.stems
        return self.place == other.place or (self.speaker == other.speaker and bool(same_words))

    def is_answered_by(self, reply: Answer, answering: Answering) -> bool:
        """Whether an answer begins on the topic, in this speaker's words, and has this sentence."""
        speakers = {person_speaking(c.speaker, answering.names) for c in reply.citations}
        opening = " ".join(c.quote for c in reply.citations[:2])
        return (
            any((c.article_id, c.start) == self.place for c in reply.citations)
            and speakers <= {self.speaker, ""}
            and self.phrase.stems <= set(answering.words.stem(opening))
        )


def _likely(
    answering: Answering,
    answer: Answer,
    hits: Sequence[Hit],
    subjects: Sequence[Phrase],
    before: Sequence[str],
) -> list[_Next]:
    """Return the questions that the unused sentences of these hits may answer, best first."""
    opened = answering.open(hits)
    asked = [(answering.words.named(q), set(answering.words.stem(q))) for q in before]
    subject = _rarest(before[-1], answering)
    is_answered = answer.status == "answered"
    used = {(c.article_id, c.start) for c in answer.citations if is_answered}
    near = {c.article_id for c in answer.citations}
    heard = {person_speaking(c.speaker, answering.names) for c in answer.citations if is_answered}
    heard |= asked[-1][0]
    found: list[_Next] = []
    for place, article, position in _sentences(hits, opened):
        speaker = person_speaking(article.sentences[position].speaker, answering.names)
        if not speaker or (article.article.id, article.sentences[position].start) in used:
            continue
        stems = set(answering.words.stem(article.text(position)))
        for phrase in subjects:
            if not phrase.stems <= stems:
                continue
            if any(speaker in people and phrase.stems <= words for people, words in asked):
                continue
            same_topic = phrase.stems <= asked[-1][1] and bool(phrase.stems & subject)
            if same_topic and speaker not in heard:
                score = OTHER_ON_SAME_TOPIC
            elif phrase.likeness < MIN_LIKENESS or len(phrase.speakers) < MIN_SPEAKERS:
                continue
            elif speaker in heard:
                score = SAME_ON_OTHER_TOPIC
            elif place < NEAR and article.article.id in near:
                score = 0.0
            else:
                continue
            score += (
                OF_FIRST_HIT / (1 + place)
                + FOR_EACH_WORD * len(phrase.stems)
                + LIKENESS * phrase.likeness
            )
            found.append(_Next(speaker, phrase, article, position, score))
    return sorted(found, key=lambda one: -one.score)


def _rarest(question: str, answering: Answering) -> frozenset[str]:
    """Return the stem of the rarest word of a question that names nobody: what it is about."""
    for mention in reversed(answering.names.find(question)):
        question = f"{question[: mention.start]} {question[mention.end :]}"
    plain = re.findall(r"\b[^\W\d_]{3,}\b", question)
    rarest = max(plain, key=answering.words.rarity, default="")
    return frozenset(answering.words.stem(rarest))


def _sentences(hits: Sequence[Hit], opened: dict[str, Opened]) -> Iterator[tuple[int, Opened, int]]:
    """Yield each sentence of the hits once, with the place of its first hit."""
    seen: set[tuple[str, int]] = set()
    for place, hit in enumerate(hits):
        article = opened.get(hit.passage.article_id)
        for position in range(hit.passage.first, hit.passage.last + 1) if article else ():
            if article and (article.article.id, position) not in seen:
                seen.add((article.article.id, position))
                yield place, article, position
