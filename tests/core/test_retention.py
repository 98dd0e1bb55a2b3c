"""Which images stay, by table and by property."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.config.keep import Keep
from functions.core.record import Reason
from functions.core.retention import PERIODS, Held, kept

NOW = datetime(2027, 3, 31, 12, tzinfo=UTC)  # a Wednesday
NIGHTS = [NOW.replace(hour=2) - timedelta(days=age) for age in range(500)]
ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati")


def nights(*labels, available=True):
    """Images of the nights of these days, `MM-DD` of 2027 or `YYYY-MM-DD`."""
    return [
        Held(label, datetime.fromisoformat(label if len(label) > 5 else f"2027-{label}").replace(hour=2, tzinfo=UTC), available)
        for label in labels
    ]


def stays(images, zone="UTC", now=NOW, ended=False, **keep):
    return sorted(kept(images, Keep(**{"at_least": 1} | keep), zone, now, ended=ended))


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ({"younger_than": timedelta(days=2)}, ["03-30", "03-31"]),
        ({"newest": 3}, ["03-29", "03-30", "03-31"]),
        ({"daily": 2}, ["03-30", "03-31"]),
        ({"weekly": 2}, ["03-22", "03-29", "03-31"]),  # 31: the newest stays
        ({"monthly": 2}, ["02-01", "03-01", "03-31"]),
        ({"yearly": 1}, ["01-01", "03-31"]),
        ({"daily": 1, "weekly": 1, "monthly": 3}, ["01-01", "02-01", "03-01", "03-29", "03-31"]),
        ({"daily": 1, "at_least": 4}, ["03-28", "03-29", "03-30", "03-31"]),
    ],
)
def test_what_each_key_keeps(keep, expected):
    every_night = nights(*(f"{night:%m-%d}" for night in NIGHTS[:90]))
    assert stays(every_night, **keep) == expected


def test_a_missed_night_loses_nothing_the_period_is_filled_by_its_first_good_image():
    assert stays(nights("03-03", "03-09", "03-30"), monthly=1) == ["03-03", "03-30"]
    assert stays(nights("03-17", "03-20", "03-30"), weekly=3) == ["03-17", "03-30"]


def test_weeks_alone_judged_night_by_night_leave_their_first_images_and_the_newest():
    held = []
    for number in range(90):
        now = NOW - timedelta(days=89 - number)
        held.append(Held(f"{now:%m-%d}", now.replace(hour=2), available=True))
        left = kept(held, Keep(weekly=4, at_least=1), "UTC", now)
        held = [image for image in held if image.image_id in left]
        assert len(held) <= 5
    assert [image.image_id for image in held] == ["03-08", "03-15", "03-22", "03-29", "03-31"]


def test_an_iso_week_may_begin_in_the_year_before():
    new_year = datetime(2027, 1, 3, 12, tzinfo=UTC)  # the Sunday of 2026's week 53
    images = nights("2026-12-28", "2026-12-31", "01-01", "01-03")
    assert stays(images, now=new_year, weekly=1) == ["01-03", "2026-12-28"]


def test_a_period_is_one_of_the_policys_time_zone():
    images = [
        Held("a", datetime(2027, 2, 28, 20, tzinfo=UTC), available=True),
        Held("b", datetime(2027, 3, 30, tzinfo=UTC), available=True),
    ]
    assert stays(images, zone="Asia/Kolkata", monthly=1) == ["a", "b"]  # in Kolkata it was March already
    assert stays(images, zone="UTC", monthly=1) == ["b"]


def test_a_disabled_image_fills_a_period_only_where_no_available_one_does():
    images = [*nights("03-01", available=False), *nights("03-02", "03-31")]
    assert stays(images, monthly=1) == ["03-02", "03-31"]
    images = [*nights("02-01", "02-02", available=False), *nights("03-31")]
    assert stays(images, monthly=2) == ["02-01", "03-31"]


def test_at_least_counts_what_is_available():
    images = [*nights("03-01", "03-02"), *nights("03-30", "03-31", available=False)]
    assert stays(images, daily=1, at_least=2) == ["03-01", "03-02", "03-31"]


def test_when_the_instance_has_ended_only_the_calendar_holds():
    assert stays(nights("01-01", "03-01"), ended=True, monthly=1) == ["03-01"]
    assert stays(nights("01-01", "01-02"), ended=True, monthly=1) == []


def test_a_reason_is_told_for_each_rule_that_holds():
    assert kept(nights("03-31"), Keep(daily=1, monthly=1, newest=1), "UTC", NOW)["03-31"] == (
        Reason.NEWEST,
        Reason.DAILY,
        Reason.MONTHLY,
        Reason.AT_LEAST,
    )


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 3, 31, 11), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
holdings = st.lists(st.builds(Held, st.uuids().map(str), moments, st.booleans()), max_size=60, unique_by=lambda image: image.image_id)
periods = st.none() | st.integers(1, 60)
keeps = st.fixed_dictionaries(
    {
        "younger_than": st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=400)),
        **dict.fromkeys(("newest", "daily", "weekly", "monthly", "yearly"), periods),
        "at_least": st.integers(1, 5),
    }
).filter(lambda keep: any(value is not None for key, value in keep.items() if key != "at_least"))
zones = st.sampled_from(ZONES)


@given(holdings, keeps, zones)
def test_no_period_with_a_good_image_ends_without_one(images, keep, zone):
    left = {image.image_id for image in images} & kept(images, Keep(**keep), zone, NOW).keys()
    for reason, number in PERIODS.items():
        if keep[reason] is None:
            continue
        for available in (True, False):
            covered = {number(day(image, zone)) for image in images if image.image_id in left and image.available >= available}
            held = {number(day(image, zone)) for image in images if image.available >= available}
            assert {one for one in held if one > number(day(Held("", NOW, available=True), zone)) - keep[reason]} <= covered


def day(image, zone):
    return image.slot.astimezone(ZoneInfo(zone)).date()


@given(st.data(), holdings, keeps, zones)
def test_judging_does_not_depend_on_order_and_judging_what_is_left_again_changes_nothing(data, images, keep, zone):
    first = kept(images, Keep(**keep), zone, NOW)
    assert kept(data.draw(st.permutations(images)), Keep(**keep), zone, NOW) == first
    assert kept([image for image in images if image.image_id in first], Keep(**keep), zone, NOW) == first


@given(st.data(), holdings, keeps, zones)
def test_a_longer_retention_never_retires_more(data, images, keep, zone):
    key = data.draw(st.sampled_from([key for key, value in keep.items() if value is not None]))
    more = timedelta(days=data.draw(st.integers(0, 100))) if key == "younger_than" else data.draw(st.integers(0, 50))
    longer = keep | {key: keep[key] + more}
    assert kept(images, Keep(**keep), zone, NOW).keys() <= kept(images, Keep(**longer), zone, NOW).keys()


@given(holdings, keeps, zones)
def test_the_newest_at_least_stay(images, keep, zone):
    newest = sorted((image for image in images if image.available), key=lambda image: (image.slot, image.image_id))[-keep["at_least"] :]
    assert {image.image_id for image in newest} <= kept(images, Keep(**keep), zone, NOW).keys()
