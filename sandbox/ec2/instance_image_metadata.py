"""DescribeInstanceImageMetadata: the image of each instance, whether it is still there or not."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.instance_filters import ONE
from sandbox.ec2.instance_states import shown
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.records import Image, Instance
from sandbox.ec2.store import RegionStore, stamp
from sandbox.ec2.tag_rules import as_list
from sandbox.gateway import Request

SHARED = ("availability-zone", "instance-id", "instance-state-name", "instance-type", "launch-time")


def _one(name: str) -> Callable[[Instance], Iterable[str | None]]:
    return lambda each: (ONE[name](each),)


FIELDS: Fields[Instance] = Fields(
    {name: _one(name) for name in SHARED}
    | {
        "image-allowed": lambda _: ("true",),
        "owner-alias": lambda each: (each.image.alias,),
        "owner-id": lambda each: (each.image.owner,),
        "zone-id": _one("availability-zone-id"),
    },
    {"instance-id": lambda _, value: [value]},
)


def describe_instance_image_metadata(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstanceImageMetadata, in pages of 1 to 1000: a deregistered image keeps its name."""
    region, parameters = ec2.region(request), request.parameters
    ids = parameters.get("InstanceIds") or []
    check_ids(region.instances, ids, "i")
    page, token = ec2.pages.page(
        request,
        lambda: select(region, region.instances, FIELDS, parameters.get("Filters"), dict.fromkeys(ids) if ids else None),
        region.instances,
        smallest=1,
        usual=1000,
    )
    return {"InstanceImageMetadata": [_shown(ec2, region, region.instances[key]) for key in page], "NextToken": token}


def _shown(ec2: Ec2, region: RegionStore, instance: Instance) -> dict[str, Any]:
    return {
        "InstanceId": instance.id,
        "InstanceType": instance.type,
        "LaunchTime": instance.launched,
        "AvailabilityZone": instance.zone,
        "ZoneId": instance.zone_id,
        "State": shown(instance),
        "OwnerId": ec2.account,
        "Tags": as_list(region.tags.of(instance.id)),
        "ImageMetadata": _image(region, instance.image),
    }


def _image(region: RegionStore, image: Image) -> dict[str, Any]:
    there = image.id in region.images or image.id in PUBLIC_IMAGES
    return {
        "ImageId": image.id,
        "Name": image.name,
        "OwnerId": image.owner,
        "ImageOwnerAlias": image.alias,
        "State": image.state if there else "deregistered",
        "CreationDate": stamp(image.created),
        "DeprecationTime": stamp(image.deprecated) if image.deprecated else None,
        "ImageAllowed": True,
        "IsPublic": image.public(),
    }
