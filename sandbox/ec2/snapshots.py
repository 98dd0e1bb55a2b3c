"""CreateSnapshot and DeleteSnapshot."""

from typing import Any

from sandbox.ec2 import image_life, lookups
from sandbox.ec2.describe_snapshots import snapshot_shown
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.recycle_bin import discard_snapshot
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request


def create_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateSnapshot of a volume; pending, then completed.

    Raises:
        ApiError: SnapshotCreationPerVolumeRateExceeded within 15 seconds of the volume's last one, or the quota that is full.
    """
    parameters, region = request.parameters, ec2.region(request)
    check_ids(region.volumes, [parameters["VolumeId"]], "vol")
    volume = region.volumes[parameters["VolumeId"]]
    tags = specified(parameters, "snapshot")["snapshot"]
    if volume.snapshot_taken and ec2.now() - volume.snapshot_taken < ec2.timing.snapshot_rate:
        raise ApiError("SnapshotCreationPerVolumeRateExceeded", "The maximum per volume CreateSnapshot request rate has been exceeded.")
    ec2.quotas.check_snapshots(region, [volume])
    volume.snapshot_taken = ec2.now()
    snapshot = Snapshot(
        id=ec2.store.new_id("snap"),
        owner=ec2.account,
        volume_id=volume.id,
        origin=volume.id,
        size=volume.size,
        description=parameters.get("Description", ""),
        started=ec2.now(),
        full_bytes=volume.written_bytes,
        key=volume.key,
    )
    region.add_snapshot(snapshot)
    region.tags.put(snapshot.id, tags)
    ec2.clock.after(ec2.timing.of_image(snapshot.full_bytes), lambda: _complete(ec2, request, snapshot))
    return snapshot_shown(region, snapshot)


def delete_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteSnapshot: into the Recycle Bin if a rule keeps it, else for good.

    Raises:
        ApiError: InvalidSnapshot.InUse while an image starts from it.
    """
    region = ec2.region(request)
    snapshot = lookups.snapshot(region, request.parameters["SnapshotId"])
    users = list(region.images_of_snapshot(snapshot.id))
    if users:
        raise ApiError("InvalidSnapshot.InUse", f"The snapshot {snapshot.id} is currently in use by {', '.join(users)}")
    discard_snapshot(ec2, region, snapshot)
    return {}


def _complete(ec2: Ec2, request: Request, snapshot: Snapshot) -> None:
    if snapshot.id not in ec2.region(request).snapshots:
        return  # deleted meanwhile
    image_life.end_snapshot(ec2, snapshot, None)
    source = f"arn:aws:ec2::{request.region}:volume/{snapshot.volume_id}"
    ec2.notices.snapshot(request.region, snapshot, "createSnapshot", source, {})
