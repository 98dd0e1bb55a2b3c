"""Creating: what a worker does about one take, once it has looked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.core import attempts, naming
from functions.core.config import Config
from functions.core.impossible import IMPOSSIBLE
from functions.core.messages import Take
from functions.core.night import Night
from functions.core.outcome import Outcome, already, deferred, failed, skipped
from functions.core.record import Reason
from functions.core.selection import may_reboot, spared, wants_reboot, why_not, why_not_now
from functions.core.slot import is_on_demand
from functions.core.take import APART, UNASKED
from functions.core.values import Image, Instance, Volume
from functions.core.volumes import Devices, devices


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
    """Of the instances whose policies ask for what only these show, by id."""
    unseen: Outcome | None = None
    """Why the volumes could not be seen."""


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
    if refusal is not None:
        return _refused(refusal, instance)
    if seen.unseen is not None and policy.volumes.must_be_seen and not attempts.last_call(seen.now, take.not_after):
        return seen.unseen
    night = Night.of_image(config.home_region, policy, take.slot, seen.now)
    no_reboot = attempt > 1 or not take.may_reboot or not may_reboot(config, policy, instance)
    return Create(
        instance_id=instance.instance_id,
        name=naming.image_name(policy.name, instance.instance_id, night.slot, attempt),
        description=naming.description(night, instance),
        no_reboot=no_reboot,
        tags=naming.take_tags(config, night, instance),
        attempt=attempt,
        devices=devices(policy, instance, seen.volumes if seen.unseen is None else None),
        dropped_tags=naming.dropped_tags(config, night, instance),
        spared=_why_spared(config, take, instance) if no_reboot else None,
    )


def _refused(refusal: Reason, instance: Instance) -> Outcome:
    if refusal is Reason.INSTANCE_STATE and instance.state in {"pending", "stopping"}:
        return deferred(refusal, detail={"state": instance.state})
    if instance.state == "terminated":
        return skipped(Reason.INSTANCE_GONE)
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
