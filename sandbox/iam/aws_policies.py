"""The managed policies that are AWS's own: each is there as soon as it is asked for."""

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from sandbox.gateway import Request

PREFIX = "arn:aws:iam::aws:policy/"


def provide(request: Request) -> None:
    """A guard of the gateway that refuses nothing: it puts the AWS policy that a request to IAM names where moto looks for it."""
    arn = request.parameters.get("PolicyArn", "")
    if request.service != "iam" or not arn.startswith(PREFIX):
        return
    backend, name = iam_backends[request.account]["aws"], arn.rsplit("/", 1)[-1]
    if arn not in backend.managed_policies and name in _data():
        policy = AWSManagedPolicy.from_data(name, request.account, backend.region_name, _data()[name])
        backend.managed_policies[policy.arn] = policy


@cache
def _data() -> dict[str, Any]:
    """All of them, by name; reading them takes most of a second."""
    found = json.loads(aws_managed_policies_data)
    assert isinstance(found, dict)
    return found
