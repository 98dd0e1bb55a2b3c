"""A worker keeps to its share of a token bucket."""

import pytest

from functions.aws import pace


class Clock:
    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(pace, "time", made)
    return made


def test_two_workers_together_use_their_share_and_no_more(clock):
    worker = pace.share(bucket=100, refill=1, api_share=0.5)
    for _ in range(125):
        worker.wait(60)
    assert sum(clock.slept) == pytest.approx((125 - 25) / 0.25)


def test_a_rested_worker_may_burst_again(clock):
    worker = pace.share(bucket=100, refill=1, api_share=1)
    for _ in range(50):
        worker.wait(60)
    clock.now += 1000
    for _ in range(50):
        worker.wait(60)
    assert clock.slept == []


def test_a_clock_set_back_does_not_stop_the_worker(clock):
    worker = pace.share(bucket=50, refill=5, api_share=0.5)
    worker.wait(60)
    clock.now -= 3600
    for _ in range(11):
        worker.wait(60)
    assert clock.slept == []


def test_a_turn_that_comes_too_late_is_refused_at_once(clock):
    worker = pace.share(bucket=100, refill=1, api_share=0.02)
    assert worker.wait(60)
    assert not worker.wait(60)
    assert clock.slept == []
