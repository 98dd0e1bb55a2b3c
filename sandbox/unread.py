"""Parameters that the sandbox's own operations do not read. contract.toml declares each: refused by name, or ignored."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sandbox.gateway import ApiError, Request
from sandbox.missing import CODE

Contract = dict[str, dict[str, dict[str, Any]]]


@cache
def contract() -> Contract:
    """contract.toml: by service and operation, what is promised."""
    return tomllib.loads(Path(__file__).with_name("contract.toml").read_text(encoding="utf-8"))


def guard(request: Request) -> None:
    """Raise ApiError for a request that carries a parameter which its operation does not have here."""
    check(request.service, request.operation, request.parameters)


def check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Let pass parameters of an operation which are all there. False, and what is empty, ask for nothing.

    Raises:
        ApiError: UnsupportedSandboxOperation, naming operation and parameter.
    """
    for path in _refused().get((service, operation), ()):
        if path[0] in parameters and _asks(parameters, path):
            raise ApiError(CODE, f"The sandbox does not have {'.'.join(path)} of {operation}.", HTTPStatus.NOT_IMPLEMENTED)


def _asks(value: Any, path: Sequence[str]) -> bool:
    if isinstance(value, list):
        return any(_asks(each, path) for each in value)
    if not path:
        return bool(value)
    return isinstance(value, Mapping) and _asks(value.get(path[0]), path[1:])


@cache
def _refused() -> dict[tuple[str, str], list[list[str]]]:
    """The paths of what operations do not have, for those that lack any."""
    return {
        (service, operation): [path.split(".") for path in row["refused"]]
        for service, operations in contract().items()
        for operation, row in operations.items()
        if row.get("refused")
    }
