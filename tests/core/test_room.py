"""Room under the quota of pending snapshots."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.room import LATEST, SOONEST, WORKERS, Pending

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("count", "room"), [(0, 50), (60, 20), (99, 0), (100, 0), (130, 0)])
def test_each_of_two_workers_has_half_of_what_is_left(count, room):
    assert Pending(count, MINUTE).room(100) == room


@given(count=st.integers(0, 500), quota=st.integers(2, 500))
def test_two_workers_that_look_at_once_stay_within_the_quota(count, quota):
    assert count + WORKERS * Pending(count, MINUTE).room(quota) <= max(count, quota)


@given(
    count=st.integers(0, 500), age=st.timedeltas(timedelta(0), timedelta(days=1)), waiting=st.integers(0, 20_000), key=st.text(max_size=9)
)
def test_a_message_comes_again_when_a_queue_can_bring_it(count, age, waiting, key):
    assert SOONEST <= Pending(count, age).again(100, waiting, key) <= LATEST


def test_what_waits_comes_again_three_times_as_fast_as_room_is_made():
    """100 of 2 minutes each make room for 50 a minute; 500 that wait find it within ten; they are spread over a third of that."""
    pending = Pending(100, MINUTE)
    seconds = sorted(pending.again(100, 500, f"i-{number}") for number in range(500))
    assert seconds[-1] <= 200
    assert 200 <= sum(each >= 100 for each in seconds) <= 300
