"""Runs the account's functions: environments in reserve, asynchronous and direct invocations, logs."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, SupportsIndex

from moto.awslambda.models import LambdaFunction

from sandbox.clock import Action
from sandbox.delivery.targets import find_function
from sandbox.functions.asynchronous import AsyncEvents
from sandbox.functions.execution import Execution
from sandbox.functions.in_process import InProcess
from sandbox.functions.invocation import Result, sleeper
from sandbox.functions.log import Line
from sandbox.functions.processes.environment import ProcessEnvironment
from sandbox.functions.processes.plane import Processes
from sandbox.gateway import ApiError, Gateway, Request

Done = Callable[[Result], None]


@dataclass
class _Deployed:
    """The environments of one function as it was last deployed; `version` says what that was."""

    version: tuple[Any, ...]
    idle: list[Execution] = field(default_factory=list)


class Functions:
    """Lambda's functions in all regions. Their definitions are the ones that moto's backends hold.

    Without an endpoint they run in this process. With one they run in processes of their own, which call the account there;
    then whoever owns the account's thread sets `post`, which takes actions for that thread from any other, and `wait`, which returns
    when a condition holds, those actions having had their turns meanwhile.
    """

    def __init__(self, gateway: Gateway, endpoint: str | None = None) -> None:
        """Answer Invoke, and take the events of services."""
        self.post: Callable[[Action], None] = _no_thread
        self.wait: Callable[[Callable[[], bool]], None] = _no_thread
        self._processes = Processes(gateway.clock, endpoint, self._post) if endpoint else None
        self._gateway = gateway
        self._clock = gateway.clock
        self._random = Random(7)  # noqa: S311 - request ids, the same in every run
        self._deployed: dict[str, _Deployed] = {}
        self._running: dict[str, Execution] = {}
        self._lines: dict[str, list[Line]] = {}
        self._sleep: Callable[[float | SupportsIndex], None] | None = None
        self.events = AsyncEvents(gateway, self.run)
        gateway.operations["lambda", "Invoke"] = self._invoke

    def start(self) -> None:
        """From now on `time.sleep` is on the sandbox's clock, if functions run here."""
        if self._processes is None:
            self._sleep = time.sleep
            time.sleep = sleeper(self._clock)

    def stop(self) -> None:
        """End what still runs; `time.sleep` is Python's again."""
        for environment in [*self._running.values(), *(each for deployed in self._deployed.values() for each in deployed.idle)]:
            environment.stop()
        self._running.clear()
        self._deployed.clear()
        if self._sleep is not None:
            time.sleep = self._sleep

    @property
    def in_flight(self) -> int:
        """How many functions are at work in other processes, those that sleep not counted."""
        return len(self._processes.busy) if self._processes else 0

    def lines(self, name: str) -> list[Line]:
        """The log of the functions with this name, in whatever region."""
        return list(self._lines.get(name, ()))

    def logs(self, name: str) -> list[str]:
        """The log's texts."""
        return [line.text for line in self.lines(name)]

    def records(self, name: str) -> list[dict[str, Any]]:
        """Those lines of the log that are JSON objects."""
        return [record for line in self.lines(name) if (record := line.record()) is not None]

    def run(self, arn: str, payload: str, done: Done, request_id: str = "") -> str:
        """Start an invocation as soon as the clock goes on and call `done` when it has ended; gives its request id. LookupError without such a function."""
        function = find_function(arn)
        if function is None:
            raise LookupError(f"There is no function {arn}.")
        identity = request_id or self.new_id()
        self._clock.at(self._clock.now(), lambda: self._begin(function, payload, done, identity))
        return identity

    def new_id(self) -> str:
        """A request id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _post(self, action: Action) -> None:
        self.post(action)

    def _begin(self, function: LambdaFunction, payload: str, done: Done, request_id: str) -> None:
        version = _version(function)
        environment = self._environment(function, version)

        def ended(result: Result, reusable: bool) -> None:
            del self._running[request_id]
            kept = self._deployed[function.function_arn]
            if reusable and kept.version == version:
                kept.idle.append(environment)
            else:
                environment.stop()
            done(result)

        self._running[request_id] = environment
        environment.begin(request_id, payload, ended)

    def _environment(self, function: LambdaFunction, version: tuple[Any, ...]) -> Execution:
        deployed = self._deployed.get(function.function_arn)
        if deployed is None or deployed.version != version:
            for outdated in deployed.idle if deployed else ():
                outdated.stop()
            deployed = self._deployed[function.function_arn] = _Deployed(version)
        return deployed.idle.pop() if deployed.idle else self._new_environment(function)

    def _new_environment(self, function: LambdaFunction) -> Execution:
        lines = self._lines.setdefault(function.function_name, [])

        def emit(request_id: str, text: str) -> None:
            lines.append(Line(self._clock.now(), request_id, text))

        credentials = self._gateway.credentials(function.role)
        if self._processes is None:
            return InProcess(self._clock, function, credentials, emit)
        return ProcessEnvironment(function, credentials, emit, self._processes)

    def _invoke(self, request: Request) -> dict[str, Any]:
        arn = self._arn(request)
        payload = request.parameters.get("Payload") or b"{}"
        text = payload.decode() if isinstance(payload, bytes) else str(payload)
        match request.parameters.get("InvocationType", "RequestResponse"):
            case "Event":
                self.events.accept(arn, text)
                return {"StatusCode": 202, "Payload": b""}
            case "DryRun":
                return {"StatusCode": 204, "Payload": b""}
        return self._wait_for(arn, text)

    def _wait_for(self, arn: str, payload: str) -> dict[str, Any]:
        ended: list[Result] = []
        self.run(arn, payload, ended.append)
        self._turn_until(lambda: bool(ended))
        [result] = ended
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": result.payload.encode()}
        return answer | ({"FunctionError": result.error} if result.error else {})

    def _turn_until(self, done: Callable[[], bool]) -> None:
        """Let the clock leap, or functions work, until `done()` holds or nothing more is to come."""
        while not done():
            if self.in_flight:
                self.wait(lambda: done() or not self.in_flight)
            elif due := self._clock.next_due():
                self._clock.run_until(due)
            else:
                break

    def _arn(self, request: Request) -> str:
        name: str = request.parameters["FunctionName"]
        arn = name if name.startswith("arn:") else f"arn:aws:lambda:{request.region}:{request.account}:function:{name}"
        if find_function(arn) is None:
            raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", 404)
        return arn


def _no_thread(_: object) -> None:
    raise RuntimeError("Functions in processes need to be told the account's thread.")


def _version(function: LambdaFunction) -> tuple[Any, ...]:
    variables = tuple(sorted(function.environment_vars.items()))
    return (function.code_sha_256, function.handler, variables, function.role, int(function.timeout), int(function.memory_size))
