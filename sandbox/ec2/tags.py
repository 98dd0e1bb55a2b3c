"""CreateTags and DeleteTags: of the instances, volumes, snapshots, images and launch templates here, and of moto's resources."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from sandbox.ec2.lookups import WORD, check_ids, is_id
from sandbox.ec2.moto_ids import check_motos, invalid
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.quotas import MOST_TAGGED
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import check_number, check_reserved, checked
from sandbox.gateway import ApiError, Request


def create_tags(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateTags on up to 1000 resources; if one is wrong, none changes."""
    tags = checked(request.parameters.get("Tags") or [])
    region = ec2.region(request)
    ours, motos = _split(ec2, request)
    for resource in ours:
        check_number({**region.tags.of(resource), **tags})
    if motos:
        get_backend("ec2")[request.account][request.region].create_tags(motos, tags)
    for resource in ours:
        _tell(ec2, region, resource, region.tags.put(resource, tags))
    return {}


def delete_tags(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteTags: by key, or by key and value; without Tags, all of the user's."""
    region, wanted = ec2.region(request), request.parameters.get("Tags") or []
    for each in wanted:
        check_reserved(each["Key"])
    ours, motos = _split(ec2, request)
    backend = get_backend("ec2")[request.account][request.region]
    for resource in motos:
        backend.delete_tag_keys([resource], _asked(wanted, backend.tags.get(resource, {})))
    for resource in ours:
        _tell(ec2, region, resource, region.tags.remove(resource, _asked(wanted, region.tags.of(resource))))
    return {}


def _asked(wanted: list[dict[str, str]], held: Mapping[str, str]) -> list[str]:
    """The keys among those that a resource holds which DeleteTags is to take away."""
    asked = wanted or [{"Key": key} for key in held if not key.startswith("aws:")]
    return [each["Key"] for each in asked if each.get("Value") in {None, held.get(each["Key"])}]


def _split(ec2: Ec2, request: Request) -> tuple[list[str], list[str]]:
    """The request's resources that are kept here, and moto's.

    Raises:
        ApiError: InvalidID for what is no id, NotFound for one that does not exist, UnauthorizedOperation for a public image.
    """
    resources = list(dict.fromkeys(request.parameters["Resources"]))
    if len(resources) > MOST_TAGGED:
        raise ApiError("InvalidParameterValue", f"More than {MOST_TAGGED} resources specified")
    if PUBLIC_IMAGES.keys() & set(resources):
        raise ApiError("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
    region = ec2.region(request)
    kept: dict[str, Mapping[str, object]] = {
        "i": region.instances,
        "vol": ChainMap[str, Any](region.volumes, region.volumes_in_bin),
        "snap": ChainMap[str, Any](region.snapshots, region.snapshots_in_bin),
        "ami": ChainMap[str, Any](region.images, region.images_in_bin),
        "lt": region.launch_templates,
    }
    ours = [each for each in resources if each.partition("-")[0] in WORD]
    for each in ours:
        prefix = each.partition("-")[0]
        if not is_id(each, prefix):
            raise invalid(each)
        check_ids(kept[prefix], [each], prefix)
    motos = [each for each in resources if each not in set(ours)]
    check_motos(request, motos)
    return ours, motos


def _tell(ec2: Ec2, region: RegionStore, resource: str, changed: list[str]) -> None:
    if changed:
        ec2.notices.tags(region, resource, changed)
