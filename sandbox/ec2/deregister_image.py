"""DeregisterImage, with or without its snapshots."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.protection import is_protected
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request


def deregister_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeregisterImage: with DeleteAssociatedSnapshots, says of each snapshot whether it went; one that another image uses is skipped.

    Raises:
        ApiError: OperationNotPermitted for an image under deregistration protection, or in its cooldown.
    """
    region = ec2.region(request)
    image = lookups.image(region, request.parameters["ImageId"])
    if is_protected(ec2, image):
        raise ApiError("OperationNotPermitted", f"The image '{image.id}' is protected from deregistration.")
    region.remove_image(image)
    ec2.notices.image(region.name, image, request.request_id, state="deregistered")
    wanted = request.parameters.get("DeleteAssociatedSnapshots", False)
    results = [_deleted(region, key) for key in image.snapshot_ids()] if wanted else []
    return {"Return": True, "DeleteSnapshotResults": results}


def _deleted(region: RegionStore, key: str) -> dict[str, str]:
    if region.images_of_snapshot(key):
        return {"SnapshotId": key, "ReturnCode": "skipped"}
    snapshot = region.snapshots.get(key)
    if snapshot is None:
        return {"SnapshotId": key, "ReturnCode": "client-error"}
    region.remove_snapshot(snapshot)
    return {"SnapshotId": key, "ReturnCode": "success"}
