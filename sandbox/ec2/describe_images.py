"""DescribeImages."""

from collections.abc import Mapping
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.image_view import image_shown
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.records import Image
from sandbox.ec2.store import RegionStore, stamp
from sandbox.gateway import Request

FIELDS: Fields[Image] = Fields(
    {
        "architecture": lambda each: [each.architecture],
        "block-device-mapping.encrypted": lambda each: ["true" if mapping.encrypted else "false" for mapping in each.mappings],
        "block-device-mapping.snapshot-id": lambda each: each.snapshot_ids(),
        "creation-date": lambda each: [stamp(each.created)],
        "description": lambda each: [each.description],
        "image-id": lambda each: [each.id],
        "is-public": lambda each: ["true" if each.public() else "false"],
        "name": lambda each: [each.name],
        "owner-alias": lambda each: [each.alias],
        "owner-id": lambda each: [each.owner],
        "platform": lambda each: [each.platform],
        "root-device-name": lambda each: [each.root_device],
        "root-device-type": lambda each: [each.root_type],
        "source-image-id": lambda each: [each.source_image],
        "source-image-region": lambda each: [each.source_region],
        "source-instance-id": lambda each: [each.source_instance],
        "state": lambda each: [each.state],
    },
    {
        "block-device-mapping.snapshot-id": RegionStore.images_of_snapshot,
        "image-id": lambda _, value: [value],
        "name": RegionStore.images_of_name,
        "source-image-id": RegionStore.images_of_source,
        "source-instance-id": RegionStore.images_of_source,
    },
)


def describe_images(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeImages: without disabled ones unless IncludeDisabled; by filter, an image is shown some seconds after its creation only."""
    region, parameters = ec2.region(request), request.parameters
    kept = _kept(ec2, request, region)
    ids = parameters.get("ImageIds")

    def select_shown() -> list[str]:
        found = select(region, kept, FIELDS, parameters.get("Filters"))
        return [key for key in found if _is_shown(ec2, request, kept[key], by_id=bool(ids))]

    page, token = listed(ec2, request, kept, "ami", select_shown)
    return {"Images": [image_shown(region, kept[key]) for key in page], "NextToken": token}


def _kept(ec2: Ec2, request: Request, region: RegionStore) -> Mapping[str, Image]:
    """All images there may be: the account's, and Amazon's if nobody else's were asked for."""
    owners = request.parameters.get("Owners") or []
    if owners and not {"amazon", *(image.owner for image in PUBLIC_IMAGES.values())} & set(owners):
        return region.images if {"self", ec2.account} & set(owners) else {}
    mine = region.images if not owners or {"self", ec2.account} & set(owners) else {}
    return {**mine, **PUBLIC_IMAGES}


def _is_shown(ec2: Ec2, request: Request, image: Image, *, by_id: bool) -> bool:
    if image.state == "disabled" and not request.parameters.get("IncludeDisabled", False):
        return False
    return by_id or ec2.now() >= image.visible
