"""Days and periods in words: what a question restricts itself to, what day an article means.

Rules over English. A word that may be something else than a date ("may", "march on", "second") is
none, and a weekday that may be either of two days is left alone.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # their first months
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DAY = datetime.timedelta(days=1)
_WEEK = datetime.timedelta(weeks=1)
_CALENDAR_CYCLE_YEARS = 28  # after which weekdays and leap years repeat

_WEEKDAY = "|".join(WEEKDAYS)
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?(?!-a-)|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_NUMBERED = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d)"
_AND = r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|or)\s+)"
_THROUGH = r"(?:\s*[-–—]\s*|\s+(?:to|until|till|through)\s+)"
_YEAR = r"(?:19|20)\d\d(?!\d|[.,]\d|%|-year)"
_PART = (
    r"early|mid|late|(?:the\s+)?(?:very\s+)?(?:beginning|start|middle|end)\s+of|"
    r"(?:the\s+)?(?:first|second)\s+half\s+of"
)
# The nouns that a date names: "the May talks" has a month, "the May government" a person.
_EVENT = (
    r"(?:talks?|calls?|meetings?|summits?|sessions?|rounds?|consultations?|negotiations?|"
    r"conversations?|visits?|votes?|statements?|deals?|agreements?|accords?|ceasefires?|truces?|"
    r"swaps?|exchanges?|gatherings?|conferences?|trips?|elections?|letters?|ones?|drafts?|"
    r"documents?|attacks?|strikes?|protests?|deadlines?|resolutions?|dinners?|posts?|speech)\b"
)
_COUNT = r"\d{1,3}|an?|" + "|".join(_NUMBERS[1:])
# "February 18:30" and "March 5 million" are not days.
_NO_DAY = r"(?!\s*(?::\d|[.,]\d|%|(?:percent|million|billion|thousand|hundred|miles|km)\b))"

_DATED = re.compile(
    rf"""\b(?:
    (?P<iso>\d{{4}}-\d\d-\d\d)(?!\d)
    |(?P<numbers>\d{{1,2}}(?P<point>[./])\d{{1,2}}(?P=point)\d{{4}})(?!\d)
    |(?:(?P<weekday1>{_WEEKDAY}),?\s+(?:the\s+)?)?
        (?P<days1>{_NUMBERED}(?:(?:{_THROUGH}|{_AND})(?:the\s+)?{_NUMBERED}){{0,4}})
        (?:\s+of\s+|\s*-?\s*)(?P<month1>{_MONTH})\b(?:\.?,?[-\s]+(?P<year1>{_YEAR}))?
    |(?:(?P<weekday2>{_WEEKDAY}),?\s+)?(?P<month2>{_MONTH})\b\.?\s+(?:the\s+)?
        (?P<days2>{_NUMBERED}(?:{_THROUGH}{_NUMBERED}(?!\s+(?:{_MONTH})\b)
            |{_AND}{_NUMBERED}(?!\s+\w))?)
        {_NO_DAY}(?:,?\s+(?P<year2>{_YEAR}))?
    |(?:(?P<which3>last|past|this|next)\s+)?(?:(?P<part3>{_PART})[-\s]+)?
        (?P<month3>{_MONTH})\b(?!['’]ve)(?:\.?(?:,|\s+of)?\s+(?P<year3>{_YEAR}))?
    |(?:(?P<which4>last|past|this|next)\s+)?(?P<season>spring|summer|autumn|fall|winter)\b
        (?:\s+(?:of\s+)?(?P<year4>{_YEAR})(?:[-/–]\d\d(?!\d))?)?
    |(?:(?P<part5>{_PART})[-\s]+)?(?P<year5>{_YEAR})(?!\w)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_RELATIVE = re.compile(
    rf"""\b(?:
    (?P<day>(?:the\s+)?day\s+(?:before\s+yesterday|after\s+tomorrow)|yesterday|today|tomorrow
        |tonight|last\s+night|this\s+(?:morning|afternoon|evening))
    |(?:(?P<so_far>earlier|later)\s+)?(?P<which>last|past|previous|this|next|coming)\s+
        (?P<unit>weekend|week|month|year)
    |(?P<within>earlier|later)\s+in\s+the\s+(?P<within_unit>week|month|year)
    |(?P<ago>{_COUNT})\s+(?P<ago_unit>day|week|month|year)s?\s+ago
    |(?:in|over|during|within|from)\s+(?:the\s+)?(?:last|past)\s+(?P<count>{_COUNT})\s+
        (?P<count_unit>day|week|month|year)s?(?!\s+of\b)
    |(?:in|over|during|within)\s+the\s+(?:last|past)\s+(?P<one_unit>week|month|year)(?!\s+of\b)
    |(?:(?P<which_day>last|past|previous|this|next|coming)\s+)?(?P<weekday>{_WEEKDAY})
        (?:s(?=\s+{_EVENT}))?
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_EVENT_FOLLOWS = re.compile(rf"\s+(?:[a-z]+\s+)?{_EVENT}", re.IGNORECASE)
_OPENS_PERIOD = re.compile(
    r"\b(?:in|since|last|this|next|during|throughout|until|till|from|for|of|by|before|after|about|"
    r"around|back in|between|on)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_OPENS_MAY = re.compile(
    r"(?<!confidence )(?<!trust )(?<!faith )(?<!believe )(?<!interest )"
    r"\b(?:in|since|last|this|next|during|throughout|until|till)\s+$",
    re.IGNORECASE,
)
_OPENS_DAY = re.compile(
    r"\b(?:on|since|until|till|before|after|between|from)\s+(?:the\s+)?$", re.IGNORECASE
)
_OPENS_YEAR = re.compile(
    r"\b(?:in|since|during|throughout|until|till|by|before|after|between|from|and|to)\s+$"
    r"|\d\d\d\d\s*[-–]\s*$",
    re.IGNORECASE,
)
_COUNTED_FOLLOWS = re.compile(r"\s+(?!was\b|is\b|has\b|does\b|as\b|us\b|this\b)[a-z]+s\b")
_ENDS = re.compile(r"\s*(?:[?.,;:!)]|$)")
# After "16 may" no verb in its plain form, which "may" would need if it were one.
_NO_VERB_FOLLOWS = re.compile(
    r"\s*(?:[?.,;:!)'’]|$)|\s+(?:\w*s|in|at|and|or|to|with|about|for|on|did|what|how|who|when|"
    r"where|why|meeting|summit|session|round|agreement|ceasefire|prisoner|exchange)\b",
    re.IGNORECASE,
)
_QUESTION_WORD_BEFORE = re.compile(
    r"(?:\b(?:how\s+\w+|who|what|when|where|why|which(?:\s+\w+)?|they|we|he|she|it|you|i)\s+|^)$",
    re.IGNORECASE,
)
_CAPITALISED_BEFORE = re.compile(r"\b(?!(?:I|The)\s)[A-Z][\w-]*\s+$")
_IN = re.compile(r"\bin\s+$", re.IGNORECASE)
_THE_MARCH = re.compile(r"\b(?:the|an?|of|to)\s+$", re.IGNORECASE)
_MARCHES = re.compile(r"\s+(?:on|to|for|through|against|of|towards?|past|across|in)\b", re.I)
_NO_SINGLE_DAY_BEFORE = re.compile(
    r"\b(?:black|good|easter|bloody|super|palm|ash|holy|maundy|whit|every|each|an?|any|some|one|most)"
    r"\s+$",
    re.IGNORECASE,
)
# "The Sunday Times", "the Mail on Sunday".
_NEWSPAPER = re.compile(r"\s+(?:Times|Telegraph|Express|Mirror|Mail|People)\b")
_MAIL_ON = re.compile(r"\bMail\s+on\s+$")
_NEGATED = re.compile(
    r"(?:(?:^|[,(.;?!–—-]\s*)not|\bnot mean|n['’]t mean|\bopposed to|\brather than|"
    r"\binstead of|\bunlike|\bexcept|\bother than)\s+"
    r"(?:(?:the|in|on|at|of|from|to|one|ones|those|that|later|earlier|meetings?|talks|\w+['’]s)"
    r"\s+)*$",
    re.IGNORECASE,
)
_JOINS = re.compile(r"\s*,?\s*(?:and|or|,)\s+(?:in\s+|on\s+)?(?:the\s+)?$", re.IGNORECASE)
_RANGES = re.compile(r"\s*(?:[-–—]|\b(?:to|until|till|through|up to)\b)\s*(?:the\s+)?$", re.I)
_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?$", re.IGNORECASE)
_AND_ONLY = re.compile(r"\s+and\s+(?:the\s+)?$", re.IGNORECASE)
_BOUND = re.compile(
    r"\b(?:(?P<since>since|starting|as\s+of)|(?P<onwards>from)|(?P<day_after>day\s+after)|"
    r"(?P<day_before>day\s+before)|(?P<week_of>week\s+of)|(?P<after>after)|"
    r"(?P<before>before)|(?P<until>until|till|by|up\s+to))\s+(?P<the>the\s+)?$",
    re.IGNORECASE,
)
_ONWARDS = re.compile(r"\s+(?:on(?=\s*[?.,;]|\s*$)|onwards?)\b", re.IGNORECASE)

_STEPS = {"last": -1, "this": 0, "next": 1}
_RELATIVE_DAYS = {
    "day before yesterday": -2,
    "yesterday": -1,
    "last night": -1,
    "tomorrow": 1,
    "day after tomorrow": 2,
}

# What follows reads articles.
_WEEKDAYS = re.compile(
    rf"\b(?=[mtwfslpnc])(?:(?:(?:the|this)\s+)?(?P<which>last|past|previous|this|next|coming)\s+)?"
    rf"(?P<weekday>{_WEEKDAY})\b",
    re.IGNORECASE,
)
_DEICTIC = re.compile(
    rf"""\b(?=[tyl])(?:
    (?P<two_before>the\s+day\s+before\s+yesterday)
    |(?P<two_after>the\s+day\s+after\s+tomorrow)
    |(?P<day_before>the\s+day\s+before(?=\s*(?:[.,;:!?”"]|$)|
        \s+(?:in|at|to|with|by|when|while|from|via|over|near|during|and|but)\b))
    |(?P<today>(?:today|tonight)(?!['’]s\s+(?!{_EVENT}))(?!\s+(?:or|and)\s+tomorrow)
        |this\s+(?:morning|afternoon|evening))
    |(?P<yesterday>yesterday|last\s+night)
    |(?P<tomorrow>tomorrow(?!['’]s\s+(?!{_EVENT})))
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DEICTIC_DAYS = {
    "two_before": -2,
    "day_before": -1,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "two_after": 2,
}
# "Even today", "the Europe of tomorrow": no day is meant.
_NO_DEICTIC_BEFORE = re.compile(r"\b(?:even|still|of|until|or|no)\s+$", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*(?:\"|$)|[“„][^”“]*(?:[”“]|$)|«[^»]*(?:»|$)")
_SAYING_BEFORE = re.compile(
    r"\b(?:said|told|announced|declared|reported|wrote|stated|warned|added|confirmed)\s+"
    r"(?:[\w'’]+\s+){0,2}?(?:on\s+)?$"
)
_DATE_FOLLOWS = re.compile(
    rf"\s*[,(]?\s*(?:(?:morning|afternoon|evening|night),?\s+)?"
    rf"(?:(?:the\s+)?{_NUMBERED}(?:\s+of|-)?\s*(?:{_MONTH})\b|(?:{_MONTH})\b\.?\s+\d|"
    r"the\s+\d+(?:st|nd|rd|th)\b|\d{4}-\d\d)",
    re.IGNORECASE,
)
_ANAPHORIC = re.compile(r"\b(?:the|that|following|same)\s+$", re.IGNORECASE)
_OTHER_WEEK = re.compile(
    r"(?:\s+(?:morning|afternoon|evening|night))?,?\s+"
    r"(?:(?:of\s+|in\s+)?(?:last|next|that|the|this)\s+(?:\w+\s+)?week\b|week\b|"
    r"(?:before|after|following)\s*(?:[.,;]|$))",
    re.IGNORECASE,
)
_OTHER_YEAR = re.compile(
    r",?\s+(?:of\s+)?(?:last|next|that|each|every|the\s+\w+)\s+year\b", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_LEADING_WEEKDAY = re.compile(rf"(?:{_WEEKDAY}),?\s+(?:the\s+)?", re.IGNORECASE)
_DEADLINE = re.compile(r"\b(?:until|till|by|before|ahead\s+of|for)\s+$", re.IGNORECASE)
_AIM_BEFORE = re.compile(r"\b(?:until|till|by|before|ahead\s+of|for|from|to)\s+$", re.IGNORECASE)
_OPENS_CLAUSE = re.compile(
    r"(?:\b(?:that|and|but|while|as)|[,;:—–“\"])\s*(?:on\s+)?$", re.IGNORECASE
)
_INTO = re.compile(r"\s+(?:to|into|until|till|through|and)\s+(?:\w+\s+)?(?:on\s+)?")
_PASSIVE = r"(?:\s+(?:\w+ly|not|also))*(?:\s+(?:to\s+)?be\s+(?:\w+ly\s+)?\w+)?"
# The words that tell of a weekday whether it is over. A verb in its plain form follows "will" as
# well as "in order to" and tells nothing by itself.
_CUES = re.compile(
    rf"""\b(?:
    (?P<unclear>(?:(?:was|were|been)\s+(?:due|scheduled|expected|planned|slated|supposed|likely
            |(?:set\s+)?to)
        |had\s+(?:\w+\s+){{0,6}}would|would\s+have|had\s+(?:planned|promised|hoped|agreed)\s+to
        |could|might|may|should|can|must|planned|scheduled|slated|if)\b{_PASSIVE})
    |(?P<future>(?:will|shall|would|won['’]t|upcoming
        |(?:is|are|am)\s+(?:also\s+)?(?:due|set|scheduled|expected|planned|slated|likely|going|to)
        |(?:plans?|intends?|hopes?|wants?|agreed|promised|vowed)\s+to)\b{_PASSIVE})
    |(?P<past>(?:said|told|held|took|began|came|went|spoke|had|was|were|did|gave|made|left|sent|saw|
        flew|put|wrote|won|lost|struck|hit|fell|rose|broke|brought|met|sat|spent|paid|led|kept|
        found|got|ran|drew|shot|taken|given|has|have|[a-z]+ed)\b)
    |(?P<verb>(?:is|are|begins?|starts|resumes?|meets?|opens|arrives?|travels?|flies|convenes?|
        takes\s+place|holds|ends|hosts|visits|gathers?|returns|votes)\b
        |to\s+(?:meet|hold|visit|travel|discuss|speak|sign|begin|start|resume|return|attend|host|
        vote|continue|take|arrive|fly|go|be|convene|gather|send|present|announce|decide|join|
        address|brief|open|make|give|receive|end)\b)
    )""",
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
class _Written:
    """A date as the text has it, before it is known which year it is in.

    What is not said is None or empty.
    """

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    days: tuple[int, ...] = ()
    through: bool = False  # the days are the ends of a range: "23-25 March"
    weekday: int | None = None
    which: str = ""  # "last", "this", "next"
    part: str = ""  # "early", "second half of"
    season: str = ""

    def in_year(self, year: int) -> list[_Span]:
        """Return the days meant if the date is in `year`, nothing if it has no such date."""
        try:
            if self.days:
                days = [datetime.date(year, self.month or 1, day) for day in self.days]
                if days != sorted(days) or self.weekday not in (None, days[0].weekday()):
                    return []
                return [(days[0], days[-1])] if self.through else [(day, day) for day in days]
            if self.season:
                first = datetime.date(year, _SEASONS[self.season], 1)
                return [(first, _months_later(first, 3) - _DAY)]
            if self.month:
                return [_part_of_month(datetime.date(year, self.month, 1), self.part)]
            return [_part_of_year(year, self.part)]
        except (ValueError, OverflowError):  # no such day, or beyond the end of the calendar
            return []

    def spans(self, today: datetime.date) -> list[_Span]:
        """Return the days meant; without a year, the newest that have begun by `today`."""
        if self.year is not None:
            return self.in_year(self.year)
        if self.which == "this":
            return self.in_year(today.year)
        years = range(today.year, max(today.year - _CALENDAR_CYCLE_YEARS, datetime.MINYEAR), -1)
        if self.which == "next":
            years = range(today.year, min(today.year + _CALENDAR_CYCLE_YEARS, datetime.MAXYEAR))
        for year in years:
            spans = self.in_year(year)
            if spans and (
                spans[0][0] > today
                if self.which == "next"
                else spans[-1][1] < today  # "last summer" is over
                if self.which
                else spans[-1][0] <= today
            ):
                return spans
        return []


@dataclass(frozen=True, slots=True)
class _Known:
    """Words that say by themselves, or by what day it is today, which days they mean."""

    start: int
    end: int
    span: _Span

    def spans(self, _today: datetime.date) -> list[_Span]:
        """Return the days meant."""
        return [self.span]


def asked_period(question: str, today: datetime.date) -> Period | None:
    """Return the period that a question restricts itself to, the first if it has several.

    >>> asked_period("What was said in early March?", datetime.date(2025, 6, 1))
    Period(first=datetime.date(2025, 3, 1), last=datetime.date(2025, 3, 10), text='early March')
    """
    return next(iter(asked_periods(question, today)), None)


def asked_periods(question: str, today: datetime.date) -> tuple[Period, ...]:
    """Return the periods that a question speaks of, in its order.

    A date without a year is the newest that has begun by `today`. An event named by its day
    ("after the 18 March call") stands for that day; one named by its year ("the 2008 summit") does
    not, as newer articles speak of it too. What a question sets aside ("not the July round") is
    left out.
    """
    found = sorted(
        [*_written_dates(question), *_relative_periods(question, today)],
        key=lambda item: (item.start, -item.end),
    )
    periods: list[Period] = []
    end = 0
    negated = False
    while found:
        item = found.pop(0)
        if item.start < end:
            continue
        before = question[end : item.start]
        negated = bool(_NEGATED.search(before)) or (negated and bool(_JOINS.fullmatch(before)))
        end = item.end
        spans: list[_Span] = []
        if found and found[0].start >= item.end:
            between = question[item.end : found[0].start]
            if _RANGES.fullmatch(between) or (
                _BETWEEN.search(before) and _AND_ONLY.fullmatch(between)
            ):
                spans = _range(item, found[0], today)
                end = found.pop(0).end if spans else end
            elif _JOINS.fullmatch(between):
                item = _with_year_of(item, found[0])  # "18 February and 24 March 2025"
        spans = spans or item.spans(today)
        if spans and _BETWEEN.search(before):
            spans = [(spans[0][0], spans[-1][1])]
        if not negated:
            text = question[item.start : end]
            bounded = (_bounded(span, before, question[end:], today) for span in spans)
            periods.extend(Period(*span, text) for span in bounded if span)
    return tuple(periods)


def absolute_days(text: str, written: datetime.date) -> tuple[DayMention, ...]:
    """Return the single days that a sentence of an article means and does not spell out.

    A weekday is the nearest one up to `written`, or the first after it where the sentence speaks
    of the future. Left out is what may be another day: a weekday beside a verb that tells no time,
    "next Friday" on a Wednesday, a weekday told of a date long past. A weekday before a date
    ("Tuesday, 18 February") needs none; its date without a year has one.

    >>> absolute_days("They met on Tuesday.", datetime.date(2025, 2, 20))
    (DayMention(start=12, end=19, day=datetime.date(2025, 2, 18)),)
    """
    # Only days count here, which have a number.
    dates = list(_written_dates(text)) if _DIGIT.search(text) else []
    mentions = [
        mention for date in dates if (mention := _nearest_day(text, date, written)) is not None
    ]
    quotations = [(quoted.start(), quoted.end()) for quoted in _QUOTED.finditer(text)]
    weekdays = _weekdays(text, written, dates)
    mentions += weekdays
    # "We will meet tomorrow", he said on Monday: the quoted day counts from Monday.
    spoken = {
        mention.day
        for mention in weekdays
        if not _inside(mention.start, quotations) and _SAYING_BEFORE.search(text[: mention.start])
    }
    for match in _DEICTIC.finditer(text):
        anchor: datetime.date | None = written
        if match["day_before"]:
            earlier = [mention for mention in mentions if mention.end <= match.start()]
            if earlier:
                anchor = max(earlier, key=lambda mention: mention.start).day
            elif any(date.end <= match.start() for date in dates):
                anchor = None
        elif _inside(match.start(), quotations) and spoken:
            anchor = next(iter(spoken)) if len(spoken) == 1 else None
        before = text[: match.start()]
        named = match[0].istitle() and _CAPITALISED_BEFORE.search(before)  # "Russia Today"
        if anchor is None or named or _NO_DEICTIC_BEFORE.search(before):
            continue
        try:
            day = anchor + _DAY * _DEICTIC_DAYS[match.lastgroup or ""]
        except OverflowError:
            continue
        mentions.append(DayMention(match.start(), match.end(), day))
    return tuple(sorted(mentions, key=lambda mention: mention.start))


def _written_dates(text: str) -> Iterator[_Written | _Known]:
    for match in _DATED.finditer(text):
        if match["iso"] or match["numbers"]:
            if (day := _in_numbers(match)) is not None:
                yield _Known(match.start(), match.end(), (day, day))
        elif match["part5"] or match["year5"]:
            if match["part5"] or (
                _OPENS_YEAR.search(text[: match.start()])
                and not _COUNTED_FOLLOWS.match(text, match.end())
            ):
                yield _as_written(match)
        elif match["season"]:
            if match["which4"] or match["year4"]:
                yield _as_written(match)
        elif _means_month(text, match):
            yield _as_written(match)


def _in_numbers(match: re.Match[str]) -> datetime.date | None:
    numbers = [int(number) for number in re.split(r"[-./]", match[0])]
    year, month, day = numbers if match["iso"] else reversed(numbers)
    if match["point"] == "/":  # 3/4/2025 is April in London and March in Washington
        if day <= 12 and month <= 12 and day != month:
            return None
        day, month = (month, day) if month > 12 else (day, month)
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _as_written(match: re.Match[str]) -> _Written:
    days = match["days1"] or match["days2"] or ""
    numbers = tuple(int(number) for number in re.findall(r"\d+", days))
    month = match["month1"] or match["month2"] or match["month3"]
    year = match["year1"] or match["year2"] or match["year3"] or match["year4"] or match["year5"]
    weekday = match["weekday1"] or match["weekday2"]
    return _Written(
        match.start(),
        match.end(),
        year=int(year) if year else None,
        month=_MONTHS.index(month[:3].lower()) + 1 if month else None,
        days=numbers,
        through=len(numbers) == 2 and not re.search(_AND, days),
        weekday=WEEKDAYS.index(weekday.lower()) if weekday else None,
        which=_which(match["which3"] or match["which4"]),
        part=_spaced(match["part3"] or match["part5"]),
        season=(match["season"] or "").lower(),
    )


def _which(word: str | None) -> str:
    which = (word or "").lower()
    return "last" if which in ("past", "previous") else "next" if which == "coming" else which


def _spaced(words: str | None) -> str:
    return " ".join((words or "").lower().split())


def _means_month(text: str, match: re.Match[str]) -> bool:
    """Whether a name of a month is one here: "may", "march", "Jan" and "April" can be others."""
    name = match["month1"] or match["month2"] or match["month3"]
    with_year = bool(match["year1"] or match["year2"] or match["year3"])
    before, end = text[: match.start()], match.end()
    if not match["month3"]:
        return with_year or _day_means_date(name, match["days1"] is not None, text, before, end)
    lower = name.lower()
    said = bool(match["which3"] or match["part3"])
    opened = with_year or said or bool(_OPENS_PERIOD.search(before))
    if name == "May":
        return said or bool(
            _OPENS_MAY.search(before)
            or _EVENT_FOLLOWS.match(text, end)
            or (with_year and not _CAPITALISED_BEFORE.search(before))
        )
    if lower == "may":
        begins = re.fullmatch(r"\s*in\s+", before, re.IGNORECASE)
        return bool(begins) or (opened and (with_year or bool(_ENDS.match(text, end))))
    if lower == "march":
        if name.islower() and not with_year and not _IN.search(before):
            return opened and not _THE_MARCH.search(before) and not _MARCHES.match(text, end)
        return (opened or bool(_EVENT_FOLLOWS.match(text, end))) and not (
            _THE_MARCH.search(before) and _MARCHES.match(text, end)
        )
    if len(lower) == len("jan") or name == "august":
        return opened or (len(lower) > len("jan") and bool(_EVENT_FOLLOWS.match(text, end)))
    if lower in ("april", "june", "august"):  # "April Ryan" and "Iris June" are people
        return opened or bool(
            _EVENT_FOLLOWS.match(text, end)
            or not (re.match(r"\s+[A-Z]", text[end:]) or _CAPITALISED_BEFORE.search(before))
        )
    return True


def _day_means_date(name: str, day_first: bool, text: str, before: str, end: int) -> bool:
    """Whether a number beside the name of a month is its day: not in "27 may join"."""
    if name.lower() == "march":  # "to march 10 miles"
        return day_first or not name.islower() or not _COUNTED_FOLLOWS.match(text, end)
    if name.lower() != "may" or _OPENS_DAY.search(before):
        return True
    if name == "May":
        return day_first or not _CAPITALISED_BEFORE.search(before)
    if day_first:
        return bool(_NO_VERB_FOLLOWS.match(text, end))
    return not _QUESTION_WORD_BEFORE.search(before) and bool(
        _NO_VERB_FOLLOWS.match(text, end) or _EVENT_FOLLOWS.match(text, end)
    )


def _relative_periods(question: str, today: datetime.date) -> Iterator[_Known]:
    for match in _RELATIVE.finditer(question):
        try:
            span = _relative_span(question, match, today)
        except OverflowError:  # beyond the calendar
            continue
        if span:
            yield _Known(match.start(), match.end(), span)


def _relative_span(question: str, match: re.Match[str], today: datetime.date) -> _Span | None:
    before = question[: match.start()]
    if words := _spaced(match["day"]):
        if match[0] == "Today" and _CAPITALISED_BEFORE.search(before):
            return None  # "Russia Today"
        day = today + _DAY * _RELATIVE_DAYS.get(words.removeprefix("the "), 0)
        return day, day
    if match["unit"]:
        which = _which(match["which"])
        first, last = _unit(match["unit"].lower(), today, _STEPS[which])
        if match["so_far"] and which == "this":
            return (first, today) if match["so_far"].lower() == "earlier" else (today, last)
        return first, last
    if match["within"]:
        first, last = _unit(match["within_unit"].lower(), today, 0)
        return (first, today) if match["within"].lower() == "earlier" else (today, last)
    if match["ago"]:
        return _unit(match["ago_unit"].lower(), today, -_number(match["ago"]))
    if match["count"]:
        return _rolling(match["count_unit"].lower(), _number(match["count"]), today)
    if match["one_unit"]:
        return _rolling(match["one_unit"].lower(), 1, today)
    if _is_name(question, match.start(), match.end()):
        return None
    which = _which(match["which_day"])
    weekday = WEEKDAYS.index(match["weekday"].lower())
    if which == "this":
        day = _unit("week", today, 0)[0] + weekday * _DAY
    elif which == "next":
        day = _first_after(today, weekday)
    else:
        day = _nearest_up_to(today - _DAY if which == "last" else today, weekday)
    return day, day


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether a weekday is part of a name ("Good Friday", "Sunday Times") or any such weekday."""
    before = text[:start]
    return bool(
        _NO_SINGLE_DAY_BEFORE.search(before)
        or _MAIL_ON.search(before)
        or _NEWSPAPER.match(text, end)
    )


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    return 1 if word.lower() in ("a", "an") else _NUMBERS.index(word.lower())


def _unit(unit: str, today: datetime.date, steps: int) -> _Span:
    """Return the calendar's day, week, weekend, month or year that is `steps` after today's."""
    if unit == "day":
        day = today + steps * _DAY
        return day, day
    if unit in ("week", "weekend"):
        monday = today - today.weekday() * _DAY + steps * _WEEK
        return monday + (5 * _DAY if unit == "weekend" else 0 * _DAY), monday + 6 * _DAY
    months = 1 if unit == "month" else 12
    begun = today.replace(day=1) if unit == "month" else today.replace(month=1, day=1)
    first = _months_later(begun, months * steps)
    return first, _months_later(first, months) - _DAY


def _rolling(unit: str, count: int, today: datetime.date) -> _Span:
    """Return the `count` units that end today."""
    if unit in ("day", "week"):
        return today - count * (_DAY if unit == "day" else _WEEK) + _DAY, today
    first = _months_later(today.replace(day=1), -count * (1 if unit == "month" else 12))
    return first + min(today.day - 1, (_months_later(first, 1) - first).days - 1) * _DAY, today


def _months_later(first: datetime.date, months: int) -> datetime.date:
    years, month = divmod(first.month - 1 + months, 12)
    if not datetime.MINYEAR <= first.year + years <= datetime.MAXYEAR:
        raise OverflowError("date value out of range")
    return datetime.date(first.year + years, month + 1, 1)


def _part_of_month(first: datetime.date, part: str) -> _Span:
    """Return the days of a month or of its half or third: "early March" goes to the tenth."""
    last = _months_later(first, 1) - _DAY
    first_day, last_day = {
        "": (1, last.day),
        "first half of": (1, 15),
        "second half of": (16, last.day),
        "mid": (11, 20),
        "middle of": (11, 20),
        "late": (21, last.day),
        "end of": (21, last.day),
    }.get(_bare(part), (1, 10))
    return first.replace(day=first_day), first.replace(day=last_day)


def _part_of_year(year: int, part: str) -> _Span:
    """Return the days of a year or of its half or third: "early 2025" goes to the end of April."""
    first_month, last_month = {
        "": (1, 12),
        "first half of": (1, 6),
        "second half of": (7, 12),
        "mid": (5, 8),
        "middle of": (5, 8),
        "late": (9, 12),
        "end of": (9, 12),
    }.get(_bare(part), (1, 4))
    last = datetime.date(year, last_month, 31 if last_month in (8, 12) else 30)
    return datetime.date(year, first_month, 1), last


def _bare(part: str) -> str:
    return part.removeprefix("the ").removeprefix("very ")


def _nearest_up_to(day: datetime.date, weekday: int) -> datetime.date:
    return day - (day.weekday() - weekday) % 7 * _DAY


def _first_after(day: datetime.date, weekday: int) -> datetime.date:
    return day + ((weekday - day.weekday() - 1) % 7 + 1) * _DAY


def _with_year_of(item: _Written | _Known, following: _Written | _Known) -> _Written | _Known:
    if (
        isinstance(item, _Written)
        and isinstance(following, _Written)
        and item.month
        and item.year is None
        and not item.which
    ):
        return replace(item, year=following.year)
    return item


def _range(
    opening: _Written | _Known, closing: _Written | _Known, today: datetime.date
) -> list[_Span]:
    """Return the one span from `opening` to `closing`, nothing if they do not follow each other."""
    starts = _with_year_of(opening, closing).spans(today)
    ends = closing.spans(today)
    if isinstance(opening, _Written) and isinstance(closing, _Written):
        if starts and ends and starts[0][0] > ends[-1][1] and opening.year is None:
            # "from December to February 2026"; without any year, both are past.
            starts = opening.spans(ends[-1][1] if closing.year else today)
        if starts and closing.year is None and closing.month:
            year = starts[0][0].year
            ends = [
                span
                for span in closing.in_year(year) + closing.in_year(year + 1)
                if span[1] >= starts[0][0]
            ][:1]
    if starts and ends and starts[0][0] <= ends[-1][1]:
        return [(starts[0][0], ends[-1][1])]
    return []


def _bounded(span: _Span, before: str, after: str, today: datetime.date) -> _Span | None:
    """Return the days that "since", "before", "until" and the like leave of all days."""
    first, last = span
    bound = _BOUND.search(before)
    if bound is None:
        return span
    # "after the 18 March call" speaks of the call, "after 18 March" of what came then.
    event = bound["the"] or _EVENT_FOLLOWS.match(after) or after.startswith(("'s", "’s"))
    try:
        if bound["since"] or (bound["onwards"] and _ONWARDS.match(after)):
            return first, max(today, first)
        if bound["day_after"]:
            return (last + _DAY, last + _DAY)
        if bound["day_before"]:
            return (first - _DAY, first - _DAY)
        if bound["week_of"]:
            monday = first - first.weekday() * _DAY
            return monday, monday + 6 * _DAY
        if bound["until"]:
            return datetime.date.min, last
        if bound["after"] and not event:
            return last + _DAY, max(today, last + _DAY)
        if bound["before"] and not event:
            return datetime.date.min, first - _DAY
    except OverflowError:  # beyond the calendar
        return None
    return span


def _nearest_day(text: str, date: _Written | _Known, written: datetime.date) -> DayMention | None:
    """Return a date without a year as the one of its days that is nearest to `written`."""
    if isinstance(date, _Known) or date.year or len(date.days) != 1:
        return None
    if _NO_SINGLE_DAY_BEFORE.search(text[: date.start]) or _OTHER_YEAR.match(text, date.end):
        return None
    other_years = {int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", text)}
    plain = replace(date, weekday=None)
    days = [span[0] for year in _years_around(written) for span in plain.in_year(year)]
    if not days:
        return None
    day = min(days, key=lambda day: abs(day - written))
    if date.weekday not in (None, day.weekday()) or other_years - {day.year}:
        return None
    before = text[: date.start]
    # "He said on 17 April", written in January: not the coming April, and which one is unsaid.
    unconfirmed = day > written and date.weekday is None
    if unconfirmed and not _AIM_BEFORE.search(before) and _is_over(text, date.start):
        return None
    # The mention is the date, not the weekday before it.
    weekday = _LEADING_WEEKDAY.match(text, date.start)
    return DayMention(weekday.end() if weekday else date.start, date.end, day)


def _weekdays(
    text: str, written: datetime.date, dates: Sequence[_Written | _Known]
) -> list[DayMention]:
    """Return the weekdays of a sentence that can only be one day."""
    mentions: list[DayMention] = []
    for match in _WEEKDAYS.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        if (
            any(
                date.start <= match.start("weekday") < date.end
                or (date.end <= match.start() and not text[date.end : match.start()].strip(" ,("))
                for date in dates
            )
            or _DATE_FOLLOWS.match(after)
            or _OTHER_WEEK.match(after)
            or _is_name(text, match.start(), match.end())
            or (_ANAPHORIC.search(before) and not _EVENT_FOLLOWS.match(after))
        ):
            continue
        over = _is_over(text, match.start())
        weekday = WEEKDAYS.index(match["weekday"].lower())
        day = _meant(weekday, (match["which"] or "").lower(), over, written)
        if day is None or (
            not _SAYING_BEFORE.search(before) and _tells_of_another_time(dates, day)
        ):
            continue
        if (
            mentions
            and _INTO.fullmatch(text[mentions[-1].end : match.start()])
            and day <= mentions[-1].day
        ):
            mentions.pop()  # "from Thursday into Friday": they cannot both be right
            continue
        mentions.append(DayMention(match.start(), match.end(), day))
    return mentions


def _is_over(text: str, at: int) -> bool | None:
    """Whether what is told of the words at `at` has happened; None where it cannot be told."""
    cues = [(cue.start(), cue.lastgroup or "") for cue in _CUES.finditer(text)]
    deadline = bool(_DEADLINE.search(text[:at]))
    earlier = [kind for start, kind in reversed(cues) if start < at]
    later = [kind for start, kind in cues if start > at]
    over = _told(earlier or later, deadline)
    if earlier and later and _OPENS_CLAUSE.search(text[:at]) and _told(later, deadline) != over:
        return None  # "he said that on Friday he will", "he said, on Friday, that he will"
    return over


def _told(kinds: Sequence[str], deadline: bool) -> bool | None:
    """Whether it is over by the kinds of cues, the nearest first."""
    telling = next((kind for kind in kinds if kind != "verb"), "")
    if telling == "future":
        return False
    if deadline or telling == "unclear" or kinds[:1] == ["verb"]:
        return None
    return True


def _meant(
    weekday: int, which: str, over: bool | None, written: datetime.date
) -> datetime.date | None:
    """Return the day that a weekday is, None where two readers may differ."""
    try:
        monday = written - written.weekday() * _DAY
        before = _nearest_up_to(written - _DAY, weekday)
        after = _first_after(written, weekday)
        if which in ("last", "previous"):
            return before if before < monday else None
        if which == "past":
            return before
        if which == "next":
            return after if after >= monday + _WEEK else None
        if which == "coming":
            return after
        if which == "this":
            return monday + weekday * _DAY if weekday >= written.weekday() else None
        if over is None:
            return None
        if over:
            return _nearest_up_to(written, weekday)
        # On a Friday "will meet on Friday" may be today.
        return after if weekday != written.weekday() else None
    except OverflowError:  # beyond the calendar
        return None


def _tells_of_another_time(dates: Sequence[_Written | _Known], day: datetime.date) -> bool:
    """Whether a date of the sentence is long before `day`: its weekday may be of that time."""
    for date in dates:
        if isinstance(date, _Known):
            spans = [date.span]
        elif date.days:
            years = [date.year] if date.year else _years_around(day)
            spans = [span for year in years for span in date.in_year(year)]
        else:
            continue
        nearest = min((span[1] for span in spans), key=lambda last: abs(last - day), default=day)
        if day - nearest > _WEEK:
            return True
    return False


def _years_around(day: datetime.date) -> range:
    return range(max(day.year - 1, datetime.MINYEAR), min(day.year + 1, datetime.MAXYEAR) + 1)


def _inside(position: int, quotations: Sequence[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in quotations)
