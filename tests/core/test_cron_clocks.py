"""The nights when clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.core import cron

NIGHTS = [
    # zone, local date, local times of the schedule, slots in UTC of that local day
    ("Europe/Berlin", "2027-03-27", "30 2", ["01:30"]),
    ("Europe/Berlin", "2027-03-28", "30 2", ["01:30"]),  # 02:30 is skipped: 03:30
    ("Europe/Berlin", "2027-03-28", "0 2,3", ["01:00"]),  # 02:00 becomes 03:00, and is there already
    ("Europe/Berlin", "2027-03-28", "0/30 1-3", ["00:00", "00:30", "01:00", "01:30"]),
    ("Europe/Berlin", "2027-03-28", "15,45 2-3", ["01:15", "01:45"]),
    ("Europe/Berlin", "2027-03-28", "59 1", ["00:59"]),
    ("Europe/Berlin", "2027-03-28", "0 3", ["01:00"]),
    ("Europe/Berlin", "2027-10-31", "30 2", ["00:30"]),  # comes twice: the first
    ("Europe/Berlin", "2027-10-31", "0 1-4", ["23:00", "00:00", "02:00", "03:00"]),
    ("America/New_York", "2027-03-14", "30 2", ["07:30"]),
    ("America/New_York", "2027-11-07", "30 1", ["05:30"]),
    ("America/New_York", "2027-11-07", "30 0-2", ["04:30", "05:30", "07:30"]),
    ("Australia/Lord_Howe", "2027-10-03", "15 2", ["15:45"]),  # half an hour is skipped at 02:00: 02:45
    ("Australia/Lord_Howe", "2027-10-03", "0,15,30,45 2", ["15:30", "15:45"]),
    ("Australia/Lord_Howe", "2027-10-03", "15,40 2", ["15:40", "15:45"]),  # the skipped 02:15 comes after 02:40
    ("Australia/Lord_Howe", "2027-04-04", "45 1", ["14:45"]),  # 01:30 to 02:00 comes twice
    ("Asia/Kolkata", "2027-03-28", "0 2", ["20:30"]),
    ("Africa/Cairo", "2027-04-30", "30 0", ["22:30"]),  # midnight itself is skipped
    ("Antarctica/Troll", "2027-03-28", "30 1,2", ["01:30", "02:30"]),  # two hours are skipped
]


@pytest.mark.parametrize(("zone", "day", "times", "expected"), NIGHTS)
def test_one_night(zone, day, times, expected):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    begin, end = (moment.astimezone(UTC) for moment in (midnight, midnight + timedelta(days=1)))
    found = cron.occurrences(f"cron({times} * * ? *)", zone, begin - timedelta(minutes=1), end - timedelta(minutes=1))
    assert [slot.strftime("%H:%M") for slot in found] == expected


def test_a_skipped_time_stays_in_order_with_its_successors():
    after = datetime(2027, 3, 28, 0, 59, tzinfo=UTC)
    found = list(cron.occurrences("cron(45 2 * * ? *)", "Europe/Berlin", after, after + timedelta(hours=1)))
    assert found == [datetime(2027, 3, 28, 1, 45, tzinfo=UTC)]
    assert cron.latest("cron(45 2 * * ? *)", "Europe/Berlin", found[0]) == found[0]
    assert cron.latest("cron(45 2 * * ? *)", "Europe/Berlin", found[0] - timedelta(minutes=1)) == datetime(2027, 3, 27, 1, 45, tzinfo=UTC)


def test_a_day_that_a_zone_skipped():
    """Samoa had no 2011-12-30: that night's slot is the next day's, by the same clock time, and is there once."""
    after = datetime(2011, 12, 29, 0, tzinfo=UTC)
    found = list(cron.occurrences("cron(0 12 * * ? *)", "Pacific/Apia", after, after + timedelta(days=3)))
    assert found == [datetime(2011, 12, 29, 22, tzinfo=UTC), datetime(2011, 12, 30, 22, tzinfo=UTC), datetime(2011, 12, 31, 22, tzinfo=UTC)]
