"""Runs the account's functions: environments in reserve, invocations, logs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, NoReturn

from moto.awslambda.models import LambdaFunction

from sandbox.clock import Action
from sandbox.delivery.targets import find_function
from sandbox.functions import layers
from sandbox.functions.asynchronous import AsyncEvents
from sandbox.functions.checks import check_concurrency, check_invoke_config, check_role
from sandbox.functions.clocks import Clocks
from sandbox.functions.configuration import check_configuration
from sandbox.functions.environments import Environments, version_of
from sandbox.functions.execution import Execution
from sandbox.functions.invoke import invoke, turn_until
from sandbox.functions.lineage import Trace, segment
from sandbox.functions.log import Line
from sandbox.functions.processes.plane import Processes
from sandbox.functions.recursion import Recursion
from sandbox.functions.result import RECURSION, THROTTLED, Result
from sandbox.gateway import Gateway, Request
from sandbox.random_ids import uuid4

Done = Callable[[Result], None]


@dataclass(frozen=True)
class _Running:
    """An environment that is at work, and the function's name and region."""

    name: str
    region: str
    execution: Execution


class Functions:
    """Lambda's functions in all regions. Their definitions are the ones that moto's backends hold.

    `concurrency` is how many may be at work in a region: what a new account has, where older ones have 1,000.

    Without an endpoint they run in this process. With one they run in processes of their own, which call the account there;
    then whoever owns the account's thread sets `post`, which takes actions for that thread from any other, and `wait`, which returns
    when a condition holds, those actions having had their turns meanwhile.
    """

    def __init__(self, gateway: Gateway, endpoint: str | None = None) -> None:
        """Answer Invoke, and take the events of services."""
        self.post: Callable[[Action], None] = _no_thread
        self.wait: Callable[[Callable[[], bool]], None] = _no_thread
        self._processes = Processes(gateway.clock, endpoint, self._post) if endpoint else None
        self.concurrency = 10
        self._recursion = Recursion(gateway)
        self._gateway = gateway
        self._clock = gateway.clock
        self._random = Random(7)  # noqa: S311 - request ids, the same in every run
        self._environments = Environments(gateway, self._processes)
        self._running: dict[str, _Running] = {}
        self._dying: set[str] = set()
        self._clocks = Clocks(gateway.clock)
        self.events = AsyncEvents(gateway, self.run)
        gateway.guards.insert(0, self._hear_no_dead)
        gateway.guards += [lambda request: check_concurrency(request, self.concurrency), check_invoke_config]
        gateway.guards += [check_configuration, check_role, layers.guard]
        gateway.operations["lambda", "Invoke"] = self._invoke

    def start(self) -> None:
        """From now on Python sleeps on the sandbox's clock, if functions run here."""
        if self._processes is None:
            self._clocks.start()

    def stop(self) -> None:
        """End what still runs; Python's clocks are its own again."""
        for running in list(self._running.values()):
            running.execution.stop()
        self._running.clear()
        self._dying.clear()
        self._environments.stop()
        self._clocks.stop()

    def share(self, packages: Iterable[str]) -> None:
        """Load these packages of deployed code once for the same source, where functions run in this process: they hold no state, which is faster."""
        self._environments.stateless = frozenset(packages)

    @property
    def in_flight(self) -> int:
        """How many functions are at work in other processes, those that sleep not counted."""
        return len(self._processes.busy) if self._processes else 0

    def lines(self, name: str) -> list[Line]:
        """The log of the functions with this name, in whatever region."""
        return list(self._environments.lines.get(name, ()))

    def logs(self, name: str) -> list[str]:
        """The log's texts."""
        return [line.text for line in self.lines(name)]

    def records(self, name: str) -> list[dict[str, Any]]:
        """Those lines of the log that are JSON objects."""
        return [record for line in self.lines(name) if (record := line.record()) is not None]

    def caller(self) -> str | None:
        """The name of the function that makes the call which is being answered, if one does."""
        running = self._running.get(Trace.of(self._gateway.trace).parent)
        return running.name if running else None

    def kill_caller(self) -> NoReturn:
        """End the invocation that makes the call which is being answered, where it waits for the answer."""
        killed = Trace.of(self._gateway.trace).parent
        self._dying.add(killed)
        self._gateway.trace = ""  # the call never returns, so that the gateway does not
        self._gateway.turn.leave()
        self._running[killed].execution.die()

    def run(self, arn: str, payload: str, done: Done, request_id: str = "", trace: str = "") -> str:
        """Start an invocation as soon as the clock goes on and call `done` when it has ended; gives its request id.

        `trace` is the header of the chain that led to it. LookupError without such a function.
        """
        function = find_function(arn)
        if function is None:
            raise LookupError(f"There is no function {arn}.")
        identity = request_id or self.new_id()
        self._clock.at(self._clock.now(), lambda: self._begin_unless_refused(function, payload, done, identity, Trace.of(trace)))
        return identity

    def new_id(self) -> str:
        """A request id."""
        return uuid4(self._random)

    def _hear_no_dead(self, request: Request) -> None:
        """The gateway's guard: an invocation that a thread of its own has killed may still be on its way out."""
        if self._dying and Trace.of(request.trace).parent in self._dying:
            self.kill_caller()

    def _post(self, action: Action) -> None:
        self.post(action)

    def _begin_unless_refused(self, function: LambdaFunction, payload: str, done: Done, request_id: str, trace: Trace) -> None:
        if self._recursion.stops(function.function_arn, trace):
            done(Result(request_id, "null", RECURSION))
        elif sum(one.region == function.region for one in self._running.values()) >= self.concurrency:
            done(Result(request_id, "null", THROTTLED))
        else:
            self._begin(function, payload, done, request_id, trace.entering(function.function_arn, request_id))

    def _begin(self, function: LambdaFunction, payload: str, done: Done, request_id: str, trace: Trace) -> None:
        environment, version = self._environments.take(function), version_of(function)

        def ended(result: Result, reusable: bool) -> None:
            del self._running[segment(request_id)]
            self._dying.discard(segment(request_id))
            self._environments.give_back(function.function_arn, version, environment, reusable=reusable)
            done(result.fitting())

        self._running[segment(request_id)] = _Running(function.function_name, function.region, environment)
        environment.begin(request_id, payload, ended, trace.header())

    def _invoke(self, request: Request) -> dict[str, Any]:
        trace, self._gateway.trace = self._gateway.trace, ""  # what happens while it is waited for is no part of the call
        return invoke(
            request, lambda arn, payload: self.events.accept(arn, payload, trace), lambda arn, payload: self._answer(arn, payload, trace)
        )

    def _answer(self, arn: str, payload: str, trace: str) -> Result:
        ended: list[Result] = []
        self.run(arn, payload, ended.append, trace=trace)
        turn_until(self._clock, lambda: bool(ended), lambda: bool(self.in_flight), self.wait)
        return ended[0]


def _no_thread(_: object) -> None:
    raise RuntimeError("Functions in processes need to be told the account's thread.")
