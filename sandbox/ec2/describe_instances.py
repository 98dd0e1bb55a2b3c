"""DescribeInstances."""

from itertools import groupby
from typing import Any

from sandbox.ec2.filters import select
from sandbox.ec2.instance_filters import fields
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.views import reservation
from sandbox.gateway import Request


def describe_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstances: by reservation, in pages of 5 to 1000 instances."""
    region = ec2.region(request)
    page, token = listed(
        ec2,
        request,
        region.instances,
        "i",
        lambda among: select(region, region.instances, fields(ec2, region), request.parameters.get("Filters"), among),
    )
    grouped = groupby((region.instances[key] for key in page), key=lambda each: each.reservation)
    return {"Reservations": [reservation(ec2, region, list(each)) for _, each in grouped], "NextToken": token}
