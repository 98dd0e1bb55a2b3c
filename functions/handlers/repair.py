"""Repairing nights: sending again what is missing from them. One night or region that cannot be repaired stops no other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.aws import clients, faults, images, queue, slots
from functions.core import sweep
from functions.core.book import OpenNight
from functions.core.messages import Copy
from functions.core.night import Night
from functions.core.outcome import Outcome, failed
from functions.core.reboots import chains
from functions.core.reboots.state import Reboots
from functions.core.record import Event, Reason, Status
from functions.core.sweep import Holdings
from functions.core.values import Instance
from functions.handlers import log
from functions.handlers.deployment import Deployment

FAULTS = (*faults.AwsFault, queue.SendError)


@dataclass(frozen=True)
class Seen:
    """The account as one sweep sees it: tagged instances, and the images of the open nights. `now` is AWS's clock, `at` the sweep's time."""

    instances: tuple[Instance, ...]
    holdings: Holdings
    now: datetime
    at: datetime
    reboots: Reboots | None = None
    """Who is being rebooted, as far as one can see."""


def takes(deployment: Deployment, opened: OpenNight, seen: Seen) -> Exception | None:
    """Start a night that was never planned as its schedule does; send the takes that are missing. Returns what AWS raised, which is recorded."""
    night = opened.night
    if seen.now > night.take_until or night.policy.name not in deployment.config.policies:
        return None
    trouble = None
    if not opened.is_planned:
        trouble = _start(opened)
        if trouble is None and night.is_first_repair(seen.at):
            return None  # its takes come from the plan; should that fail, the next repair sends them
    knows = opened.is_planned and opened.is_sure
    return _send_takes(deployment, night, seen, seen.reboots if knows else None) or trouble


def _start(opened: OpenNight) -> Exception | None:
    try:
        slots.start(opened.night, may_reboot=opened.is_sure)
    except faults.AwsFault as fault:
        return _record(opened.night, opened.night.home, fault)
    return None


def _send_takes(deployment: Deployment, night: Night, seen: Seen, reboots: Reboots | None) -> Exception | None:
    config, sqs = deployment.config, clients.sqs(deployment.config.home_region)
    missing = sweep.missing_takes(config, night, seen.instances, seen.holdings.home, reboots)
    try:
        sent = queue.send(sqs, deployment.settings.take_queue, missing.takes)
        watches = chains.watches(night, missing.rebooting, seen.now, Reason.MISSING)
        sent += queue.send(sqs, deployment.settings.watch_queue, watches)
    except FAULTS as fault:
        return _record(night, night.home, fault)
    _tell(night, night.home, sent)
    return None


def copies(deployment: Deployment, due: Sequence[Night], seen: Seen, usable: Collection[str]) -> Exception | None:
    """Send the copies that are missing in each `usable` region, newest slot first. Returns what AWS raised, which is recorded."""
    config = deployment.config
    wanted = {region: sweep.candidates(config, due, seen.holdings, region) for region in seen.holdings.copies if region in usable}
    slots_of = {copy.slot for region in wanted.values() for copy in region}
    if not slots_of:
        return None
    try:
        snapshots = images.snapshots_of_slots(clients.ec2(config.home_region), config.home_region, slots_of)
    except faults.AwsFault as fault:
        return _record(due[0], config.home_region, fault)
    ready = {region: sweep.settled(some, seen.holdings.home, snapshots, seen.now) for region, some in wanted.items()}
    return _send_copies(deployment, due, ready)


def _send_copies(deployment: Deployment, due: Sequence[Night], ready: Mapping[str, Sequence[Copy]]) -> Exception | None:
    trouble = None
    for region, some in ready.items():
        try:
            queue.send(clients.sqs(deployment.config.home_region), deployment.settings.copy_queues[region], some)
        except FAULTS as fault:
            trouble = _record(due[0], region, fault)
            continue
        for night in due:
            _tell(night, region, sum(1 for copy in some if copy.night_id == night.night_id))
    return trouble


def _tell(night: Night, region: str, sent: int) -> None:
    if sent:
        outcome = Outcome(Status.DONE, Reason.MISSING, detail={"sent": sent})
        log.write(Event.NIGHT_REPAIRED, outcome, region=region, **log.about_night(night))


def _record(night: Night, region: str, fault: Exception) -> Exception:
    seen = faults.outcome(fault)
    outcome = failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
    log.write(Event.NIGHT_REPAIRED, outcome, region=region, **log.about_night(night))
    return fault
