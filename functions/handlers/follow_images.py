"""`follow_images`: AMI state events of home and recovery regions start the next step of their night."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, faults, images, keys, queue
from functions.core import follow, tags
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.follow import ImageEvent, Reaction, SeenImage
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
    events = list(_readable(event))
    regions = _observe(config, events)
    sent = set() if batch.out_of_time(context) else _send_together(config, _actions(config, events, regions))

    def work(record: SQSRecord) -> Outcome:
        try:
            seen_event = follow.parse(record.body)
        except EventError as fault:
            return batch.unreadable(fault)
        region = regions.get(seen_event.region, skipped(Reason.REGION_REMOVED))
        return _follow(config, seen_event, batch.out_of_time(context) or region, sent)

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


def _react(config: Config, event: ImageEvent, region: Region | Outcome | None) -> Reaction:
    if not isinstance(region, Region):
        return follow.IGNORED
    return follow.react(config, event, SeenImage(region.images.get(event.image_id), region.snapshots, region.key, region.now))


def _follow(config: Config, event: ImageEvent, region: Region | Outcome, sent: Collection[str]) -> Outcome:
    if isinstance(region, Outcome):
        log.write(Event.IMAGE_FOLLOW, replace(region, resource_id=event.image_id), region=event.region)
        return region
    reaction = _react(config, event, region)
    if reaction.outcome is None:
        return skipped(Reason.NOT_OURS)
    outcome = _send(config, [action for action in reaction.actions if _queue_of(action) not in sent]) or reaction.outcome
    log.write(reaction.event, outcome, region=event.region, **_about(config, region.images.get(event.image_id)))
    return outcome


def _actions(config: Config, events: Iterable[ImageEvent], regions: Mapping[str, Region | Outcome]) -> Iterator[Take | Copy]:
    """What the batch's events start. One that cannot be followed stops no other."""
    for event in events:
        try:
            yield from _react(config, event, regions.get(event.region)).actions
        except Exception:  # noqa: BLE001, S112 - raised again, and recorded, when its turn comes
            continue


def _send_together(config: Config, actions: Iterable[Take | Copy]) -> set[str]:
    """Send the batch's actions to their workers, ten a call; the queues that took all. What another did not take goes one by one then: workers know what is done."""
    by_queue: dict[str, list[Take | Copy]] = {}
    for action in actions:
        by_queue.setdefault(_queue_of(action), []).append(action)
    return {url for url, some in by_queue.items() if _send(config, some) is None}


def _queue_of(action: Take | Copy) -> str:
    settings = load().settings
    return settings.take_queue if isinstance(action, Take) else settings.copy_queues[action.region]


def _send(config: Config, actions: Sequence[Take | Copy]) -> Outcome | None:
    """Send actions to their workers; the outcome when that cannot be done now."""
    try:
        for url, some in groupby(actions, _queue_of):
            queue.send(clients.sqs(config.home_region), url, some)
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
