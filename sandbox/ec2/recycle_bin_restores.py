"""RestoreImageFromRecycleBin, RestoreSnapshotFromRecycleBin and RestoreVolumeFromRecycleBin. None sends an event."""

from typing import Any

from sandbox.ec2.image_names import check_name
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.ec2.recycle_bin import restorable, take_out
from sandbox.ec2.snapshot_view import snapshot_shown
from sandbox.gateway import ApiError, Request

SHOWN = ("SnapshotId", "Description", "Encrypted", "OwnerId", "Progress", "StartTime", "State", "VolumeId", "VolumeSize")


def restore_image_from_recycle_bin(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RestoreImageFromRecycleBin, after its snapshots: with its id, name, tags, state, and shared as before.

    Raises:
        ApiError: InvalidSnapshot.NotFound while one of its snapshots is not there, IncorrectState while one is not complete,
            InvalidAMIName.Duplicate if its name was taken meanwhile; AWS documents none of the codes, nor that it refuses for the name.
    """
    region, key = ec2.region(request), request.parameters["ImageId"]
    check_ids(restorable(ec2, region.images_in_bin, key), [key], "ami")
    image = region.images_in_bin[key].resource
    missing = [each for each in image.snapshot_ids() if each not in region.snapshots]
    if missing:
        raise ApiError("InvalidSnapshot.NotFound", f"Restore the snapshots of {key} first: {', '.join(missing)} does not exist.")
    unfit = [each for each in image.snapshot_ids() if region.snapshots[each].state != "completed"]
    if unfit:
        raise ApiError("IncorrectState", f"The snapshots of {key} must be complete first: {', '.join(unfit)} is not.")
    check_name(region, image.name, own=key)
    image.visible = ec2.now() + ec2.timing.visibility_lag
    region.add_image(take_out(region, region.images_in_bin, key))
    return {"Return": True}


def restore_snapshot_from_recycle_bin(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RestoreSnapshotFromRecycleBin: with its id and tags, shared as before.

    AWS says that it can be used at once, and its example answers `recovering`. Unverified: here it is that for half a minute, and is no use yet.
    """
    region, key = ec2.region(request), request.parameters["SnapshotId"]
    check_ids(restorable(ec2, region.snapshots_in_bin, key), [key], "snap")
    snapshot = take_out(region, region.snapshots_in_bin, key)
    region.add_snapshot(snapshot)
    snapshot.state = "recovering"

    def recover() -> None:
        snapshot.state = "completed" if snapshot.completed else "error"

    ec2.clock.after(ec2.timing.recovery, recover)
    shown = snapshot_shown(region, snapshot)
    return {name: shown.get(name) for name in SHOWN}


def restore_volume_from_recycle_bin(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RestoreVolumeFromRecycleBin: with its id and tags, available."""
    region, key = ec2.region(request), request.parameters["VolumeId"]
    check_ids(restorable(ec2, region.volumes_in_bin, key), [key], "vol")
    region.volumes[key] = take_out(region, region.volumes_in_bin, key)
    return {"Return": True}
