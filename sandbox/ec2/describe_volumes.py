"""DescribeVolumes."""

from collections.abc import Callable
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Attachment, Volume
from sandbox.ec2.store import RegionStore, stamp
from sandbox.ec2.views import volume_shown
from sandbox.gateway import Request


def _volumes_of(region: RegionStore, instance_id: str) -> list[str]:
    instance = region.instances.get(instance_id)
    return list(instance.volumes.values()) if instance else []


def _attached(read: Callable[[Attachment], str]) -> Callable[[Volume], list[str]]:
    return lambda each: [read(each.attachment)] if each.attachment else []


def _nothing(_: Volume) -> tuple[str, ...]:
    return ()


FIELDS: Fields[Volume] = Fields(
    {
        "attachment.attach-time": _attached(lambda each: stamp(each.since)),
        "attachment.delete-on-termination": _attached(lambda each: "true" if each.delete_on_termination else "false"),
        "attachment.device": _attached(lambda each: each.device),
        "attachment.instance-id": _attached(lambda each: each.instance_id),
        "attachment.status": _attached(lambda each: each.state),
        "availability-zone": lambda each: [each.zone],
        "availability-zone-id": _nothing,
        "create-time": lambda each: [stamp(each.created)],
        "encrypted": lambda each: ["true" if each.key else "false"],
        "fast-restored": lambda _: ["false"],
        "multi-attach-enabled": lambda _: ["false"],
        "operator.managed": lambda _: ["false"],
        "operator.principal": _nothing,
        "size": lambda each: [str(each.size)],
        "snapshot-id": lambda each: [each.snapshot_id or None],
        "status": lambda each: [each.status()],
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
        lambda among: select(region, region.volumes, FIELDS, request.parameters.get("Filters"), among),
    )
    return {"Volumes": [volume_shown(region, region.volumes[key]) for key in page], "NextToken": token}
