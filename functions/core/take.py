"""Taking: which instances a night images, and what a worker does about one of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.core import attempts, naming
from functions.core.config import Config
from functions.core.cron import occurrences
from functions.core.impossible import IMPOSSIBLE
from functions.core.messages import Take
from functions.core.night import Night
from functions.core.outcome import Outcome, already, deferred, failed, skipped
from functions.core.record import Reason
from functions.core.selection import may_reboot, spared, wants_reboot, why_not, why_not_now, words
from functions.core.slot import is_on_demand
from functions.core.values import Image, Instance, Volume
from functions.core.volumes import Devices, devices

APART = timedelta(minutes=5)
"""Between two images of one instance: EC2 accepts them within seconds of each other and fails one later."""

LONGEST_DELAY = 900
"""SQS holds a message back for 15 minutes at most."""


UNASKED = frozenset({Reason.TAG_KEY_CASE, Reason.OPTED_OUT, Reason.OTHER_POLICY, Reason.UNKNOWN_POLICY})
"""Reasons of `why_not` that come to the same when an image was ordered: the instance does not ask for it any more."""


@dataclass(frozen=True)
class Skip:
    """An instance that the night does not image, and why."""

    instance_id: str
    reason: Reason


@dataclass(frozen=True)
class Plan:
    """What a night does: every instance seen stands in it once, as a take or as a skip."""

    takes: tuple[Take, ...]
    skips: tuple[Skip, ...]

    def without_reboot(self) -> "Plan":
        """The same, but nothing may be rebooted for it, whatever policies and tags want."""
        return Plan(tuple(take.model_copy(update={"may_reboot": False}) for take in self.takes), self.skips)


def plan(
    config: Config,
    night: Night,
    instances: Iterable[Instance],
    *,
    images: Iterable[Image] = (),
    reason: Reason = Reason.SCHEDULED,
) -> Plan:
    """Decide for each of `instances`. `images` are those of the slot in the home region: who has a good one is skipped."""
    has = {image.key for image in images if image.ours(config.home_region) and not image.failed}
    takes: list[Take] = []
    skips: list[Skip] = []
    for instance in instances:
        refusal = why_not(config, night.policy, instance)
        if refusal is None and (night.policy.name, instance.instance_id, night.slot) in has:
            refusal = Reason.EXISTS
        if refusal is None:
            takes.append(_planned(config, night, instance, reason))
        else:
            skips.append(Skip(instance.instance_id, refusal))
    return Plan(tuple(takes), tuple(skips))


def _planned(config: Config, night: Night, instance: Instance, reason: Reason) -> Take:
    take = order(night, instance.instance_id, reason, _delay(config, night, instance))
    wanted = {"may_reboot": may_reboot(config, night.policy, instance), "spared": spared(config, night.policy, instance)}
    return take.model_copy(update=wanted)


def order(night: Night, instance_id: str, reason: Reason, delay: int = 0) -> Take:
    """The action that takes one instance for `night`, `delay` seconds from now at the earliest, without a reboot."""
    return Take(
        policy=night.policy.name,
        slot=night.slot,
        instance_id=instance_id,
        night_id=night.night_id,
        not_after=night.take_until,
        reason=reason,
        delay=delay,
    )


def _delay(config: Config, night: Night, instance: Instance) -> int:
    """Seconds to wait so that an instance's policies that share a moment take it one after the other: by slot, then by name."""
    others = [name for name in dict.fromkeys(words(config, instance)) if name in config.policies and name != night.policy.name]
    before = sum(1 for name in others if _just_before(config, name, night))
    return min(before * int(APART.total_seconds()), LONGEST_DELAY)


def _just_before(config: Config, name: str, night: Night) -> bool:
    policy = config.policies[name]
    near = occurrences(policy.schedule, policy.timezone, night.start - APART - policy.flexible_start, night.start)
    return any((start, name) < (night.start, night.policy.name) for start in near)


@dataclass(frozen=True)
class Create:
    """A CreateImage request: all that it needs."""

    instance_id: str
    name: str
    description: str
    no_reboot: bool
    tags: dict[str, str]
    attempt: int
    devices: Devices = field(default_factory=Devices)
    dropped_tags: tuple[str, ...] = ()
    """Keys of the instance's tags for which there is no room on the image."""
    spared: Reason | None = None
    """Why it does not reboot although policy and tag want it."""


@dataclass(frozen=True)
class Seen:
    """What a worker sees just before it acts: instances by id, and the images of the batch's slots. `now` is AWS's clock."""

    instances: dict[str, Instance]
    images: Sequence[Image]
    now: datetime
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    """Of the instances, by id, where a policy of the batch asks for what only they show."""


def decide(config: Config, take: Take, seen: Seen) -> Create | Outcome:
    """What to do about `take`: a request, or the outcome when there is nothing to request."""
    of_instance = sorted(
        (image for image in seen.images if image.ours(config.home_region) and image.key[1] == take.instance_id),
        key=lambda image: image.created,
    )
    tried = [image for image in of_instance if image.key == (take.policy, take.instance_id, take.slot)]
    good = next((image for image in tried if not image.failed), None)
    if good is not None:
        return already(good.image_id)
    if seen.now > take.not_after:
        return skipped(Reason.EXPIRED, detail={"not_after": take.not_after.isoformat()})
    if any(seen.now - image.created < APART for image in of_instance):
        return deferred(Reason.TOO_SOON)
    return attempts.refusal(tried, seen.now) or _checked(config, take, seen, attempt=1 + len(tried))


def _checked(config: Config, take: Take, seen: Seen, attempt: int) -> Create | Outcome:
    policy = config.policies.get(take.policy)
    if policy is None:
        return skipped(Reason.POLICY_REMOVED)
    instance = seen.instances.get(take.instance_id)
    if instance is None:
        return skipped(Reason.INSTANCE_GONE)
    refusal = why_not_now(config, instance, take.slot) if is_on_demand(take.slot) else why_not(config, policy, instance)
    if refusal is Reason.INSTANCE_STATE and instance.state in {"pending", "stopping"}:
        return deferred(refusal, detail={"state": instance.state})
    if instance.state == "terminated":
        return skipped(Reason.INSTANCE_GONE)
    if refusal is not None:
        return _skipped(refusal, instance)
    night = Night.of_image(config.home_region, policy, take.slot, seen.now)
    no_reboot = attempt > 1 or not take.may_reboot or not may_reboot(config, policy, instance)
    return Create(
        instance_id=instance.instance_id,
        name=naming.image_name(policy.name, instance.instance_id, night.slot, attempt),
        description=naming.description(night, instance),
        no_reboot=no_reboot,
        tags=naming.take_tags(config, night, instance),
        attempt=attempt,
        devices=devices(policy, instance, seen.volumes),
        dropped_tags=naming.dropped_tags(config, night, instance),
        spared=_why_spared(config, take, instance) if no_reboot else None,
    )


def _skipped(refusal: Reason, instance: Instance) -> Outcome:
    if refusal not in IMPOSSIBLE:
        return skipped(Reason.NOT_SELECTED if refusal in UNASKED else refusal)
    return skipped(refusal, detail={"state": instance.state, "advice": IMPOSSIBLE[refusal]})


def _why_spared(config: Config, take: Take, instance: Instance) -> Reason | None:
    """Why an instance is not rebooted that policy and tag would have rebooted, as it stands or as the take was sent."""
    policy = config.policies[take.policy]
    if not wants_reboot(config, policy, instance):
        return None
    return spared(config, policy, instance) or take.spared or take.reason


def resolve_duplicate(config: Config, create: Create, found: Sequence[Image], *, last_call: bool) -> Outcome:
    """EC2 says that the name exists: ours and not failed means it is taken already; else EC2 may not show it yet, until the last call."""
    owned = [image for image in found if image.name == create.name]
    good = next((image for image in owned if image.ours(config.home_region) and not image.failed), None)
    if good is not None:
        return already(good.image_id)
    if any(not image.ours(config.home_region) for image in owned):
        return failed(Reason.NAME_TAKEN, resource_id=owned[0].image_id, detail={"name": create.name})
    if last_call:
        return failed(Reason.NAME_TAKEN, detail={"name": create.name})
    return deferred(Reason.NAME_SETTLING, detail={"name": create.name})
