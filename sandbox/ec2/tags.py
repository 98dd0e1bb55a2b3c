"""CreateTags, DeleteTags and DescribeTags: ours are the instances', volumes', snapshots' and images' tags, moto's all others."""

from typing import Any

from sandbox.ec2.lookups import WORD, check_ids
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import check_number, checked
from sandbox.gateway import ApiError, Operation, Request

KINDS = {"i": "instance", "vol": "volume", "snap": "snapshot", "ami": "image"}
MOST_RESOURCES = 1000


class Tagging:
    """The tag operations. `moto` makes the same call on moto's resources."""

    def __init__(self, ec2: Ec2, moto: Operation) -> None:
        """Change and show the tags of `ec2`'s resources."""
        self._ec2, self._moto = ec2, moto

    def create_tags(self, request: Request) -> dict[str, Any]:
        """CreateTags on up to 1000 resources: on all or, if something is wrong, on none of ours."""
        tags = checked(request.parameters.get("Tags") or [])
        ours, others = self._split(request)
        region = self._ec2.region(request)
        for resource in ours:
            check_number(region.tags.of(resource) | tags)
        self._pass_on(request, others)
        for resource in ours:
            self._tell(region, resource, region.tags.put(resource, tags))
        return {}

    def delete_tags(self, request: Request) -> dict[str, Any]:
        """DeleteTags: by key, or by key and value; without Tags, all of the user's."""
        ours, others = self._split(request)
        region = self._ec2.region(request)
        self._pass_on(request, others)
        for resource in ours:
            held = region.tags.of(resource)
            wanted = request.parameters.get("Tags") or [{"Key": key} for key in held if not key.startswith("aws:")]
            keys = [each["Key"] for each in wanted if each.get("Value") in {None, held.get(each["Key"])}]
            self._tell(region, resource, region.tags.remove(resource, keys))
        return {}

    def _split(self, request: Request) -> tuple[list[str], list[str]]:
        """The resources that are ours, and moto's."""
        resources = list(dict.fromkeys(request.parameters["Resources"]))
        if len(resources) > MOST_RESOURCES:
            raise ApiError("InvalidParameterValue", f"More than {MOST_RESOURCES} resources specified")
        region = self._ec2.region(request)
        ours = [each for each in resources if each.partition("-")[0] in WORD]
        for each in ours:
            if each in PUBLIC_IMAGES:
                raise ApiError("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
            check_ids(_kept(region, each), [each], each.partition("-")[0])
        return ours, [each for each in resources if each not in ours]

    def _pass_on(self, request: Request, others: list[str]) -> None:
        if others:
            self._moto(_about(request, {"Resources": others}))

    def _tell(self, region: RegionStore, resource: str, changed: list[str]) -> None:
        if changed and resource in region.instances:
            self._ec2.notices.tags(region, resource, changed)


def _kept(region: RegionStore, resource: str) -> dict[str, Any]:
    kept: dict[str, dict[str, Any]] = {
        "instance": dict(region.instances),
    }
    return kept[KINDS[resource.partition("-")[0]]]


def _about(request: Request, parameters: dict[str, Any]) -> Request:
    return request
