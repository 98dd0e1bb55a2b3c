"""CreateSnapshot and DeleteSnapshot."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.image_life import end_snapshot
from sandbox.ec2.image_names import check_description
from sandbox.ec2.new_snapshot import check_place, check_volumes, problem_asked, problem_by_now, taken, tell
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.recycle_bin import discard_snapshot
from sandbox.ec2.snapshot_locks import check_unlocked
from sandbox.ec2.snapshot_view import snapshot_shown
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request


def create_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateSnapshot of a volume; pending, then completed, or in error if the volume's key is out of use or not the caller's to use.

    Raises:
        ApiError: SnapshotCreationPerVolumeRateExceeded within 15 seconds of the volume's last one, or the quota that is full.
    """
    parameters, region = request.parameters, ec2.region(request)
    check_place(parameters)
    check_description(parameters.get("Description", ""))
    volume = lookups.volume(region, parameters["VolumeId"])
    tags = specified(parameters, "snapshot")["snapshot"]
    check_volumes(ec2, region, [volume])
    snapshot = taken(ec2, region, volume, parameters.get("Description", ""))
    region.tags.put(snapshot.id, tags)
    problem = problem_asked(ec2, request, volume)
    ec2.clock.after(ec2.timing.of_image(snapshot.full_bytes), lambda: _complete(ec2, region, snapshot, problem))
    return snapshot_shown(region, snapshot)


def delete_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteSnapshot: into the Recycle Bin if a rule keeps it, else for good.

    Raises:
        ApiError: InvalidSnapshot.InUse while an image starts from it, OperationNotPermitted while it is locked.
    """
    region = ec2.region(request)
    snapshot = lookups.snapshot(region, request.parameters["SnapshotId"])
    check_unlocked(ec2, snapshot)
    users = list(region.images_of_snapshot(snapshot.id))
    if users:
        raise ApiError("InvalidSnapshot.InUse", f"The snapshot {snapshot.id} is currently in use by {', '.join(users)}")
    discard_snapshot(ec2, region, snapshot)
    return {}


def _complete(ec2: Ec2, region: RegionStore, snapshot: Snapshot, problem: str | None) -> None:
    if snapshot.id not in region.snapshots:
        return  # deleted meanwhile
    end_snapshot(ec2, region, snapshot, problem or problem_by_now(ec2, region, snapshot))
    tell(ec2, region, snapshot)
