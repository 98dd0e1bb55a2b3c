"""The sandbox's clock: simulated time which only moves when it is told to."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import time_machine

Action = Callable[[], None]


class Clock:
    """Simulated time, and what is due in it.

    Python's own clocks (`time.time`, `datetime.now`) show the same time while the clock is started,
    so that everything in this process, moto included, agrees on what time it is.
    """

    def __init__(self, start: datetime) -> None:
        """Stand at `start`, an aware time."""
        self._now = _utc(start)
        self._due: list[tuple[datetime, int, Action]] = []
        self._order = count()
        self._running = False
        self._travel: time_machine.travel | None = None
        self._traveller: time_machine.Traveller | None = None

    def start(self) -> None:
        """Make Python's clocks show the simulated time."""
        import time_machine  # noqa: PLC0415 - it loads pytest, which the commands that only ask a sandbox need not wait for

        self._travel = time_machine.travel(self._now, tick=False)
        self._traveller = self._travel.start()
        self._traveller.move_to(self._now)

    def stop(self) -> None:
        """Give Python's clocks back and forget what was due."""
        if self._travel is not None:
            self._travel.stop()
        self._travel = self._traveller = None
        self._due.clear()

    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        return self._now

    def at(self, when: datetime, action: Action) -> None:
        """Run `action` when the clock gets to `when`; one that lies in the past is due at once.

        Actions run in order of time, and in the order they were given where the times are equal.
        """
        heapq.heappush(self._due, (max(_utc(when), self._now), next(self._order), action))

    def after(self, delay: timedelta, action: Action) -> None:
        """Run `action` once `delay` has passed."""
        self.at(self._now + delay, action)

    @property
    def running(self) -> bool:
        """Whether it is running what is due, so that nobody else may move it."""
        return self._running

    def next_due(self) -> datetime | None:
        """When the next action is due, or None if nothing is."""
        return self._due[0][0] if self._due else None

    def run_until(self, when: datetime) -> None:
        """Run everything due up to and including `when`, then stand at `when`.

        What actions add on the way is run too. An action's exception ends the run, the clock standing at that action's time.

        Raises:
            RuntimeError: when called by an action: an action cannot move the clock that runs it.
        """
        if self._running:
            raise RuntimeError("The clock is already running: an action cannot move it.")
        when = _utc(when)
        self._running = True
        try:
            while self._due and self._due[0][0] <= when:
                due, _, action = heapq.heappop(self._due)
                self._move(due)
                action()
            self._move(when)
        finally:
            self._running = False

    def run_for(self, delta: timedelta) -> None:
        """Run everything due within `delta` from now, then stand there."""
        self.run_until(self._now + delta)

    def _move(self, when: datetime) -> None:
        if when <= self._now:
            return
        self._now = when
        if self._traveller is not None:
            self._traveller.move_to(when)


def _utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError("The sandbox's clock takes aware times only.")
    return when.astimezone(UTC)
