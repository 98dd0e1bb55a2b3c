"""Runs the account's functions: environments in reserve, asynchronous and direct invocations, logs."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, SupportsIndex

from moto.awslambda.models import LambdaFunction

from sandbox.delivery.targets import find_function
from sandbox.functions.asynchronous import AsyncEvents
from sandbox.functions.environment import Environment
from sandbox.functions.invocation import Invocation, Result, sleeper
from sandbox.functions.log import Line
from sandbox.gateway import ApiError, Gateway, Request

Done = Callable[[Result], None]


@dataclass
class _Deployed:
    """The environments of one function as it was last deployed; `version` says what that was."""

    version: tuple[Any, ...]
    idle: list[Environment] = field(default_factory=list)


class Functions:
    """Lambda's functions in all regions. Their definitions are the ones that moto's backends hold."""

    def __init__(self, gateway: Gateway) -> None:
        """Answer Invoke, and take the events of services."""
        self._gateway = gateway
        self._clock = gateway.clock
        self._random = Random(7)  # noqa: S311 - request ids, the same in every run
        self._deployed: dict[str, _Deployed] = {}
        self._running: dict[str, Invocation] = {}
        self._lines: dict[str, list[Line]] = {}
        self._sleep: Callable[[float | SupportsIndex], None] | None = None
        self.events = AsyncEvents(gateway, self.run)
        gateway.operations["lambda", "Invoke"] = self._invoke

    def start(self) -> None:
        """From now on `time.sleep` is on the sandbox's clock."""
        self._sleep = time.sleep
        time.sleep = sleeper(self._clock)

    def stop(self) -> None:
        """End what still runs; `time.sleep` is Python's again."""
        for invocation in list(self._running.values()):
            invocation.stop()
        self._running.clear()
        self._deployed.clear()
        if self._sleep is not None:
            time.sleep = self._sleep

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

    def _begin(self, function: LambdaFunction, payload: str, done: Done, request_id: str) -> None:
        environment = self._environment(function)

        def ended(result: Result, reusable: bool) -> None:
            del self._running[request_id]
            kept = self._deployed[function.function_arn]
            if reusable and kept.version == _version(environment.function):
                kept.idle.append(environment)
            done(result)

        invocation = Invocation(self._clock, environment, request_id, payload, ended)
        self._running[request_id] = invocation
        invocation.resume()

    def _environment(self, function: LambdaFunction) -> Environment:
        deployed = self._deployed.get(function.function_arn)
        if deployed is None or deployed.version != _version(function):
            deployed = self._deployed[function.function_arn] = _Deployed(_version(function))
        if deployed.idle:
            return deployed.idle.pop()
        lines = self._lines.setdefault(function.function_name, [])

        def emit(request_id: str, text: str) -> None:
            lines.append(Line(self._clock.now(), request_id, text))

        return Environment(function, self._gateway.credentials(function.role), emit)

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
        while not ended and (due := self._clock.next_due()) is not None:
            self._clock.run_until(due)
        [result] = ended
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": result.payload.encode()}
        return answer | ({"FunctionError": result.error} if result.error else {})

    def _arn(self, request: Request) -> str:
        name: str = request.parameters["FunctionName"]
        arn = name if name.startswith("arn:") else f"arn:aws:lambda:{request.region}:{request.account}:function:{name}"
        if find_function(arn) is None:
            raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", 404)
        return arn


def _version(function: LambdaFunction) -> tuple[Any, ...]:
    variables = tuple(sorted(function.environment_vars.items()))
    return (function.code_sha_256, function.handler, variables, function.role, int(function.timeout), int(function.memory_size))
