"""Cron expressions as AWS documents them: what they mean, and what is refused."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest

from functions.core import cron, rates
from functions.core.cron import Schedule

START = datetime(2027, 1, 1, tzinfo=UTC)
FAR = timedelta(days=4000)


def slots(expression, count, after=START, zone="UTC"):
    found = islice(cron.occurrences(expression, zone, after, after + FAR), count)
    return [slot.strftime("%Y-%m-%d %H:%M") for slot in found]


# The examples of the EventBridge user guide, "Cron expressions reference". 2027-01-01 is a Friday.
DOCUMENTED = [
    ("0 10 * * ? *", ["2027-01-01 10:00", "2027-01-02 10:00"]),
    ("15 12 * * ? *", ["2027-01-01 12:15", "2027-01-02 12:15"]),
    ("0 18 ? * MON-FRI *", ["2027-01-01 18:00", "2027-01-04 18:00", "2027-01-05 18:00"]),
    ("0 8 1 * ? *", ["2027-01-01 08:00", "2027-02-01 08:00"]),
    ("0/15 * * * ? *", ["2027-01-01 00:15", "2027-01-01 00:30", "2027-01-01 00:45", "2027-01-01 01:00"]),
    ("0/10 * ? * MON-FRI *", ["2027-01-01 00:10", "2027-01-01 00:20"]),
    ("0/5 8-17 ? * MON-FRI *", ["2027-01-01 08:00", "2027-01-01 08:05"]),
    (
        "0/30 20-2 ? * MON-FRI *",
        ["2027-01-01 00:30", "2027-01-01 01:00", "2027-01-01 01:30", "2027-01-01 02:00", "2027-01-01 02:30", "2027-01-01 20:00"],
    ),
    ("5,35 14 * * ? *", ["2027-01-01 14:05", "2027-01-01 14:35", "2027-01-02 14:05"]),
    ("15 10 ? * 6L 2019-2028", ["2027-01-29 10:15", "2027-02-26 10:15", "2027-03-26 10:15"]),
    ("0 0 3W * ? *", ["2027-01-04 00:00", "2027-02-03 00:00", "2027-03-03 00:00", "2027-04-02 00:00"]),
    ("0 0 ? * 3#2 *", ["2027-01-12 00:00", "2027-02-09 00:00"]),
    ("1/10 0 * * ? *", ["2027-01-01 00:01", "2027-01-01 00:11", "2027-01-01 00:21"]),
    ("0 1 L * ? *", ["2027-01-31 01:00", "2027-02-28 01:00", "2027-03-31 01:00"]),
    ("0 1 1 JAN,FEB,MAR ? *", ["2027-01-01 01:00", "2027-02-01 01:00", "2027-03-01 01:00", "2028-01-01 01:00"]),
]

MORE = [
    ("0 0 29 2 ? *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
    ("0 0 31 * ? *", ["2027-01-31 00:00", "2027-03-31 00:00", "2027-05-31 00:00"]),
    ("0 0 ? * 1 *", ["2027-01-03 00:00", "2027-01-10 00:00"]),
    ("0 0 ? * 7 *", ["2027-01-02 00:00"]),
    ("0 0 ? * fri-mon *", ["2027-01-02 00:00", "2027-01-03 00:00", "2027-01-04 00:00", "2027-01-08 00:00"]),
    ("0 0 ? * FRI#5 *", ["2027-01-29 00:00", "2027-04-30 00:00"]),
    ("0 0 ? * MONL *", ["2027-01-25 00:00"]),
    ("0 0 */10 * ? *", ["2027-01-11 00:00", "2027-01-21 00:00", "2027-01-31 00:00", "2027-02-01 00:00"]),
    ("0 0 28-2 * ? *", ["2027-01-02 00:00", "2027-01-28 00:00"]),
    ("0 0 1 NOV-FEB ? *", ["2027-02-01 00:00", "2027-11-01 00:00"]),
    ("0 0 1 1-12/5 ? *", ["2027-06-01 00:00", "2027-11-01 00:00", "2028-01-01 00:00"]),
    ("30-30 5-5 1-1 7-7 ? 2027/2", ["2027-07-01 05:30", "2029-07-01 05:30", "2031-07-01 05:30"]),
    ("59/15 0 * * ? *", ["2027-01-01 00:59", "2027-01-02 00:59"]),
    ("0 0 1 1 ? 2030,2028", ["2028-01-01 00:00", "2030-01-01 00:00"]),
    ("0 2 1 1 ? 2027", ["2027-01-01 02:00"]),
    ("0 2 1 1 ? 2026", []),
]


@pytest.mark.parametrize(("fields", "expected"), DOCUMENTED + MORE)
def test_what_it_means(fields, expected):
    assert slots(f"cron({fields})", max(len(expected), 1)) == expected


@pytest.mark.parametrize("day", range(2, 28))
def test_the_nearest_weekday(day):
    for slot in islice(cron.occurrences(f"cron(0 0 {day}W * ? *)", "UTC", START, START + FAR), 48):
        named = date(slot.year, slot.month, day)
        moved = {5: -1, 6: 1}.get(named.weekday(), 0)
        assert slot.date() == named + timedelta(days=moved)


REFUSED = [
    ("cron(60 2 * * ? *)", 'minute: "60" is not one of 0-59'),
    ("cron(0 24 * * ? *)", 'hour: "24" is not one of 0-23'),
    ("cron(0 2 0 * ? *)", 'day-of-month: "0" is not one of 1-31'),
    ("cron(0 2 * 13 ? *)", 'month: "13" is not one of 1-12 or JAN-DEC'),
    ("cron(0 2 ? * 0 *)", 'day-of-week: "0" is not one of 1-7 or SUN-SAT'),
    ("cron(0 2 ? * 8 *)", 'day-of-week: "8"'),
    ("cron(0 2 ? * MONDAY *)", 'day-of-week: "MONDAY"'),
    ("cron(0 2 * * ? 1969)", 'year: "1969" is not one of 1970-2199'),
    ("cron(0 2 * * ? 2150)", "is after 2099"),
    ("cron(0 2 * * ? 2030-2027)", "runs backwards"),
    ("cron(0 22-2/2 * * ? *)", "runs backwards: write it as a list"),
    ("cron(0/0 2 * * ? *)", 'the step "0"'),
    ("cron(0/90 * * * ? *)", 'the step "90" must be from 1 to 59'),
    ("cron(0/ * * * ? *)", 'the step ""'),
    ("cron(0 2 ? * 1/2 *)", '"/" is not allowed here'),
    ("cron(-5 2 * * ? *)", 'minute: ""'),
    ("cron(1.5 2 * * ? *)", 'minute: "1.5"'),
    ("cron(٣ 2 * * ? *)", "minute"),
    ("cron(0, 2 * * ? *)", 'minute: ""'),
    ("cron(? 2 * * ? *)", 'minute: "?"'),
    ("cron(0 2 LW * ? *)", "L stands alone"),
    ("cron(0 2 L-3 * ? *)", "L stands alone"),
    ("cron(0 2 1,L * ? *)", "L stands alone"),
    ("cron(0 2 15W,20 * ? *)", "W stands after one day"),
    ("cron(0 2 1W * ? *)", "2W-27W"),
    ("cron(0 2 28W * ? *)", "2W-27W"),
    ("cron(0 2 ? * L *)", '"L" alone is refused'),
    ("cron(0 2 ? * 3#6 *)", "# from 1 to 5"),
    ("cron(0 2 ? * 3#1,6#3 *)", "without a list"),
    ("cron(0 2 ? * 5L,6L *)", "without a list"),
    ("cron(0 2 * * * *)", 'exactly one of day-of-month and day-of-week must be "?"'),
    ("cron(0 2 ? * ? *)", 'exactly one of day-of-month and day-of-week must be "?"'),
    ("cron(0 2 1 * MON *)", 'exactly one of day-of-month and day-of-week must be "?"'),
    ("cron(0 2 * * *)", "has 5 fields instead of 6"),
    ("cron(0 2 * * ? * *)", "has 7 fields instead of 6"),
    ("cron()", "has 0 fields"),
    ("0 2 * * ? *", "is not a cron expression, such as cron(0 2 * * ? *)"),
    ("CRON(0 2 * * ? *)", "is not a cron expression"),
    ("@daily", "is not a cron expression"),
    ("cron(0 2 31 2,4 ? *)", "never fires"),
    ("cron(0 2 29 2 ? 2027,2029-2031)", "never fires"),
]


@pytest.mark.parametrize(("expression", "why"), REFUSED)
def test_what_is_refused(expression, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        Schedule.parse(expression)


def test_every_field_is_told():
    with pytest.raises(ValueError, match=r"minute: .*hour: .*day-of-month: .*month: .*day-of-week: .*year: "):
        Schedule.parse("cron(x x x x x x)")


RATES = [
    ("rate(1 minute)", "cron(* * * * ? *)"),
    ("rate(5 minutes)", "cron(0/5 * * * ? *)"),
    ("rate(60 minutes)", "cron(0 * * * ? *)"),
    ("rate(1 hour)", "cron(0 * * * ? *)"),
    ("rate(6 hours)", "cron(0 0/6 * * ? *)"),
    ("rate(24 hours)", "cron(0 0 * * ? *)"),
    ("rate(1 day)", "cron(0 0 * * ? *)"),
    ("rate(7 days)", "cron(0 0 ? * SUN *)"),
    ("at(2027-01-01T02:00:00)", "cron(0 2 1 1 ? 2027)"),
]


@pytest.mark.parametrize(("expression", "same"), RATES)
def test_rate_and_at_are_refused_with_their_cron(expression, same):
    assert rates.same_as_cron(expression) == same
    with pytest.raises(ValueError, match=re.escape(f"write {same} instead")):
        Schedule.parse(expression)
    Schedule.parse(same)


@pytest.mark.parametrize("minutes", [1, 2, 5, 15, 30, 60, 120, 480, 720, 1440, 10080])
def test_that_cron_has_the_rates_interval(minutes):
    same = rates.same_as_cron(f"rate({minutes} minutes)")
    found = list(islice(cron.occurrences(same, "UTC", START, START + FAR), 100))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=minutes)}


@pytest.mark.parametrize(
    "expression",
    ["rate(90 minutes)", "rate(7 minutes)", "rate(5 hours)", "rate(2 days)", "rate(0 days)", "rate(x)", "at(2027-02-30T02:00:00)"],
)
def test_a_rate_without_its_like(expression):
    with pytest.raises(ValueError, match="is not a cron expression, and none says the same"):
        Schedule.parse(expression)


INTERVALS = [
    ("* * * * ? *", timedelta(minutes=1)),
    ("0/40 * * * ? *", timedelta(minutes=20)),
    ("0 0/5 * * ? *", timedelta(hours=4)),
    ("0 2 * * ? *", timedelta(days=1)),
    ("0 1,22 * * ? *", timedelta(hours=3)),
    ("0 1,22 ? * MON *", timedelta(hours=21)),
    ("0 2 ? * MON-FRI *", timedelta(days=1)),
    ("0 2 ? * MON,THU *", timedelta(days=3)),
    ("0 2 1 * ? *", timedelta(days=28)),
    ("0 2 1,31 * ? *", timedelta(days=1)),
    ("0 2 1,29 2,3 ? *", timedelta(days=1)),
    ("0 2 29 2 ? *", timedelta(days=1461)),
    ("0 2 1 1 ? 2027", None),
    ("0 2,4 1 1 ? 2027", timedelta(hours=2)),
]


@pytest.mark.parametrize(("fields", "interval"), INTERVALS)
def test_the_shortest_interval(fields, interval):
    assert cron.shortest_interval(f"cron({fields})") == interval


LATEST = [
    ("0 2 * * ? *", "2027-03-01T02:00", "2027-03-01 02:00"),
    ("0 2 * * ? *", "2027-03-01T01:59", "2027-02-28 02:00"),
    ("0 2 29 2 ? *", "2027-03-01T01:59", "2024-02-29 02:00"),
    ("0 2 1 1 ? 1999", "2027-03-01T01:59", "1999-01-01 02:00"),
    ("0 2 1 1 ? 2028", "2027-03-01T01:59", None),
]


@pytest.mark.parametrize(("fields", "at", "expected"), LATEST)
def test_the_latest(fields, at, expected):
    found = cron.latest(f"cron({fields})", "UTC", datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert (found and found.strftime("%Y-%m-%d %H:%M")) == expected


def test_the_same_expression_is_read_by_two_at_once():
    read = [
        cron.occurrences("cron(0 2 * * ? *)", "UTC", datetime(2027, 3, day, tzinfo=UTC), datetime(2027, 3, day + 5, tzinfo=UTC))
        for day in (1, 11)
    ]
    assert [[slot.day for slot in pair] for pair in zip(*read, strict=True)] == [[day, day + 10] for day in range(1, 6)]


def test_the_edges_of_the_interval():
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert list(cron.occurrences("cron(0 12 * * ? *)", "UTC", noon, noon + timedelta(days=1))) == [noon + timedelta(days=1)]
    assert list(cron.occurrences("cron(0 12 * * ? *)", "UTC", noon, noon)) == []
    assert list(cron.occurrences("cron(0 12 * * ? *)", "UTC", noon, noon - timedelta(days=9))) == []


def test_times_without_a_zone_are_refused():
    with pytest.raises(TypeError):
        list(cron.occurrences("cron(0 12 * * ? *)", "UTC", START, datetime(2028, 1, 1)))  # noqa: DTZ001 - that is what is refused
