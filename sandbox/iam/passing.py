"""iam:PassRole: the roles that a request hands to a service, to act as them."""

from collections.abc import Iterator, Mapping
from typing import Any

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
        for role in (*_roles(request.parameters), *_of_profile(request)):
            about = {**shared, **context({"iam:PassedToService": f"{request.service}.amazonaws.com"})}
            yield from ask("iam:PassRole", [Target("role", role)], about, Place(request.region, request.account))


def _of_profile(request: Request) -> Iterator[str]:
    profile = request.parameters.get("IamInstanceProfile")
    if isinstance(profile, dict):
        name = profile.get("Name") or profile.get("Arn", "").rsplit("/", 1)[-1]
        found = [one for one in iam_backends[request.account]["aws"].instance_profiles.values() if one.name == name]
        yield from (role.arn for one in found for role in one.roles)


def _roles(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _roles(one)
            elif name in PARAMETERS and isinstance(one, str) and ":role/" in one:
                yield one
