"""A snapshot as the API shows it."""

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sandbox.ec2.public_images import AMAZON
from sandbox.ec2.records import Snapshot
from sandbox.ec2.shown import Shown
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import as_list

INFO = ("Description", "Tags", "Encrypted", "VolumeId", "State", "VolumeSize", "StartTime", "Progress", "OwnerId", "SnapshotId")


def snapshot_shown(region: RegionStore, snapshot: Snapshot) -> Shown:
    """A snapshot; its full size is known once it is complete."""
    return region.views.of(snapshot, region.tags.of(snapshot.id), _members)


def _members(snapshot: Snapshot, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id,
        "VolumeSize": snapshot.size,
        "Description": snapshot.description,
        "OwnerId": snapshot.owner,
        "OwnerAlias": alias(snapshot),
        "State": snapshot.state,
        "StateMessage": snapshot.message or None,
        "StartTime": snapshot.started,
        "CompletionTime": snapshot.completed,
        "CompletionDurationMinutes": snapshot.transfer_minutes,
        "TransferType": snapshot.transfer,
        "Progress": progress(snapshot),
        "Encrypted": snapshot.key is not None,
        "KmsKeyId": snapshot.key,
        "DataEncryptionKeyId": _data_key(snapshot.origin, snapshot.key) if snapshot.key else None,
        "StorageTier": snapshot.storage.tier,
        "RestoreExpiryTime": snapshot.storage.expires,
        "FullSnapshotSizeInBytes": snapshot.full_bytes if snapshot.state == "completed" else None,
        "Tags": as_list(tags),
    }


def snapshot_info(region: RegionStore, snapshot: Snapshot) -> dict[str, Any]:
    """The few fields that CreateSnapshots and a restore from the Recycle Bin show."""
    shown = snapshot_shown(region, snapshot)
    return {name: shown[name] for name in INFO if name in shown}


def progress(snapshot: Snapshot) -> str:
    """How far it is."""
    return {"completed": "100%", "recovering": "99%"}.get(snapshot.state, "0%")


def alias(snapshot: Snapshot) -> str | None:
    """`amazon`, for Amazon's own."""
    return "amazon" if snapshot.owner == AMAZON else None


@lru_cache(maxsize=65536)
def _data_key(origin: str, key: str) -> str:
    """The same for a volume's snapshots under one key, as they share its data key."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{origin}/{key}"))
