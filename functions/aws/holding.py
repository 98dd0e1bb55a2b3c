"""Holding images: the tag that keeps an image and its snapshots, whatever retention says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from functions.aws import faults, tagging
from functions.core import tags
from functions.core.messages import Hold
from functions.core.outcome import Outcome, already, skipped
from functions.core.record import Reason, Status
from functions.core.values import Image

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def hold(ec2: EC2Client, action: Hold, image: Image | None, now: datetime) -> Outcome:
    """Hold one image with its snapshots (EC2 CreateTags), or say why not. `image`: as it is now, if it is ours."""
    if image is None:
        return skipped(Reason.SOURCE_GONE, resource_id=action.image_id)
    if image.held:
        return already(image.image_id)
    if now > action.not_after:
        return skipped(Reason.EXPIRED, resource_id=image.image_id, detail={"not_after": action.not_after.isoformat()})
    snapshots = [device.snapshot_id for device in image.devices]
    try:
        written, refused = tagging.put(ec2, [image.image_id, *snapshots], tags.HOLD, action.why, needed=image.image_id)
    except faults.AwsFault as fault:
        return faults.outcome(fault, resource_id=image.image_id)
    detail: dict[str, object] = {"snapshots": [key for key in snapshots if key in written]}
    missing = sorted(key for key, fault in refused.items() if tagging.is_missing(fault))
    others = {key: faults.code(fault) for key, fault in sorted(refused.items()) if key not in missing}
    detail |= ({"missing": missing} if missing else {}) | ({"refused": others} if others else {})
    return Outcome(Status.DONE, action.reason, image.image_id, request_id=written[image.image_id], detail=detail)
