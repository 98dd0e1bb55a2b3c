"""An execution environment that is a process: started for its first event, kept for the next, killed when it misbehaves."""

from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from threading import Event as Flag
from typing import NoReturn

from moto.awslambda.models import LambdaFunction

from sandbox.functions.code import unpacked
from sandbox.functions.environment import variables
from sandbox.functions.execution import Ended, Execution
from sandbox.functions.invocation import Emit
from sandbox.functions.layers import importable
from sandbox.functions.processes.api import Event, RuntimeApi
from sandbox.functions.processes.plane import Processes
from sandbox.functions.processes.process import Process
from sandbox.functions.result import UNHANDLED, Result, exited, timed_out
from sandbox.gateway import UnreachableError

STARTING = timedelta(minutes=1)
"""What a process may take to its first event. Lambda allows ten seconds on a machine that has nothing else to do."""


@dataclass(eq=False)
class _Invocation:
    """An event on its way through the process. `taken` is whether the process has it."""

    request_id: str
    payload: str
    ended: Ended
    trace: str
    taken: bool = False


class ProcessEnvironment(Execution):
    """A function's process with its Runtime API. What is not marked as the Runtime API's runs on the account's thread."""

    def __init__(self, function: LambdaFunction, credentials: dict[str, str], emit: Emit, processes: Processes) -> None:
        """Prepare; the process starts with the first event."""
        self._function = function
        self._credentials = credentials
        self._emit = emit
        self._processes = processes
        self._clock = processes.clock
        self._timeout = timedelta(seconds=int(function.timeout))
        self._events: SimpleQueue[_Invocation | None] = SimpleQueue()
        self._current: _Invocation | None = None
        self._sleeping: set[Flag] = set()
        self._process: Process | None = None
        self._api: RuntimeApi | None = None

    def begin(self, request_id: str, payload: str, ended: Ended, trace: str = "") -> None:
        """Hand an event to the process, which is started where there is none."""
        current = self._current = _Invocation(request_id, payload, ended, trace)
        self._processes.busy.add(self)
        if self._process is None:
            self._start()
        self._events.put(current)
        self._clock.after(STARTING, lambda: None if current.taken else self._expire(current))

    def stop(self) -> None:
        """Kill the process, whatever it is doing; nobody hears of it."""
        self._current = None
        self._processes.busy.discard(self)
        self._events.put(None)
        for flag in list(self._sleeping):
            flag.set()
        if self._process is not None and self._api is not None:
            self._process.kill()
            self._api.close()
        self._process = self._api = None

    def die(self) -> NoReturn:
        """Kill the process; its call gets no answer."""
        if self._process is not None:
            self._process.die()
        raise UnreachableError("The process that called was killed.")

    def next(self) -> Event | None:
        """The Runtime API's: wait for an event; from now on its time counts."""
        current = self._events.get()
        if current is None:
            return None
        deadline = self._clock.now() + self._timeout
        current.taken = True
        self._processes.post(lambda: self._clock.at(deadline, lambda: self._expire(current)))
        return Event(current.request_id, str(self._function.function_arn), current.payload, int(deadline.timestamp() * 1000), current.trace)

    def answered(self, request_id: str, payload: str, *, failed: bool) -> None:
        """The Runtime API's: the handler returned, or raised."""
        result = Result(request_id, payload, UNHANDLED if failed else None)
        self._processes.post(lambda: self._finish(result, reusable=True))

    def not_initialized(self, payload: str) -> None:
        """The Runtime API's: the handler could not be imported."""
        self._processes.post(lambda: self._fail(payload))

    def now(self) -> float:
        """The Runtime API's: the clock's time."""
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """The Runtime API's: sleep on the clock, which may leap meanwhile."""
        awake = Flag()
        self._processes.post(lambda: self._fall_asleep(awake, seconds))
        awake.wait()

    def _start(self) -> None:
        self._events = SimpleQueue()
        folder = unpacked(self._function.code_bytes)
        self._api = RuntimeApi(self)
        own = variables(self._function, str(folder), self._credentials)
        packages = ",".join(importable(self._function))
        more = self._processes.variables() | {"AWS_LAMBDA_RUNTIME_API": self._api.address, "SANDBOX_PACKAGES": packages}
        self._process = Process(str(self._function.handler), folder, own | more, self._write, self._exited)
        self._process.hold_to(int(self._function.memory_size))

    def _fall_asleep(self, awake: Flag, seconds: float) -> None:
        if self._current is None or self._process is None:
            awake.set()
            return
        self._process.hand_on_lines()
        self._processes.busy.discard(self)
        self._sleeping.add(awake)
        self._clock.after(timedelta(seconds=seconds), lambda: self._wake(awake))

    def _wake(self, awake: Flag) -> None:
        self._sleeping.discard(awake)
        if self._current is not None:
            self._processes.busy.add(self)
        awake.set()

    def _exited(self, code: int) -> None:
        self._processes.post(lambda: self._gone(code))

    def _gone(self, code: int) -> None:
        if self._current is None:
            self.stop()
            return
        text, result = exited(self._current.request_id, code)
        self._write(text)
        self._finish(result, reusable=False)

    def _expire(self, current: _Invocation) -> None:
        if self._current is not current or self._process is None:
            return
        self._process.kill()
        text, result = timed_out(current.request_id, self._clock.now(), self._timeout)
        self._write(text)
        self._finish(result, reusable=False)

    def _fail(self, payload: str) -> None:
        if self._current is not None:
            self._finish(Result(self._current.request_id, payload, UNHANDLED), reusable=False)

    def _finish(self, result: Result, *, reusable: bool) -> None:
        current = self._current
        if current is None or current.request_id != result.request_id or self._process is None:
            return
        self._process.finish_lines()
        self._current = None
        self._processes.busy.discard(self)
        if not reusable:
            self.stop()
        current.ended(result, reusable)

    def _write(self, text: str) -> None:
        self._emit(self._current.request_id if self._current else "", text)
