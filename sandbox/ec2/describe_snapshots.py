"""DescribeSnapshots."""

from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.store import RegionStore, stamp
from sandbox.ec2.tag_rules import as_list
from sandbox.gateway import Request

FIELDS: Fields[Snapshot] = Fields(
    {
        "description": lambda each: [each.description],
        "encrypted": lambda each: ["true" if each.key else "false"],
        "owner-id": lambda each: [each.owner],
        "progress": lambda each: [_progress(each)],
        "snapshot-id": lambda each: [each.id],
        "start-time": lambda each: [stamp(each.started)],
        "status": lambda each: [each.state],
        "storage-tier": lambda _: ["standard"],
        "volume-id": lambda each: [each.volume_id],
        "volume-size": lambda each: [str(each.size)],
    },
    {"snapshot-id": lambda _, value: [value], "volume-id": RegionStore.snapshots_of_volume},
)


def describe_snapshots(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeSnapshots: the account's own are all there are."""
    region, parameters = ec2.region(request), request.parameters
    owners = parameters.get("OwnerIds")
    kept = region.snapshots if not owners or {"self", ec2.account} & set(owners) else {}
    page, token = listed(ec2, request, kept, "snap", lambda: select(region, kept, FIELDS, parameters.get("Filters")))
    return {"Snapshots": [snapshot_shown(region, kept[key]) for key in page], "NextToken": token}


def snapshot_shown(region: RegionStore, snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot; its full size is known once it is complete."""
    done = snapshot.state == "completed"
    result = {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id,
        "VolumeSize": snapshot.size,
        "Description": snapshot.description,
        "OwnerId": snapshot.owner,
        "State": snapshot.state,
        "StateMessage": snapshot.message or None,
        "StartTime": snapshot.started,
        "CompletionTime": snapshot.completed,
        "Progress": _progress(snapshot),
        "Encrypted": snapshot.key is not None,
        "KmsKeyId": snapshot.key,
        "StorageTier": "standard",
        "FullSnapshotSizeInBytes": snapshot.full_bytes if done else None,
        "Tags": as_list(region.tags.of(snapshot.id)),
    }
    return {name: value for name, value in result.items() if value is not None}


def _progress(snapshot: Snapshot) -> str:
    return "100%" if snapshot.state == "completed" else "0%"
