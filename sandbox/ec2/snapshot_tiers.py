"""ModifySnapshotTier and RestoreSnapshotTier: snapshots in the archive."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request

DAYS = (1, 180)
PERMANENT, TEMPORARY = "permanent-restore", "temporary-restore"


def modify_snapshot_tier(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifySnapshotTier: a completed snapshot goes to the archive; it takes a day here.

    Raises:
        ApiError: IncorrectState for one that an image which is not disabled starts from, or that is not plainly in the standard tier;
            ResourceLimitExceeded. Unverified: the codes.
    """
    region = ec2.region(request)
    snapshot = lookups.snapshot(region, request.parameters["SnapshotId"])
    if request.parameters.get("StorageTier", "archive") != "archive":
        raise ApiError("InvalidParameterValue", "The storage tier must be archive.")
    if snapshot.state != "completed" or not snapshot.storage.is_plain():
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' is not completed, or not in the standard tier to stay.")
    users = [key for key in region.images_of_snapshot(snapshot.id) if region.images[key].state != "disabled"]
    if users:
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' is in use by {', '.join(users)}: disable them first.")
    ec2.quotas.check_archiving(region, snapshot)
    snapshot.storage = replace(snapshot.storage, operation="archival-in-progress", since=ec2.now())
    ec2.clock.after(ec2.timing.archive, lambda: _archived(ec2, snapshot))
    return {"SnapshotId": snapshot.id, "TieringStartTime": ec2.now()}


def restore_snapshot_tier(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RestoreSnapshotTier, for some days or for good, which takes three days; of one restored for some days, it changes that at once.

    Raises:
        ApiError: IncorrectState for one that is not in the archive, what is wrong with the days, ResourceLimitExceeded.
    """
    region = ec2.region(request)
    snapshot = lookups.snapshot(region, request.parameters["SnapshotId"])
    days = _days(request.parameters)
    storage = snapshot.storage
    if storage.is_changing() or storage.is_plain():
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' is not archived.")
    if storage.expires:
        _restored(ec2, snapshot, days)
    else:
        ec2.quotas.check_restoring(region)
        snapshot.storage = replace(storage, operation=f"{TEMPORARY if days else PERMANENT}-in-progress", since=ec2.now())
        ec2.clock.after(ec2.timing.restore, lambda: _restored(ec2, snapshot, days))
    return {
        "SnapshotId": snapshot.id,
        "RestoreStartTime": ec2.now(),
        "RestoreDuration": days,
        "IsPermanentRestore": days is None,
    }


def not_plain(region: RegionStore, keys: list[str]) -> list[str]:
    """The snapshots that are archived, restored for some days only, or on their way."""
    return [key for key in keys if key in region.snapshots and not region.snapshots[key].storage.is_plain()]


def check_usable(snapshot: Snapshot) -> None:
    """Let pass a snapshot that volumes and copies can be made of. Unverified: the code.

    Raises:
        ApiError: IncorrectState.
    """
    if snapshot.state != "completed" or snapshot.storage.tier != "standard":
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' is not completed, or it is archived.")


def _days(parameters: dict[str, Any]) -> int | None:
    """The days of a temporary restore; None for a permanent one."""
    days: int | None = parameters.get("TemporaryRestoreDays")
    if bool(parameters.get("PermanentRestore")) == (days is not None):
        raise ApiError("InvalidParameterCombination", "Either PermanentRestore or TemporaryRestoreDays must be specified, and not both.")
    if days is not None and not DAYS[0] <= days <= DAYS[1]:
        raise ApiError("InvalidParameterValue", f"A snapshot can be restored for {DAYS[0]} to {DAYS[1]} days.")
    return days


def _archived(ec2: Ec2, snapshot: Snapshot) -> None:
    snapshot.storage = replace(snapshot.storage, tier="archive", operation="archival-completed", expires=None, archived=ec2.now())


def _restored(ec2: Ec2, snapshot: Snapshot, days: int | None) -> None:
    expires = ec2.now() + timedelta(days=days) if days else None
    snapshot.storage = replace(
        snapshot.storage,
        tier="standard",
        operation=f"{TEMPORARY if days else PERMANENT}-completed",
        expires=expires,
        archived=snapshot.storage.archived if expires else None,
    )

    def end() -> None:
        if snapshot.storage.expires == expires:
            snapshot.storage = replace(snapshot.storage, tier="archive", expires=None)

    if expires:
        ec2.clock.at(expires, end)
