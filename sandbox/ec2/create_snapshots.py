"""CreateSnapshots: of an instance's volumes, all at one moment."""

from datetime import timedelta
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.image_life import end_snapshot
from sandbox.ec2.image_names import check_description
from sandbox.ec2.new_snapshot import check_place, check_volumes, problem_asked, problem_by_now, taken
from sandbox.ec2.notices import seconds
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance, Snapshot, Volume
from sandbox.ec2.snapshot_view import snapshot_info
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import check_number, specified
from sandbox.gateway import ApiError, Request

MOST_EXCLUDED = 40


def create_snapshots(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateSnapshots of a running or stopped instance; all of them complete together, with one event, or are all in error for one key.

    Raises:
        ApiError: a volume that cannot be left out, what is wrong with the tags, or the limit that one of the volumes is at.
    """
    parameters, region = request.parameters, ec2.region(request)
    check_place(parameters)
    check_description(parameters.get("Description", ""))
    instance = lookups.instance(region, parameters["InstanceSpecification"]["InstanceId"])
    volumes = _volumes(region, instance, parameters["InstanceSpecification"])
    tags = _tags(region, parameters, volumes)
    check_volumes(ec2, region, volumes)
    snapshots = [taken(ec2, region, volume, parameters.get("Description", "")) for volume in volumes]
    for snapshot in snapshots:
        region.tags.put(snapshot.id, tags[snapshot.volume_id])
    delay = max((ec2.timing.of_image(each.full_bytes) for each in snapshots), default=timedelta())
    problem = next(filter(None, (problem_asked(ec2, request, volume) for volume in volumes)), None)
    ec2.clock.after(delay, lambda: _complete(ec2, region, snapshots, problem))
    return {"Snapshots": [snapshot_info(region, snapshot) for snapshot in snapshots]}


def _volumes(region: RegionStore, instance: Instance, asked: dict[str, Any]) -> list[Volume]:
    if instance.state not in {"running", "stopped"}:
        raise ApiError("IncorrectState", f"The instance '{instance.id}' is {instance.state}.")
    excluded = asked.get("ExcludeDataVolumeIds") or []
    root = instance.volumes.get(instance.root_device)
    if len(excluded) > MOST_EXCLUDED:
        raise ApiError("InvalidParameterValue", f"At most {MOST_EXCLUDED} volumes can be excluded.")
    if root in excluded:
        raise ApiError("InvalidParameterValue", "The root volume is excluded by ExcludeBootVolume.")
    foreign = set(excluded) - set(instance.volumes.values())
    if foreign:
        raise ApiError("InvalidParameterValue", f"Not attached to '{instance.id}': {', '.join(sorted(foreign))}")
    without = {*excluded, root} if asked.get("ExcludeBootVolume") else set(excluded)
    found = [region.volumes[key] for key in instance.volumes.values() if key not in without]
    if not found:
        raise ApiError("InvalidParameterValue", f"No volume of '{instance.id}' is left to take a snapshot of.")
    return found


def _tags(region: RegionStore, parameters: dict[str, Any], volumes: list[Volume]) -> dict[str, dict[str, str]]:
    """The tags of each volume's snapshot."""
    given = specified(parameters, "snapshot")["snapshot"]
    result = {}
    for volume in volumes:
        held = region.tags.of(volume.id) if parameters.get("CopyTagsFromSource") == "volume" else {}
        result[volume.id] = {key: value for key, value in held.items() if not key.startswith("aws:")} | given
        check_number(result[volume.id])
    return result


def _complete(ec2: Ec2, region: RegionStore, snapshots: list[Snapshot], problem: str | None) -> None:
    kept = [snapshot for snapshot in snapshots if snapshot.id in region.snapshots]
    problem = problem or next(filter(None, (problem_by_now(ec2, region, snapshot) for snapshot in kept)), None)
    for snapshot in kept:
        end_snapshot(ec2, region, snapshot, problem)
    if not kept:
        return  # deleted meanwhile
    arns = [f"arn:aws:ec2::{region.name}:snapshot/{each.id}" for each in kept]
    detail = {
        "event": "createSnapshots",
        "result": "failed" if problem else "succeeded",
        "cause": f"Snapshot {kept[0].id} is in status error" if problem else "",
        "request-id": "",
        "startTime": seconds(kept[0].started),
        "endTime": seconds(ec2.now()),
        "snapshots": [
            {"snapshot_id": arn, "source": f"arn:aws:ec2::{region.name}:volume/{each.volume_id}", "status": each.state}
            for arn, each in zip(arns, kept, strict=True)
        ],
    }
    ec2.notices.send(region.name, "aws.ec2", "EBS Multi-Volume Snapshots Completion Status", arns, detail)
