"""iam:PassRole: the roles that a request hands to a service, to act as them."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends

from sandbox.gateway import Request
from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import Question, context
from sandbox.iam.questions import Place, Target, ask

SERVICES = {"cloudformation", "ec2", "events", "lambda", "scheduler"}
PARAMETERS = {"Role", "RoleArn", "RoleARN"}


def passing(request: Request, shared: Context) -> Iterator[Question]:
    """What must be allowed for the roles that a request hands over."""
    if request.service in SERVICES:
        given = _roles(request.parameters) if _takes_roles(request.service, request.operation) else ()
        for role in (*given, *_of_profile(request)):
            about = {**shared, **context({"iam:PassedToService": f"{request.service}.amazonaws.com"})}
            yield from ask("iam:PassRole", [Target("role", role)], about, Place(request.region, request.account))


def _of_profile(request: Request) -> Iterator[str]:
    profile = request.parameters.get("IamInstanceProfile")
    if isinstance(profile, dict):
        name = profile.get("Name") or profile.get("Arn", "").rsplit("/", 1)[-1]
        found = [one for one in iam_backends[request.account]["aws"].instance_profiles.values() if one.name == name]
        yield from (role.arn for one in found for role in one.roles)


@lru_cache(maxsize=4096)
def _takes_roles(service: str, operation: str) -> bool:
    """Whether an operation may have roles among its parameters: what has no model or a map among them may have anything."""
    try:
        left, seen = [get_service_model(service).operation_model(operation).input_shape], set[str]()
    except OperationNotFoundError:
        return True
    while left:
        shape = left.pop()
        if shape is None or shape.name in seen:
            continue
        seen.add(shape.name)
        members = getattr(shape, "members", {})
        if shape.type_name == "map" or not PARAMETERS.isdisjoint(members):
            return True
        left += [*members.values(), getattr(shape, "member", None)]
    return False


def _roles(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _roles(one)
            elif name in PARAMETERS and isinstance(one, str) and ":role/" in one:
                yield one
