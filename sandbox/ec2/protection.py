"""EnableImageDeregistrationProtection and DisableImageDeregistrationProtection."""

from datetime import timedelta
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image
from sandbox.ec2.store import stamp
from sandbox.gateway import Request

COOLDOWN = timedelta(hours=24)
WITH_COOLDOWN = "enabled-with-cooldown"


def enable_image_deregistration_protection(ec2: Ec2, request: Request) -> dict[str, Any]:
    """EnableImageDeregistrationProtection. Unverified: that a cooldown which was asked for, or has begun, is not shaken off by enabling without."""
    image = lookups.made_image(ec2.region(request), request.parameters["ImageId"])
    cools = request.parameters.get("WithCooldown") or image.protection == WITH_COOLDOWN or image.protected_until
    image.protection = WITH_COOLDOWN if cools else "enabled-without-cooldown"
    image.protected_until = None
    return {"Return": image.protection}


def disable_image_deregistration_protection(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DisableImageDeregistrationProtection: after a cooldown of 24 hours if there is one."""
    image = lookups.made_image(ec2.region(request), request.parameters["ImageId"])
    if image.protection == WITH_COOLDOWN:
        until = ec2.now() + COOLDOWN
        image.protected_until = until
        image.protection = f"disabled after {stamp(until)}"
        ec2.clock.at(until, lambda: _lift(ec2, image))
    elif not image.protected_until:
        image.protection = "disabled"
    return {"Return": image.protection}


def is_protected(ec2: Ec2, image: Image) -> bool:
    """Whether it cannot be deregistered now."""
    if image.protected_until:
        return ec2.now() < image.protected_until
    return image.protection != "disabled"


def _lift(ec2: Ec2, image: Image) -> None:
    if image.protected_until and ec2.now() >= image.protected_until:
        image.protection, image.protected_until = "disabled", None
