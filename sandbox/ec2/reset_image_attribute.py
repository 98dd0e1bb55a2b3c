"""ResetImageAttribute: an image is shared with nobody again."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request


def reset_image_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ResetImageAttribute, which knows launchPermission only.

    Raises:
        ApiError: IncorrectState for a disabled image.
    """
    image = lookups.image(ec2.region(request), request.parameters["ImageId"])
    if image.state == "disabled":
        raise ApiError("IncorrectState", f"The image '{image.id}' is disabled.")
    image.permissions = []
    return {}
