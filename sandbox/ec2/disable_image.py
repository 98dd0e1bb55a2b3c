"""DisableImage and EnableImage."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image
from sandbox.ec2.snapshot_tiers import not_plain
from sandbox.gateway import ApiError, Request


def disable_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableImage: nobody can launch it, and its launch permissions are gone for good. Only an available image can be disabled."""
    image = _in_state(ec2, request, "available")
    image.state, image.permissions = "disabled", []
    ec2.notices.image(request.region, image, request.request_id, state="disabled")
    return {"Return": True}


def enable_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableImage: available again, shared with nobody.

    Raises:
        ApiError: IncorrectState for an image that is not disabled, or whose snapshots are in the archive or restored for some days only.
    """
    image = _in_state(ec2, request, "disabled")
    archived = not_plain(ec2.region(request), image.snapshot_ids())
    if archived:
        raise ApiError("IncorrectState", f"Restore the snapshots of '{image.id}' from the archive for good first: {', '.join(archived)}.")
    image.state = "available"
    ec2.notices.image(request.region, image, request.request_id, state="available")
    return {"Return": True}


def _in_state(ec2: Ec2, request: Request, state: str) -> Image:
    image = lookups.image(ec2.region(request), request.parameters["ImageId"])
    if image.state != state:
        raise ApiError("IncorrectState", f"The image '{image.id}' is {image.state}; {request.operation} does not apply.")
    return image
