import time
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock

pytestmark = pytest.mark.own
START = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


@pytest.fixture
def clock():
    started = Clock(START)
    started.start()
    yield started
    started.stop()


def test_time_stands_until_moved(clock):
    assert clock.now() == datetime.now(UTC) == START
    clock.run_for(timedelta(hours=1))
    assert clock.now() == START + timedelta(hours=1)
    assert time.time() == clock.now().timestamp()


def test_actions_run_in_order_of_time_then_as_given(clock):
    ran = []
    clock.after(timedelta(seconds=2), lambda: ran.append("later"))
    clock.after(timedelta(seconds=1), lambda: ran.append("first"))
    clock.after(timedelta(seconds=1), lambda: ran.append("second"))
    clock.run_for(timedelta(seconds=2))
    assert ran == ["first", "second", "later"]


def test_an_action_sees_its_own_time(clock):
    seen = []
    clock.after(timedelta(minutes=1), lambda: seen.append(datetime.now(UTC)))
    clock.run_for(timedelta(hours=1))
    assert seen == [START + timedelta(minutes=1)]


def test_an_action_may_add_actions_due_in_the_same_run(clock):
    ran = []
    clock.after(timedelta(seconds=1), lambda: clock.after(timedelta(seconds=1), lambda: ran.append(clock.now())))
    clock.run_for(timedelta(seconds=5))
    assert ran == [START + timedelta(seconds=2)]


def test_what_is_due_later_stays_due(clock):
    ran = []
    clock.at(START + timedelta(hours=1), lambda: ran.append(1))
    clock.run_until(START + timedelta(minutes=59))
    assert ran == []
    clock.run_until(START + timedelta(hours=1))
    assert ran == [1]


def test_an_action_of_the_past_is_due_at_once(clock):
    ran = []
    clock.at(START - timedelta(days=1), lambda: ran.append(clock.now()))
    clock.run_for(timedelta())
    assert ran == [START]


def test_an_action_cannot_move_the_clock(clock):
    clock.after(timedelta(seconds=1), lambda: clock.run_for(timedelta(seconds=1)))
    with pytest.raises(RuntimeError):
        clock.run_for(timedelta(minutes=1))


def test_naive_times_are_refused(clock):
    with pytest.raises(ValueError, match="aware"):
        clock.run_until(START.replace(tzinfo=None))
