"""A measurement in a process of its own: what ran before it neither warms it up nor counts in its memory."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

Tell = Callable[[float], None]
"""Is told how much of a measurement is done, from 0 to 1."""


def apart(measure: Callable[..., Any], *arguments: Any, tell: Tell) -> Any:
    """What `measure(*arguments, tell)` gives, in a new process. Raises RuntimeError if that process fails; it has said why."""
    here, there = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=_run, args=(there, measure, arguments), daemon=True)
    process.start()
    there.close()
    try:
        while isinstance(told := here.recv(), float):
            tell(told)
    except EOFError:
        process.join()
        raise RuntimeError(f"{measure.__module__}.{measure.__name__} failed in its own process.") from None
    process.join()
    return told


def _run(pipe: Connection, measure: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    pipe.send(measure(*arguments, pipe.send))
