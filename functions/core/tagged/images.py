"""The images that an instance should have because of its tags, without waiting for a schedule: first ones, and one on demand."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from functions.core import selection, take
from functions.core.config import Config, Policy
from functions.core.cron import latest
from functions.core.messages import Take
from functions.core.night import Night
from functions.core.outcome import Outcome, already, skipped
from functions.core.record import Reason, Status
from functions.core.tagged.reaction import Reaction, Seen
from functions.core.values import Instance

SETTLED = timedelta(minutes=10)
"""How old an instance must be for a first image: until then it is still being set up."""

COMING = frozenset({"pending", "stopping"})
"""States that pass: the worker waits for what follows."""


def firsts(config: Config, instance: Instance, seen: Seen, until: datetime, reason: Reason = Reason.NEWLY_PROTECTED) -> Iterator[Reaction]:
    """A first image for each policy of the instance, minutes apart, or why not. They may be begun until `until`, and reboot nothing."""
    delay = _youth(instance, seen.now)
    for policy in selection.policies(config, instance):
        night = newest_night(config, policy, seen.now)
        refusal = _not_first(config, policy, night, instance, seen)
        if night is None or refusal is not None:
            yield Reaction(refusal or skipped(Reason.NOT_DUE), night=night)
            continue
        yield _ordered(take.order(night, instance.instance_id, reason, _seconds(delay)), night, until, seen.now)
        delay += take.APART


def asked(config: Config, instance: Instance, seen: Seen, until: datetime, reason: Reason = Reason.ON_DEMAND) -> Iterator[Reaction]:
    """The image that the instance's `now` tag asks for, or why it is not made; nothing without such a tag."""
    slot = selection.on_demand(config, instance)
    if slot is not None:
        night = Night(config.home_region, selection.policy_on_demand(config, instance), seen.now, slot)
        refusal = _not_asked(config, slot, instance, seen)
        order = take.order(night, instance.instance_id, reason)
        yield _ordered(order, night, until, seen.now) if refusal is None else Reaction(refusal, night=night)


def newest_night(config: Config, policy: Policy, now: datetime) -> Night | None:
    """The night whose slot a first image has: the policy's latest, so that it is not made twice."""
    start = latest(policy.schedule, policy.timezone, now)
    return None if start is None else Night(config.home_region, policy, start)


def why_not_first(config: Config, policy: Policy, instance: Instance) -> Reason | None:
    """Why an instance gets no first image of a policy whatever it has, or None."""
    refusal = selection.why_not(config, policy, instance)
    if refusal is not None and not _passes(refusal, instance):
        return refusal
    if policy.first_image == "none":
        return Reason.SCHEDULED
    return Reason.AUTO_SCALING if policy.first_image == "standalone" and instance.auto_scaling_group is not None else None


def _not_first(config: Config, policy: Policy, night: Night | None, instance: Instance, seen: Seen) -> Outcome | None:
    refusal = why_not_first(config, policy, instance)
    if refusal is not None or night is None:
        return skipped(refusal or Reason.NOT_DUE)
    before = latest(policy.schedule, policy.timezone, night.start - timedelta(minutes=1))
    for image in seen.good_at_home(config):
        if image.key[0] == policy.name and not image.on_demand:
            is_recent = before is not None and seen.now - image.created < night.start - before
            if image.key[2] == night.slot or is_recent:
                return already(image.image_id)
    return None


def _not_asked(config: Config, slot: str, instance: Instance, seen: Seen) -> Outcome | None:
    """Why the image on demand is not ordered; one of the same label counts under whatever policy it was made."""
    made = next((image for image in seen.good_at_home(config) if image.key[2] == slot), None)
    if made is not None:
        return already(made.image_id)
    refusal = selection.why_not_now(config, instance, slot)
    return None if refusal is None or _passes(refusal, instance) else skipped(refusal)


def _passes(refusal: Reason, instance: Instance) -> bool:
    return refusal is Reason.INSTANCE_STATE and instance.state in COMING


def _youth(instance: Instance, now: datetime) -> timedelta:
    """How long until the instance is past its first minutes."""
    return timedelta(0) if instance.launched is None else max(timedelta(0), instance.launched + SETTLED - now)


def _seconds(delay: timedelta) -> int:
    return min(int(delay.total_seconds()), take.LONGEST_DELAY)


def _ordered(order: Take, night: Night, until: datetime, now: datetime) -> Reaction:
    """The order as it is sent: it reboots nothing, and its time is not that of a night."""
    if now > until:
        return Reaction(skipped(Reason.EXPIRED, detail={"until": until.isoformat()}), night=night)
    sent = order.model_copy(update={"may_reboot": False, "not_after": until})
    return Reaction(Outcome(Status.DONE, order.reason, detail={"delay": order.delay}), (sent,), night)
