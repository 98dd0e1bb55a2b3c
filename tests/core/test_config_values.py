"""Durations, regions, zones and near misses."""

import zoneinfo
from datetime import timedelta

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from functions.core import duration, regions, zones
from functions.core.nearest import did_you_mean, nearest


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("0 minutes", 0), ("1 minute", 1), ("15 minutes", 15), ("6 hours", 360), ("1 day", 1440), ("2 weeks", 20160), ("90 minutes", 90)],
)
def test_durations(text, minutes):
    assert duration.parse(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "6", "6h", "hours", "-1 hours", "1.5 hours", "6  hours", " 6 hours", "6 Hours", "6 months", "٦ hours", "9999999 days"]
)
def test_what_is_not_a_duration(text):
    with pytest.raises(ValueError, match="is not a duration"):
        duration.parse(text)


@given(st.integers(0, 999_999).map(lambda minutes: timedelta(minutes=minutes)))
def test_a_duration_as_text_reads_back(value):
    assert duration.parse(duration.text(value)) == value


def test_the_largest_unit():
    shown = [duration.text(timedelta(minutes=minutes)) for minutes in (0, 1, 90, 60, 1440, 10080, 1500)]
    assert shown == ["0 minutes", "1 minute", "90 minutes", "1 hour", "1 day", "1 week", "25 hours"]


def test_the_regions_are_botocores():
    session = Session()
    assert sorted(regions.NAMES) == list(regions.NAMES) == sorted(session.get_available_regions("ec2", "aws"))
    partitions = {partition["partition"]: partition["regionRegex"] for partition in session.get_data("endpoints")["partitions"]}
    assert partitions["aws"] == regions.PATTERN
    assert all(regions.looks_like_one(name) for name in regions.NAMES)
    others = [name for partition in partitions if partition != "aws" for name in session.get_available_regions("ec2", partition)]
    assert others
    assert not any(regions.looks_like_one(name) for name in others)


def test_every_zone_has_data():
    assert "UTC" in zones.names()
    assert "Factory" not in zones.names()
    for name in zones.names():
        zoneinfo.ZoneInfo(name)


def test_nearest():
    assert nearest("Nihgtly", ["weekly", "nightly"]) == "nightly"
    assert nearest("x", ["weekly", "nightly"]) is None
    assert did_you_mean("x", ["weekly"]) == ""
