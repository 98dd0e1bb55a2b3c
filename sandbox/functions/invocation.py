"""One invocation: the handler in a greenlet, so that its sleeping lets the clock go on."""

import json
from collections.abc import Callable
from datetime import timedelta
from signal import SIGKILL
from typing import NoReturn

from greenlet import getcurrent, greenlet

from sandbox.clock import Clock
from sandbox.functions.context import Context
from sandbox.functions.environment import Environment
from sandbox.functions.result import Result, exited, raised, timed_out

Emit = Callable[[str, str], None]
"""Takes a line of a function's log: the request id, and the text."""

_PARKED: list[greenlet] = []
"""Handlers that were killed. Kept as long as the process: one that is collected gets a GreenletExit, and its `finally` blocks would run."""


class Invocation:
    """Runs one event through an environment's handler, then calls `done` once, with the result and whether the environment can be used again.

    One that is killed is never switched to again: as on Lambda, none of its code runs any more, `except` and `finally` blocks not either.
    """

    def __init__(self, clock: Clock, environment: Environment, request_id: str, payload: str, done: Callable[[Result, bool], None]) -> None:
        """Prepare; nothing runs before `resume`."""
        self._clock = clock
        self._environment = environment
        self._request_id = request_id
        self._payload = payload
        self._done = done
        self._result: Result | None = None
        self._reusable = True
        self._killed = False
        self._thread = _Thread(self)
        function = environment.function
        self._timeout = timedelta(seconds=int(function.timeout))
        deadline = clock.now() + self._timeout
        self._context = Context(
            function.function_name, int(function.memory_size), function.function_arn, request_id, function.logs_group_name, clock, deadline
        )
        clock.at(deadline, self._expire)

    def resume(self) -> None:
        """Go on until the handler sleeps or ends."""
        if self._is_over:
            return
        with self._environment.world.entered():
            self._thread.switch()
        self._settle()

    def sleep(self, seconds: float) -> None:
        """Called from inside: give control back to the clock until `seconds` have passed."""
        if not self._killed:
            self._clock.after(timedelta(seconds=seconds), self.resume)
        self._yield()

    def stop(self) -> None:
        """End it where it stands, as a shut down machine would; `done` is not called any more."""
        if not self._is_over:
            self._killed = True
            self._park()

    def die(self) -> NoReturn:
        """Called from inside, while it waits for a call's answer: kill it there.

        A thread of the handler's cannot stop the handler: that goes on until it makes a call, sleeps or returns, and nobody hears of it.
        """
        if not self._killed:
            self._kill(*exited(self._request_id, -SIGKILL))
        if getcurrent() is self._thread:
            self._yield()
        raise SystemExit(-SIGKILL)

    def run(self) -> None:
        """The greenlet's body."""
        self._environment.request_id = self._request_id
        try:
            returned = self._environment.handler()(json.loads(self._payload), self._context)
            result = Result(self._request_id, json.dumps(returned))
        except SystemExit as error:
            self._reusable = False
            text, result = exited(self._request_id, error.code if isinstance(error.code, int) else int(bool(error.code)))
            print(text)  # noqa: T201 - as Lambda writes it to the function's log
        except Exception as error:  # noqa: BLE001 - a function may raise anything; that is its answer
            result = raised(self._request_id, error)
            print(result.payload)  # noqa: T201 - as Lambda's runtime writes it to the function's log
        if not self._killed:
            self._result = result

    @property
    def _is_over(self) -> bool:
        return self._killed or self._thread.dead

    def _yield(self) -> None:
        clock = self._thread.parent
        assert clock is not None
        clock.switch()

    def _settle(self) -> None:
        if self._is_over and self._result is not None:
            result, self._result = self._result, None
            self._environment.world.output.finish()
            done = self._done
            self._park()
            done(result, self._reusable)

    def _expire(self) -> None:
        if not self._is_over:
            self._kill(*timed_out(self._request_id, self._clock.now(), self._timeout))
            self._settle()

    def _kill(self, text: str, result: Result) -> None:
        self._environment.world.output.finish()
        self._environment.emit(self._request_id, text)
        self._environment.silent = True
        self._killed, self._reusable, self._result = True, False, result

    def _park(self) -> None:
        """Keep what a killed handler was doing, but not the sandbox."""
        self._done = _nobody
        if not self._thread.dead:
            _PARKED.append(self._thread)


class _Thread(greenlet):
    """The greenlet of an invocation, by which the handler is known."""

    def __init__(self, invocation: Invocation) -> None:
        super().__init__(invocation.run)
        self.invocation = invocation


def invocation_of(running: greenlet | None) -> Invocation | None:
    """The invocation that a greenlet is the body of, if it is one's."""
    return running.invocation if isinstance(running, _Thread) else None


def _nobody(_: Result, __: bool) -> None:
    """Nobody is to be told."""
