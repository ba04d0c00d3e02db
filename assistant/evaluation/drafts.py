"""Drafts of questions, from what the index knows and from what readers thought of answers.

A draft is made by patterns over one sentence, so most sentences, which read in more ways than one,
are passed over; a person reads each draft before it counts.
"""

import calendar
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, zip_longest

from assistant.asking import Words, figures_in
from assistant.evaluation.questions import SetQuestion
from assistant.feedback import Feedback
from assistant.records import StoredArticle
from assistant.service import Assistant

KINDS = ("who-said", "when", "number", "unanswerable")
MIN_CHARS, MAX_CHARS = 40, 220
MIN_SAID = 5  # sentences of a speaker, before a topic that is missing from them means anything

_MONTHS = "|".join(calendar.month_name[1:])
_DAY = rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?P<day>\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?)"
# Verbs that a question can be turned around: past and base.
_BASES = dict(
    pair.split("/")
    for pair in "met/meet held/hold spoke/speak talked/talk signed/sign took/take called/call "  # noqa: SIM905
    "announced/announce arrived/arrive approved/approve adopted/adopt sent/send rejected/reject "
    "visited/visit published/publish travelled/travel flew/fly left/leave gave/give made/make "
    "launched/launch dismissed/dismiss appointed/appoint presented/present received/receive "
    "joined/join suspended/suspend resumed/resume paused/pause ordered/order declared/declare "
    "proposed/propose named/name lasted/last won/win lost/lose needed/need offered/offer "
    "counted/count spent/spend brought/bring kept/keep released/release returned/return "
    "hosted/host promised/promise put/put stopped/stop demanded/demand imposed/impose "
    "lifted/lift wanted/want handed/hand freed/free".split()
)
_PAST = "|".join(_BASES)
_SUBJECT = r"(?P<subject>[A-Z][\w’'-]*(?: [\w’'-]+){0,6}?)"
_REST = r"(?P<rest>(?: [^,;:.!?\"“”—–]+)?)"
_DATED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^On {_DAY},? {_SUBJECT} (?P<verb>{_PAST}){_REST}(?=[,;:.])",
        rf"^{_SUBJECT} (?P<verb>{_PAST}){_REST}? on {_DAY}",
        rf"^{_SUBJECT} (?P<verb>was|were)(?P<rest> (?:\w+ed|held|sent|put)\b[^,;:.]*?),? on {_DAY}",
    )
)
_FIGURE = (
    r"(?P<about>(?:[Aa]bout|[Aa]round|[Ss]ome|[Nn]early|[Aa]lmost|[Mm]ore than|[Oo]ver|"
    r"[Aa]t least|[Rr]oughly|[Aa] total of) )?"
    r"(?P<figure>\d[\d,]*(?:\.\d+)?|[Tt](?:wo|hree|en|welve|wenty|hirty)|[Ff]our|[Ff]ive|[Ss]ix|"
    r"[Ss]even|[Ee]ight|[Nn]ine)"
)
_COUNTED = r"(?P<noun>(?: [a-z’'-]+){0,2}? (?:[a-z][a-z-]+s|people))\b"
_NUMBERED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^{_SUBJECT} (?P<verb>{_PAST}) (?:for )?{_FIGURE}{_COUNTED}{_REST}",
        rf"^{_SUBJECT} (?P<verb>will|would|can|could|must|should) (?P<base>[a-z]+) (?:for )?"
        rf"{_FIGURE}{_COUNTED}{_REST}",
        rf"^{_FIGURE}{_COUNTED}(?P<rest> (?:[a-z]+ ){{0,3}}?(?:will|would|were|are|took|voted|"
        r"signed|died|went|came|have|had)\b[^,;:.!?—–]+)",
    )
)
_QUOTE = re.compile(r"[\"“](?P<words>[^\"“”]{8,80}?)[,.]?[\"”]")
_SAYING = re.compile(
    r"\b(?:said|says|told|called|declared|described|argued|warned|insisted|demanded|stressed|"
    r"promised|rejected|ruled out|predicted|suggested|added|claimed|urged|wrote|according to|"
    r"spoke of|denied|repeated|proposed)\b",
    re.IGNORECASE,
)
_BEFORE = "of|in|on|at|to|for|from|with|by|between|over|under|about|against|into|toward|towards"
# What a preposition or a verb brings, up to where it must have ended.
_TOPIC = re.compile(
    rf"\b(?:{_BEFORE}|neither|nor|called|accept|accepts|reject|rejected|demanded|that|ruled out) "
    r"(?P<topic>(?:the |an? )?(?:(?!(?:the|an?)\b)[\w’'-]+ ){0,2}[\w’'-]{3,})"
    rf"(?=[,.;:?!\"”]| (?:{_BEFORE}|and|or|but|that|which|who|is|are|was|were|has|had|have|will|"
    r"would|could|should|can|must|cannot|as|if|because|when|while|before|after|until|than)\b)"
)
_NO_TOPIC = re.compile(
    rf"\b(?:{_BEFORE}|{_MONTHS}|and|or|but|not|no|be|is|are|was|were|has|have|had|will|would|that|"
    r"what|which|who|it|i|we|you|he|she|they|him|her|them|us|his|its|their|our|this|these|those|"
    r"there|said|one|two|three|any|every|all|some|same|first|second|other|others|such|own|most|"
    r"more|both|how|days?|weeks?|months?|years?|time|hours?|way|part|sides?|end|beginning|start|"
    r"press|conference|television|reporters?|statement|interview|thing|view|words?|[a-z]+day|"
    r"\w+ly|\w+ing|[a-z]+ed|make|take|see|get|give|go|come|met|held|made|put|speak|talk)\b|\d|['’]s\b",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"^(?:he|she|it|they|we|this|that|these|those|there|one|both|his|her|its|their|each|all|some|"
    r"who|which|others?|another|neither|nobody|a|an|the (?:two|same|others?|latter|former|"
    r"sides?|session|meeting|talks|man|first|second|third|next|document|paper|plan|text|deal|"
    r"call|vote|list|round|group))\b|"
    r"\b(?:who|which|that|when|where|while|and|but|he|she|they|it|had|has|was|were|is|on|if)\b"
)
# Words that point out of their sentence.
_POINTS_OUT = re.compile(
    r"\b(?:he|she|it|they|his|her|its|their|them|him|this|these|those|there|then|the two|the same|"
    r"the other|such|former|latter|that day|also|instead|however|too|again|another|further)\b",
    re.IGNORECASE,
)

_Maker = Callable[[str, str], SetQuestion | None]  # from a sentence and its speaker


def draft_questions(
    assistant: Assistant, *, limit: int, kinds: Sequence[str] = KINDS
) -> Iterator[SetQuestion]:
    """Yield up to `limit` drafts, turning from kind to kind and from article to article.

    The same index gives the same drafts; what is none of KINDS gives none. Every article is read,
    for "nobody says that" needs all of them.
    """
    answering = assistant.answering
    stored = answering.index.articles(sorted(answering.index.catalog()))
    articles = sorted(stored.values(), key=lambda one: (one.article.title, one.article.id))
    speech = _Speech(articles, answering.words, frozenset(answering.names.people))
    makers: dict[str, _Maker] = {
        "who-said": speech.who_said,
        "when": lambda text, _: _when(text),
        "number": lambda text, _: _number(text),
        "unanswerable": speech.unsaid,
    }
    drafts = _by_turns(
        _by_turns(_of_article(one, makers[kind]) for one in articles)
        for kind in kinds if kind in makers
    )  # fmt: skip
    unlike = {question.id: question for question in reversed([*drafts])}
    yield from islice(reversed(unlike.values()), limit)


def questions_from_feedback(entries: Iterable[Feedback]) -> list[SetQuestion]:
    """Return the questions that were rated down or abstained on, as drafts that say why.

    What can be answered, and how, is for a person to say. Asked again, it is the same draft.
    """
    found: dict[str, SetQuestion] = {}
    for entry in entries:
        if entry.verdict == "down":
            why = f"thumbs down: {entry.comment}".rstrip(": ")
        elif entry.status == "abstained" and not entry.verdict:
            why = f"abstained: {entry.answer}"
        else:
            continue
        words = " ".join([*entry.history, entry.question]).casefold().rstrip(" ?!.").split()
        draft = SetQuestion(
            id=_id("reader", " ".join(words)),
            question=entry.question,
            kind="follow-up" if entry.history else "fact",
            history=entry.history,
            answerable=entry.status != "abstained",
            draft=True,
        )
        earlier = found.get(draft.id, draft)
        whys = dict.fromkeys([*earlier.rest.get("why", "").split("; "), why])
        found[draft.id] = replace(earlier, rest={"why": "; ".join(filter(None, whys))})
    return list(found.values())


class _Speech:
    """Questions about what people said, and about what they did not."""

    def __init__(
        self, articles: Sequence[StoredArticle], words: Words, people: frozenset[str]
    ) -> None:
        self._words, self._people = words, people
        self._said: dict[str, list[str]] = {}  # by each speaker, with the sentence after it
        for one in articles:
            for position, sentence in enumerate(one.sentences):
                if sentence.speaker in people:
                    end = one.sentences[min(position + 1, len(one.sentences) - 1)].end
                    context = one.article.text[sentence.start : end]
                    self._said.setdefault(sentence.speaker, []).append(context)
        self._stems = {name: set(words.stem(" ".join(said))) for name, said in self._said.items()}

    def who_said(self, text: str, speaker: str) -> SetQuestion | None:
        """Return what somebody who is named in the sentence said on its rarest topic."""
        surname = speaker.split(" ")[-1]
        saying = _SAYING.search(text)
        if speaker not in self._people or surname not in text or not saying:
            return None
        # "Lavrov said that …" or "…, Lavrov said."
        at = max(text.index(surname), saying.start())
        claim = text[at:] if at < len(text) / 2 else text[: text.index(surname)].rpartition(",")[0]
        topics = [t["topic"] for t in _TOPIC.finditer(claim) if not _NO_TOPIC.search(t["topic"])]
        topics = [t for t in topics if surname not in t and self._rarity(t)]
        if not topics:
            return None
        topic = max(topics, key=self._rarity)
        quotes = [q["words"] for q in _QUOTE.finditer(claim) if topic not in q["words"]]
        rest = [w for w in re.findall(r"[a-z]{5,}", claim.replace(topic, "")) if self._rarity(w)]
        expected = quotes[:1] or list(figures_in(claim)[:1]) or sorted(rest, key=self._rarity)[-1:]
        question = f"What did {speaker} say about {topic}?"
        return _draft("who-said", question, expected, text, speaker=speaker) if expected else None

    def unsaid(self, text: str, speaker: str) -> SetQuestion | None:
        """Return the same question about somebody who never speaks of that."""
        asked = self.who_said(text, speaker)
        if asked is None:
            return None
        topic = asked.question.partition(" say about ")[2]
        stems = set(self._words.stem(topic))
        others = [n for n, said in self._said.items() if len(said) >= MIN_SAID and n != speaker]
        silent = [n for n in sorted(others) if not stems & self._stems[n] and n not in text]
        if not silent:
            return None
        other = silent[int(asked.id[-4:], 16) % len(silent)]
        return replace(
            _draft("unanswerable", f"What did {other} say about {topic}", (), ""),
            answerable=False,
            rest={"twin": asked.question},
        )

    def _rarity(self, phrase: str) -> float:
        return max((self._words.rarity(s) for s in self._words.stem(phrase)), default=0)


def _when(text: str) -> SetQuestion | None:
    for found in filter(None, (pattern.search(text) for pattern in _DATED)):
        subject, verb, rest = found["subject"], found["verb"], (found["rest"] or "").rstrip()
        if not _clear(subject, rest) or not rest:
            continue
        asked = f"{verb} {subject}" if verb in ("was", "were") else f"did {subject} {_BASES[verb]}"
        return _draft("when", f"When {_lowered(asked)}{rest}?", [found["day"]], text)
    return None


def _number(text: str) -> SetQuestion | None:
    for found in filter(None, (pattern.search(text) for pattern in _NUMBERED)):
        parts = found.groupdict("")
        subject, verb, noun, rest = (parts.get(n, "") for n in ("subject", "verb", "noun", "rest"))
        if not _clear(subject or "Who", rest) or _POINTS_OUT.search(noun):
            continue
        base = parts.get("base") or _BASES.get(verb, "")
        auxiliary = verb if parts.get("base") else "did"
        turned = f" {auxiliary} {_lowered(subject)} {base}" if subject else ""
        figure = parts["figure"]
        same = dict.fromkeys([figure, figure.replace(",", ""), *figures_in(figure)])
        return _draft("number", f"How many{noun}{turned}{rest}?", ["|".join(same)], text)
    return None


def _clear(subject: str, rest: str) -> bool:
    return not (_NO_SUBJECT.search(subject) or _POINTS_OUT.search(f"{subject} {rest}"))


def _lowered(words: str) -> str:
    return re.sub(r"\bThe\b", "the", words)


def _draft(
    kind: str, question: str, expect: Sequence[str], evidence: str, *, speaker: str = ""
) -> SetQuestion:
    return SetQuestion(
        id=_id(kind, question),
        question=question,
        kind=kind,
        expect=tuple(expect),
        evidence=(evidence,) if evidence else (),
        speaker=speaker,
        draft=True,
    )


def _id(kind: str, words: str) -> str:
    return f"{kind}-{hashlib.sha256(words.encode(errors='replace')).hexdigest()[:8]}"


def _of_article(stored: StoredArticle, make: _Maker) -> list[SetQuestion]:
    """Return the article's drafts, those that expect a quotation first."""
    drafts = []
    for sentence in stored.sentences:
        text = stored.article.text[sentence.start : sentence.end]
        whole = re.fullmatch(r"[\"“A-Z0-9][^\n]*[.!?][\"”]?", text)
        if whole and MIN_CHARS <= len(text) <= MAX_CHARS and text.count('"') % 2 == 0:
            drafts.append(make(text, sentence.speaker))
    made = [replace(d, rest={**d.rest, "article": stored.article.title}) for d in drafts if d]
    return sorted(made, key=lambda d: not any(" " in item for item in d.expect))


def _by_turns(groups: Iterable[Iterable[SetQuestion]]) -> list[SetQuestion]:
    return [q for turn in zip_longest(*groups) for q in turn if q is not None]
