"""Deprecating images: whoever looks for one does not find it any more, but it can be launched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.aws import clients, permissions
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason, Status

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from functions.core.messages import Retire

AHEAD = timedelta(minutes=1)
"""How far ahead a deprecation date lies: in the past it must not."""


def deprecate(ec2: EC2Client, action: Retire, now: datetime, *, protect_shared: bool) -> Outcome:
    """Deprecate an image as of `now` by AWS's clock (EC2 EnableImageDeprecation), unless others may launch it and that protects it.

    Raises what boto3 raises.
    """
    shared = permissions.of(ec2, action.image_id) if protect_shared else []
    if shared:
        return skipped(Reason.SHARED, resource_id=action.image_id, detail={"with": shared})
    response = ec2.enable_image_deprecation(ImageId=action.image_id, DeprecateAt=_soon(now))
    return Outcome(Status.DONE, action.reason, action.image_id, request_id=clients.request_id(response))


def _soon(now: datetime) -> datetime:
    """On the minute, to which EC2 rounds: rounded up, since it must not lie in the past when it arrives."""
    return (now + AHEAD).replace(second=0, microsecond=0) + timedelta(minutes=1)
