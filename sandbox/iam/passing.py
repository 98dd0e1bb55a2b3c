"""iam:PassRole: the roles that a request hands to a service, to act as them."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.iam.models import iam_backends

from sandbox.gateway import Request

SERVICES = {"cloudformation", "ec2", "events", "lambda", "scheduler"}
PARAMETERS = {"Role", "RoleArn", "RoleARN"}


def passed_roles(request: Request) -> Iterator[tuple[str, str]]:
    """The ARNs of the roles that a request passes, each with the service that is to act as it."""
    if request.service not in SERVICES:
        return
    for role in _roles(request.parameters):
        yield role, f"{request.service}.amazonaws.com"
    profile = request.parameters.get("IamInstanceProfile")
    if isinstance(profile, dict):
        name = profile.get("Name") or profile.get("Arn", "").rsplit("/", 1)[-1]
        found = [one for one in iam_backends[request.account]["aws"].instance_profiles.values() if one.name == name]
        yield from ((role.arn, "ec2.amazonaws.com") for one in found for role in one.roles)


def _roles(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _roles(one)
            elif name in PARAMETERS and isinstance(one, str) and ":role/" in one:
                yield one
