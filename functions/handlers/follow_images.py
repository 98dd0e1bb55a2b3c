"""`follow_images`: AMI state events of home and recovery regions start the next step of their night."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, faults, images, keys, queue
from functions.core import follow, tags
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.follow import ImageEvent, SeenImage
from functions.core.messages import Copy, Take
from functions.core.outcome import Outcome, deferred, skipped
from functions.core.record import Event, Reason
from functions.core.values import Image, Key, Snapshot
from functions.handlers import batch, log
from functions.handlers.deployment import load


@dataclass(frozen=True)
class Region:
    """What one describe of a region showed of the batch's images. A recovery region's key and snapshots are for verifying."""

    images: Mapping[str, Image]
    now: datetime
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    key: Key | None = None


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Follow a batch of events (EventBridge through SQS); returns the messages to keep."""
    log.count_failed(0)
    config = load().config
    regions = _observe(config, list(_readable(event)))

    def work(record: SQSRecord) -> Outcome:
        try:
            seen_event = follow.parse(record.body)
        except EventError as fault:
            return batch.unreadable(fault)
        region = regions.get(seen_event.region, skipped(Reason.REGION_REMOVED))
        return _follow(config, seen_event, batch.out_of_time(context) or region)

    return batch.process(event, context, work)


def _readable(event: dict[str, Any]) -> Iterator[ImageEvent]:
    for record in SQSEvent(event).records:
        try:
            yield follow.parse(record.body)
        except EventError:
            continue  # recorded when its turn comes


def _observe(config: Config, events: Iterable[ImageEvent]) -> dict[str, Region | Outcome]:
    """One look at each region of the batch, or the reason why it cannot be seen now."""
    wanted: dict[str, list[str]] = {}
    for event in events:
        if event.region in {config.home_region, *config.recovery_regions}:
            wanted.setdefault(event.region, []).append(event.image_id)
    return {region: _look(config, region, ids) for region, ids in wanted.items()}


def _look(config: Config, region: str, ids: list[str]) -> Region | Outcome:
    try:
        found, now = images.by_id(clients.ec2(region), ids)
        if region == config.home_region:
            return Region(found, now)
        snapshots = [device.snapshot_id for image in found.values() if image.ours(config.home_region) for device in image.devices]
        if not snapshots:
            return Region(found, now)
        key = keys.describe(clients.kms(region), config.key_alias(region))
        return Region(found, now, images.snapshots(clients.ec2(region), snapshots), key)
    except faults.AwsFault as fault:
        return faults.unseen(fault)


def _follow(config: Config, event: ImageEvent, region: Region | Outcome) -> Outcome:
    if isinstance(region, Outcome):
        log.write(Event.IMAGE_FOLLOW, replace(region, resource_id=event.image_id), region=event.region)
        return region
    image = region.images.get(event.image_id)
    reaction = follow.react(config, event, SeenImage(image, region.snapshots, region.key, region.now))
    if reaction.outcome is None:
        return skipped(Reason.NOT_OURS)
    outcome = _send(config, reaction.actions) or reaction.outcome
    log.write(reaction.event, outcome, region=event.region, **_about(config, image))
    return outcome


def _send(config: Config, actions: Iterable[Take | Copy]) -> Outcome | None:
    """Send each action to its worker; the outcome when that cannot be done now."""
    settings = load().settings
    try:
        for action in actions:
            url = settings.take_queue if isinstance(action, Take) else settings.copy_queues[action.region]
            queue.send(clients.sqs(config.home_region), url, [action])
    except faults.AwsFault as fault:
        return faults.unseen(fault)
    except queue.SendError as fault:
        return deferred(Reason.AWS_BUSY, detail={"message": str(fault)})
    return None


def _about(config: Config, image: Image | None) -> dict[str, str | None]:
    if image is None:
        return {}
    policy, instance_id, slot = image.key
    night_id = f"{config.home_region}/{policy}/{slot}"
    return {"policy": policy, "slot": slot, "instance_id": instance_id, "night_id": night_id, "source_id": image.tags.get(tags.SOURCE)}
