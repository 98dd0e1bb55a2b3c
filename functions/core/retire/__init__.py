"""Retiring: what becomes of each image of ours, judged from all that the regions hold. The same for the planner and, once more, for the worker."""

from collections.abc import Iterator

from functions.core.config import Config
from functions.core.record import Reason
from functions.core.retire.backup import WHOLE, Backup, Seen, backups, ours, strange, unjudged
from functions.core.retire.ladder import next_step
from functions.core.retire.rails import refusal
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import wreck
from functions.core.values import Image


def judge(config: Config, seen: Seen) -> list[Verdict]:
    """What becomes of each image that carries our home's tag in each region that could be asked; by region, policy, instance and slot.

    A stale image whose rails let it step may still be held by what takes calls to find out: who shares it, what refers to it, what the bin covers.
    """
    verdicts = [verdict for backup in backups(config, seen) for verdict in _of_backup(config, backup)]
    verdicts += [Verdict(image, Reason.NOT_OURS, refused=True) for image in strange(config, seen)]
    verdicts += [Verdict(image, Reason.POLICY_REMOVED) for image in ours(config, seen) if image.key[0] not in config.policies]
    return sorted(verdicts, key=lambda verdict: (verdict.image.region, verdict.image.key, verdict.image.image_id))


def _of_backup(config: Config, backup: Backup) -> Iterator[Verdict]:
    for region, images in backup.images.items():
        reason = unjudged(config, backup, region)
        for image in images:
            yield _unjudged(image, reason) or (wreck(backup, image) if image.failed else _of_image(backup, image))


def _unjudged(image: Image, reason: Reason | None) -> Verdict | None:
    """Why retention has no say about an image; `reason`: why it has none in its region."""
    if image.state == "pending":
        return Verdict(image, Reason.IMAGE_PENDING)
    if not image.failed and image.state not in WHOLE:
        return Verdict(image, Reason.IMAGE_STATE)
    return None if reason is None or (image.failed and reason is Reason.KEPT_FOREVER) else Verdict(image, reason)


def _of_image(backup: Backup, image: Image) -> Verdict:
    kept_by = backup.kept[image.region].get(image.image_id, ())
    if kept_by:
        return Verdict(image, kept_by[0], kept_by=kept_by)
    held_by = refusal(backup, image)
    return next_step(backup, image) if held_by is None else Verdict(image, held_by, refused=True)
