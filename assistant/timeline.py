"""What happened when: the articles' own sentences that put an event on a day, in order of days.

Rules over English. A sentence counts when it says what happened "on" a day, can stand alone, and
does not speak of a plan. A day that no sentence states well gets the first sentence of an article
of that date.
"""

import calendar
import datetime
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant import composing
from assistant.answering import Answering
from assistant.asking import DATE_LIKE
from assistant.composing import Chosen
from assistant.dates import absolute_days, asked_periods
from assistant.evidence import Opened
from assistant.phrases import person_speaking
from assistant.types import Citation

PER_DAY = 3
MAX_ARTICLES = 300
MIN_SENTENCE_CHARS = 25  # of what is told of a day
SAME_EVENT = 0.6  # cosine of two sentences of one day that tell the same
MAX_DAYS_BACK = 400  # a day without a year is not looked for further back
# What makes a sentence the better one of its day.
LEAD = 1.0
OPENS_WITH_DAY = 0.5
FOR_EACH_PERSON = 0.25
MAX_PEOPLE_COUNTED = 2
FOR_EACH_OTHER_ARTICLE = 0.4
MERELY_SAID = -0.75
GOOD = 0.5  # where a day has such a sentence, no article is put there by its date alone

_ON = re.compile(
    r"(?:^|\b(?:on|(?:morning|afternoon|evening|night) of)\s+|^(?:(?:\w+\s+){1,3}(?:later|earlier|"
    r"afterwards|before)),\s+on\s+|\bsame day,\s+)$",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:will|would|shall|due|scheduled|planned|plans? to|expected|summon\w*|invit\w+|beginning|"
    r"starting|set (?:for|to)|to (?:be|have)|intends?|promised)\b",
    re.IGNORECASE,
)
_AT_SECOND_HAND = re.compile(r"\breported (?:on|that|there)\b|\breport put\b", re.IGNORECASE)
_SAYING = re.compile(
    r"\b(?:said|says|told|added|wrote|written|declared|argued|warned|called|described|spoke of|"
    r"pointed out|put it|answered|replied|insisted|noted|remarked|claimed|rated?)\b"
)
_LEANS_BACK = re.compile(
    r"^(?:There|Here|Then|It|Its|This|That|These|Those|They|Their|One|Some(?! \d)|Others?|Another|"
    r"Much|Nor|But|So|Yet|Both|Neither|Either|Instead|By then)\b"
)
_SUBJECT = re.compile(
    r"\b(?:he|she|his|the (?:\w+ )?(?:official|envoy|ambassador|prince|president|minister|aide))\b",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\b(?:him|her|them|these|those)\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTH_OF_YEAR = re.compile(rf"\b(?:{'|'.join(calendar.month_name[1:])})\s+((?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day, in an article's exact words.

    `text` is the same standing alone; `people` are the standard names of those it names.
    `by_article_date` says that no sentence states the day: it is the article's date. `also` are
    sentences that tell the same, one for each other article.
    """

    day: datetime.date
    citation: Citation
    text: str
    people: tuple[str, ...]
    by_article_date: bool = False
    also: tuple[Citation, ...] = ()


def timeline(
    answering: Answering,
    *,
    person: str = "",
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    per_day: int = PER_DAY,
) -> tuple[Event, ...]:
    """Return what happened from `since` to `until`, both included, oldest first.

    Of a day at most `per_day` events, best first: the first sentences of articles, what several
    articles tell, and what people did rather than said. `person` keeps events that name or quote
    that person, in any spelling. The newest MAX_ARTICLES dated articles are read. Citations are
    numbered from 1. Without dated articles there are no events. It takes about 10 ms an article:
    keep what is shown often for as long as the index stays the same.
    """
    wanted = answering.names.standard(person) if person else ""
    opened = _articles(answering, since)
    days: dict[datetime.date, list[_Told]] = defaultdict(list)
    for article in opened.values():
        for told in _told(article, answering):
            if (not since or told.day >= since) and (not until or told.day <= until):
                days[told.day].append(told)
    events: list[Event] = []
    cited = 0
    for day in sorted(days):
        of_day = [told for told in days[day] if not wanted or wanted in told.people]
        stated = [told for told in of_day if told.is_stated]
        if any(told.score >= GOOD for told in stated):
            of_day = stated
        for group in _events(of_day)[:per_day]:
            if event := _event(group, opened, after=cited):
                events.append(event)
                cited += 1 + len(event.also)
    return tuple(events)


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence that tells what happened on a day, and how well it tells it."""

    day: datetime.date
    article: Opened
    position: int
    people: frozenset[str]
    score: float
    is_stated: bool = True


def _articles(answering: Answering, since: datetime.date | None) -> dict[str, Opened]:
    """Return the newest articles with a date; what happened after `since` was written after it."""
    heads = [head for head in answering.index.catalog().values() if head.date]
    dates = {
        head.id: head.date for head in heads if head.date and (not since or head.date >= since)
    }
    newest = sorted(dates, key=lambda id: (dates[id], id), reverse=True)[:MAX_ARTICLES]
    stored = answering.index.articles(newest)
    return {
        id: Opened(stored[id].article, stored[id].sentences, stored[id].vectors)
        for id in newest
        if id in stored
    }


def _told(article: Opened, answering: Answering) -> list[_Told]:
    """Return the sentences of an article that tell what happened on a day, and its first one."""
    found: list[_Told] = []
    written = article.article.date
    for position in range(len(article.sentences)):
        text = article.text(position)
        if not DATE_LIKE.search(text):  # quick, and true of most
            continue
        if _cannot_stand(text, article.sentences[position].speaker, answering):
            continue
        days: dict[datetime.date, int] = {}
        starts: set[int] = set()
        for start, end, day in _days(article, position):
            # Of "23 and 24 January" the first: it is one event.
            if _happened(text, start, end) and start not in starts:
                starts.add(start)
                days.setdefault(day, start)
        for day, start in days.items():
            found.append(_judged(article, position, day, start, answering))
    if written and not any(told.position == 0 and told.day == written for told in found):
        lead = _judged(article, 0, written, len(article.text(0)), answering)
        found.append(replace(lead, is_stated=False))
    return [told for told in found if not article.is_hostile(told.position)]


def _days(article: Opened, position: int) -> Iterator[tuple[int, int, datetime.date]]:
    """Yield where a sentence states a single day, and the day; none after the article's own."""
    written, text = article.article.date, article.text(position)
    if written is None:
        return
    for mention in absolute_days(text, written):
        if mention.day <= written:
            yield mention.start, mention.end, mention.day
    paragraph = article.article.text[: article.sentences[position].start].rpartition("\n\n")[2]
    years = _MONTH_OF_YEAR.findall(f"{paragraph}{text}")
    for period in asked_periods(text, written):
        days_ago = (written - period.first).days
        if period.first != period.last or days_ago < 0:
            continue
        is_of_year = not years or str(period.first.year) == years[-1]
        if _YEAR.search(period.text) or (is_of_year and days_ago <= MAX_DAYS_BACK):
            start = text.find(period.text)
            yield start, start + len(period.text), period.first


def _happened(text: str, start: int, end: int) -> bool:
    """Whether what the sentence tells is told of the day `text[start:end]`, and as a fact."""
    before = text[:start]
    is_quoted = before.count("“") > before.count("”") or before.count('"') % 2 == 1
    is_one = " or " not in text[start:end] and not text.startswith(("'s", "’s"), end)
    return bool(is_one and not is_quoted and _ON.search(before) and not _PLANNED.search(before))


def _cannot_stand(text: str, speaker: str, answering: Answering) -> bool:
    """Whether a reader would ask who or what is meant."""
    if len(text) < MIN_SENTENCE_CHARS or _LEANS_BACK.match(text) or _AT_SECOND_HAND.search(text):
        return True
    names = answering.names.find(text)
    first_name = names[0].start if names else len(text)
    if (other := _OBJECT.search(text)) and other.start() < first_name:
        return True
    subject = _SUBJECT.search(text)
    return bool(
        subject and subject.start() < first_name and not person_speaking(speaker, answering.names)
    )


def _judged(
    article: Opened, position: int, day: datetime.date, start: int, answering: Answering
) -> _Told:
    text = article.text(position)
    speaker = person_speaking(article.sentences[position].speaker, answering.names)
    people = answering.words.named(text) | ({speaker} - {""})
    score = (
        LEAD * (position == 0)
        + OPENS_WITH_DAY * (start <= len("Earlier on "))
        + FOR_EACH_PERSON * min(len(people), MAX_PEOPLE_COUNTED)
        + MERELY_SAID * bool(position and _SAYING.search(text))
    )
    return _Told(day, article, position, people, score)


def _events(told: Sequence[_Told]) -> list[list[_Told]]:
    """Return the sentences of one day by event, the best told first; so are the events."""
    groups: list[list[_Told]] = []
    for one in sorted(told, key=lambda one: -one.score):
        vector = one.article.vectors[one.position]
        same = (
            group
            for group in groups
            if vector @ group[0].article.vectors[group[0].position] >= SAME_EVENT
        )
        group = next(same, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return sorted(groups, key=lambda group: -_weight(group))


def _weight(group: Sequence[_Told]) -> float:
    articles = {told.article.article.id for told in group}
    return group[0].score + FOR_EACH_OTHER_ARTICLE * (len(articles) - 1)


def _event(group: Sequence[_Told], opened: dict[str, Opened], *, after: int) -> Event | None:
    """Return an event with a citation of each article that tells it, None if none is exact."""
    by_article = {told.article.article.id: told for told in reversed(group)}
    first = group[0]
    others = [told for told in by_article.values() if told.article is not first.article]
    chosen = [Chosen(told.article.article, told.position) for told in (first, *others)]
    said, cited = composing.quote(chosen, opened, after=after)
    if not cited:
        return None
    return Event(
        day=first.day,
        citation=cited[0],
        text=said[0].text,
        people=tuple(sorted(first.people)),
        by_article_date=not first.is_stated,
        also=cited[1:],
    )
