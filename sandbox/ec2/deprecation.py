"""EnableImageDeprecation and DisableImageDeprecation."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.store import stamp
from sandbox.gateway import ApiError, Request

FURTHEST = timedelta(days=3652)
FURTHEST_IF_PUBLIC = timedelta(days=730)
HALF_A_MINUTE = timedelta(seconds=30)


def enable_image_deprecation(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableImageDeprecation: at a time within ten years, rounded to the minute; of a public image within two years of its creation.

    Raises:
        ApiError: InvalidParameterValue for a time that is past or too far off.
    """
    image = lookups.made_image(ec2.region(request), request.parameters["ImageId"])
    when: datetime = request.parameters["DeprecateAt"]
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    furthest = image.created + FURTHEST_IF_PUBLIC if image.public() else ec2.now() + FURTHEST
    if not ec2.now() <= when <= furthest:
        raise ApiError("InvalidParameterValue", f"The deprecation time must be in the future, and not after {stamp(furthest)}.")
    image.deprecated = (when + HALF_A_MINUTE).replace(second=0, microsecond=0)
    return {"Return": True}


def disable_image_deprecation(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableImageDeprecation."""
    lookups.made_image(ec2.region(request), request.parameters["ImageId"]).deprecated = None
    return {"Return": True}
