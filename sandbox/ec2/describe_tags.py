"""DescribeTags."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.backends import get_backend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.plane import Ec2
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request

KINDS = {
    "ami": "image",
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "h": "dedicated-host",
    "i": "instance",
    "lt": "launch-template",
    "nat": "natgateway",
    "pl": "prefix-list",
    "sfr": "spot-fleet-request",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "vol": "volume",
}
"""EC2's resource types by prefix; moto has other words for some."""

Tag = dict[str, str]


FIELDS: Fields[Tag] = Fields(
    {
        "key": lambda each: [each["Key"]],
        "resource-id": lambda each: [each["ResourceId"]],
        "resource-type": lambda each: [each["ResourceType"]],
        "value": lambda each: [each["Value"]],
    }
)


class _Tags(Mapping[str, Tag]):
    """The tags of a region, the sandbox's and moto's, each by its resource and key: looked up one by one, listed only when asked to.

    It lists the tags of `resources` of the sandbox's, all there are if that is None.
    """

    def __init__(self, region: RegionStore, motos: dict[str, dict[str, str]], resources: list[str] | None) -> None:
        """Of a region."""
        self._ours, self._motos, self._resources = region.tags, motos, resources

    def __getitem__(self, place: str) -> Tag:
        resource, _, key = place.partition(" ")
        kind = KINDS.get(resource.partition("-")[0]) or EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource), "")
        return {"ResourceId": resource, "ResourceType": kind, "Key": key, "Value": self._of(resource)[key]}

    def __contains__(self, place: object) -> bool:
        resource, _, key = str(place).partition(" ")
        return key in self._of(resource)

    def __iter__(self) -> Iterator[str]:
        resources = self._ours.resources() if self._resources is None else self._resources
        for resource in [*resources, *self._motos]:
            for key in self._of(resource):
                yield f"{resource} {key}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _of(self, resource: str) -> Mapping[str, str]:
        return self._ours.of(resource) or self._motos.get(resource, {})


def describe_tags(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeTags of all resources, in pages of 5 to 1000 tags."""
    region, filters = ec2.region(request), [each for given in request.parameters.get("Filters") or [] for each in _plain(given)]
    tags = _Tags(region, get_backend("ec2")[request.account][request.region].tags, _named(filters))
    page, token = ec2.pages.page(request, lambda: select(region, tags, FIELDS, filters), tags)
    return {"Tags": [tags[each] for each in page], "NextToken": token}


def _plain(given: dict[str, Any]) -> list[dict[str, Any]]:
    """A filter; `tag:<key>` as one by that key and one by its values.

    Raises:
        ApiError: InvalidParameterValue for `tag-key`, which finds other resources, but no tags.
    """
    name = given["Name"]
    if name == "tag-key":
        raise ApiError("InvalidParameterValue", "The filter 'tag-key' is invalid")
    if not name.startswith("tag:"):
        return [given]
    key = re.sub(r"[*?\\]", r"\\\g<0>", name.removeprefix("tag:"))
    return [{"Name": "key", "Values": [key]}, {"Name": "value", "Values": given.get("Values", [])}]


def _named(filters: list[dict[str, Any]]) -> list[str] | None:
    """The resources that a filter names by their ids, without wildcards, if there is one."""
    named = [
        each["Values"]
        for each in filters
        if each["Name"] == "resource-id" and not any("*" in value or "?" in value for value in each["Values"])
    ]
    return named[0] if named else None
