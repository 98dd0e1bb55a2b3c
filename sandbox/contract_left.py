"""What the contract leaves: operations of its services that it promises nothing of. Each is asked once, to see who answers."""

import logging
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError

from sandbox.account import Sandbox
from sandbox.gateway import ApiError

REGION = "eu-west-1"
TEXT = "abcdefghijkl"
SLOW = {("cloudformation", "ValidateTemplate"), ("ec2", "DescribeSpotPriceHistory")}
"""moto's, and not worth the seconds that they take."""
DEPTH = 6
"""How deep a request is filled: what is deeper, nobody reads before it is clear whose the operation is."""


@dataclass(frozen=True)
class Left:
    """Of one service: what moto answers, and what is refused by name."""

    motos: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@cache
def left(promised: frozenset[tuple[str, str]]) -> dict[str, Left]:
    """By service of what is promised: what is not."""
    found = {service: Left() for service, _ in promised}
    for service, operation, error in asked(promised):
        is_refused = error is not None and error.status == HTTPStatus.NOT_IMPLEMENTED
        (found[service].refused if is_refused else found[service].motos).append(operation)
    return found


@cache
def asked(promised: frozenset[tuple[str, str]]) -> list[tuple[str, str, ApiError | None]]:
    """Ask for every operation that is left: service, operation, and its error if it answers one."""
    log = logging.getLogger("sandbox.wire")
    found: list[tuple[str, str, ApiError | None]] = []
    log.disabled = True  # moto fails at some of it
    try:
        with Sandbox() as sandbox:
            sandbox.gateway.guards.clear()
            sandbox.gateway.watchers.clear()
            for service in sorted({service for service, _ in promised}):
                model = sandbox.client(service, REGION).meta.service_model
                for name in model.operation_names:
                    if (service, name) not in promised:
                        error = None if (service, name) in SLOW else _error(sandbox, service, name, model.operation_model(name).input_shape)
                        found.append((service, name, error))
    finally:
        log.disabled = False
    return found


def _error(sandbox: Sandbox, service: str, name: str, shape: Any) -> ApiError | None:
    try:
        sandbox.gateway.call(service, name, REGION, _least(shape, DEPTH) if shape else {})
    except ApiError as error:
        return error
    except (BotoCoreError, LookupError):  # what moto answered, or this request, cannot be read
        return None
    return None


def _least(shape: Any, depth: int) -> Any:
    """The least that a shape allows, as far as boto3 checks it."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure":
        return {name: _least(shape.members[name], depth - 1) for name in shape.required_members} if depth else {}
    if kind == "list":
        return [_least(shape.member, depth - 1)]
    if kind == "string":
        return limits["enum"][0] if limits.get("enum") else TEXT.ljust(limits.get("min", 0), "a")
    return {"map": {}, "boolean": False, "blob": b"x", "timestamp": 0, "float": 1.0, "double": 1.0}.get(kind, limits.get("min", 1))
