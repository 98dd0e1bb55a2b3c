"""Resource Groups Tagging: the sandbox's own instances, volumes, snapshots, images and launch templates beside what moto holds."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from moto.resourcegroupstaggingapi.models import resourcegroupstaggingapi_backends

from sandbox.ec2.notices import KINDS
from sandbox.ec2.plane import Ec2
from sandbox.ec2.tag_rules import as_list
from sandbox.gateway import ApiError, Gateway, Request
from sandbox.missing import missing, refuse

USUAL, EVERYTHING = 50, 10**9
SERVICE = "resourcegroupstaggingapi"


def install(gateway: Gateway, ec2: Ec2) -> None:
    """Let the gateway answer GetResources with EC2's resources too, and refuse what moto would do to them without knowing them."""
    gateway.operations[SERVICE, "GetResources"] = lambda request: get_resources(ec2, request)
    gateway.operations[SERVICE, "GetTagKeys"] = gateway.operations[SERVICE, "GetTagValues"] = refuse
    gateway.guards.append(_refuse_ec2s)


def get_resources(ec2: Ec2, request: Request) -> dict[str, Any]:
    """GetResources, by ARN, type and tags, in pages of up to 100.

    Raises:
        ApiError: InvalidParameterException or PaginationTokenExpiredException.
    """
    given = request.parameters
    size, after = given.get("ResourcesPerPage", USUAL), _place(given.get("PaginationToken", ""))
    if not 1 <= size <= 100:
        raise ApiError("InvalidParameterException", f"ResourcesPerPage is 1 to 100, not {size}.")
    found = sorted((arn, tags) for arn, tags in {**_motos(request), **dict(_ours(ec2, request))}.items() if arn > after)
    token = base64.urlsafe_b64encode(found[size - 1][0].encode()).decode() if len(found) > size else ""
    return {
        "PaginationToken": token,
        "ResourceTagMappingList": [{"ResourceARN": arn, "Tags": as_list(tags) or []} for arn, tags in found[:size]],
    }


def _ours(ec2: Ec2, request: Request) -> Iterator[tuple[str, Mapping[str, str]]]:
    region, given = ec2.region(request), request.parameters
    filters, types, arns = (given.get(name) or [] for name in ("TagFilters", "ResourceTypeFilters", "ResourceARNList"))
    for resource in region.tags.resources():
        arn, tags = ec2.notices.arn(region.name, resource), region.tags.of(resource)
        kind = KINDS[resource.partition("-")[0]]
        fits = all(each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"]) for each in filters)
        if fits and region.knows(resource) and (not types or {"ec2", f"ec2:{kind}"} & set(types)) and (not arns or arn in arns):
            yield arn, tags


def _motos(request: Request) -> dict[str, dict[str, str]]:
    given, backend = request.parameters, resourcegroupstaggingapi_backends[request.account][request.region]
    _, found = backend.get_resources(
        resources_per_page=EVERYTHING,
        tags_per_page=EVERYTHING,
        tag_filters=given.get("TagFilters"),
        resource_type_filters=given.get("ResourceTypeFilters"),
        resource_arn_list=given.get("ResourceARNList"),
    )
    return {one.arn: dict(one.tags) for one in found}


def _place(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError as error:
        raise ApiError("PaginationTokenExpiredException", "The token is not one of GetResources.") from error


def _refuse_ec2s(request: Request) -> None:
    """EC2's resources are tagged by CreateTags and DeleteTags."""
    changes = request.service == SERVICE and request.operation in {"TagResources", "UntagResources"}
    if changes and any(arn.startswith("arn:aws:ec2:") for arn in request.parameters.get("ResourceARNList") or []):
        raise missing(request.service, f"{request.operation} of EC2's resources")
