"""ModifyVolume and DescribeVolumesModifications."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Modification, Volume
from sandbox.ec2.store import stamp
from sandbox.ec2.volume_rules import check_volume, usual_iops, usual_throughput
from sandbox.gateway import ApiError, Request

REST = timedelta(hours=6)
CHANGEABLE = ("Size", "VolumeType", "Iops", "Throughput")


def modify_volume(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifyVolume: modifying, then as large and fast as asked while it is optimizing, then completed. Once in six hours.

    Raises:
        ApiError: InvalidParameterValue for a smaller size, VolumeModificationRateExceeded, and what a volume of its type cannot be.
    """
    parameters = request.parameters
    volume = lookups.volume(ec2.region(request), parameters["VolumeId"])
    last = volume.modification
    if not any(name in parameters for name in CHANGEABLE):
        raise ApiError("MissingParameter", f"The request must contain one of {', '.join(CHANGEABLE)}")
    if last and (last.state in {"modifying", "optimizing"} or ec2.now() - last.started < REST):
        raise ApiError("VolumeModificationRateExceeded", f"The volume '{volume.id}' was modified within six hours.")
    wanted = _wanted(volume, parameters)
    volume.modification = change = Modification(replace(volume, modification=None), wanted, ec2.now())
    ec2.clock.after(ec2.timing.modification, lambda: _apply(ec2, request, volume, change))
    ec2.clock.after(ec2.timing.modification + ec2.timing.optimization, lambda: _finish(ec2, change))
    return {"VolumeModification": _shown(volume.id, change)}


def describe_volumes_modifications(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeVolumesModifications: the last one of each volume, in pages of up to 500."""
    kept = {key: volume.modification for key, volume in ec2.region(request).volumes.items() if volume.modification}
    filters = request.parameters.get("Filters")
    page, token = listed(ec2, request, kept, "vol", lambda among: select(ec2.region(request), kept, FIELDS, filters, among))
    return {"VolumesModifications": [_shown(key, kept[key]) for key in page], "NextToken": token}


def _wanted(volume: Volume, parameters: dict[str, Any]) -> Volume:
    size, kind = parameters.get("Size", volume.size), parameters.get("VolumeType", volume.type)
    if size < volume.size:
        raise ApiError("InvalidParameterValue", f"New size cannot be smaller than existing size ({volume.size} GiB)")
    check_volume(kind, size, parameters.get("Iops"), parameters.get("Throughput"))
    same = kind == volume.type
    iops = parameters.get("Iops") or (volume.iops if same and kind != "gp2" else usual_iops(kind, size))
    check_volume(kind, size, None if kind == "gp2" else iops, None)
    throughput = parameters.get("Throughput") or (volume.throughput if same else usual_throughput(kind))
    return replace(volume, size=size, type=kind, iops=iops, throughput=throughput, modification=None)


def _apply(ec2: Ec2, request: Request, volume: Volume, change: Modification) -> None:
    wanted = change.wanted
    volume.size, volume.type, volume.iops, volume.throughput = wanted.size, wanted.type, wanted.iops, wanted.throughput
    change.state = "optimizing"
    ec2.notices.volume(request.region, volume, "modifyVolume", request.request_id)


def _finish(ec2: Ec2, change: Modification) -> None:
    change.state, change.ended = "completed", ec2.now()


def _shown(key: str, change: Modification) -> dict[str, Any]:
    result: dict[str, Any] = {
        "VolumeId": key,
        "ModificationState": change.state,
        "Progress": 100 if change.ended else 0,
        "StartTime": change.started,
        "EndTime": change.ended,
    }
    for prefix, volume in (("Original", change.before), ("Target", change.wanted)):
        result |= {
            f"{prefix}Size": volume.size,
            f"{prefix}VolumeType": volume.type,
            f"{prefix}Iops": volume.iops,
            f"{prefix}Throughput": volume.throughput,
            f"{prefix}MultiAttachEnabled": False,
        }
    return {name: value for name, value in result.items() if value is not None}


FIELDS: Fields[Modification] = Fields(
    {
        "modification-state": lambda each: [each.state],
        "original-iops": lambda each: [str(each.before.iops)],
        "original-size": lambda each: [str(each.before.size)],
        "original-volume-type": lambda each: [each.before.type],
        "originalMultiAttachEnabled": lambda _: ["false"],
        "start-time": lambda each: [stamp(each.started)],
        "target-iops": lambda each: [str(each.wanted.iops)],
        "target-size": lambda each: [str(each.wanted.size)],
        "target-volume-type": lambda each: [each.wanted.type],
        "targetMultiAttachEnabled": lambda _: ["false"],
        "volume-id": lambda each: [each.before.id],
    }
)
