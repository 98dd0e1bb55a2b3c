"""DescribeTags."""

from typing import Any

from moto.backends import get_backend

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.plane import Ec2
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request

KINDS = {"i": "instance", "vol": "volume", "snap": "snapshot", "ami": "image", "lt": "launch-template"}
Tag = dict[str, str]


FIELDS: Fields[Tag] = Fields(
    {
        "key": lambda each: [each["Key"]],
        "resource-id": lambda each: [each["ResourceId"]],
        "resource-type": lambda each: [each["ResourceType"]],
        "value": lambda each: [each["Value"]],
    }
)


def describe_tags(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeTags of all resources, in pages of 5 to 1000 tags."""
    region, filters = ec2.region(request), request.parameters.get("Filters")
    if any(each["Name"].startswith("tag") for each in filters or []):
        raise ApiError("InvalidParameterValue", "The sandbox filters tags by key, value, resource-id and resource-type only.")
    tags = _tags(region, filters or []) | _motos_tags(request)
    page, token = ec2.pages.page(request, lambda: select(region, tags, FIELDS, filters), tags)
    return {"Tags": [tags[each] for each in page], "NextToken": token}


def _tags(region: RegionStore, filters: list[dict[str, Any]]) -> dict[str, Tag]:
    """The tags of the resources here: of those named by an id without wildcards only, if there is such a filter."""
    named = [
        each["Values"]
        for each in filters
        if each["Name"] == "resource-id" and not any("*" in value or "?" in value for value in each["Values"])
    ]
    resources = named[0] if named else region.tags.resources()
    return {
        f"{resource} {key}": {"ResourceId": resource, "ResourceType": KINDS[resource.partition("-")[0]], "Key": key, "Value": value}
        for resource in resources
        for key, value in region.tags.of(resource).items()
    }


def _motos_tags(request: Request) -> dict[str, Tag]:
    found = get_backend("ec2")[request.account][request.region].describe_tags()
    return {
        f"{tag['resource_id']} {tag['key']}": {
            "ResourceId": tag["resource_id"],
            "ResourceType": tag["resource_type"],
            "Key": tag["key"],
            "Value": tag["value"],
        }
        for tag in found
    }
