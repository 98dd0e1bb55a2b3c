"""Whatever the expression, the zone and the time: what must hold of the slots."""

import contextlib
from calendar import monthrange
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.core import cron, zones
from functions.core.cron import Schedule

NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def weekday(day):
    """0 is Sunday."""
    return day.isoweekday() % 7


def listed(low, high, size=4):
    return st.lists(st.integers(low, high), min_size=1, max_size=size, unique=True)


def text(numbers):
    return ",".join(map(str, numbers))


# Each draws the two day fields and a rule, written here anew, that says which dates they mean.
DAYS = st.one_of(
    st.just(("* {} ?", lambda _day: True)),
    listed(1, 31).map(lambda days: (f"{text(days)} {{}} ?", lambda day: day.day in days)),
    st.tuples(st.integers(1, 31), st.integers(1, 30)).map(
        lambda start: (f"{start[0]}/{start[1]} {{}} ?", lambda day: day.day >= start[0] and (day.day - start[0]) % start[1] == 0)
    ),
    st.just(("L {} ?", lambda day: day.day == monthrange(day.year, day.month)[1])),
    listed(1, 7).map(lambda days: (f"? {{}} {text(days)}", lambda day: weekday(day) + 1 in days)),
    st.tuples(st.sampled_from(NAMES), st.integers(1, 5)).map(
        lambda nth: (f"? {{}} {nth[0]}#{nth[1]}", lambda day: NAMES[weekday(day)] == nth[0] and (day.day + 6) // 7 == nth[1])
    ),
    st.integers(1, 7).map(
        lambda last: (f"? {{}} {last}L", lambda day: weekday(day) + 1 == last and (day + timedelta(days=7)).month != day.month)
    ),
)


@st.composite
def schedules(draw):
    """An expression, and the rule for its local dates and times."""
    minutes, hours, months = draw(listed(0, 59)), draw(listed(0, 23)), draw(st.one_of(st.none(), listed(1, 12)))
    template, is_day = draw(DAYS)
    expression = f"cron({text(minutes)} {text(hours)} {template.format(text(months) if months else '*')} *)"
    try:
        Schedule.parse(expression)
    except ValueError:
        assume(condition=False)
    return (
        expression,
        lambda day: (not months or day.month in months) and is_day(day),
        sorted((hour, minute) for hour in hours for minute in minutes),
    )


MOMENTS = st.integers(0, 22 * 366 * 24 * 60).map(lambda minutes: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
ZONES = st.one_of(
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Antarctica/Troll", "Africa/Cairo", "America/Nuuk"]
    ),
    st.sampled_from(zones.names()),
)


def slot_of(local, zone):
    """The rule for clocks that change, by arithmetic on offsets."""
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    skipped = max(after - before, timedelta(0))  # in a gap, fold 0 has the offset from before it, fold 1 the one after
    return (local + skipped - max(before, after)).replace(tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(schedules(), ZONES, MOMENTS, st.integers(0, 60))
def test_the_slots_are_those_of_the_calendar(schedule, zone, after, days):
    expression, is_day, times = schedule
    until = after + timedelta(days=days)
    dates = (after.date() + timedelta(days=number) for number in range(-3, days + 4))
    locals_ = [datetime.combine(day, time(*clock)) for day in dates if is_day(day) for clock in times]
    expected = sorted({slot for local in locals_ if after < (slot := slot_of(local, ZoneInfo(zone))) <= until})
    assert list(cron.occurrences(expression, zone, after, until)) == expected


@settings(max_examples=100, deadline=None)
@given(schedules(), ZONES, MOMENTS, st.integers(0, 90_000), st.integers(0, 90_000))
def test_an_interval_in_two_parts(schedule, zone, after, first, second):
    expression = schedule[0]
    middle = after + timedelta(minutes=first)
    until = middle + timedelta(minutes=second)
    whole = list(cron.occurrences(expression, zone, after, until))
    assert whole == [*cron.occurrences(expression, zone, after, middle), *cron.occurrences(expression, zone, middle, until)]
    assert all(earlier < later for earlier, later in pairwise(whole))


@settings(max_examples=100, deadline=None)
@given(schedules(), ZONES, MOMENTS)
def test_the_latest_is_the_last_one(schedule, zone, at):
    expression = schedule[0]
    found = cron.latest(expression, zone, at)
    assert found is not None
    assert found <= at
    assert list(cron.occurrences(expression, zone, found - timedelta(minutes=1), at)) == [found]


@settings(max_examples=100, deadline=None)
@given(schedules(), MOMENTS)
def test_no_interval_is_shorter_than_the_shortest(schedule, after):
    expression = schedule[0]
    found = list(cron.occurrences(expression, "UTC", after, after + timedelta(days=45)))
    shortest = cron.shortest_interval(expression)
    assert all(shortest <= later - earlier for earlier, later in pairwise(found))


@given(st.text(max_size=30), st.lists(st.text("0123456789*,-/?LW#MONFRI ", max_size=6), max_size=7))
def test_any_text_is_read_or_refused(loose, fields):
    for expression in (loose, f"cron({loose})", f"cron({' '.join(fields)})"):
        with contextlib.suppress(ValueError):
            Schedule.parse(expression)
