"""A chat model writes from the evidence, and nothing it writes passes unchecked.

`Writer.write` reads top to bottom: the evidence goes to the model, its sentences come back one by
one, and each is held against the quotes it cites before it is said. What fails is mended once: by
the quote that does carry it, or by the model, which is told what is wrong. The rest is dropped.
"""

import random
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant import citations, composing, marks, prompts
from assistant.checking import Checked, Language, Quoted, Reason, check
from assistant.composing import Chosen
from assistant.evidence import Opened
from assistant.hostile import addresses_machine
from assistant.llm import ChatModel
from assistant.marks import Cited
from assistant.names import NameTable
from assistant.prompts import Source
from assistant.types import AnswerSentence, Citation, Message, Rejected, Said, Turn

MAX_SOURCES = 12
MAX_REPLY_TOKENS = 300
MAX_SENTENCES = 8
MAX_SENTENCE_CHARS = 600
MIN_SHARE_KEPT = 0.7  # of a question's words, when it is rewritten
# The same words over and over: the model has lost its way.
_LOOP = re.compile(r"(.{6,120}?)\1{3,}\Z", re.DOTALL)
LOOP_CHARS = 600
# A quote that the model did not name must be nearer: of many quotes one always comes near.
MIN_LIKENESS_UNCITED = 0.75
_UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class Written:
    """What is left of a model's reply: checked sentences, and what was kept from the reader.

    `invented_ids` counts those that stand for no quote, `declined` says that the model found no
    answer in the evidence.
    """

    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    invented_ids: int = 0
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes with one model over one state of the index. Stateless and safe to share.

    `about` gives the words by which articles call a person: "Kremlin spokesman".
    """

    model: ChatModel
    names: NameTable
    language: Language
    about: Callable[[str], str]

    def write(
        self,
        question: str,
        evidence: Sequence[Chosen],
        opened: dict[str, Opened],
        *,
        after: int = 0,
    ) -> "Iterator[Said | Written]":
        """Yield each sentence once it is checked, and what was Written last.

        `evidence` comes best first; numbers of citations go on from `after`. Raises WriterError
        when the model fails, whatever was said until then.
        """
        quotes = self._quotes(question, evidence, opened)
        messages = quotes.messages(question)
        wrong: list[tuple[Cited, Checked]] = []
        reply: list[str] = []
        declined = False
        said = _Saying(quotes, after)
        invented = 0
        for cited in self._sentences(messages, reply):
            if prompts.NO_ANSWER in cited.text.upper():
                declined = True
                break
            invented += quotes.unknown(cited.ids)
            checked = self._checked(cited, quotes)
            if checked.verdict != "supported":
                wrong.append((cited, checked))
            elif event := said.say(cited):
                yield event
            if len(said.sentences) >= MAX_SENTENCES:
                break
        rejected: list[Rejected] = []
        to_mend: dict[str, Checked] = {}
        for cited, checked in wrong:
            # Right words under a wrong mark: another quote may carry them.
            right = self._carried_by(cited, quotes)
            if right and (event := said.say(right)):
                yield event
            elif not right and not _says_nothing(cited):
                to_mend[cited.text] = checked
            rejected.append(_rejected(cited, checked, was_mended=bool(right)))
        if to_mend and not declined:
            asked = prompts.to_repair(
                messages,
                "".join(reply),
                {text: [str(r) for r in c.reasons] for text, c in to_mend.items()},
            )
            for cited in self._sentences(asked, []):
                invented += quotes.unknown(cited.ids)
                checked = self._checked(cited, quotes)
                if checked.verdict != "supported":
                    rejected.append(_rejected(cited, checked))
                elif event := said.say(cited):
                    yield event
        yield Written(
            tuple(said.sentences),
            tuple(said.citations),
            tuple(rejected),
            invented_ids=invented,
            declined=declined and not said.sentences,
        )

    def rewritten(self, question: str, history: Sequence[Turn]) -> str:
        """Return the question so that it stands alone, or "" where the model's is not usable.

        It may name nobody whom neither the question nor an earlier turn names. Oldest turns are
        left out until the rest fits. Raises WriterError when the model fails.
        """
        kept = list(history)
        while kept and not self._fits(prompts.to_rewrite(question, kept)):
            kept.pop(0)
        if not kept:
            return ""
        reply = "".join(self.model.stream(prompts.to_rewrite(question, kept), max_tokens=100))
        line = " ".join(marks.plain(reply).split()).strip('"“” ')
        there = " ".join([question, *(f"{t.question} {t.answer}" for t in kept)])
        named = {m.name for m in self.names.find(line)}
        asked = set(self.language.stem(question))
        kept_words = asked & set(self.language.stem(line))
        is_usable = (
            len(kept_words) >= MIN_SHARE_KEPT * len(asked)
            and line.endswith("?")
            and line.count("?") == 1
            and len(line) <= prompts.MAX_REWRITTEN_CHARS
            and named <= {m.name for m in self.names.find(there)}
        )
        return line if is_usable else ""

    # --- Steps ----------------------------------------------------------------------------

    def _quotes(
        self, question: str, evidence: Sequence[Chosen], opened: dict[str, Opened]
    ) -> "_Quotes":
        """Return the evidence under ids of this request's own, as much as the model can read."""
        chooser = random.Random(secrets.randbits(64))
        chosen = list(dict.fromkeys((c.article.id, c.position) for c in evidence))[:MAX_SOURCES]
        ids = prompts.new_ids(len(chosen), chooser)
        entries: dict[str, _Quote] = {}
        for id, (article_id, position) in zip(ids, chosen, strict=True):
            article = opened[article_id]
            sentence = article.sentences[position]
            citation = citations.cite(article.article, sentence, number=0)
            if citations.is_exact(citation, article.article) and not article.is_hostile(position):
                entries[id] = _Quote(
                    citation,
                    Quoted(
                        text=citation.quote,
                        speaker="" if addresses_machine(citation.speaker) else citation.speaker,
                        title="" if addresses_machine(citation.title) else citation.title,
                        date=citation.date,
                        about=self._known_of(citation),
                    ),
                )
        quotes = _Quotes(entries, boundary=f"{chooser.getrandbits(32):08x}")
        while len(entries) > 1 and not self._fits(quotes.messages(question)):
            entries.popitem()
        return quotes

    def _known_of(self, citation: Citation) -> str:
        """Return the roles of the speaker and of everybody whom a quote names."""
        people = {m.name for m in self.names.find(f"{citation.speaker}. {citation.quote}")}
        return " ".join(self.about(name) for name in sorted(people))

    def _fits(self, messages: Sequence[Message]) -> bool:
        needed = self.model.count_tokens("\n".join(m.text for m in messages))
        return needed + MAX_REPLY_TOKENS <= self.model.context_tokens

    def _sentences(self, messages: Sequence[Message], reply: list[str]) -> Iterator[Cited]:
        """Yield the sentences of one reply; `reply` collects the words as they come."""
        stream = self.model.stream(messages, max_tokens=MAX_REPLY_TOKENS)
        try:
            yield from marks.sentences(_until_it_loops(stream, reply))
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()  # stops the model when the reader has left

    def _checked(self, cited: Cited, quotes: "_Quotes") -> Checked:
        if fault := _malformed(cited):
            return Checked("unsupported", (fault,), 0.0)
        return check(cited.text, quotes.quoted(cited.ids), self.names, self.language)

    def _carried_by(self, cited: Cited, quotes: "_Quotes") -> Cited | None:
        """Return the sentence under the one quote that supports it best, if any does."""
        best: tuple[float, Cited] | None = None
        if _malformed(cited):
            return None
        for id in quotes.entries:
            other = Cited(cited.text, (id,))
            checked = self._checked(other, quotes)
            floor = best[0] if best else MIN_LIKENESS_UNCITED
            if checked.verdict == "supported" and checked.likeness > floor:
                best = (checked.likeness, other)
        return best[1] if best else None


@dataclass(frozen=True, slots=True)
class _Quote:
    citation: Citation  # its number is given when it is first used
    quoted: Quoted


@dataclass(frozen=True, slots=True)
class _Quotes:
    """The evidence of one request, by id."""

    entries: dict[str, _Quote]
    boundary: str

    def quoted(self, ids: Sequence[str]) -> list[Quoted]:
        """Return what these ids stand for; unknown ones stand for nothing."""
        return [self.entries[id].quoted for id in ids if id in self.entries]

    def unknown(self, ids: Sequence[str]) -> int:
        """Return how many of these ids stand for nothing."""
        return sum(id not in self.entries for id in ids)

    def messages(self, question: str) -> list[Message]:
        """Return the request."""
        sources = [
            Source(id, q.text, q.speaker, q.title, q.date.isoformat() if q.date else "")
            for id, entry in self.entries.items()
            for q in (entry.quoted,)
        ]
        return prompts.to_write(question, sources, boundary=self.boundary)


@dataclass(slots=True)
class _Saying:
    """What has been said so far: numbers are given to quotes by first use."""

    quotes: _Quotes
    after: int = 0
    sentences: list[AnswerSentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)  # before speakers are put in

    def say(self, cited: Cited) -> Said | None:
        """Return the event of one more sentence, or None when it has been said before."""
        if any(cited.text in text for text in self._texts):
            return None
        self._texts.append(cited.text)
        used = [id for id in cited.ids if id in self.quotes.entries]
        new = []
        for id in used:
            if id not in self._numbers:
                self._numbers[id] = self.after + len(self._numbers) + 1
                entry = self.quotes.entries[id]
                new.append(citations.renumbered(entry.citation, self._numbers[id]))
        speakers = {self.quotes.entries[id].quoted.speaker for id in used}
        text = (
            composing.with_speaker(cited.text, speakers.pop()) if len(speakers) == 1 else cited.text
        )
        sentence = AnswerSentence(text, tuple(self._numbers[id] for id in used), "supported")
        self.sentences.append(sentence)
        self.citations += new
        return Said(sentence, tuple(new))


# --- What is wrong with a sentence before it is compared -------------------------------------

_MARKUP = re.compile(
    r"https?:|www\.|\]\(|!\[|<\s*/?\s*[a-zA-Z!]|&(?:#\d+|[a-z]+);|data:|javascript:", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?…][\"”’»)\]]*$")
_LEAD_IN = re.compile(r":\s*$|^(?:here|sure|certainly|of course|okay|ok)\b", re.IGNORECASE)


def _malformed(cited: Cited) -> Reason | None:
    """Return why words may not be shown whatever they say: markup, garbage, no end.

    A sentence ends with a full stop or a mark; "they will withdraw" may go on with an "if".
    """
    text = cited.text
    if _MARKUP.search(text):
        return Reason("markup", text[:80])
    if _UNREADABLE in text or not all(c.isprintable() for c in text):
        return Reason("garbled", text[:80])
    if len(text) > MAX_SENTENCE_CHARS or not (cited.ids or _ENDS.search(text)):
        return Reason("garbled", f"{text[:80]}…")
    return None


def _says_nothing(cited: Cited) -> bool:
    """Whether this only leads in to what follows: "Here is the answer:"."""
    return not cited.ids and bool(_LEAD_IN.search(cited.text))


def _rejected(cited: Cited, checked: Checked, *, was_mended: bool = False) -> Rejected:
    return Rejected(
        cited.text,
        tuple(dict.fromkeys(reason.code for reason in checked.reasons)),
        tuple(map(str, checked.reasons)),
        was_mended,
    )


def _until_it_loops(stream: Iterator[str], reply: list[str]) -> Iterator[str]:
    """Pass the words on until they go round in circles; `reply` collects them."""
    tail = ""
    for text in stream:
        reply.append(text)
        tail = (tail + text)[-LOOP_CHARS:]
        if _LOOP.search(tail):
            yield _UNREADABLE  # what it was saying is no sentence, and must not pass for one
            return
        yield text
