"""What the contract leaves: operations of its services that it promises nothing of. Each is asked once, to see who answers."""

import logging
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import OperationModel
from botocore.serialize import create_serializer
from moto.core.request import normalize_request
from moto.core.utils import get_service_model

from sandbox import motos_replies
from sandbox.account import Sandbox
from sandbox.gateway import STAGE_KEY, ApiError
from sandbox.wire import FrontDoor

REGION = "eu-west-1"
TEXT = "abcdefghijkl"
SLOW = {("ec2", "DescribeSpotPriceHistory"), ("ec2", "DescribeVpcEndpointServices")}
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
    log = logging.getLogger(motos_replies.__name__)
    found: list[tuple[str, str, ApiError | None]] = []
    log.disabled = True  # moto fails at some of it
    try:
        with Sandbox() as sandbox:
            sandbox.gateway.guards.clear()
            sandbox.gateway.watchers.clear()
            for service in sorted({service for service, _ in promised}):
                model = get_service_model(service)  # a client's loses the bucket in the paths of S3's calls as soon as botocore makes them
                for name in sandbox.client(service, REGION).meta.service_model.operation_names:
                    if (service, name) not in promised:
                        error = None if (service, name) in SLOW else _error(sandbox, model.operation_model(name))
                        found.append((service, name, error))
    finally:
        log.disabled = False
    return found


def _error(sandbox: Sandbox, operation: OperationModel) -> ApiError | None:
    """The error of an operation that is asked for by a request of its own: a client would look at it, and at the answer, far longer."""
    model, shape = operation.service_model, operation.input_shape
    serializer = create_serializer(model.resolved_protocol, include_validation=False)
    parts = serializer.serialize_to_request(_least(shape, DEPTH) if shape else {}, operation)
    parts["headers"]["Authorization"] = f"AWS4-HMAC-SHA256 Credential={STAGE_KEY}/20270301/{REGION}/{model.signing_name}/aws4_request"
    prepare_request_dict(parts, endpoint_url=f"https://{model.endpoint_prefix}.{REGION}.amazonaws.com", context={})
    response = FrontDoor(sandbox.gateway).answer(normalize_request(create_request_object(parts).prepare()))
    if response.status < HTTPStatus.BAD_REQUEST:
        return None
    call = sandbox.gateway.calls[-1]
    return ApiError(call.error_code or "", call.error_message or "", response.status)


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
