"""Python's `time` on the sandbox's clock: sleeping, and in functions what tells how long something took."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import get_ident
from typing import Any, SupportsIndex

from greenlet import getcurrent, greenlet

from sandbox.clock import Clock
from sandbox.functions.invocation import Invocation, invocation_of

DURATIONS = {"monotonic": 1, "monotonic_ns": 1_000_000_000, "perf_counter": 1, "perf_counter_ns": 1_000_000_000}
"""The clocks that have no date, and how much a second is."""
PYTHONS: dict[str, Callable[..., Any]] = {name: getattr(time, name) for name in ("sleep", *DURATIONS)}


class Clocks:
    """`time.sleep` lets the clock go on, and functions' clocks without a date go on with it: whoever waits until so long has passed must get there.

    Those with a date, like `time.time`, are turned by the clock itself. Outside of functions durations are this machine's. Threads other than
    the one that opened the sandbox are taken for functions'. Whoever took one of ours with him is by the sandbox that is open, else by Python.
    """

    def __init__(self, clock: Clock) -> None:
        """Python's clocks are its own before `start`."""
        self.clock = clock
        self._before: dict[str, Callable[..., Any]] = {}

    def start(self) -> None:
        """Stand in Python's place."""
        self.thread, self.began = get_ident(), self.clock.now()
        _Open.clocks = self
        for name, function in OURS.items():
            self._before[name] = getattr(time, name)
            setattr(time, name, function)

    def stop(self) -> None:
        """Give Python's clocks back."""
        while self._before:
            _Open.clocks = None
            setattr(time, *self._before.popitem())

    def sleep(self, seconds: float) -> None:
        """An invocation's lets the clock go on, one outside moves the clock if it stands."""
        invocation = invocation_of(getcurrent())
        if invocation is not None:
            invocation.sleep(seconds)
        elif not self.clock.running:
            self.clock.run_for(timedelta(seconds=seconds))

    def ahead(self) -> float:
        """By how many seconds clocks without a date are ahead of Python's for who asks."""
        is_outside = get_ident() == self.thread and _invocation() is None
        return 0.0 if is_outside else (self.clock.now() - self.began).total_seconds()


class _Open:
    """The clocks of the sandbox that is open, if one is."""

    clocks: Clocks | None = None


def _invocation() -> Invocation | None:
    """The invocation that asks, from a greenlet of its own or one that its handler made."""
    running: greenlet | None = getcurrent()
    while running is not None and invocation_of(running) is None:
        running = running.parent
    return invocation_of(running)


def _sleep(length: float | SupportsIndex) -> None:
    if _Open.clocks is None:
        PYTHONS["sleep"](length)
    else:
        _Open.clocks.sleep(float(length))


def _counting(name: str) -> Callable[[], float]:
    python, second = PYTHONS[name], DURATIONS[name]
    kind = type(python())

    def counted() -> float:
        counts: float = python()
        return counts if _Open.clocks is None else counts + kind(_Open.clocks.ahead() * second)

    return counted


OURS: dict[str, Callable[..., Any]] = {"sleep": _sleep} | {name: _counting(name) for name in DURATIONS}
