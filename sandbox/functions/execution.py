"""What the runner asks of an execution environment, in this process or in one of its own."""

from collections.abc import Callable
from typing import NoReturn, Protocol

from sandbox.functions.result import Result

Ended = Callable[[Result, bool], None]
"""Gets the result of an invocation, and whether its environment can take another."""


class Execution(Protocol):
    """An environment of one function as it was deployed; it takes one event at a time."""

    def begin(self, request_id: str, payload: str, ended: Ended, trace: str = "") -> None:
        """Let the handler have an event, its calls carrying `trace`, and call `ended` once: before this returns or later, on the account's thread."""

    def stop(self) -> None:
        """End it where it stands; `ended` is not called any more."""

    def die(self) -> NoReturn:
        """Called while it waits for a call's answer: end it there, as a machine that loses its power; `ended` is called."""
