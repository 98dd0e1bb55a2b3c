"""DeregisterImage, with or without its snapshots."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.protection import is_protected
from sandbox.ec2.recycle_bin import discard_image, discard_snapshot
from sandbox.gateway import ApiError, Request


def deregister_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeregisterImage: with DeleteAssociatedSnapshots, says of each snapshot whether it went; one that another image uses is skipped.

    What a rule of the Recycle Bin keeps goes there, image and snapshots each by its own. Faults that refuse DeleteSnapshot refuse it here too.

    Raises:
        ApiError: OperationNotPermitted for an image under deregistration protection, or in its cooldown (unverified: the code);
            InvalidAMIID.Unavailable for one that was just deregistered.
    """
    region = ec2.region(request)
    if request.parameters["ImageId"] in region.departing:
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{request.parameters['ImageId']}' is no longer available")
    image = lookups.image(region, request.parameters["ImageId"])
    if is_protected(ec2, image):
        raise ApiError("OperationNotPermitted", f"The image '{image.id}' is protected from deregistration.")
    discard_image(ec2, region, image)
    ec2.notices.image(region.name, image, request.request_id, state="deregistered")
    wanted = request.parameters.get("DeleteAssociatedSnapshots", False)
    results = [{"SnapshotId": key, "ReturnCode": _delete(ec2, request, key)} for key in image.snapshot_ids()] if wanted else []
    return {"Return": True, "DeleteSnapshotResults": results}


def _delete(ec2: Ec2, request: Request, key: str) -> str:
    region = ec2.region(request)
    if region.images_of_snapshot(key):
        return "skipped"
    asked = replace(request, operation="DeleteSnapshot", parameters={"SnapshotId": key})
    try:
        ec2.permit(asked)
    except ApiError:
        return "missing-permissions"
    try:
        ec2.faults.guard(asked)
    except ApiError as error:
        return "internal-error" if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client-error"
    snapshot = region.snapshots.get(key)
    if snapshot is None:
        return "client-error"
    if snapshot.lock and snapshot.lock.state(ec2.now()) != "expired":
        return "client-error"
    discard_snapshot(ec2, region, snapshot)
    return "success"
