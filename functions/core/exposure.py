"""Exposure: what of a backup more people can get at than may be meant, or fewer than a restore elsewhere needs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from functions.core import selection
from functions.core.config import Config, Policy
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason
from functions.core.values import Image, Instance, Volume
from functions.core.volumes import devices

ASKED = 100
"""In a region, so many images a day are asked about who may launch them: EC2 tells that in a call for each."""

NAMED = 50
"""How many accounts a record names: a log line has its limits, the count does not."""

ADVICE: Mapping[Reason, str] = {
    Reason.NOT_ENCRYPTED: "its images in the home region are not encrypted either: docs/findings.md#not_encrypted",
    Reason.AWS_KEY: "images under AWS's own key cannot be shared with another account: docs/findings.md#aws_key",
    Reason.PUBLIC: "everybody may launch and copy it: docs/findings.md#public",
    Reason.SHARED: "others may launch it; see that they should: docs/findings.md#shared",
}


def of_instance(config: Config, instance: Instance, seen: Mapping[str, Volume], aws_key: str | None) -> Outcome | None:
    """What is to be told of the volumes that images of `instance` have; `aws_key` is the ARN of AWS's own key, if anything is under it."""
    policies = [policy for policy in selection.policies(config, instance) if _covers(config, policy, instance)]
    left_out = [devices(policy, instance, seen).left_out for policy in policies]
    imaged = [one.volume_id for one in instance.attached if any(one.device not in devices for devices in left_out)]
    volumes = [seen[key] for key in imaged if key in seen]
    found = {
        Reason.NOT_ENCRYPTED: [volume.volume_id for volume in volumes if not volume.encrypted],
        Reason.AWS_KEY: [volume.volume_id for volume in volumes if aws_key is not None and volume.key_arn == aws_key],
    }
    reasons = [reason for reason, ids in found.items() if ids]
    if not reasons:
        return None
    detail: dict[str, Any] = {str(reason): found[reason] for reason in reasons}
    return skipped(reasons[0], resource_id=instance.instance_id, detail=detail | {"advice": [ADVICE[reason] for reason in reasons]})


def _covers(config: Config, policy: Policy, instance: Instance) -> bool:
    return selection.why_not(config, policy, instance) in {None, Reason.INSTANCE_STATE}


def share(images: Iterable[Image], at: datetime) -> list[Image]:
    """Those of a region's `images` that are asked about on the day of `at`: `ASKED` at most, and each every so many days.

    The days are a power of two, so that an image keeps its turn when there are twice as many, or half.
    """
    turns = [(crc32(image.image_id.encode()), image) for image in sorted(images, key=lambda image: image.image_id)]
    days = 1
    while max(Counter(turn % days for turn, _ in turns).values(), default=0) > ASKED:
        days *= 2
    return [image for turn, image in turns if turn % days == at.toordinal() % days]


def of_public(image: Image) -> Outcome | None:
    """What is to be told of an image that everybody may launch: DescribeImages says so."""
    return skipped(Reason.PUBLIC, resource_id=image.image_id, detail={"advice": ADVICE[Reason.PUBLIC]}) if image.public else None


def of_permissions(image: Image, permissions: Sequence[Mapping[str, str]]) -> Outcome | None:
    """What is to be told of an image with these launch permissions, as EC2 writes them."""
    others = sorted(value for permission in permissions for key, value in permission.items() if key != "Group")
    if not others:
        return None
    detail = {"with": others[:NAMED], "count": len(others), "advice": ADVICE[Reason.SHARED]}
    return skipped(Reason.SHARED, resource_id=image.image_id, detail=detail)
