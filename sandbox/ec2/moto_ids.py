"""The ids of what moto keeps, networks above all: which there are, and EC2's errors for those that there are not."""

import re
from typing import Any

from moto.backends import get_backend
from moto.ec2.utils import get_prefix

from sandbox.gateway import ApiError, Request

FORM = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}")
MISSING = {
    "acl": "InvalidNetworkAclID.NotFound",
    "cgw": "InvalidCustomerGatewayID.NotFound",
    "dopt": "InvalidDhcpOptionID.NotFound",
    "eipalloc": "InvalidAllocationID.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound",
    "key": "InvalidKeyPair.NotFound",
    "nat": "NatGatewayNotFound",
    "pcx": "InvalidVpcPeeringConnectionID.NotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "vgw": "InvalidVpnGatewayID.NotFound",
    "vpc": "InvalidVpcID.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
    "vpn": "InvalidVpnConnectionID.NotFound",
}
"""EC2's codes by prefix. Unverified for what is not here: that any other kind's is InvalidID."""


def check_motos(request: Request, ids: list[str]) -> None:
    """Let pass ids of what moto keeps in the request's region.

    Raises:
        ApiError: InvalidID for what cannot be an id, or what its kind is missing by.
    """
    backend = get_backend("ec2")[request.account][request.region]
    for key in ids:
        if not FORM.fullmatch(key):
            raise invalid(key)
        if not _is_kept(backend, key):
            code = MISSING.get(get_prefix(key))
            raise ApiError(code, f"The ID '{key}' does not exist") if code else invalid(key)


def invalid(key: str) -> ApiError:
    """EC2's error for what cannot be the id of anything that takes tags."""
    return ApiError("InvalidID", f"The ID '{key}' is not valid")


def _is_kept(backend: Any, key: str) -> bool:
    """Whether one of moto's collections has it: by id, by zone or VPC and then id, by a name or an address, or in a security group."""
    collections = [each for name, each in vars(backend).items() if isinstance(each, dict) and name != "tags"]
    inner = [each for collection in collections for each in collection.values()]
    if any(key in each for each in (*collections, *(each for each in inner if isinstance(each, dict)))):
        return True
    groups = (group for of_vpc in backend.groups.values() for group in of_vpc.values())
    rules = (rule for group in groups for rule in (*group.ingress_rules, *group.egress_rules))
    named = (*inner, *backend.addresses, *rules)
    return any(key in {getattr(each, "id", None), getattr(each, "allocation_id", None)} for each in named)
