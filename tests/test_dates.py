"""Dates in words, with Python's calendar as the authority."""

import calendar
import datetime
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.dates import WEEKDAYS, Period, absolute_days, asked_periods


def asked_period(question: str, today: datetime.date) -> Period | None:
    return next(iter(asked_periods(question, today)), None)


TODAY = datetime.date(2026, 5, 20)  # a Wednesday
WRITTEN = datetime.date(2025, 2, 19)  # a Wednesday
DAYS = st.dates(datetime.date(1950, 1, 1), datetime.date(2090, 12, 31))
DAY = datetime.timedelta(days=1)


def asked(question: str, today: datetime.date = TODAY) -> list[str]:
    """Return the periods as "first..last", or "day" for a single one."""
    return [
        str(period.first) if period.first == period.last else f"{period.first}..{period.last}"
        for period in asked_periods(question, today)
    ]


def days(text: str, written: datetime.date = WRITTEN) -> list[tuple[str, str]]:
    return [
        (text[mention.start : mention.end], str(mention.day))
        for mention in absolute_days(text, written)
    ]


@pytest.mark.parametrize(
    ("question", "periods"),
    [
        # Days.
        ("What did Rubio say on 18 February 2025?", ["2025-02-18"]),
        ("What did Rubio say on 18 Feb?", ["2026-02-18"]),
        ("What did Rubio say on February 18th?", ["2026-02-18"]),
        ("What happened on the 18th of February, 2025?", ["2025-02-18"]),
        ("What happened on Feb. 18, 2025?", ["2025-02-18"]),
        ("What happened on 2025-02-18?", ["2025-02-18"]),
        ("What happened on 18.02.2025?", ["2025-02-18"]),
        ("what happened on  18   february  2025", ["2025-02-18"]),
        ("who spoke on Sept 5, 2024", ["2024-09-05"]),
        ("What happened on 20 May?", ["2026-05-20"]),
        ("What happened on 21 May?", ["2025-05-21"]),
        ("What happened on 29 February?", ["2024-02-29"]),
        ("What happened on Tuesday, 18 February?", ["2025-02-18"]),
        ("dmitriev 18 february", ["2026-02-18"]),
        ("istanbul may 16 prisoner exchange", ["2026-05-16"]),
        ("what time did the 16 may talks at dolmabahce begin", ["2026-05-16"]),
        ("why do some media say it was signed on may 1", ["2026-05-01"]),
        ("who requested the may 17 call", ["2026-05-17"]),
        ("How long did the June 1 call last?", ["2025-06-01"]),
        ("How did the accounts of the 18 March call differ?", ["2026-03-18"]),
        ("What came after the 18 March call?", ["2026-03-18"]),
        ("What was struck the day before 18 March?", ["2026-03-17"]),
        ("What happened on 31 February?", []),
        ("What happened on 29 February 2025?", []),
        # Several days.
        ("What happened between 23 and 25 March?", ["2026-03-23..2026-03-25"]),
        ("riyadh march 23-25 technical talks", ["2026-03-23..2026-03-25"]),
        ("the talks of 23-25 March 2025", ["2025-03-23..2025-03-25"]),
        ("from 23 to 25 March 2025", ["2025-03-23..2025-03-25"]),
        ("from 28 February to 2 March", ["2026-02-28..2026-03-02"]),
        ("between 18 February and 24 March 2025", ["2025-02-18..2025-03-24"]),
        ("between 30 December and 2 January 2026", ["2025-12-30..2026-01-02"]),
        ("on 18 and 19 February", ["2026-02-18", "2026-02-19"]),
        ("on 18 February and 24 March 2025", ["2025-02-18", "2025-03-24"]),
        ("on 18 February or on 3 June?", ["2026-02-18", "2025-06-03"]),
        # Months.
        ("What was said in March 2025?", ["2025-03-01..2025-03-31"]),
        ("What was said in March?", ["2026-03-01..2026-03-31"]),
        ("What was said in June?", ["2025-06-01..2025-06-30"]),
        ("What was said in May?", ["2026-05-01..2026-05-31"]),
        ("What was said last May?", ["2025-05-01..2025-05-31"]),
        ("What was said last February?", ["2026-02-01..2026-02-28"]),
        ("What was said last November?", ["2025-11-01..2025-11-30"]),
        ("How many on Moldavar's August list were let go?", ["2025-08-01..2025-08-31"]),
        ("What did the April talks produce?", ["2026-04-01..2026-04-30"]),
        ("at the May talks in Istanbul?", ["2026-05-01..2026-05-31"]),
        ("what came up at the april meeting", ["2026-04-01..2026-04-30"]),
        ("how serious was the leak in august?", ["2025-08-01..2025-08-31"]),
        ("why did peking add him to the list in march", ["2026-03-01..2026-03-31"]),
        ("Was it in June or July?", ["2025-06-01..2025-06-30", "2025-07-01..2025-07-31"]),
        ("What was agreed between February and April?", ["2026-02-01..2026-04-30"]),
        ("What happened from November to January?", ["2025-11-01..2026-01-31"]),
        # Weeks, years, seasons and what is counted from today.
        ("What was settled this week?", ["2026-05-18..2026-05-24"]),
        ("What was settled last week?", ["2026-05-11..2026-05-17"]),
        ("Is a summit likely next week?", ["2026-05-25..2026-05-31"]),
        ("What was settled last weekend?", ["2026-05-16..2026-05-17"]),
        ("What was settled last month?", ["2026-04-01..2026-04-30"]),
        ("How many visited last year?", ["2025-01-01..2025-12-31"]),
        ("What happened in 2024?", ["2024-01-01..2024-12-31"]),
        ("What happened between 2014 and 2022?", ["2014-01-01..2022-12-31"]),
        ("What did Putin say yesterday?", ["2026-05-19"]),
        ("What did Putin say the day before yesterday?", ["2026-05-18"]),
        ("What did Putin say today?", ["2026-05-20"]),
        ("What did Putin say three days ago?", ["2026-05-17"]),
        ("What happened two weeks ago?", ["2026-05-04..2026-05-10"]),
        ("What happened in the last 3 days?", ["2026-05-18..2026-05-20"]),
        ("What happened over the past two months?", ["2026-03-20..2026-05-20"]),
        ("What happened over the last week?", ["2026-05-14..2026-05-20"]),
        ("What did Lavrov rule out on Tuesday?", ["2026-05-19"]),
        ("What did Lavrov rule out on Wednesday?", ["2026-05-20"]),
        ("What did Lavrov rule out last Wednesday?", ["2026-05-13"]),
        ("What happens next Wednesday?", ["2026-05-27"]),
        ("how did the two offices describe monday's call", ["2026-05-18"]),
        ("how long did thursdays meeting last", ["2026-05-14"]),
        # Open ends.
        ("What has happened since 12 February?", ["2026-02-12..2026-05-20"]),
        ("How many ships has Norway listed since March?", ["2026-03-01..2026-05-20"]),
        ("from 12 February onwards", ["2026-02-12..2026-05-20"]),
        ("What happened after 18 March 2025?", ["2025-03-19..2026-05-20"]),
        ("What happened before 18 March 2025?", ["0001-01-01..2025-03-17"]),
        ("What rate applied until last month?", ["0001-01-01..2026-04-30"]),
        # What the question sets aside.
        ("At the summit in March 2025 (not the September one)", ["2025-03-01..2025-03-31"]),
        ("in Istanbul in May 2025? Not the June or July rounds.", ["2025-05-01..2025-05-31"]),
        ("What happened at the talks on 2 June, not the July one?", ["2025-06-02"]),
        ("Why did they not meet in February?", ["2026-02-01..2026-02-28"]),
    ],
)
def test_a_question_restricts_itself_to_periods(question: str, periods: list[str]) -> None:
    assert asked(question) == periods


@pytest.mark.parametrize(
    "question",
    [
        "",
        "How long did the talks last?",
        "May merchant ships carry arms or troops any more?",
        "may other countries get involved",
        "How long may each inspection visit last?",
        "Of the 27 may all join?",
        "Which of the 3 may send troops?",
        "how many may 16 countries send?",
        "What did Theresa May say about the deal?",
        "Did people believe in May?",
        "What did May say?",
        "who organised the march in suva",
        "Did protesters march on Moscow?",
        "Did they march 10 miles to the border?",
        "What was the March on Washington about?",
        "What about the second round?",
        "how did the frist and second session go",
        "Who sat at the table?",
        "Did the sun shine on the ceremony?",
        "What did Kyiv and Moscow discuss at Mar-a-Lago?",
        "Who met in Mar-a-Lago?",
        "What does Zakharova want NATO to do with its 2008 promise to Ukraine?",
        "What did he tell NATO about returning to the pre-2014 borders?",
        "How many of the 2000 troops left?",
        "Who took part in 2000 attacks?",
        "How long have the talks lasted in total, 12 or 18 hours?",
        "What did Russia Today report?",
        "What happened on Good Friday?",
        "Do they meet every Friday?",
        "What did the Sunday Times report?",
        "What happened on 3/4/2025?",
        "What does April Ryan think?",
        "What does an august body decide?",
        "Did Jan Lipavsky attend?",
        "Will he fall or spring back?",
        "What happens in winter?",
        "Who said that going back to the frontiers of 2013 is illusory?",
        "1000 for 1000 exchange",
        "Resolution 2774 and resolution 2202",
    ],
)
def test_a_question_without_a_date_has_no_period(question: str) -> None:
    assert asked_period(question, TODAY) is None


def test_a_period_has_its_words() -> None:
    period = asked_period("What was said on Tuesday, 18 February 2025, in Riyadh?", TODAY)
    assert period is not None
    assert period.text == "Tuesday, 18 February 2025"
    between = asked_period("between 18 February and 24 March 2025", TODAY)
    assert between is not None
    assert between.text == "18 February and 24 March 2025"


FORMS = [
    "{d} {B} {y}",
    "{d} {b} {y}",
    "{B} {d}, {y}",
    "{b}. {d}, {y}",
    "the {d}{th} of {B} {y}",
    "{A}, {d} {B} {y}",
    "{y:04}-{m:02}-{d:02}",
    "{d}.{m}.{y}",
]


def in_words(day: datetime.date, form: str) -> str:
    return form.format(
        d=day.day,
        m=day.month,
        y=day.year,
        A=calendar.day_name[day.weekday()],
        B=calendar.month_name[day.month],
        b=calendar.month_abbr[day.month],
        th={1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th"),
    )


@given(day=DAYS, today=DAYS, form=st.sampled_from(FORMS), lower=st.booleans())
def test_a_whole_date_is_that_day_in_every_form(
    day: datetime.date, today: datetime.date, form: str, lower: bool
) -> None:
    words = in_words(day, form)
    question = f"What was said on {words.lower() if lower else words}?"
    assert asked(question, today) == [str(day)]


@given(day=DAYS, today=DAYS, form=st.sampled_from(["{d} {B}", "{B} {d}", "{b} {d}{th}"]))
def test_a_day_without_a_year_is_the_newest_not_after_today(
    day: datetime.date, today: datetime.date, form: str
) -> None:
    period = asked_period(f"Who met on {in_words(day, form)}?", today)
    assert period is not None
    assert period.first == period.last <= today
    assert (period.first.month, period.first.day) == (day.month, day.day)
    newer = [
        datetime.date(year, day.month, day.day)
        for year in range(period.first.year + 1, today.year + 1)
        if calendar.isleap(year) or (day.month, day.day) != (2, 29)
    ]
    assert all(other > today for other in newer)


@given(month=st.integers(1, 12), year=st.integers(1950, 2090), today=DAYS)
def test_a_month_has_all_its_days(month: int, year: int, today: datetime.date) -> None:
    last = calendar.monthrange(year, month)[1]
    name = calendar.month_name[month]
    assert asked(f"What was said in {name} {year}?", today) == [
        f"{year}-{month:02}-01..{year}-{month:02}-{last}"
    ]
    newest = asked_period(f"What was said in {name}?", today)
    assert newest is not None
    assert newest.first <= today < newest.first.replace(year=newest.first.year + 1)


@given(weekday=st.integers(0, 6), today=DAYS)
def test_a_weekday_is_the_newest_not_after_today(weekday: int, today: datetime.date) -> None:
    name = calendar.day_name[weekday]
    period = asked_period(f"What did Lavrov say on {name}?", today)
    assert period is not None
    assert period.first.weekday() == weekday
    assert datetime.timedelta(0) <= today - period.first < datetime.timedelta(7)
    last = asked_period(f"What did Lavrov say last {name}?", today)
    assert last is not None
    assert last.first.weekday() == weekday
    assert DAY <= today - last.first <= 7 * DAY


@given(today=DAYS)
def test_weeks_begin_on_monday_and_follow_each_other(today: datetime.date) -> None:
    last = asked_period("last week", today)
    this = asked_period("this week", today)
    following = asked_period("next week", today)
    assert last is not None and this is not None and following is not None
    assert this.first <= today <= this.last
    assert [p.first.isocalendar()[2] for p in (last, this, following)] == [1, 1, 1]
    assert last.last + DAY == this.first and this.last + DAY == following.first


@given(words=st.text(max_size=80), today=st.dates())
def test_any_text_on_any_day_can_be_read(words: str, today: datetime.date) -> None:
    for period in asked_periods(words, today):
        assert period.first <= period.last
    for mention in absolute_days(words, today):
        assert 0 <= mention.start < mention.end <= len(words)


@given(
    words=st.lists(
        st.sampled_from(
            [
                "since",
                "before",
                "after",
                "between",
                "and",
                "to",
                "last",
                "next",
                "this",
                "the",
                "on",
                "in",
                "may",
                "March",
                "18",
                "23-25",
                "31",
                "February",
                "2025",
                "9999",
                "week",
                "month",
                "year",
                "ago",
                "three",
                "Tuesday",
                "today",
                "tomorrow",
                "yesterday",
                "not",
                "summer",
                "winter",
                "early",
                "mid",
                "of",
                "half",
                "first",
                "day",
                "will",
                "said",
                ",",
                "29",
                "weekend",
                "1.1.0001",
            ]
        ),
        max_size=9,
    ),
    today=st.dates() | st.sampled_from([datetime.date.min, datetime.date.max]),
)
def test_any_row_of_date_words_can_be_read(words: list[str], today: datetime.date) -> None:
    text = " ".join(words)
    for period in asked_periods(text, today):
        assert period.first <= period.last
    ends = [0]
    for mention in absolute_days(text, today):
        assert ends[-1] <= mention.start
        ends.append(mention.end)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("They met in Riyadh on Tuesday.", [("Tuesday", "2025-02-18")]),
        ("Tuesday's talks were useful.", [("Tuesday", "2025-02-18")]),
        ("The Kremlin said on Wednesday it was over.", [("Wednesday", "2025-02-19")]),
        ("Vance had spoken on Friday.", [("Friday", "2025-02-14")]),
        ("Talks broke down last Thursday.", [("last Thursday", "2025-02-13")]),
        ("It was signed the previous Friday.", [("the previous Friday", "2025-02-14")]),
        ("It will be signed next Monday.", [("next Monday", "2025-02-24")]),
        ("Lavrov will meet Rubio on Friday.", [("Friday", "2025-02-21")]),
        ("Friday's session will be short.", [("Friday", "2025-02-21")]),
        ("On Friday, Rubio will meet Lavrov.", [("Friday", "2025-02-21")]),
        ("Rubio will meet Lavrov, the Kremlin said on Monday.", [("Monday", "2025-02-17")]),
        ("He is due to arrive on Saturday.", [("Saturday", "2025-02-22")]),
        (
            "AFP reported on Monday that a follow-up would be held there on Tuesday.",
            [("Monday", "2025-02-17"), ("Tuesday", "2025-02-25")],
        ),
        (
            "He spent Monday and Tuesday in Washington.",
            [("Monday", "2025-02-17"), ("Tuesday", "2025-02-18")],
        ),
        ("On Tuesday 23 people died.", [("Tuesday", "2025-02-18")]),
        ("He left yesterday.", [("yesterday", "2025-02-18")]),
        ("He leaves tomorrow.", [("tomorrow", "2025-02-20")]),
        ("He arrived earlier today.", [("today", "2025-02-19")]),
        ("They spoke last night.", [("last night", "2025-02-18")]),
        ("They spoke the day before yesterday.", [("the day before yesterday", "2025-02-17")]),
        # The date beside a weekday says which day it is, but not which year.
    ],
)
def test_a_sentence_means_these_days(text: str, mentions: list[tuple[str, str]]) -> None:
    assert days(text) == mentions


@pytest.mark.parametrize(
    "text",
    [
        "The hall was full.",
        "They met on Tuesday, 18 February 2025.",
        "They met on Monday (24 March 2025).",
        "They met between 23 and 25 March.",
        "They met on 12 February 2024.",
        "They met on 9 May 1945.",
        "They met on 12 February last year.",
        "They meet this week.",
        "They met last week.",
        "They meet every Friday.",
        "It was Good Friday.",
        "They met on a Tuesday.",
        "They met on the Tuesday before.",
        "He came the following Monday.",
        "They met on Friday of last week.",
        # Either of two days.
        "Lavrov will meet Rubio on Wednesday.",
        "They will meet next Friday.",
        "They met last Monday.",
        "The visit was planned for Friday.",
        "They were due to meet on Tuesday.",
        "It was to run from 18:00 on Saturday until midnight on Sunday.",
        "He had said he would call on Friday.",
        "He could come on Friday.",
        "The talks resume on Friday.",
        "He has until Friday.",
        "He said that on Friday he will fly home.",
        "The Mail on Sunday reported it.",
        # Another year or week, told by its date.
        "He said on 17 April that it was over.",
        "At the summit of 15 August 2024 he spoke twice, and on Monday he flew home.",
        # No day.
        "It happened the day before the talks.",
        "The day before Easter he rested.",
        "The channel Russia Today showed it.",
        "Today's Russia is strong.",
        "It is true even today.",
        "Ships may carry grain, and 27 may join.",
        "Theresa May and 3 others came.",
        "The sun was out, and they sat.",
    ],
)
def test_what_may_be_another_day_is_left_out(text: str) -> None:
    assert [phrase for phrase, _ in days(text) if "August" not in phrase] == []


@given(weekday=st.integers(0, 6), written=DAYS)
def test_a_bare_weekday_is_at_most_six_days_back(weekday: int, written: datetime.date) -> None:
    (mention,) = absolute_days(f"They met on {calendar.day_name[weekday]}.", written)
    assert mention.day.weekday() == weekday
    assert 0 * DAY <= written - mention.day <= 6 * DAY


@given(weekday=st.integers(0, 6), written=DAYS)
def test_a_weekday_to_come_is_the_first_after(weekday: int, written: datetime.date) -> None:
    mentions = absolute_days(f"They will meet on {calendar.day_name[weekday]}.", written)
    if weekday == written.weekday():
        assert mentions == ()  # today or in a week
    else:
        (mention,) = mentions
        assert mention.day.weekday() == weekday
        assert DAY <= mention.day - written <= 6 * DAY


def test_weekdays_are_named_as_the_calendar_names_them() -> None:
    assert [name.lower() for name in calendar.day_name] == list(WEEKDAYS)


def test_reading_is_fast() -> None:
    question = "What did Rubio and Lavrov agree on at their meeting in Riyadh, and who was there?"
    sentence = (
        "Russian Foreign Minister Sergei Lavrov gave an upbeat account of the talks with the "
        "United States in Riyadh, calling them useful and reporting progress on both subjects."
    )
    # The best of many: what else runs on the machine is not measured.
    assert _best_seconds(lambda: asked_periods(question, TODAY)) < 0.0003
    assert _best_seconds(lambda: absolute_days(sentence, WRITTEN)) < 0.0003


def _best_seconds(read: object) -> float:
    assert callable(read)
    best = 1.0
    for _ in range(200):
        start = time.perf_counter()
        read()
        best = min(best, time.perf_counter() - start)
    return best
