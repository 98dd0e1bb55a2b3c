"""DescribeSnapshotTierStatus."""

from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import as_list
from sandbox.gateway import Request

FIELDS: Fields[Snapshot] = Fields(
    {
        "last-tiering-operation": lambda each: [each.storage.operation],
        "snapshot-id": lambda each: [each.id],
        "volume-id": lambda each: [each.volume_id],
    },
    {"snapshot-id": lambda _, value: [value], "volume-id": RegionStore.snapshots_of_volume},
)


def describe_snapshot_tier_status(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeSnapshotTierStatus of all snapshots, in pages of 5 to 1000."""
    region = ec2.region(request)
    filters = request.parameters.get("Filters")
    page, token = ec2.pages.page(request, lambda: select(region, region.snapshots, FIELDS, filters), region.snapshots)
    return {"SnapshotTierStatuses": [_shown(region, region.snapshots[key]) for key in page], "NextToken": token}


def _shown(region: RegionStore, snapshot: Snapshot) -> dict[str, Any]:
    storage = snapshot.storage
    result = {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id,
        "Status": snapshot.state,
        "OwnerId": snapshot.owner,
        "Tags": as_list(region.tags.of(snapshot.id)),
        "StorageTier": storage.tier,
        "LastTieringStartTime": storage.since,
        "LastTieringProgress": (0 if storage.is_changing() else 100) if storage.operation else None,
        "LastTieringOperationStatus": storage.operation,
        "ArchivalCompleteTime": storage.archived,
        "RestoreExpiryTime": storage.expires,
    }
    return {name: value for name, value in result.items() if value is not None}
