"""DescribeVolumes."""

from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Volume
from sandbox.ec2.store import RegionStore
from sandbox.ec2.views import volume_shown
from sandbox.gateway import Request


def _volumes_of(region: RegionStore, instance_id: str) -> list[str]:
    instance = region.instances.get(instance_id)
    return list(instance.volumes.values()) if instance else []


FIELDS: Fields[Volume] = Fields(
    {
        "attachment.device": lambda each: [each.attachment.device if each.attachment else None],
        "attachment.instance-id": lambda each: [each.attachment.instance_id if each.attachment else None],
        "availability-zone": lambda each: [each.zone],
        "encrypted": lambda each: ["true" if each.key else "false"],
        "snapshot-id": lambda each: [each.snapshot_id],
        "status": lambda each: ["in-use" if each.attachment else "available"],
        "volume-id": lambda each: [each.id],
        "volume-type": lambda each: [each.type],
    },
    {"volume-id": lambda _, value: [value], "attachment.instance-id": _volumes_of},
)


def describe_volumes(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeVolumes, in pages of 5 to 1000."""
    region = ec2.region(request)
    page, token = listed(
        ec2,
        request,
        region.volumes,
        "vol",
        lambda: select(region, region.volumes, FIELDS, request.parameters.get("Filters")),
    )
    return {"Volumes": [volume_shown(region, region.volumes[key]) for key in page], "NextToken": token}
