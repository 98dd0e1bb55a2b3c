"""Taking: which instances a night images."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from functions.core.config import Config
from functions.core.cron import occurrences
from functions.core.messages import Take
from functions.core.night import Night
from functions.core.record import Reason
from functions.core.selection import may_reboot, spared, why_not, words
from functions.core.values import Image, Instance

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
