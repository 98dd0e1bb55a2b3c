"""One invocation: the handler in a greenlet, so that its sleeping lets the clock go on."""

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from signal import SIGKILL
from typing import NoReturn, SupportsIndex

from greenlet import getcurrent, greenlet

from sandbox.clock import Clock
from sandbox.functions.environment import Environment

Emit = Callable[[str, str], None]
"""Takes a line of a function's log: the request id, and the text."""

UNHANDLED = "Unhandled"
RECURSION = "RecursiveInvocation"
"""The error of an invocation that was not begun: its function was invoked too often in the same chain."""
THROTTLED = "Throttled"
"""The error of an invocation that was not begun: too many run already."""
LARGEST_ANSWER = 6_291_556


@dataclass(frozen=True)
class Result:
    """How an invocation ended: its payload, and UNHANDLED when that is an error, RECURSION or THROTTLED when it was not begun."""

    request_id: str
    payload: str
    error: str | None = None

    def fitting(self) -> "Result":
        """The same, or what Lambda makes of an answer that is too large."""
        if len(self.payload.encode()) <= LARGEST_ANSWER:
            return self
        message = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
        return Result(self.request_id, json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}), UNHANDLED)


@dataclass
class Context:
    """Lambda's context object, on the sandbox's clock."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str
    log_group_name: str
    _clock: Clock
    _deadline: datetime
    function_version: str = "$LATEST"
    log_stream_name: str = "sandbox"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out."""
        return max(0, int((self._deadline - self._clock.now()) / timedelta(milliseconds=1)))


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
            result = Result(self._request_id, _failure(error, self._request_id), UNHANDLED)
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


def exited(request_id: str, code: int) -> tuple[str, Result]:
    """What the log and the caller get of an invocation whose process ended with a code, or by a signal when that is negative."""
    how = "without providing a reason" if not code else f"with error: signal: {-code}" if code < 0 else f"with error: exit status {code}"
    text = f"RequestId: {request_id} Error: Runtime exited {how}"
    return text, Result(request_id, json.dumps({"errorType": "Runtime.ExitError", "errorMessage": text}), UNHANDLED)


def timed_out(request_id: str, now: datetime, timeout: timedelta) -> tuple[str, Result]:
    """What the log and the caller get of an invocation that took longer than `timeout`."""
    text = f"{now:%Y-%m-%dT%H:%M:%S.000Z} {request_id} Task timed out after {timeout.total_seconds():.2f} seconds"
    return text, Result(request_id, json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": text}), UNHANDLED)


class _Thread(greenlet):
    """The greenlet of an invocation, by which a sleep finds its invocation."""

    def __init__(self, invocation: Invocation) -> None:
        super().__init__(invocation.run)
        self.invocation = invocation


def sleeper(clock: Clock) -> Callable[[float | SupportsIndex], None]:
    """What `time.sleep` is while a sandbox is open: an invocation's lets the clock go on, one outside moves the clock if it stands."""

    def sleep(length: float | SupportsIndex) -> None:
        seconds = float(length)
        current = getcurrent()
        if isinstance(current, _Thread):
            current.invocation.sleep(seconds)
        elif not clock.running:
            clock.run_for(timedelta(seconds=seconds))

    return sleep


def _nobody(_: Result, __: bool) -> None:
    """Nobody is to be told."""


def _failure(error: BaseException, request_id: str) -> str:
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return json.dumps({"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id, "stackTrace": frames[1:]})
