"""The functions' execution environments: those in reserve, and what all of them wrote."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.functions.execution import Execution
from sandbox.functions.in_process import InProcess
from sandbox.functions.log import Line, may_log
from sandbox.functions.processes.environment import ProcessEnvironment
from sandbox.functions.processes.plane import Processes
from sandbox.gateway import Gateway


@dataclass
class _Deployed:
    """The environments of one function as it was last deployed; `version` says what that was."""

    version: tuple[Any, ...]
    idle: list[Execution] = field(default_factory=list)


class Environments:
    """Makes environments, in this process or as `processes`, and keeps them for the next invocation.

    `lines` is what they wrote, by function name, as far as their role lets it reach CloudWatch Logs;
    `stateless` names packages of deployed code that environments in this process share.
    """

    def __init__(self, gateway: Gateway, processes: Processes | None) -> None:
        """None yet."""
        self.lines: dict[str, list[Line]] = {}
        self.stateless: frozenset[str] = frozenset()
        self._gateway = gateway
        self._processes = processes
        self._deployed: dict[str, _Deployed] = {}

    def take(self, function: LambdaFunction) -> Execution:
        """One for the function as it is deployed now; those of what was deployed before end."""
        deployed, version = self._deployed.get(function.function_arn), version_of(function)
        if deployed is None or deployed.version != version:
            for outdated in deployed.idle if deployed else ():
                outdated.stop()
            deployed = self._deployed[function.function_arn] = _Deployed(version)
        return deployed.idle.pop() if deployed.idle else self._new(function)

    def give_back(self, arn: str, version: tuple[Any, ...], environment: Execution, *, reusable: bool) -> None:
        """Keep an environment of this version of a function, or end it where another was deployed meanwhile, or it cannot be used again."""
        if reusable and self._deployed[arn].version == version:
            self._deployed[arn].idle.append(environment)
        else:
            environment.stop()

    def stop(self) -> None:
        """End those in reserve."""
        for deployed in self._deployed.values():
            for environment in deployed.idle:
                environment.stop()
        self._deployed.clear()

    def _new(self, function: LambdaFunction) -> Execution:
        lines = self.lines.setdefault(function.function_name, [])
        clock = self._gateway.clock
        is_heard = lru_cache(1)(lambda _request_id: may_log(function))

        def emit(request_id: str, text: str) -> None:
            if is_heard(request_id):
                lines.append(Line(clock.now(), request_id, text))

        credentials = self._gateway.credentials(function.role, function.function_name)
        if self._processes is None:
            return InProcess(clock, function, credentials, emit, self.stateless)
        return ProcessEnvironment(function, credentials, emit, self._processes)


def version_of(function: LambdaFunction) -> tuple[Any, ...]:
    """What makes an environment of a function another: its code and its configuration."""
    variables, layered = tuple(sorted(function.environment_vars.items())), tuple(layer["Arn"] for layer in function.layers)
    return (function.code_sha_256, function.handler, variables, function.role, int(function.timeout), int(function.memory_size), layered)
