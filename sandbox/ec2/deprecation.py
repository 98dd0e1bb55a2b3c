"""EnableImageDeprecation and DisableImageDeprecation."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request

FURTHEST = timedelta(days=3653)
HALF_A_MINUTE = timedelta(seconds=30)


def enable_image_deprecation(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableImageDeprecation: at a time within ten years, rounded to the minute.

    Raises:
        ApiError: InvalidParameterValue for a time that is past or too far off.
    """
    image = lookups.image(ec2.region(request), request.parameters["ImageId"])
    when: datetime = request.parameters["DeprecateAt"]
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    if not ec2.now() <= when <= ec2.now() + FURTHEST:
        raise ApiError("InvalidParameterValue", "The deprecation time must be in the future, and within ten years.")
    image.deprecated = (when + HALF_A_MINUTE).replace(second=0, microsecond=0)
    return {"Return": True}


def disable_image_deprecation(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableImageDeprecation."""
    lookups.image(ec2.region(request), request.parameters["ImageId"]).deprecated = None
    return {"Return": True}
