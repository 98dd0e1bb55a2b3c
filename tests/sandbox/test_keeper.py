"""The keeper's turns and its clock, around functions that only pretend to run."""

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from sandbox.clock import Clock
from sandbox.server.keeper import Keeper, StoppedError

pytestmark = pytest.mark.own
START = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def kept():
    """A keeper at work in a thread of its own, and what it keeps."""
    opened = []

    def kept(*, still=True):
        sandbox = SimpleNamespace(clock=Clock(START), functions=SimpleNamespace(in_flight=0))
        keeper = Keeper(sandbox, still=still)
        thread = threading.Thread(target=keeper.keep)
        thread.start()
        opened.append((keeper, thread))
        return keeper, sandbox

    yield kept
    for keeper, thread in opened:
        keeper.stop()
        thread.join(5)
        assert not thread.is_alive()


def run_for(keeper, **delta):
    until = keeper.sandbox.clock.now() + timedelta(**delta)
    keeper.ask(lambda: keeper.run_until(until))


def test_leaps_from_one_due_action_to_the_next(kept):
    keeper, sandbox = kept()
    times = []
    for hours in (5, 1):
        sandbox.clock.after(timedelta(hours=hours), lambda: times.append(sandbox.clock.now()))
    run_for(keeper, days=30)
    assert times == [START + timedelta(hours=1), START + timedelta(hours=5)]
    assert sandbox.clock.now() == START + timedelta(days=30)


def test_goes_as_fast_as_time_while_a_function_runs(kept):
    keeper, sandbox = kept()
    ended = []

    def end():
        sandbox.functions.in_flight = 0
        ended.append(sandbox.clock.now())

    def begin():
        sandbox.functions.in_flight = 1
        threading.Timer(0.3, keeper.post, [end]).start()

    sandbox.clock.after(timedelta(hours=1), begin)
    run_for(keeper, hours=2)
    assert timedelta(seconds=0.2) < ended[0] - START - timedelta(hours=1) < timedelta(seconds=20)
    assert sandbox.clock.now() == START + timedelta(hours=2)


def test_does_not_arrive_before_what_began_has_ended(kept):
    keeper, sandbox = kept()

    def begin():
        sandbox.functions.in_flight = 1
        threading.Timer(0.3, keeper.post, [lambda: setattr(sandbox.functions, "in_flight", 0)]).start()

    sandbox.clock.after(timedelta(hours=1), begin)
    run_for(keeper, hours=1)
    assert sandbox.functions.in_flight == 0
    assert sandbox.clock.now() == START + timedelta(hours=1)


def test_others_have_their_turns_meanwhile(kept):
    keeper, sandbox = kept()
    sandbox.functions.in_flight = 1
    waiting = threading.Thread(target=run_for, args=[keeper], kwargs={"hours": 1})
    waiting.start()
    assert keeper.ask(lambda: "answered") == "answered"
    keeper.post(lambda: setattr(sandbox.functions, "in_flight", 0))
    waiting.join(5)
    assert sandbox.clock.now() >= START + timedelta(hours=1)


def test_goes_by_itself(kept):
    keeper, sandbox = kept(still=False)
    done = threading.Event()
    keeper.post(lambda: sandbox.clock.after(timedelta(seconds=0.3), done.set))
    assert done.wait(5)
    begun, at = keeper.ask(sandbox.clock.now), time.monotonic()
    time.sleep(0.3)
    assert abs((keeper.ask(sandbox.clock.now) - begun).total_seconds() - (time.monotonic() - at)) < 0.3


def test_a_failure_is_raised_where_it_was_asked_or_logged(kept, caplog):
    keeper, sandbox = kept(still=False)
    with pytest.raises(ZeroDivisionError):
        keeper.ask(lambda: 1 / 0)
    keeper.post(lambda: sandbox.clock.after(timedelta(), lambda: 1 / 0))
    keeper.post(lambda: 1 / 0)
    assert keeper.ask(lambda: 1) == 1
    time.sleep(0.1)
    assert caplog.text.count("ZeroDivisionError") >= 2


def test_nothing_is_answered_once_it_stops(kept):
    keeper, sandbox = kept()
    sandbox.functions.in_flight = 1
    problems = []

    def wait():
        with pytest.raises(StoppedError) as caught:
            run_for(keeper, hours=1)
        problems.append(caught)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.1)
    keeper.stop()
    waiting.join(5)
    assert len(problems) == 1
    with pytest.raises(StoppedError):
        keeper.ask(lambda: 1)
