"""DescribeInstances."""

from itertools import groupby
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.ec2.views import reservation
from sandbox.gateway import Request

FIELDS: Fields[Instance] = Fields(
    {
        "availability-zone": lambda each: [each.zone],
        "image-id": lambda each: [each.image_id],
        "instance-id": lambda each: [each.id],
        "instance-state-name": lambda each: [each.state],
        "instance-type": lambda each: [each.type],
        "reservation-id": lambda each: [each.reservation],
        "root-device-type": lambda each: [each.root_type],
        "subnet-id": lambda each: [each.subnet_id],
        "vpc-id": lambda each: [each.vpc_id],
    },
    {"instance-id": lambda _, value: [value]},
)


def describe_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstances: by reservation, in pages of 5 to 1000 instances."""
    region = ec2.region(request)
    page, token = listed(
        ec2,
        request,
        region.instances,
        "i",
        lambda: select(region, region.instances, FIELDS, request.parameters.get("Filters")),
    )
    grouped = groupby((region.instances[key] for key in page), key=lambda each: each.reservation)
    return {"Reservations": [reservation(ec2, region, list(each)) for _, each in grouped], "NextToken": token}
