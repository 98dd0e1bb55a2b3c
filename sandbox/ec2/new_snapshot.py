"""Snapshots as they are taken of volumes."""

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot, Volume
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request


def is_too_soon(ec2: Ec2, volume: Volume) -> bool:
    """Whether a volume has given a snapshot within the last 15 seconds."""
    return volume.snapshot_taken is not None and ec2.now() - volume.snapshot_taken < ec2.timing.snapshot_rate


def check_place(parameters: Mapping[str, Any]) -> None:
    """No volume here is in a Local Zone or on an Outpost. Unverified: the code.

    Raises:
        ApiError: InvalidParameterValue.
    """
    for name in ("Location", "OutpostArn"):
        if name in parameters:
            raise ApiError("InvalidParameterValue", f"{name} is only supported in Local Zones or on Outposts.")


def check_volumes(ec2: Ec2, region: RegionStore, volumes: Collection[Volume]) -> None:
    """Let pass volumes that may give a snapshot now.

    Raises:
        ApiError: IncorrectState, SnapshotCreationPerVolumeRateExceeded, or the quota that is full.
    """
    for volume in volumes:
        if volume.status() not in {"available", "in-use"}:
            raise ApiError("IncorrectState", f"The volume '{volume.id}' is {volume.status()}.")
        if is_too_soon(ec2, volume):
            raise ApiError("SnapshotCreationPerVolumeRateExceeded", "The maximum per volume CreateSnapshot request rate has been exceeded.")
    ec2.quotas.check_snapshots(region, volumes)


def problem_asked(ec2: Ec2, request: Request, volume: Volume) -> str | None:
    """What is wrong with a volume's key, for who asks for its snapshot. Unverified: that it is asked of the caller, as for an image."""
    return ec2.keys.imaged(request.region, volume.key, request.caller)[1] if volume.key else None


def problem_by_now(ec2: Ec2, region: RegionStore, snapshot: Snapshot) -> str | None:
    """What is wrong with a snapshot's key by now."""
    return ec2.keys.out_of_use(region.name, snapshot.key) if snapshot.key else None


def taken(ec2: Ec2, region: RegionStore, volume: Volume, description: str) -> Snapshot:
    """A pending snapshot of what is written to a volume at this moment."""
    volume.snapshot_taken = ec2.now()
    snapshot = Snapshot(
        id=ec2.store.new_id("snap"),
        owner=ec2.account,
        volume_id=volume.id,
        origin=volume.id,
        size=volume.size,
        description=description,
        started=ec2.now(),
        full_bytes=volume.written_bytes,
        key=volume.key,
    )
    region.add_snapshot(snapshot)
    return snapshot


def tell(ec2: Ec2, region: RegionStore, snapshot: Snapshot) -> None:
    """Send the event that a snapshot has ended."""
    ec2.notices.snapshot(region.name, snapshot, "createSnapshot", f"arn:aws:ec2::{region.name}:volume/{snapshot.volume_id}", {})
