"""Python's `time` on the sandbox's clock: sleeping, and in functions what tells how long something took."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import get_ident
from typing import Any, SupportsIndex

from sandbox.clock import Clock
from sandbox.functions.invocation import current

DURATIONS = {"monotonic": 1, "monotonic_ns": 1_000_000_000, "perf_counter": 1, "perf_counter_ns": 1_000_000_000}
"""The clocks that have no date, and how much a second is."""


class Clocks:
    """`time.sleep` lets the clock go on, and functions' clocks without a date go on with it: whoever waits until so long has passed must get there.

    Those with a date, like `time.time`, are turned by the clock itself. Outside of functions durations are this machine's. Threads other than
    the one that opened the sandbox are taken for functions'.
    """

    def __init__(self, clock: Clock) -> None:
        """Python's clocks are its own before `start`."""
        self._clock = clock
        self._pythons: dict[str, Callable[..., Any]] = {}

    def start(self) -> None:
        """Stand in Python's place."""
        self._thread, self._began = get_ident(), self._clock.now()
        ours: dict[str, Callable[..., Any]] = {"sleep": self._sleep}
        ours |= {name: self._counting(name, second) for name, second in DURATIONS.items()}
        for name, function in ours.items():
            self._pythons[name] = getattr(time, name)
            setattr(time, name, function)

    def stop(self) -> None:
        """Give Python's clocks back; so do ours, which modules may hold that were loaded meanwhile."""
        while self._pythons:
            setattr(time, *self._pythons.popitem())

    def _sleep(self, length: float | SupportsIndex) -> None:
        seconds, invocation = float(length), current()
        if invocation is not None:
            invocation.sleep(seconds)
        elif not self._pythons:
            time.sleep(seconds)
        elif not self._clock.running:
            self._clock.run_for(timedelta(seconds=seconds))

    def _counting(self, name: str, second: int) -> Callable[[], float]:
        python: Callable[[], float] = getattr(time, name)
        kind = type(python())

        def counted() -> float:
            if not self._pythons or (current() is None and get_ident() == self._thread):
                return python()
            return python() + kind((self._clock.now() - self._began).total_seconds() * second)

        return counted
