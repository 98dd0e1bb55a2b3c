"""Wrecks and orphans: failed images, and snapshots that belong to no image."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from functions.core import tags
from functions.core.config import Config
from functions.core.night import Night
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason
from functions.core.retire.backup import Backup, Seen, backups
from functions.core.retire.rails import refusal
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.slot import is_on_demand, is_slot
from functions.core.values import Image, Snapshot

ORPHAN_AGE = timedelta(days=7)
"""So old a snapshot must be: a younger one's image may not be shown yet, or somebody may be about to register one of it."""

IN_THE_BIN = frozenset({"recoverable", "recovering"})
"""Snapshot states (EC2 DescribeSnapshots) of what was deleted already, or comes back right now."""


def wreck(backup: Backup, image: Image) -> Verdict:
    """A failed image is deregistered once its slot has a good one in its region, or nobody makes one any more: until then its name counts."""
    if image.held or image.protected:
        return Verdict(image, Reason.HELD if image.held else Reason.PROTECTED, refused=True)
    replaced = any(one.key == image.key and one.image_id in backup.seen.good for one in backup.images.get(image.region, ()))
    night = Night.of_image(image.tags[tags.HOME], backup.policy, image.key[2], image.created)
    is_done = replaced or backup.seen.now > night.copy_until
    return Verdict(image, Reason.WRECK, Step.DEREGISTER) if is_done else Verdict(image, Reason.IMAGE_FAILED)


@dataclass(frozen=True)
class Orphan:
    """A snapshot of ours in `region` that belongs to no image; `refusal`: why it is not deleted."""

    region: str
    snapshot: Snapshot
    refusal: Outcome | None = None


def orphans(config: Config, seen: Seen, snapshots: Mapping[str, Mapping[str, Snapshot]]) -> Iterator[Orphan]:
    """Our snapshots that no image of ours names. Others' images may: the worker asks, just before.

    One goes only where images of its instance are kept and a stale one of its night could go too: it may be all that is left of a night.
    """
    known = {image.key[:2]: backup for backup in backups(config, seen) for held in backup.images.values() for image in held}
    for region, images in seen.images.items():
        named = {device.snapshot_id for image in images for device in image.devices}
        for snapshot in snapshots.get(region, {}).values():
            if snapshot.snapshot_id not in named and _is_orphan(config, snapshot, seen):
                held_by = _held_by(known.get((snapshot.tags.get(tags.POLICY, ""), snapshot.tags.get(tags.INSTANCE, ""))), region, snapshot)
                yield Orphan(region, snapshot, None if held_by is None else skipped(held_by))


def _held_by(backup: Backup | None, region: str, snapshot: Snapshot) -> Reason | None:
    """Which rail would hold an image that had this snapshot."""
    if backup is None or region not in backup.kept:
        return Reason.NO_FRESH_IMAGE
    created = snapshot.started or backup.seen.now
    return refusal(backup, Image(snapshot.snapshot_id, region, "", "available", created, snapshot.tags))


def _is_orphan(config: Config, snapshot: Snapshot, seen: Seen) -> bool:
    slot = snapshot.key[2]
    is_ours = snapshot.tags.get(tags.HOME) == config.home_region and (is_slot(slot) or is_on_demand(slot))
    is_old = snapshot.started is not None and seen.now - snapshot.started >= ORPHAN_AGE
    return is_ours and is_old and snapshot.state not in IN_THE_BIN and tags.HOLD not in snapshot.tags
