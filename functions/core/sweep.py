"""Sweeping: what is missing from the open nights, and how a night ended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.core import copy, retention, take
from functions.core.config import Config, Policy
from functions.core.messages import Copy, Take
from functions.core.night import Night
from functions.core.reboots import chains
from functions.core.reboots.state import Reboots
from functions.core.record import Reason
from functions.core.values import Image, Instance, Snapshot

SETTLED = timedelta(minutes=30)
"""How long a source has been available before the sweep takes its copy for missing: until then its event is on the way."""


@dataclass(frozen=True)
class Holdings:
    """The images of the open nights: `home` in the home region, `copies` by recovery region (a region that could not be asked is absent)."""

    home: Sequence[Image]
    copies: Mapping[str, Sequence[Image]]


@dataclass(frozen=True)
class Missing:
    """What a night lacks: takes without a reboot, and who may still be rebooted or is not back, with the keys of each."""

    takes: tuple[Take, ...]
    rebooting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def missing_takes(config: Config, night: Night, instances: Iterable[Instance], home: Sequence[Image], reboots: Reboots | None) -> Missing:
    """The takes of `night` that have no good image, and whose chains are not at their end.

    Only the watcher reboots, and `reboots` says whose takes it has ordered; where that is not known, nobody is rebooted any more.
    """
    listed = tuple(instances)
    plan = take.plan(config, night, listed, images=home, reason=Reason.MISSING)
    if reboots is None:
        return Missing(plan.without_reboot().takes)
    away = {one: entry.keys for one, entry in reboots.away.items() if entry.night_id == night.night_id and not entry.late}
    waiting = {one: keys for one, keys in chains.wanting(config, plan.takes, listed).items() if not reboots.is_ordered(night.night_id, one)}
    left = tuple(order for order in plan.without_reboot().takes if order.instance_id not in {*away, *waiting})
    return Missing(left, {**waiting, **away})


def candidates(config: Config, nights: Iterable[Night], holdings: Holdings, region: str) -> tuple[Copy, ...]:
    """The copies missing from `region`, newest slot first: available sources without a copy, newer than the newest good copy of their instance there, which its retention would keep."""
    if region not in holdings.copies:
        return ()
    open_slots = {(night.policy.name, night.slot): night for night in nights if region in night.policy.copy_to}
    held = [image for image in holdings.copies[region] if image.ours(config.home_region) and not image.failed]
    copied = {image.source_image_id for image in held}
    newest = _newest_good(held)
    wanted = [
        image
        for image in holdings.home
        if image.ours(config.home_region)
        and image.state == "available"
        and image.image_id not in copied
        and (image.key[0], image.key[2]) in open_slots
        and (image.on_demand or image.key[:2] not in newest or image.taken > newest[image.key[:2]])
    ]
    kept = _kept(config, region, held, wanted)
    ordered = sorted((image for image in wanted if image.image_id in kept), key=lambda image: image.taken, reverse=True)
    return tuple(
        copy.order(open_slots[image.key[0], image.key[2]], image.key[1], image.image_id, region, Reason.MISSING) for image in ordered
    )


def _newest_good(held: Iterable[Image]) -> dict[tuple[str, str], datetime]:
    newest: dict[tuple[str, str], datetime] = {}
    for image in held:
        if image.state == "available" and not image.on_demand:
            newest[image.key[:2]] = max(newest.get(image.key[:2], image.taken), image.taken)
    return newest


def _kept(config: Config, region: str, held: Iterable[Image], wanted: Iterable[Image]) -> frozenset[str]:
    """Ids of the images that the retention of `region` would keep beside its own, judged at the newest slot: a copy that is stale at once is not made.

    Only the open nights are seen; older copies may fill a week or a longer period already, and the copy is then retired like any other.
    """
    backups: dict[tuple[str, str], list[Image]] = {}
    for image in (*(one for one in held if one.state == "available"), *wanted):
        backups.setdefault(image.key[:2], []).append(image)
    return frozenset(image_id for (name, _), images in backups.items() for image_id in _kept_of(config.policies.get(name), region, images))


def _kept_of(policy: Policy | None, region: str, images: Sequence[Image]) -> Iterable[str]:
    keep = policy.keeps(region) if policy is not None else None  # the night of a policy that is gone is still brought to its end
    if policy is None or keep is None:
        return [image.image_id for image in images]
    nightly = [image for image in images if not image.on_demand]
    held = [retention.Held(image.image_id, image.taken, available=True) for image in nightly]
    kept = retention.kept(held, keep, policy.timezone, max(image.taken for image in nightly)) if nightly else {}
    return [*kept, *(image.image_id for image in images if image.on_demand)]


def late_nights(config: Config, opened: Iterable[Night], home: Iterable[Image], at: datetime) -> tuple[Night, ...]:
    """The nights of images that belong to none of `opened`, being made on demand or after their slot's window, and whose copies may still start at `at`."""
    known = {(night.policy.name, night.slot) for night in opened}
    found: dict[tuple[str, str], Night] = {}
    for image in home:
        policy = config.policies.get(image.key[0])
        if policy is None or (image.key[0], image.key[2]) in known or not image.ours(config.home_region):
            continue
        night = Night.of_image(config.home_region, policy, image.key[2], image.created)
        if night.label and night.start <= at <= night.copy_until:
            found[image.key[0], image.key[2]] = max(night, found.get((image.key[0], image.key[2]), night), key=lambda one: one.start)
    return tuple(found.values())


def settled(copies: Iterable[Copy], home: Sequence[Image], snapshots: Mapping[str, Snapshot], now: datetime) -> tuple[Copy, ...]:
    """Those of `copies` whose source has been available for half an hour: since the last of its snapshots completed."""
    by_id = {image.image_id: image for image in home}
    return tuple(wanted for wanted in copies if now - _available_since(by_id[wanted.image_id], snapshots) >= SETTLED)


def _available_since(image: Image, snapshots: Mapping[str, Snapshot]) -> datetime:
    completed = [snapshots[device.snapshot_id].completed for device in image.devices if device.snapshot_id in snapshots]
    return max((moment for moment in completed if moment is not None), default=image.created)


@dataclass(frozen=True)
class Verdict:
    """How a night stands at one of its deadlines, and the counts behind it."""

    reason: Reason
    """`ok`; `partial`; `nothing_made`; `no_instances` when nothing was asked for."""
    counts: Mapping[str, int]
    missing: tuple[str, ...]
    """Instances or images that lack what they should have."""

    @property
    def word(self) -> str:
        """OK, PARTIAL or FAILED."""
        return {Reason.OK: "OK", Reason.PARTIAL: "PARTIAL"}.get(self.reason, "FAILED")


def judge_takes(config: Config, night: Night, instances: Iterable[Instance], home: Sequence[Image]) -> Verdict:
    """At the take deadline: every instance that is selected now has an image that has not failed, unless it was made too late for the night to see it."""
    listed = {instance.instance_id: instance for instance in instances}
    images = {image.key[1]: image for image in images_of(config, night, home) if not image.failed}
    wanted = [order.instance_id for order in take.plan(config, night, listed.values()).takes]
    selected = [one for one in wanted if one in images or not _is_late(night, listed[one])]
    missing = tuple(instance_id for instance_id in selected if instance_id not in images)
    pending = sum(1 for image in images.values() if image.state == "pending")
    counts = {"selected": len(selected), "available": len(images) - pending, "pending": pending, "missing": len(missing)}
    if not images:
        return Verdict(Reason.NOTHING_MADE if selected else Reason.NO_INSTANCES, counts, missing)
    return Verdict(Reason.PARTIAL if missing else Reason.OK, counts, missing)


def _is_late(night: Night, instance: Instance) -> bool:
    return instance.made is not None and instance.made > night.last_repair


def judge_copies(config: Config, night: Night, holdings: Holdings, verified: Callable[[Image], bool]) -> Verdict:
    """At the copy deadline: every image is available, and every recovery region holds an available, verified copy of it.

    What was made for the slot after its window, since an instance was newly tagged, has deadlines of its own.
    """
    images = [image for image in images_of(config, night, holdings.home) if not image.failed and image.created <= night.take_until]
    counts = {"images": len(images), "pending": sum(1 for image in images if image.state == "pending")}
    missing = {image.image_id for image in images if image.state == "pending"}
    for region in night.policy.copy_to:
        held = {held.source_image_id for held in holdings.copies.get(region, ()) if held.ours(config.home_region) and verified(held)}
        uncopied = [image.image_id for image in images if image.image_id not in held]
        counts[f"uncopied to {region}"] = len(uncopied)
        missing.update(uncopied)
    return Verdict(Reason.PARTIAL if missing else Reason.OK, counts, tuple(sorted(missing)))


def images_of(config: Config, night: Night, images: Iterable[Image]) -> list[Image]:
    """Those of `images` that are ours and of this night, failed ones too."""
    return [image for image in images if image.ours(config.home_region) and (image.key[0], image.key[2]) == (night.policy.name, night.slot)]
