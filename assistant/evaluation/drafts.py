"""Drafts of questions, from what the index knows and from what readers thought of answers.

Patterns over one sentence make them and pass most over; a person reads each before it counts.
"""

import calendar
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

from assistant.asking import Words, figures_in
from assistant.evaluation.questions import SetQuestion
from assistant.feedback import Feedback
from assistant.records import StoredArticle
from assistant.service import Assistant

KINDS = ("who-said", "when", "number", "unanswerable")
SENTENCE_CHARS = range(40, 221)
MIN_SAID = 5  # sentences of a speaker, before a topic that is missing from them means anything
MIN_RARITY = 0.4  # of a topic; what is in more articles is their common theme

_MONTHS = "|".join(calendar.month_name[1:])
_DAY = rf"(?:[A-Z][a-z]+day,? )?(?P<day>\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?)"
# Verbs that a question can be turned around: past and base.
_VERBS = (
    "met/meet held/hold spoke/speak signed/sign announced/announce sent/send approved/approve "
    "adopted/adopt rejected/reject visited/visit published/publish travelled/travel left/leave "
    "gave/give made/make launched/launch dismissed/dismiss appointed/appoint received/receive "
    "joined/join resumed/resume proposed/propose lasted/last took/take offered/offer counted/count"
)
_BASES = dict(pair.split("/") for pair in _VERBS.split())
_DID = rf"(?P<subject>[A-Z][\w’'-]*(?: [\w’'-]+){{0,6}}?) (?P<verb>{'|'.join(_BASES)})"
_REST = r"(?P<rest>(?: (?![A-Z][a-z]+day\b)[^\s,;:.!?\"“”—–]+)*)"
_DATED = (
    rf"^On {_DAY},? {_DID}{_REST}(?=[,;:.])",
    rf"^{_DID}{_REST} on {_DAY}",
)
_NUMBERED = (
    rf"^{_DID} (?:[a-z ]{{4,9}} )?(?P<figure>\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|"
    rf"nine|ten|twelve)(?P<noun>(?: [a-z-]+)?? (?:[a-z-]{{3,}}s|people))\b{_REST}"
)
_WHOLE = re.compile(r"[\"“A-Z0-9][^\n]*[.!?][\"”]?")
_QUOTE = re.compile(r"[\"“]([^\"“”]{8,80}?)[,.]?[\"”]")
_SAYING = re.compile(
    r"\b(?:said|says|told|declared|described|argued|warned|insisted|stressed|promised|rejected|"
    r"ruled out|predicted|suggested|added|claimed|urged|wrote|[Aa]ccording to|spoke of|proposed)\b"
)
_LINKS = "of|in|on|at|for|from|with|by|between|over|under|about|against|into|toward|towards"
# What a preposition or such a verb brings, up to where it must have ended.
_NOUNS = r"(?:the |an? )?(?:(?!(?:the|an?)\b)[\w’'-]+ ){0,2}[\w’-]{3,}"
_TOPIC = re.compile(
    rf"(?:^ |[\"“](?=[Tt]he )|\b(?:{_LINKS}|accepts?|rejected|demanded|ruled out|that) )"
    rf"(?P<topic>{_NOUNS}(?: of {_NOUNS})?)"
    rf"(?=[,.;:?!\"”]| (?:{_LINKS}|to|and|or|but|that|which|who|is|are|was|were|has|had|have|will|"
    r"would|could|should|can|must|cannot|as|if|because|when|while|before|after|until|than)\b)"
)
# Words that point out of their sentence, and those of a second clause.
_POINTING = (
    "he|she|it|they|we|i|you|his|her|its|their|our|them|him|this|these|those|there|both|such|same|"
    "others?|too|also|again|who|which|that|what|but|had|has|have|was|were|is|are|be|will|would|said"
)
_NO_TOPIC = re.compile(
    rf"\b(?:{_POINTING}|{_LINKS.removeprefix('of|')}|{_MONTHS}|to|as|and|or|nor|neither|not|no|any|"
    r"every|all|some|first|second|own|most|more|only|how|one|two|three|four|days?|weeks?|months?|"
    r"years?|time|hours?|way|parts?|sides?|end|front of|press|reporters?|statement|interview|"
    r"things?|views?|words?|different|idea|countries|\w+day|\w+ly|\w+ing|[a-z]+ed)\b|\d|['’]s\b",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(
    r"^(?:some|an?|one|in|at|on|by|for|behind|after|before|under|with|from|to)\b|"
    rf"\b(?:{_POINTING}|the two|former|latter|another|further|themselves|each|about|nearly|when|"
    r"where|while|then|if)\b",
    re.IGNORECASE,
)

_Maker = Callable[[str, str], SetQuestion | None]  # from a sentence and its speaker


def draft_questions(
    assistant: Assistant, *, limit: int, kinds: Sequence[str] = KINDS
) -> Iterator[SetQuestion]:
    """Yield up to `limit` drafts, turning from kind to kind and from article to article.

    The same index gives the same drafts. Every article is read: what nobody says needs them all.
    """
    answering = assistant.answering
    stored = answering.index.articles(sorted(answering.index.catalog()))
    articles = sorted(stored.values(), key=lambda one: (one.article.title, one.article.id))
    speech = _Speech(articles, answering.words, set(answering.names.people))
    made: tuple[_Maker, ...] = (speech.who_said, _when, _number, speech.unsaid)
    makers = dict(zip(KINDS, made, strict=True))
    drafts = _by_turns(
        _by_turns(_of_article(one, makers[kind]) for one in articles)
        for kind in kinds if kind in makers
    )  # fmt: skip
    yield from islice({draft.question: draft for draft in drafts}.values(), limit)


def questions_from_feedback(entries: Iterable[Feedback]) -> list[SetQuestion]:
    """Return the questions that were rated down or abstained on, as drafts that say why.

    What can be answered, and how, is for a person to say. Asked again, it is the same draft.
    """
    found: dict[str, SetQuestion] = {}
    for entry in entries:
        if entry.verdict == "down":
            why = f"thumbs down: {entry.comment}".removesuffix(": ")
        elif entry.status == "abstained" and not entry.verdict:
            why = f"abstained: {entry.answer}"
        else:
            continue
        words = " ".join([*entry.history, entry.question]).casefold().rstrip(" ?!.").split()
        id, kind = _id("reader", " ".join(words)), "follow-up" if entry.history else "fact"
        may = entry.status == "answered"
        new = SetQuestion(id, entry.question, kind, entry.history, may, draft=True)
        whys = [*found.get(id, new).rest.get("why", "").split("; "), why]
        why = "; ".join(filter(None, dict.fromkeys(whys)))
        found[id] = replace(found.get(id, new), rest={"why": why})
    return list(found.values())


class _Speech:
    """Questions about what people said, and about what they did not."""

    def __init__(self, articles: Iterable[StoredArticle], words: Words, people: set[str]) -> None:
        self._words, self._people = words, people
        said_by: dict[str, list[str]] = {}  # with the sentence after it
        for one in articles:
            for sentence, after in zip_longest(one.sentences, one.sentences[1:]):
                if sentence.speaker in people:
                    said = one.article.text[sentence.start : (after or sentence).end]
                    said_by.setdefault(sentence.speaker, []).append(said)
        much = {name: said for name, said in sorted(said_by.items()) if len(said) >= MIN_SAID}
        self._stems = {name: set(words.stem(" ".join(said))) for name, said in much.items()}

    def who_said(self, text: str, speaker: str) -> SetQuestion | None:
        """Return what somebody who is named in the sentence said on its rarest topic."""
        surname, saying = speaker.split(" ")[-1], _SAYING.search(text)
        if speaker not in self._people or surname not in text or not saying:
            return None
        before, _, after = text.partition(surname)
        if self._words.named(text[len(before) + len(surname) : saying.start()]):
            return None  # somebody else stands before the saying
        # "Lavrov said in Moscow that …" or "…, Lavrov said."
        claim = text[saying.end() :] if len(before) < len(after) else before.rpartition(",")[0]
        claim = re.sub(r"^[^\"“]*? that ", " ", claim)
        topics = [t["topic"] for t in _TOPIC.finditer(claim) if self._is_topic(t["topic"])]
        if not topics:
            return None
        topic = max(topics, key=self._rarity)
        rest, quotes = claim.replace(topic, " "), _QUOTE.findall(claim)
        others = re.findall(r"\d[\d,.]*\d", rest) or re.findall(
            r"\b(?!\w+ly\b|wh)[a-z]{6,}\b", rest
        )
        expect = [q for q in quotes if topic not in q][:1] or sorted(others, key=self._rarity)[-1:]
        question = f"What did {speaker} say about {topic}?"
        given = {"expect": tuple(expect), "evidence": (text,), "speaker": speaker}
        return _draft("who-said", question, **given) if expect else None

    def unsaid(self, text: str, speaker: str) -> SetQuestion | None:
        """Return the same question about somebody who never speaks of that."""
        asked = self.who_said(text, speaker)
        topic = asked.question.partition(" say about ")[2] if asked else ""
        stems = set(self._words.stem(topic))
        silent = [n for n, said in self._stems.items() if n not in text and not said & stems]
        if not asked or not silent:
            return None
        question = f"What did {silent[int(asked.id[-4:], 16) % len(silent)]} say about {topic}"
        return _draft("unanswerable", question, answerable=False, rest={"twin": asked.question})

    def _is_topic(self, words: str) -> bool:
        """Whether words are a name, a plural or a longer phrase, and not what all articles have."""
        told = re.search(r"^[A-Z]|s$|(?<!\bthe)(?<!\ba)(?<!\ban) ", words)
        clear = bool(told) and not _NO_TOPIC.search(words) and not self._words.named(words)
        return clear and self._rarity(words) >= MIN_RARITY

    def _rarity(self, phrase: str) -> float:
        return max((self._words.rarity(s) for s in self._words.stem(phrase)), default=0)


def _when(text: str, _speaker: str) -> SetQuestion | None:
    for found in filter(None, (re.search(pattern, text) for pattern in _DATED)):
        subject, verb, rest = found["subject"], found["verb"], found["rest"]
        if rest and _is_clear(subject, rest, names=2):
            question = f"When did {subject} {_BASES[verb]}{rest}?"
            return _draft("when", question, expect=(found["day"],), evidence=(text,))
    return None


def _number(text: str, _speaker: str) -> SetQuestion | None:
    found = re.search(_NUMBERED, text)
    if not found or not _is_clear(found["subject"], found["rest"], names=1):
        return None
    figure, rest = found["figure"], re.sub(rf" (?:{_LINKS})$", "", found["rest"])
    same = "|".join(dict.fromkeys([figure, figure.replace(",", ""), *figures_in(figure)]))
    question = f"How many{found['noun']} did {found['subject']} {_BASES[found['verb']]}{rest}?"
    return _draft("number", question, expect=(same,), evidence=(text,))


def _is_clear(subject: str, rest: str, *, names: int) -> bool:
    """Whether the words say, outside their sentence too, who did what."""
    named = re.findall(r"\b(?!The\b)[A-Z]\w+(?: [A-Z]\w+)*", f"{subject},{rest}")
    return len(named) >= names and not _UNCLEAR.search(subject + rest)


def _draft(kind: str, question: str, **given: Any) -> SetQuestion:
    question = question.replace(" The ", " the ")
    return SetQuestion(_id(kind, question), question, kind, draft=True, **given)


def _id(kind: str, words: str) -> str:
    return f"{kind}-{hashlib.sha256(words.encode(errors='replace')).hexdigest()[:8]}"


def _of_article(stored: StoredArticle, make: _Maker) -> list[SetQuestion]:
    """Return the article's drafts, those that expect a quotation first."""
    drafts = []
    for sentence in stored.sentences:
        text = stored.article.text[sentence.start : sentence.end]
        if len(text) in SENTENCE_CHARS and _WHOLE.fullmatch(text) and text.count('"') % 2 == 0:
            drafts.append(make(text, sentence.speaker))
    made = [replace(d, rest={**d.rest, "article": stored.article.title}) for d in drafts if d]
    return sorted(made, key=lambda d: not any(" " in item for item in d.expect))


def _by_turns(groups: Iterable[Iterable[SetQuestion]]) -> list[SetQuestion]:
    return [q for turn in zip_longest(*groups) for q in turn if q is not None]
