"""Repairing nights: sending again what is missing from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.aws import clients, images, queue, slots
from functions.core import sweep
from functions.core.night import Night
from functions.core.outcome import Outcome
from functions.core.record import Event, Reason, Status
from functions.core.sweep import Holdings
from functions.core.values import Instance
from functions.handlers import log, vaults
from functions.handlers.deployment import Deployment


@dataclass(frozen=True)
class Seen:
    """The account as one sweep sees it: tagged instances, and the images of the open nights. `now` is AWS's clock."""

    instances: tuple[Instance, ...]
    holdings: Holdings
    now: datetime


def repair(deployment: Deployment, due: Sequence[Night], seen: Seen, usable: Collection[str]) -> None:
    """Send what is missing from the nights that are `due`: each night's takes, then copies to each `usable` region, newest slot first."""
    for night in due:
        if seen.now <= night.take_until and vaults.counts(deployment, night):
            _takes(deployment, night, seen)
        vaults.mirror(deployment, night)
    for region in seen.holdings.copies:
        if region in usable:
            _copies(deployment, region, due, seen)


def _takes(deployment: Deployment, night: Night, seen: Seen) -> None:
    """Start a night that was never planned as its schedule does; then send the takes that are missing, which finds them even if that fails."""
    config = deployment.config
    if not vaults.planned(deployment, night):
        slots.start(night)
    plan = sweep.missing_takes(config, night, seen.instances, seen.holdings.home)
    sent = queue.send(clients.sqs(config.home_region), deployment.settings.take_queue, plan.takes)
    if sent:
        _tell(night, night.home, sent)


def _copies(deployment: Deployment, region: str, due: Sequence[Night], seen: Seen) -> None:
    config = deployment.config
    wanted = sweep.candidates(config, due, seen.holdings, region)
    if not wanted:
        return
    sources = {copy.image_id for copy in wanted}
    ids = [device.snapshot_id for image in seen.holdings.home if image.image_id in sources for device in image.devices]
    snapshots = images.snapshots(clients.ec2(config.home_region), ids)
    ready = sweep.settled(wanted, seen.holdings.home, snapshots, seen.now)
    queue.send(clients.sqs(config.home_region), deployment.settings.copy_queues[region], ready)
    for night in due:
        sent = sum(1 for copy in ready if copy.night_id == night.night_id)
        if sent:
            _tell(night, region, sent)


def _tell(night: Night, region: str, sent: int) -> None:
    outcome = Outcome(Status.DONE, Reason.MISSING, detail={"sent": sent})
    log.write(Event.NIGHT_REPAIRED, outcome, region=region, **log.about_night(night))
