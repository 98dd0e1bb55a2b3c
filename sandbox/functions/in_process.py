"""An execution environment in this process: its handler runs as a greenlet, between two actions of the clock."""

from typing import NoReturn

from moto.awslambda.models import LambdaFunction

from sandbox.clock import Clock
from sandbox.functions.environment import Environment
from sandbox.functions.execution import Ended, Execution
from sandbox.functions.invocation import Emit, Invocation


class InProcess(Execution):
    """Takes one event after the other, all with the same modules."""

    def __init__(self, clock: Clock, function: LambdaFunction, credentials: dict[str, str], emit: Emit, stateless: frozenset[str]) -> None:
        """Prepare; nothing is imported yet. Code's `stateless` packages are shared by environments that have the same."""
        self._clock = clock
        self._environment = Environment(function, credentials, emit, stateless)
        self._invocation: Invocation | None = None

    def begin(self, request_id: str, payload: str, ended: Ended, trace: str = "") -> None:
        """Run the handler until it ends or sleeps."""
        self._environment.world.variables["_X_AMZN_TRACE_ID"] = trace
        self._invocation = Invocation(self._clock, self._environment, request_id, payload, ended)
        self._invocation.resume()

    def stop(self) -> None:
        """End the handler where it stands."""
        if self._invocation is not None:
            self._invocation.stop()

    def die(self) -> NoReturn:
        """Nothing after the handler's call happens."""
        assert self._invocation is not None
        self._invocation.die()
