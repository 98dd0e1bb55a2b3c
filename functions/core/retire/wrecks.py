"""Wrecks and orphans: failed images, and snapshots that belong to no image."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from functions.core import naming, tags
from functions.core.attempts import ATTEMPTS
from functions.core.config import Config
from functions.core.night import Night
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason
from functions.core.retire.backup import Backup, Seen, backups, kept_beside, unjudged
from functions.core.retire.memory import Condition, counted_from
from functions.core.retire.rails import refusal, wreck_refusal
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.slot import is_on_demand, is_slot
from functions.core.values import Image, Snapshot

WRECK_WAITS = timedelta(hours=12)
"""From the run that reports a wreck to the next one."""

ORPHAN_WAITS = timedelta(days=7)
"""So long a run must have seen an orphan: somebody may be about to register an image of it, or its image not be shown yet."""

UNSETTLED = frozenset({"pending", "recoverable", "recovering"})
"""Snapshot states (EC2 DescribeSnapshots) of what is being made, was deleted already, or comes back right now."""


def wreck(backup: Backup, image: Image) -> Verdict:
    """A failed image is reported once its slot has a good one in its region, or nobody makes one any more: until then its name counts. A later run deregisters it."""
    replaced = any(one.key == image.key and one.image_id in backup.seen.good for one in backup.images.get(image.region, ()))
    night = Night.of_image(image.tags[tags.HOME], backup.policy, image.key[2], image.created)
    if not replaced and backup.seen.now <= night.copy_until:
        return Verdict(image, Reason.IMAGE_FAILED)
    held_by = wreck_refusal(backup, image)
    if held_by is not None:
        return Verdict(image, held_by, refused=True)
    since = backup.seen.memory.since(Condition.WRECK, image.region, image.image_id)
    due = (since or counted_from(backup.seen.now)) + WRECK_WAITS
    if due > backup.seen.now:
        return Verdict(image, Reason.WRECK, refused=True, due=due)
    return Verdict(image, Reason.WRECK, Step.DEREGISTER)


@dataclass(frozen=True)
class Orphan:
    """A snapshot of ours in `region` that belongs to no image; `refusal`: why it is not deleted."""

    region: str
    snapshot: Snapshot
    refusal: Outcome | None = None


def orphans(config: Config, seen: Seen, snapshots: Mapping[str, Mapping[str, Snapshot]]) -> Iterator[Orphan]:
    """Our snapshots that no image of ours names. Others' images may: the worker asks, just before.

    One waits, and then goes only where an image of its night would be stale and could go too: it may be all that is left of that night.
    """
    found = [(region, snapshot) for region in seen.images for snapshot in _unnamed(config, seen, region, snapshots)]
    if not found:
        return
    beside = ((region, *snapshot.key[:2]) for region, snapshot in found)
    known = {(backup.policy.name, backup.instance_id): backup for backup in backups(config, seen, beside)}
    for region, snapshot in found:
        held_by = _held_by(config, known.get(snapshot.key[:2]), region, snapshot)
        yield Orphan(region, snapshot, _waits(seen, region, snapshot) or held_by)


def _unnamed(config: Config, seen: Seen, region: str, snapshots: Mapping[str, Mapping[str, Snapshot]]) -> Iterator[Snapshot]:
    named = {device.snapshot_id for image in seen.images[region] for device in image.devices}
    listed = snapshots.get(region, {}).values()
    return (snapshot for snapshot in listed if snapshot.snapshot_id not in named and _is_orphan(config, snapshot))


def _waits(seen: Seen, region: str, snapshot: Snapshot) -> Outcome | None:
    since = seen.memory.since(Condition.ORPHAN, region, snapshot.snapshot_id)
    due = (since or counted_from(seen.now)) + ORPHAN_WAITS
    return skipped(Reason.ORPHAN, detail={"due": due.isoformat()}) if due > seen.now else None


def _held_by(config: Config, backup: Backup | None, region: str, snapshot: Snapshot) -> Outcome | None:
    """What would keep or hold an image that had this snapshot. Somebody may register it, so it is like a disabled one: it fills a period that no available one fills."""
    if backup is None:
        return skipped(Reason.POLICY_REMOVED)
    reason = unjudged(config, backup, region)
    if reason is not None:
        return skipped(reason)
    image = Image(snapshot.snapshot_id, region, "", "disabled", snapshot.started or backup.seen.now, snapshot.tags)
    kept_by = kept_beside(backup, image)
    if kept_by:
        return skipped(kept_by[0], detail={"kept_by": list(kept_by)})
    held_by = refusal(backup, image)
    return None if held_by is None else skipped(held_by)


def _is_orphan(config: Config, snapshot: Snapshot) -> bool:
    slot = snapshot.key[2]
    is_ours = snapshot.tags.get(tags.HOME) == config.home_region and (is_slot(slot) or is_on_demand(slot))
    return is_ours and snapshot.state not in UNSETTLED and tags.HOLD not in snapshot.tags


def of_slot(snapshot: Snapshot, named: Mapping[str, str]) -> list[str]:
    """The ids of the images, of which the names are given by id, that may be of the snapshot's slot: had back, they need it."""
    names = {naming.image_name(*snapshot.key, attempt) for attempt in range(1, ATTEMPTS + 1)}
    return sorted(image_id for image_id, name in named.items() if name in names)
