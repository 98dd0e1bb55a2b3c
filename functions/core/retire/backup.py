"""A backup: the images of one instance under one policy, in all regions, and how the instance stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.core import retention, tags
from functions.core.config import Config, Policy
from functions.core.config.keep import Keep
from functions.core.config.values import NEVER
from functions.core.cron import latest
from functions.core.record import Reason
from functions.core.retire.memory import NOTHING, Condition, Memory
from functions.core.selection import hold, why_not
from functions.core.values import Image, Instance

WHOLE = frozenset({"available", "disabled"})
"""States (EC2 DescribeImages) of images that something is left of."""

STILL_SELECTED = frozenset({None, Reason.INSTANCE_STATE, Reason.ROOT_DETACHED})
"""What `why_not` says of an instance that its policy covers, or does not image for what passes.

All else somebody chose: the instance's tags, or what the policy leaves out, `states` among that. Or EC2 never makes an image of it.
"""


@dataclass(frozen=True)
class Seen:
    """What there is: complete listings, or the judging would be wrong. `now` is AWS's clock."""

    instances: Mapping[str, Instance]
    """The home region's, by id: every one that is not terminated."""
    images: Mapping[str, Sequence[Image]]
    """By region, all that carry our home's tag. A region that could not be asked is absent."""
    good: frozenset[str]
    """Ids of images that can be restored from: available and, where they are copies, verified to be encrypted under their region's key."""
    now: datetime
    memory: Memory = NOTHING
    """What the runs before saw."""


@dataclass(frozen=True)
class Backup:
    """The images of an instance under `policy` by region, and what retention keeps of them by region and image id."""

    policy: Policy
    instance_id: str
    images: Mapping[str, Sequence[Image]]
    good: Mapping[str, Sequence[Image]]
    """Those of its nights that can be restored from, oldest first: what somebody asked for beside them promises nothing."""
    kept: Mapping[str, Mapping[str, tuple[Reason, ...]]]
    """Regions where everything is kept are absent."""
    seen: Seen
    is_overdue: bool
    """The instance is selected, and home lacks a good image of the latest night of this policy, or of another that selects it, if it has one at all."""
    awaited: frozenset[str]
    """Regions where the newest image of the instance, under this policy or another, is still pending."""
    is_missing: bool
    """The instance is not there, but not for so long yet that it counts as gone: a listing may have been wrong, or no run remembers another."""
    has_ended: bool
    """The instance is gone for so long that its last images go too."""
    is_held: bool
    """The instance carries the tag that holds its images, whether each of them is tagged already or not."""


def ours(config: Config, seen: Seen) -> Iterator[Image]:
    """All images of ours that were seen."""
    return (image for images in seen.images.values() for image in images if image.ours(config.home_region))


def strange(config: Config, seen: Seen) -> Iterator[Image]:
    """All images that carry our home's tag though their name or source does not fit: somebody else tagged them so."""
    home = config.home_region
    return (image for images in seen.images.values() for image in images if image.tags.get(tags.HOME) == home and not image.ours(home))


def backups(config: Config, seen: Seen, beside: Iterable[tuple[str, str, str]] = ()) -> Iterator[Backup]:
    """A backup for each instance and configured policy of which there is an image, or a place `beside` those: region, policy, instance."""
    by_instance: dict[str, dict[str, dict[str, list[Image]]]] = {}

    def at(region: str, name: str, instance_id: str) -> list[Image]:
        return by_instance.setdefault(instance_id, {}).setdefault(name, {}).setdefault(region, [])

    for image in ours(config, seen):
        if image.key[0] in config.policies:
            at(image.region, *image.key[:2]).append(image)
    for region, name, instance_id in beside:
        if name in config.policies:
            at(region, name, instance_id)
    for instance_id, by_policy in sorted(by_instance.items()):
        yield from _of_instance(config, seen, instance_id, by_policy)


def unjudged(config: Config, backup: Backup, region: str) -> Reason | None:
    """Why retention has no say in a region; None: it has."""
    if region not in {config.home_region, *backup.policy.judged}:
        return Reason.REGION_REMOVED
    return None if region in backup.kept else Reason.KEPT_FOREVER


def kept_beside(backup: Backup, image: Image) -> tuple[Reason, ...]:
    """What retention would keep `image` for if its region held it beside the backup's images there; nothing where one of these is of its slot."""
    keep, images = backup.policy.keeps(image.region), backup.images.get(image.region, ())
    if keep is None or any(one.key == image.key and one.state in WHOLE for one in images):
        return ()
    return _kept(backup.policy, keep, [*images, image], backup.seen, ended=backup.has_ended).get(image.image_id, ())


def _of_instance(config: Config, seen: Seen, instance_id: str, by_policy: Mapping[str, Mapping[str, list[Image]]]) -> Iterator[Backup]:
    """Whatever is amiss with the instance holds its images under every policy."""
    instance = seen.instances.get(instance_id)
    found = [_backup(config, config.policies[name], instance_id, images, seen) for name, images in sorted(by_policy.items())]
    unmade = [policy for policy in config.policies.values() if policy.name not in by_policy and _is_selected(config, policy, instance)]
    overdue = any(backup.is_overdue for backup in found) or any(_is_overdue(policy, (), seen.now) for policy in unmade)
    awaited = frozenset(region for backup in found for region in backup.awaited)
    return (replace(backup, is_overdue=overdue, awaited=awaited) for backup in found)


def _backup(config: Config, policy: Policy, instance_id: str, images: Mapping[str, Sequence[Image]], seen: Seen) -> Backup:
    instance = seen.instances.get(instance_id)
    good = {
        region: sorted((one for one in held if one.image_id in seen.good and not one.on_demand), key=_age)
        for region, held in images.items()
    }
    selected = _is_selected(config, policy, instance)
    since = seen.memory.since(Condition.MISSING, config.home_region, instance_id)
    away = timedelta(0) if instance is not None or since is None else seen.now - since
    ended = instance is None and policy.after_termination != NEVER and away >= max(policy.gone_after, policy.after_termination)
    kept = {region: _kept(policy, keep, held, seen, ended=ended) for region, held in images.items() if (keep := policy.keeps(region))}
    overdue = selected and _is_overdue(policy, good.get(config.home_region, ()), seen.now)
    awaited = frozenset(region for region, held in images.items() if _is_awaited(held, good[region]))
    missing = instance is None and away < policy.gone_after
    held_all = instance is not None and hold(config, instance) is not None
    return Backup(policy, instance_id, images, good, kept, seen, overdue, awaited, missing, ended, held_all)


def _is_selected(config: Config, policy: Policy, instance: Instance | None) -> bool:
    return instance is not None and why_not(config, policy, instance) in STILL_SELECTED


def _is_awaited(images: Sequence[Image], good: Sequence[Image]) -> bool:
    return any(one.state == "pending" and (not good or one.taken > good[-1].taken) for one in images)


def _age(image: Image) -> tuple[datetime, str]:
    return image.taken, image.image_id


def _kept(policy: Policy, keep: Keep, images: Sequence[Image], seen: Seen, *, ended: bool) -> dict[str, tuple[Reason, ...]]:
    nightly = [one for one in images if one.state in WHOLE and not one.on_demand]
    held = [retention.Held(one.image_id, one.taken, _counts(one)) for one in nightly]
    return retention.kept(held, keep, policy.timezone, seen.now, ended=ended)


def _counts(image: Image) -> bool:
    """Whether retention counts an image as available. A copy under another key than today's is not `good`, but can be restored: the key may have been changed."""
    is_copy = image.region != image.tags[tags.HOME]
    return image.state == "available" and (not is_copy or all(device.encrypted for device in image.devices))


def _is_overdue(policy: Policy, good: Sequence[Image], now: datetime) -> bool:
    promised = latest(policy.schedule, policy.timezone, now - policy.flexible_start - policy.window)
    return promised is not None and (not good or good[-1].taken < promised)
