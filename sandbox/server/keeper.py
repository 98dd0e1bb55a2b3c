"""The thread that owns an account: requests and the clock's actions take their turns in it."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TypeVar

from sandbox.account import Sandbox

Result = TypeVar("Result")
LONGEST_WAIT = 0.2
"""Seconds after which the clock is looked at again, whatever happens."""

log = logging.getLogger(__name__)


class StoppedError(Exception):
    """The sandbox is being stopped and answers nothing any more."""


class Keeper:
    """Keeps a sandbox and its clock. Only `keep` and what runs inside of it touch the account; other threads `ask` or `post`.

    The clock goes as fast as time does, or stands (`still`) until `run_until`, which leaps from one due action to the next.
    While a function runs in a process of its own, the clock neither stands nor leaps: it goes as fast as time does.
    """

    def __init__(self, sandbox: Sandbox, *, still: bool) -> None:
        """Keep `sandbox`, which is entered."""
        self.sandbox = sandbox
        self._still = still
        self._turns: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._stopping = False
        self._latest: datetime | None = None
        self._mark(sandbox.clock.now())

    def post(self, action: Callable[[], None]) -> None:
        """Let `action` take its turn; from any thread. An exception of it is logged."""
        self._turns.put(action)

    def ask(self, question: Callable[[], Result]) -> Result:
        """The result of `question`, once it has taken its turn; from any thread but the keeper's. Raises what it raises, or StoppedError."""
        answer: Future[Result] = Future()

        def turn() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked
                answer.set_exception(error)

        if self._stopping:
            raise StoppedError
        self._turns.put(turn)
        return answer.result()

    def keep(self) -> None:
        """Give everything its turn until `stop`; the calling thread is the keeper's."""
        self.serve_until(lambda: self._stopping)

    def stop(self) -> None:
        """End `keep` as soon as the present turn is over; from any thread."""
        self._stopping = True
        self._turns.put(lambda: None)

    def serve_until(self, done: Callable[[], bool]) -> None:
        """Inside of a turn: give others their turns until `done()` holds. Raises StoppedError when the sandbox stops before."""
        while not done():
            if self._stopping:
                raise StoppedError
            self._turn(self._pause())

    def run_until(self, when: datetime) -> None:
        """Inside of a turn: let the clock get to `when`, and everything that began by then end."""
        before, self._latest = self._latest, when
        try:
            while not self._has_come(when):
                if self._stopping:
                    raise StoppedError
                if not self._busy():
                    self._leap(when)
                self._turn(self._pause() if self._busy() else 0)
        finally:
            self._latest = before

    def _has_come(self, when: datetime) -> bool:
        due = self.sandbox.clock.next_due()
        return self.sandbox.clock.now() >= when and not self._busy() and (due is None or due > when)

    def _leap(self, when: datetime) -> None:
        clock = self.sandbox.clock
        clock.run_until(min(clock.next_due() or when, when))
        self._mark(clock.now())

    def _turn(self, seconds: float) -> None:
        """One turn, if one is asked for within so many seconds, and the clock as far as time went meanwhile."""
        action: Callable[[], None] | None = None
        with suppress(Empty):
            action = self._turns.get(timeout=seconds) if seconds else self._turns.get_nowait()
        _logged(self._follow_time)
        if action is not None:
            _logged(action)

    def _busy(self) -> bool:
        return self.sandbox.functions.in_flight > 0

    def _pause(self) -> float:
        due = self.sandbox.clock.next_due()
        stands = (self._still and not self._busy()) or (self._latest is not None and self._live() >= self._latest)
        if due is None or stands:
            return LONGEST_WAIT
        return min(max((due - self._live()).total_seconds(), 0.001), LONGEST_WAIT)

    def _follow_time(self) -> None:
        """Let the clock go as far as time went, while it does not stand."""
        clock = self.sandbox.clock
        if self._still and not self._busy():
            self._mark(clock.now())
        else:
            live = min(self._live(), self._latest) if self._latest else self._live()
            clock.run_until(max(live, clock.now()))

    def _live(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._began_at)

    def _mark(self, now: datetime) -> None:
        """The clock's time is `now`, now."""
        self._began, self._began_at = now, time.monotonic()


def _logged(action: Callable[[], None]) -> None:
    """Do it; what goes wrong is for the log, and no reason to end the sandbox."""
    try:
        action()
    except Exception:
        log.exception("The sandbox failed")
