"""Block public access: for images and for snapshots, region by region."""

from typing import Any

from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request

BLOCKED, UNBLOCKED = "block-new-sharing", "unblocked"
OF_SNAPSHOTS = ("block-all-sharing", BLOCKED)


def enable_image_block_public_access(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableImageBlockPublicAccess: it holds, and is shown, ten minutes later."""
    if request.parameters["ImageBlockPublicAccessState"] != BLOCKED:
        raise ApiError("InvalidParameterValue", f"The state can only be {BLOCKED}.")
    settings = ec2.region(request).settings
    settings.public_access_change = change = object()

    def hold() -> None:
        if settings.public_access_change is change:
            settings.images_public = BLOCKED

    ec2.clock.after(ec2.timing.public_access, hold)
    return {"ImageBlockPublicAccessState": BLOCKED}


def disable_image_block_public_access(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableImageBlockPublicAccess, at once."""
    settings = ec2.region(request).settings
    settings.images_public, settings.public_access_change = UNBLOCKED, None
    return {"ImageBlockPublicAccessState": UNBLOCKED}


def get_image_block_public_access_state(ec2: Ec2, request: Request) -> dict[str, Any]:
    """GetImageBlockPublicAccessState: blocked in a new account."""
    return {"ImageBlockPublicAccessState": ec2.region(request).settings.images_public, "ManagedBy": "account"}


def enable_snapshot_block_public_access(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableSnapshotBlockPublicAccess: of new sharing, or of all."""
    state = request.parameters["State"]
    if state not in OF_SNAPSHOTS:
        raise ApiError("InvalidParameterValue", f"The state can only be {' or '.join(OF_SNAPSHOTS)}.")
    ec2.region(request).settings.snapshots_public = state
    return {"State": state}


def disable_snapshot_block_public_access(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableSnapshotBlockPublicAccess."""
    ec2.region(request).settings.snapshots_public = UNBLOCKED
    return {"State": UNBLOCKED}


def get_snapshot_block_public_access_state(ec2: Ec2, request: Request) -> dict[str, Any]:
    """GetSnapshotBlockPublicAccessState: unblocked in a new account."""
    return {"State": ec2.region(request).settings.snapshots_public, "ManagedBy": "account"}
