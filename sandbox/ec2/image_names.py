"""What an image may be called."""

import re

from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError

NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
LONGEST_DESCRIPTION = 255


def check_name(region: RegionStore, name: str, *, own: str | None = None) -> None:
    """Let pass a name that is well formed and free in this account and region, or held by the image `own` only.

    The name of an image that was just deregistered is not free yet.

    Raises:
        ApiError: InvalidAMIName.Malformed or InvalidAMIName.Duplicate.
    """
    if not NAME.fullmatch(name):
        raise ApiError(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '[', ']', ' ', '.', '/', '-', ''', '@' and '_'",
        )
    for holder in region.images_of_name(name):
        if holder == own:
            continue
        raise ApiError("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {holder}")


def check_description(description: str) -> None:
    """Let pass at most 255 ASCII characters.

    Raises:
        ApiError: InvalidParameterValue.
    """
    if len(description) > LONGEST_DESCRIPTION or not description.isascii():
        raise ApiError(
            "InvalidParameterValue", f"Character sets beyond ASCII and more than {LONGEST_DESCRIPTION} characters are not supported."
        )
