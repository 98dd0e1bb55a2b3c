"""Runs in a function's process: AWS's runtime client as it is, on the sandbox's clock, for as long as the sandbox lives.

Started as `python -m sandbox_process HANDLER`. It imports nothing of the sandbox, and only what Lambda has too before it turns the clock.
"""

import os
import sys
import time
from http.client import HTTPConnection
from importlib.machinery import PathFinder
from threading import Thread
from typing import Any, SupportsIndex

import runtime_client  # type: ignore[import-not-found] # awslambdaric's compiled module, or what stands in for it
import time_machine
from awslambdaric.__main__ import main  # type: ignore[import-untyped] # awslambdaric has no types
from lambda_packages import OnlyThese  # type: ignore[import-not-found] # beside this file, whose folder is on the path

API = os.environ["AWS_LAMBDA_RUNTIME_API"]


def _ask(method: str, path: str, body: str | None = None) -> float:
    """The sandbox's time in seconds since 1970, as its Runtime API answers."""
    connection = HTTPConnection(API)
    try:
        connection.request(method, path, body)
        return float(connection.getresponse().read())
    finally:
        connection.close()


def _end_with_the_sandbox() -> None:
    """Standard input is a pipe that nobody writes to; it ends when the sandbox does, however that happens."""
    os.read(0, 1)
    os._exit(1)


def _follow_the_sandbox() -> None:
    """From now on Python's clocks show the sandbox's time, those without a date go on with it, and sleeping is done on its clock."""
    now, python = _ask("GET", "/sandbox/now"), {name: getattr(time, name) for name in ("monotonic", "perf_counter")}
    traveller, take = time_machine.travel(now, tick=True).start(), runtime_client.next
    behind, ahead = now - python["monotonic"](), 0.0

    def follow(now: float, least: float = 0.0) -> None:
        nonlocal ahead
        traveller.move_to(now, tick=True)
        ahead = max(ahead, max(now - behind, least) - python["monotonic"]())

    def following() -> Any:
        event = take()
        follow(_ask("GET", "/sandbox/now"))
        return event

    def sleep(seconds: float | SupportsIndex) -> None:
        least = time.monotonic() + float(seconds)
        follow(_ask("POST", "/sandbox/sleep", str(float(seconds))), least)

    runtime_client.next = following
    time.sleep = sleep
    for name, count in python.items():
        setattr(time, name, lambda count=count: count() + ahead)
        setattr(time, f"{name}_ns", lambda count=count: round((count() + ahead) * 1_000_000_000))


if __name__ == "__main__":
    Thread(target=_end_with_the_sandbox, daemon=True).start()
    _follow_the_sandbox()
    sys.meta_path[sys.meta_path.index(PathFinder)] = OnlyThese(
        set(os.environ.pop("SANDBOX_PACKAGES").split(",")), os.environ["LAMBDA_TASK_ROOT"]
    )
    main(sys.argv)
