"""Python's `time` on the sandbox's clock: sleeping, and in a function what tells how long something took."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, SupportsIndex

from sandbox.clock import Clock
from sandbox.functions.invocation import current


class Clocks:
    """`time.sleep` lets the clock go on, and in an invocation the clocks without a date go on with it: whoever waits until so long has passed must get there.

    Those with a date, like `time.time`, are turned by the clock itself. Outside of invocations durations are this machine's.
    """

    def __init__(self, clock: Clock) -> None:
        """Python's clocks are its own before `start`."""
        self._clock = clock
        self._pythons: dict[str, Callable[..., Any]] = {}

    def start(self) -> None:
        """Stand in Python's place."""
        ours: dict[str, Callable[..., Any]] = {"sleep": self._sleep}
        for name in ("monotonic", "perf_counter"):
            ours |= {name: self._counting(name, float), f"{name}_ns": self._counting(f"{name}_ns", _nanoseconds)}
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

    def _counting(self, name: str, shown: Callable[[float], float]) -> Callable[[], float]:
        python: Callable[[], float] = getattr(time, name)
        return lambda: python() if current() is None else shown(self._clock.now().timestamp())


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000_000)
