"""`sweep`: hourly, what is missing from the open nights is sent again, and nights that ended get their verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel, ValidationError

from functions.aws import clients, images, instances, queue, slots
from functions.core import sweep
from functions.core.errors import EventError
from functions.core.night import Night, open_nights
from functions.core.outcome import Outcome, failed
from functions.core.record import Event, Reason, Status
from functions.core.sweep import Holdings
from functions.core.values import Image, Instance
from functions.handlers import log, nights, regions, vaults
from functions.handlers.deployment import Deployment, load


class SweepEvent(BaseModel):
    """What the sweep's schedule sends: `<aws.scheduler.scheduled-time>`."""

    time: AwareDatetime


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Sweep once. Raises what AWS raised at home, so that Lambda tries again and then tells the on-failure destination."""
    log.count_failed(0)
    deployment = load()
    at = nights.minute(parse(event).time)
    usable = regions.usable(deployment.config)
    vaults.report_overdue(deployment, at)
    due = [night for night in open_nights(deployment.config, at) if night.repair_due(at)]
    ended = [night for night in open_nights(deployment.config, at) if night.verdict_due(at)]
    if due or ended:
        seen = _observe(deployment, list(open_nights(deployment.config, at)), usable)
        _repair(deployment, due, seen)
        for night in ended:
            _judge(deployment, night, seen)


def parse(event: dict[str, Any]) -> SweepEvent:
    """Read the schedule's event. Raises EventError for anything else."""
    try:
        return SweepEvent.model_validate(event)
    except ValidationError as fault:
        raise EventError('expected {"time": <scheduled time>} from the sweep\'s schedule') from fault


@dataclass(frozen=True)
class Seen:
    """The account as one sweep sees it: `now` is AWS's clock."""

    instances: tuple[Instance, ...]
    holdings: Holdings
    now: datetime


def _observe(deployment: Deployment, open_ones: Sequence[Night], usable: Iterable[str]) -> Seen:
    config = deployment.config
    slots = [night.slot for night in open_ones]
    pages = instances.tagged(clients.ec2(config.home_region), config.tag_key)
    found = tuple(instance for page in pages for instance in page.instances)
    home, now = images.of_slots(clients.ec2(config.home_region), config.home_region, slots)
    copies: dict[str, Sequence[Image]] = {}
    for region in usable:
        held = regions.images_of(config, region, slots)
        if held is not None:
            copies[region] = held
    return Seen(found, Holdings(home, copies), now)


def _repair(deployment: Deployment, due: Sequence[Night], seen: Seen) -> None:
    """Send what is missing: takes first, each night's own; then copies, newest slot first."""
    for night in due:
        if seen.now <= night.take_until:
            _repair_takes(deployment, night, seen)
        vaults.mirror(deployment, night)
    for region in seen.holdings.copies:
        _repair_copies(deployment, region, due, seen)


def _repair_takes(deployment: Deployment, night: Night, seen: Seen) -> None:
    """Start a night that was never planned as its schedule does; of one that was, send the takes that are missing."""
    config = deployment.config
    if not vaults.planned(deployment, night):
        slots.start(night)
        return
    plan = sweep.missing_takes(config, night, seen.instances, seen.holdings.home)
    queue.send(clients.sqs(config.home_region), deployment.settings.take_queue, plan.takes)


def _repair_copies(deployment: Deployment, region: str, due: Sequence[Night], seen: Seen) -> None:
    config = deployment.config
    wanted = sweep.candidates(config, due, seen.holdings, region)
    if not wanted:
        return
    sources = {copy.image_id for copy in wanted}
    ids = [device.snapshot_id for image in seen.holdings.home if image.image_id in sources for device in image.devices]
    snapshots = images.snapshots(clients.ec2(config.home_region), ids)
    ready = sweep.settled(wanted, seen.holdings.home, snapshots, seen.now)
    queue.send(clients.sqs(config.home_region), deployment.settings.copy_queues[region], ready)


def _judge(deployment: Deployment, night: Night, seen: Seen) -> None:
    verdict = sweep.verdict(deployment.config, night, seen.instances, seen.holdings)
    detail = {
        "selected": verdict.selected,
        "imaged": verdict.imaged,
        "missing": list(verdict.missing[:NAMED]),
        "uncopied": dict(verdict.uncopied),
    }
    fine = verdict.reason is Reason.OK
    outcome = Outcome(Status.ALREADY, Reason.OK, detail=detail) if fine else failed(verdict.reason, detail=detail)
    log.write(Event.NIGHT_VERDICT, outcome, region=night.home, **log.about_night(night))


NAMED = 50
"""How many missing instances a verdict names: a log line has its limits, the counts do not."""
