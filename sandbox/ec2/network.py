"""Where an instance is placed: moto keeps the VPCs, subnets and security groups."""

from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from sandbox.gateway import ApiError, Request


@dataclass(frozen=True)
class Place:
    """A subnet, its VPC and zone, and the VPC's default security group."""

    subnet_id: str
    vpc_id: str
    zone: str
    zone_id: str
    default_group: str


def place_for(request: Request, wanted: str | None, zone: str | None) -> Place:
    """Where RunInstances puts its instances: the subnet `wanted`, else the zone's or the region's default one.

    Raises:
        ApiError: InvalidSubnetID.NotFound, or InvalidParameterValue for a zone without a default subnet.
    """
    backend = get_backend("ec2")[request.account][request.region]
    subnet = _subnet(backend, wanted) if wanted else _default(backend, zone)
    group = backend.get_default_security_group(subnet.vpc_id)
    return Place(subnet.id, subnet.vpc_id, subnet.availability_zone, subnet.availability_zone_id, group.id if group else "")


def security_groups(request: Request, ids: list[str]) -> dict[str, str]:
    """The names of security groups, by id.

    Raises:
        ApiError: InvalidGroup.NotFound.
    """
    backend = get_backend("ec2")[request.account][request.region]
    names = {}
    for key in ids:
        group = backend.get_security_group_from_id(key)
        if group is None:
            raise ApiError("InvalidGroup.NotFound", f"The security group '{key}' does not exist")
        names[key] = str(group.name)
    return names


def _subnet(backend: Any, subnet_id: str) -> Any:
    for in_zone in backend.subnets.values():
        if subnet_id in in_zone:
            return in_zone[subnet_id]
    raise ApiError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")


def _default(backend: Any, zone: str | None) -> Any:
    subnets = sorted(backend.get_default_subnets().items())
    fitting = [subnet for name, subnet in subnets if zone in {None, name}]
    if not fitting:
        raise ApiError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    return fitting[0]
