"""Days and periods in words: what a question restricts itself to, what day an article means.

Rules over English. A word that may be something else than a date ("may", "march on", "second") is
none, and a weekday that may be either of two days is left alone.
"""

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_STEPS = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}
_DAY = datetime.timedelta(days=1)
_WEEK = datetime.timedelta(weeks=1)
_CALENDAR_CYCLE_YEARS = 28  # after which weekdays and leap years repeat


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# Not the newspapers.
_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})(?!\s+(?:times|telegraph|express|mirror)\b)"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?(?!-a-)|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_NUMBER = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d:]|[.,]\d|%)"
_THROUGH = r"(?:\s*[-–—]\s*|\s+(?:to|until|till|through)\s+)"
_AND = r"\s+(?:and|or)\s+"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?![\d%\w]|[.,–-]\d|-year)"
_WHICH = r"(?P<which>last|past|previous|this|next|coming)\s+"
# A part of a month or year stands for the whole.
_PART = r"(?:early|mid|late|(?:beginning|start|middle|end|half)\s+of)[-\s]+"
_COUNT = r"(?:\d{1,3}|an?|" + "|".join(_NUMBERS[1:]) + ")"
# The nouns that a date names: "the May talks" has a month, "the May government" a person.
_EVENT = (
    r"(?:talks?|calls?|meetings?|summits?|sessions?|rounds?|negotiations?|visits?|votes?|"
    r"statements?|deals?|agreements?|ceasefires?|truces?|exchanges?|conferences?|trips?|"
    r"elections?|ones?|attacks?|strikes?|deadlines?|resolutions?|speech)\b"
)

_WRITTEN_FORMS = (
    _words(r"\b(?P<numbers>\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4})(?!\d)"),
    _words(
        rf"""\b(?:(?P<weekday>{_WEEKDAY}),?\s+(?:the\s+)?)?
        (?P<days>{_NUMBER}(?:(?:{_THROUGH}|{_AND}|,\s+){_NUMBER}){{0,3}})
        (?:\s+of\s+|\s*-?\s*){_MONTH}(?:,?\s+{_YEAR})?"""
    ),
    _words(
        rf"""\b(?:(?P<weekday>{_WEEKDAY}),?\s+)?{_MONTH}\s+(?:the\s+)?
        (?P<days>{_NUMBER}(?:{_THROUGH}{_NUMBER})?)
        (?!\s+(?:percent|million|billion|thousand|hundred|miles|km)\b)(?:,?\s+{_YEAR})?"""
    ),
    _words(rf"\b(?:{_WHICH})?(?:{_PART})?{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?"),
    _words(
        rf"(?:\b{_PART}|"
        r"(?<=\bin\s)|(?<=\bto\s)|(?<=\band\s)|(?<=\bfrom\s)|(?<=\bsince\s)|(?<=\buntil\s)"
        r"|(?<=\bafter\s)|(?<=\bbefore\s)|(?<=\bduring\s)|(?<=\bbetween\s))"
        rf"{_YEAR}(?!\s+(?!was\b|is\b|has\b|as\b)[a-z]+s\b)"
    ),
)
_RELATIVE = _words(
    rf"""\b(?:
    (?P<day>day\s+before\s+yesterday|day\s+after\s+tomorrow|yesterday|today|tomorrow|tonight
        |last\s+night)
    |{_WHICH}(?:(?P<unit>weekend|week|month|year)|(?P<named>{_WEEKDAY}))
    |(?P<ago>{_COUNT})\s+(?P<ago_unit>day|week|month|year)s?\s+ago
    |(?:in|over|during|within)\s+the\s+(?:last|past)\s+(?:(?P<count>{_COUNT})\s+)?
        (?P<counted>day|week|month|year)s?(?!\s+of\b)
    |(?P<weekday>{_WEEKDAY})(?:s(?=\s+{_EVENT}))?
    )\b"""
)
_RELATIVE_DAYS = {
    "day before yesterday": -2, "yesterday": -1, "last night": -1, "tomorrow": 1,
    "day after tomorrow": 2,
}  # fmt: skip

# What stands before a date, and then what stands after it.
_OPENS_PERIOD = _words(
    r"(?<!believe\s)(?<!trust\s)(?<!faith\s)"
    r"\b(?:in|on|since|last|this|next|during|until|till|before|after|between)\s+(?:the\s+)?$"
)
_CAPITALISED = re.compile(r"\b(?!The\s)[A-Z][\w-]+\s+$")
_NO_SINGLE_DAY = _words(
    r"\b(?:good|easter|black|palm|every|each|an?|any|some|one|most|mail\s+on)\s+$"
)
_ANOTHER_DAY = _words(
    rf"\b(?:the|that|following|same|{_WEEKDAY}\s+(?:in)?to)\s+$|{_NO_SINGLE_DAY.pattern}"
)
_NEGATED = _words(
    r"(?:(?:^|[,(.;?!])\s*not|\brather\s+than|\binstead\s+of|\bunlike|\bexcept)\s+"
    r"(?:(?:the|in|on|at|of|from|one|ones|that|those|talks|meetings?)\s+)*$"
)
_BETWEEN = _words(r"\bbetween\s+$")
_BOUND = _words(
    r"\b(?P<word>since|from|(?:day\s+)?(?:after|before)|until|till|by|week\s+of)\s+"
    r"(?P<the>the\s+)?$"
)
_DEADLINE = _words(r"\b(?:until|till|by|before|for)\s+$")
_OPENS_CLAUSE = _words(r"(?:\b(?:that|and|but|while|as)|[,;:—–“\"])\s*(?:on\s+)?$")

_NAME_FOLLOWS = re.compile(r"\s+[A-Z]")
_EVENT_FOLLOWS = _words(rf"\s+(?:[a-z]+\s+)?{_EVENT}")
_ENDS = _words(r"\s*(?:[?.,;:!)]|$)|\s+(?:in|at|and|or|about)\b")
_ONWARDS = _words(r"\s+onwards?\b")
_OTHER_WEEK = _words(
    rf"""\s+(?:to|into|until|through)\s+{_WEEKDAY} | \s*[,(]?\s*(?:the\s+)?\d+(?:st|nd|rd|th)
    |\s*[,(]+\s*\d
    |(?:\s+(?:morning|afternoon|evening|night))?,?\s+
    (?:(?:of\s+)?(?:last|next|that|the|this)\s+(?:\w+\s+)?week\b|week\b|(?:before|after)\s*[.,;])"""
)

_JOINS = _words(r"\s*(?:,|,?\s(?:and|or))\s+(?:in\s+|on\s+)?(?:the\s+)?")
_RANGES = _words(r"\s*[-–—]\s*|\s+(?:to|until|till|through)\s+(?:the\s+)?")
_QUOTED = re.compile(r"\"[^\"]*(?:\"|$)|[“„][^”“]*(?:[”“]|$)|«[^»]*(?:»|$)")
_DEICTIC = _words(
    r"(?<!even\s)(?<!still\s)(?<!of\s)(?<!until\s)(?<!\bor\s)(?<!\bno\s)"
    r"\b(?:(?:the\s+)?day\s+(?:before\s+yesterday|after\s+tomorrow)"
    rf"|yesterday|last\s+night|(?:today|tonight|tomorrow)(?!['’]s\s+(?!{_EVENT})))\b"
)
_WEEKDAYS_TOLD = _words(rf"\b(?:(?:the\s+)?{_WHICH})?(?P<weekday>{_WEEKDAY})\b")
# The words that tell whether a weekday is over. Of those that fit, the nearest before it counts.
_TENSES = re.compile(
    r"""\b(?:
    (?P<unclear>(?:was|were|been)\s+(?:due|scheduled|expected|planned|set|to)|would\s+have|if
        |had\s+(?:\w+\s+){0,3}would|could|might|may|should|can|must|planned|scheduled)
    |(?P<coming>(?:will|shall|would|won['’]t|(?:is|are)\s+(?:due|set|scheduled|expected|going|to)
        |plans?|intends?|hopes?|wants?|agreed\s+to|promised\s+to)
        (?:\s+(?:also|not|to|be|\w+ly))*\s+\w+)
    |(?P<over>said|told|held|took|began|came|went|spoke|had|was|were|did|gave|made|left|sent|saw
        |flew|won|lost|struck|hit|fell|rose|broke|brought|met|spent|led|has|have|[a-z]+ed)
    |is|are|(?:begin|start|resume|meet|open|arrive|hold|end|visit|return|vote)s?
    |to\s+(?:discuss|speak|sign|attend|take|send|decide)
    )\b""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included, that the words `text` stand for.

    A period without a beginning ("before March") starts with `datetime.date.min`.
    """

    first: datetime.date
    last: datetime.date
    text: str


@dataclass(frozen=True, slots=True)
class DayMention:
    """The phrase `text[start:end]` of a sentence, which stands for one `day`."""

    start: int
    end: int
    day: datetime.date


_Span = tuple[datetime.date, datetime.date]  # the first and the last day


@dataclass(frozen=True, slots=True)
class _Date:
    """A date as the text has it: a `span` if that is certain, else what it says of one."""

    start: int
    end: int
    span: _Span | None = None
    year: int | None = None
    month: int | None = None
    days: tuple[int, ...] = ()
    through: bool = False  # the days are the ends of a range: "23-25 March"
    weekday: int | None = None
    which: int | None = None  # -1 for "last", 0 for "this", 1 for "next"

    def in_year(self, year: int) -> list[_Span]:
        """Return the days meant if the date is in `year`, nothing if it has no such date."""
        if self.span:
            return [self.span]
        try:
            if self.days:
                days = [datetime.date(year, self.month or 1, day) for day in self.days]
                if days != sorted(days) or self.weekday not in (None, days[0].weekday()):
                    return []
                return [(days[0], days[-1])] if self.through else [(day, day) for day in days]
            first = datetime.date(year, self.month or 1, 1)
            return [(first, _later(first, "month" if self.month else "year", 1) - _DAY)]
        except (ValueError, OverflowError):  # no such day, or beyond the end of the calendar
            return []

    def spans(self, today: datetime.date) -> list[_Span]:
        """Return the days meant; without a year, the newest that have begun by `today`."""
        if self.span or self.year or self.which == 0:
            return self.in_year(self.year or today.year)
        step = 1 if self.which == 1 else -1
        for year in range(today.year, today.year + step * _CALENDAR_CYCLE_YEARS, step):
            for first, last in self.in_year(year)[-1:]:
                if (
                    (first > today)
                    if step == 1
                    else (last < today if self.which else first <= today)
                ):
                    return self.in_year(year)
        return []


def asked_periods(question: str, today: datetime.date) -> tuple[Period, ...]:
    """Return the periods that a question speaks of, in its order.

    A date without a year is the newest that has begun by `today`. An event named by its day
    ("after the 18 March call") stands for that day; one named by its year ("the 2008 summit") does
    not, as newer articles speak of it too. What a question sets aside ("not the July round") is
    left out.

    >>> asked_periods("What was said in March?", datetime.date(2025, 6, 1))
    (Period(first=datetime.date(2025, 3, 1), last=datetime.date(2025, 3, 31), text='March'),)
    """
    dates = _apart([*_written_dates(question), *_relative_dates(question, today)])
    periods: list[Period] = []
    end = 0
    negated = False
    while dates:
        date = dates.pop(0)
        before = question[end : date.start]
        negated = bool(_NEGATED.search(before) or (negated and _JOINS.fullmatch(before)))
        end = date.end
        between = question[end : dates[0].start] if dates else ""
        ranges = _RANGES.fullmatch(between) or (_BETWEEN.search(before) and between == " and ")
        if dates and ranges:
            end = dates[0].end
            spans = _range(date, dates.pop(0), today)
        else:
            if dates and _JOINS.fullmatch(between) and date.month and not date.year:
                date = replace(date, year=dates[0].year)  # "18 February and 24 March 2025"
            spans = date.spans(today)
        if spans and _BETWEEN.search(before):
            spans = [(spans[0][0], spans[-1][1])]
        for span in spans if not negated else []:
            if bounded := _bounded(span, before, question[end:], today):
                periods.append(Period(*bounded, question[date.start : end]))
    return tuple(periods)


def absolute_days(text: str, written: datetime.date) -> tuple[DayMention, ...]:
    """Return the single days that a sentence of an article means and does not spell out.

    A weekday is the nearest one up to `written`, or the first after it where the sentence speaks
    of the future. Left out is what may be another day: a weekday beside a verb that tells no time,
    "next Friday" on a Wednesday, a weekday told of a date long past. A weekday before a date
    ("Tuesday, 18 February") needs none, nor does that date.

    >>> absolute_days("They met on Tuesday.", datetime.date(2025, 2, 20))
    (DayMention(start=12, end=19, day=datetime.date(2025, 2, 18)),)
    """
    dates = [date for date in _apart(_written_dates(text)) if date.days or date.span]
    mentions = list(_weekdays(text, written, dates))
    quotations = [range(*quoted.span()) for quoted in _QUOTED.finditer(text)]
    for match in _DEICTIC.finditer(text):
        quoted = any(match.start() in quotation for quotation in quotations)  # said on what day?
        if not quoted and not (match[0].istitle() and _CAPITALISED.search(text[: match.start()])):
            with suppress(OverflowError):  # beyond the calendar
                mentions.append(DayMention(*match.span(), _counted(match[0], written)))
    return tuple(sorted(mentions, key=lambda mention: mention.start))


def _counted(words: str, today: datetime.date) -> datetime.date:
    """Return the day of "yesterday", "today" and the like."""
    plain = " ".join(words.lower().split()).removeprefix("the ")
    return today + _RELATIVE_DAYS.get(plain, 0) * _DAY


def _apart(dates: Iterable[_Date]) -> list[_Date]:
    """Return the dates in the text's order, of those that overlap the first and longest."""
    apart: list[_Date] = []
    for date in sorted(dates, key=lambda date: (date.start, -date.end)):
        if not apart or date.start >= apart[-1].end:
            apart.append(date)
    return apart


def _written_dates(text: str) -> Iterator[_Date]:
    for form in _WRITTEN_FORMS:
        for match in form.finditer(text):
            said = match.groupdict("")
            if numbers := said.get("numbers"):
                with suppress(ValueError):  # no such day
                    form_of_day = "%Y-%m-%d" if "-" in numbers else "%d.%m.%Y"
                    day = datetime.datetime.strptime(numbers, form_of_day).date()
                    yield _Date(*match.span(), span=(day, day))
                continue
            month, days, which = (said.get(name, "").lower() for name in ("month", "days", "which"))
            if month and not _means_month(text, match):
                continue
            weekday = said.get("weekday", "").lower()
            numbered = tuple(int(day) for day in re.findall(r"\d+", days))
            yield _Date(
                *match.span(),
                year=int(said["year"]) if said.get("year") else None,
                month=_MONTHS.index(month[:3]) + 1 if month else None,
                days=numbered,
                through=len(numbered) == 2 and not re.search(_AND, days),
                weekday=WEEKDAYS.index(weekday) if weekday else None,
                which=_STEPS.get(which),
            )


def _means_month(text: str, match: re.Match[str]) -> bool:
    """Whether a name of a month is one here: "may", "march", "Jan" and "April" can be others."""
    said = match.groupdict("")
    name, days, before = said["month"], said.get("days"), text[: match.start()]
    if said.get("year") or said.get("which") or _EVENT_FOLLOWS.match(text, match.end()):
        return True
    opened = bool(_OPENS_PERIOD.search(before))
    if name in ("may", "march"):  # "may 16 countries", "to march 10 miles"
        return bool((opened or days) and _ENDS.match(text, match.end()))
    person = bool(_CAPITALISED.search(before) or _NAME_FOLLOWS.match(text, match.end()))
    if opened or days:
        return opened or name != "May" or not person
    the_march = name == "March" and before.endswith("the ")
    return not person and len(name) > len("jan") and name != "august" and not the_march


def _relative_dates(question: str, today: datetime.date) -> Iterator[_Date]:
    for match in _RELATIVE.finditer(question):
        with suppress(ValueError, OverflowError):  # beyond the calendar
            if span := _relative_span(question, match, today):
                yield _Date(*match.span(), span=span)


def _relative_span(question: str, match: re.Match[str], today: datetime.date) -> _Span | None:
    said = {name: word.lower() for name, word in match.groupdict("").items()}
    before = question[: match.start()]
    step = _STEPS.get(said["which"], 0)
    if said["unit"]:
        return _unit(said["unit"], today, step)
    if said["ago"]:
        return _unit(said["ago_unit"], today, -_number(said["ago"]))
    if unit := said["counted"]:
        first = _later(today, unit, -_number(said["count"] or "a"))
        return first + _DAY * (unit in ("day", "week")), today
    if said["day"]:
        if match[0].istitle() and _CAPITALISED.search(before):
            return None  # "Russia Today"
        day = _counted(said["day"], today)
    elif _NO_SINGLE_DAY.search(before) or (said["which"] and not step):
        return None  # "Good Friday"; "this Tuesday", which may be over or to come
    else:
        weekday = WEEKDAYS.index(said["weekday"] or said["named"])
        day = _nearest_up_to(today + (_WEEK if step == 1 else step * _DAY), weekday)
    return day, day


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else 1 if word in ("a", "an") else _NUMBERS.index(word)


def _unit(unit: str, today: datetime.date, steps: int) -> _Span:
    """Return the calendar's day, week, weekend, month or year that is `steps` after today's."""
    begun = today - today.weekday() * _DAY if unit.startswith("week") else today
    if unit in ("month", "year"):
        begun = today.replace(day=1, month=today.month if unit == "month" else 1)
    first = _later(begun, unit, steps)
    return first + 5 * _DAY * (unit == "weekend"), _later(first, unit, 1) - _DAY


def _later(day: datetime.date, unit: str, steps: int) -> datetime.date:
    if unit not in ("month", "year"):
        return day + steps * (_DAY if unit == "day" else _WEEK)
    years, month = divmod(day.month - 1 + steps * (12 if unit == "year" else 1), 12)
    year, month = day.year + years, month + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _nearest_up_to(day: datetime.date, weekday: int) -> datetime.date:
    return day - (day.weekday() - weekday) % 7 * _DAY


def _range(opening: _Date, closing: _Date, today: datetime.date) -> list[_Span]:
    """Return the one span from `opening` to `closing`, nothing if they do not follow each other."""
    ends = closing.spans(today)
    starts = opening.spans(ends[-1][1] if ends and closing.year else today)
    if starts and not closing.span and not closing.year:
        year = starts[0][0].year
        ends = [end for end in closing.in_year(year) if end[1] >= starts[0][0]]
        ends = ends or closing.in_year(year + 1)
    return [(starts[0][0], ends[-1][1])] if starts and ends and starts[0][0] <= ends[-1][1] else []


def _bounded(span: _Span, before: str, after: str, today: datetime.date) -> _Span | None:
    """Return the days that "since", "before", "until" and the like leave of all days."""
    bound = _BOUND.search(before)
    if not bound:
        return span
    first, last = span
    *day, word = bound["word"].lower().split()
    # "after the 18 March call" speaks of the call, "after 18 March" of what came then.
    event = bound["the"] or _EVENT_FOLLOWS.match(after)
    with suppress(OverflowError):  # beyond the calendar
        if word == "of":
            return _unit("week", first, 0)
        if day:
            return (first - _DAY,) * 2 if word == "before" else (last + _DAY,) * 2
        if word == "since" or (word == "from" and _ONWARDS.match(after)):
            return first, max(today, first)
        if word in ("until", "till", "by"):
            return datetime.date.min, last
        if word == "before" and not event:
            return datetime.date.min, first - _DAY
        if word == "after" and not event:
            return last + _DAY, max(today, last + _DAY)
        return span
    return None


def _weekdays(text: str, written: datetime.date, dates: list[_Date]) -> Iterator[DayMention]:
    """Find the weekdays of a sentence that can only be one day."""
    for match in _WEEKDAYS_TOLD.finditer(text):
        if (
            any(date.start <= match.start() < date.end for date in dates)
            or _ANOTHER_DAY.search(text[: match.start()])
            or _OTHER_WEEK.match(text, match.end())
        ):
            continue
        with suppress(OverflowError):  # beyond the calendar
            day = _meant(match, _is_over(text, match), written)
            # A weekday told of a date long past may be of that time.
            spans = [s for date in dates for s in date.in_year(date.year or written.year)]
            if day and not any(day - last > _WEEK for _, last in spans):
                yield DayMention(*match.span(), day)


def _meant(match: re.Match[str], over: bool | None, written: datetime.date) -> datetime.date | None:
    """Return the day that a weekday is, None where two readers may differ."""
    weekday = WEEKDAYS.index(match["weekday"].lower())
    if match["which"]:
        step = _STEPS[match["which"].lower()]
        day = _nearest_up_to(written + (_WEEK if step == 1 else -_DAY), weekday)
        this_week = _unit("week", written, 0)
        return None if step == 0 or this_week[0] <= day <= this_week[1] else day
    if over:
        return _nearest_up_to(written, weekday)
    # On a Friday "will meet on Friday" may be today.
    unsaid = over is None or weekday == written.weekday()
    return None if unsaid else _nearest_up_to(written + _WEEK, weekday)


def _is_over(text: str, weekday: re.Match[str]) -> bool | None:
    """Whether what is told of a weekday has happened; None where it cannot be told."""
    tells: dict[str, bool | None] = {"over": True, "coming": False, "unclear": None}
    cues = [(cue.start(), tells[cue.lastgroup or "unclear"]) for cue in _TENSES.finditer(text)]
    earlier = [over for start, over in cues if start < weekday.start()]
    later = [over for start, over in cues if start > weekday.start()]
    before = text[: weekday.start()]
    over = earlier[-1] if earlier else later[0] if later else None
    if earlier and later and _OPENS_CLAUSE.search(before) and later[0] != over:
        return None  # "he said that on Friday he will", "he said, on Friday, that he will"
    return None if over and _DEADLINE.search(before) else over
