"""Following: what an AMI state event starts. The event is a hint; the image as described decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AliasPath, AwareDatetime, BaseModel, Field, ValidationError

from functions.core import attempts, copy, tags, take
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.impossible import why_failed
from functions.core.messages import Copy, Take
from functions.core.night import Night
from functions.core.outcome import Outcome, deferred, failed, skipped
from functions.core.record import Event, Reason, Status
from functions.core.values import Image, Key, Snapshot

PATIENCE = timedelta(hours=1)
"""How long an image may be missing from DescribeImages, or pending there, against its event. After that the sweep has it."""


class ImageEvent(BaseModel):
    """`EC2 AMI State Change` (EC2 User Guide, "Monitor AMI events")."""

    region: str
    time: AwareDatetime
    image_id: str = Field(validation_alias=AliasPath("detail", "ImageId"))
    state: Literal["available", "failed"] = Field(validation_alias=AliasPath("detail", "State"))


def parse(body: str) -> ImageEvent:
    """Read an event. Raises EventError for anything else than an available or failed image."""
    try:
        return ImageEvent.model_validate_json(body)
    except ValidationError as fault:
        raise EventError(f"not an AMI state event: {fault.errors()[0]['msg']}") from fault


@dataclass(frozen=True)
class SeenImage:
    """What is known of an event's image when it is followed. `now` is AWS's clock, `key` the recovery key of the image's region."""

    image: Image | None
    snapshots: Mapping[str, Snapshot]
    key: Key | None
    now: datetime


@dataclass(frozen=True)
class Reaction:
    """What follows from an event: actions to send, and the outcome of `event` to record; no outcome for images that are not ours."""

    event: Event
    outcome: Outcome | None
    actions: tuple[Take | Copy, ...] = ()


IGNORED = Reaction(Event.IMAGE_FOLLOW, None)


def react(config: Config, event: ImageEvent, seen: SeenImage) -> Reaction:
    """Decide what `event` starts."""
    image = seen.image
    if image is None:
        return Reaction(Event.IMAGE_FOLLOW, _wait(event, seen.now, Reason.IMAGE_ABSENT))
    if not image.ours(config.home_region):
        return IGNORED
    if image.state == "pending":
        return Reaction(Event.IMAGE_FOLLOW, _wait(event, seen.now, Reason.IMAGE_PENDING))
    return _react_to_ours(config, event, image, seen)


def _react_to_ours(config: Config, event: ImageEvent, image: Image, seen: SeenImage) -> Reaction:
    if image.failed:
        return _failed(config, image, seen.now)
    if image.state != "available":
        return Reaction(Event.IMAGE_FOLLOW, skipped(Reason.IMAGE_STATE, resource_id=image.image_id, detail={"state": image.state}))
    if image.region != config.home_region:
        return Reaction(Event.IMAGE_VERIFY, _verified(event, image, seen))
    return _available(config, image, seen.now)


def _wait(event: ImageEvent, now: datetime, reason: Reason) -> Outcome:
    settle = deferred if now - event.time < PATIENCE else skipped
    return settle(reason, resource_id=event.image_id)


def _verified(event: ImageEvent, image: Image, seen: SeenImage) -> Outcome:
    if seen.key is None:
        return _wait(event, seen.now, Reason.KEY_UNUSABLE)
    outcome = copy.verify(image, seen.snapshots, seen.key.arn)
    return _wait(event, seen.now, outcome.reason) if outcome.status is Status.DEFERRED else outcome


def night_of(config: Config, image: Image) -> Night | None:
    """The night that an image of ours belongs to, or None when its policy is not in the configuration any more."""
    policy = config.policies.get(image.tags.get(tags.POLICY, ""))
    return Night.of_image(config.home_region, policy, image.key[2], image.created) if policy else None


def _available(config: Config, image: Image, now: datetime) -> Reaction:
    night = night_of(config, image)
    if night is None:
        return Reaction(Event.IMAGE_FOLLOW, skipped(Reason.POLICY_REMOVED, resource_id=image.image_id))
    if now > night.copy_until:
        return Reaction(Event.IMAGE_FOLLOW, skipped(Reason.EXPIRED, resource_id=image.image_id))
    return Reaction(
        Event.IMAGE_FOLLOW,
        Outcome(Status.ALREADY, Reason.OK, image.image_id, detail={"copy_to": list(night.policy.copy_to)}),
        tuple(copy.order(night, image.key[1], image.image_id, region, Reason.SCHEDULED) for region in night.policy.copy_to),
    )


def _failed(config: Config, image: Image, now: datetime) -> Reaction:
    outcome = failed(why_failed(image.state_reason), resource_id=image.image_id, detail={"state_reason": image.state_reason})
    at_home = image.region == config.home_region
    event = Event.IMAGE_TAKE if at_home else Event.IMAGE_COPY
    night = night_of(config, image)
    if night is None or now > (night.take_until if at_home else night.copy_until):
        return Reaction(event, outcome)
    instance_id = image.key[1]
    if at_home:
        return Reaction(event, outcome, (take.order(night, instance_id, Reason.RETRY, attempts.RETRY_DELAY),))
    return Reaction(event, outcome, (copy.order(night, instance_id, image.tags[tags.SOURCE], image.region, Reason.RETRY),))
