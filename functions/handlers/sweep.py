"""`sweep`: hourly, what is missing from the open nights is sent again, and nights that ended get their verdict."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel, ValidationError

from functions.aws import clients, images, instances
from functions.core import selection, sweep
from functions.core.book import JUDGED, Judged, OpenNight
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.night import Night, newest
from functions.core.outcome import Outcome, failed
from functions.core.record import Event, Reason, Status
from functions.core.sweep import Holdings, Verdict
from functions.core.values import Image
from functions.handlers import exposure, log, lost_tags, nights, regions, repair
from functions.handlers.deployment import Deployment, load
from functions.handlers.regions import Regions
from functions.handlers.repair import Seen
from functions.handlers.vaults import Vaults


class SweepEvent(BaseModel):
    """What the sweep's schedule sends: `<aws.scheduler.scheduled-time>`."""

    time: AwareDatetime


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Sweep once. Raises what AWS raised at home, after all else was done, so that Lambda tries again and then tells the on-failure destination."""
    log.count_failed(0)
    deployment = load()
    at = nights.minute(parse(event).time)
    reached = regions.look(deployment.config)
    vaults = Vaults(deployment)
    book = vaults.book(at)
    for policy in deployment.config.policies.values():
        log.overdue(policy.name, is_overdue=book.is_overdue(deployment.config.home_region, policy, at))
    opened = list(book.open(deployment.config, at))
    due = [one for one in opened if one.night.repair_due(at)]
    judged = [(one.night, what) for what in JUDGED for one in opened if book.verdict_due(deployment.config, one.night, what, at)]
    seen = _observe(deployment.config, opened, at)
    beside = sweep.late_nights(deployment.config, (one.night for one in opened), seen.holdings.home, at)
    late = [night for night in beside if night.repair_due(at)]
    if due or judged or late:
        seen = _with_copies(deployment.config, reached, seen, {night.slot for night in (*(one.night for one in opened), *late)})
    if due:
        seen = replace(seen, reboots=vaults.reboots())
    troubles = [*_repair(deployment, due, late, seen, reached)]
    _judge(deployment.config, vaults, judged, seen)
    for one in due:
        for region in one.night.policy.copy_to:
            if region in reached.answering:
                vaults.mirror(one.night, region)
    for region in reached.answering:
        vaults.mirror_extras(region, at)
    lost_tags.tell_mistakes(deployment, seen)
    lost_tags.repair_tags(deployment, vaults, seen)
    exposure.tell_instances(deployment.config, seen)
    lost_tags.tell_removed(deployment, vaults, seen)
    if troubles:
        raise troubles[0]


def parse(event: dict[str, Any]) -> SweepEvent:
    """Read the schedule's event. Raises EventError for anything else."""
    try:
        return SweepEvent.model_validate(event)
    except ValidationError as fault:
        raise EventError('expected {"time": <scheduled time>} from the sweep\'s schedule') from fault


def _observe(config: Config, opened: Sequence[OpenNight], at: AwareDatetime) -> Seen:
    """The home region as this sweep sees it: one listing of the tagged instances, one of the images that its nights and tags are about."""
    pages = instances.meant(clients.ec2(config.home_region), config.tag_key, size=1000)
    found = tuple(instance for page in pages for instance in page.instances)
    asked = {slot for one in found if (slot := selection.on_demand(config, one)) is not None}
    slots = {one.night.slot for one in opened} | {night.slot for night in newest(config, at)} | asked
    home, now = images.of_slots(clients.ec2(config.home_region), config.home_region, slots)
    return Seen(found, Holdings(home, {}), now, at)


def _with_copies(config: Config, reached: Regions, seen: Seen, slots: Collection[str]) -> Seen:
    """The same, with the copies of `slots` in each region that answers."""
    copies: dict[str, Sequence[Image]] = {}
    for region in reached.answering:
        held = regions.images_of(config, region, slots)
        if held is not None:
            copies[region] = held
    return replace(seen, holdings=replace(seen.holdings, copies=copies))


def _repair(deployment: Deployment, due: Sequence[OpenNight], late: Sequence[Night], seen: Seen, reached: Regions) -> Iterator[Exception]:
    """Each night's takes, then the copies of all; what went wrong."""
    troubles = [repair.takes(deployment, one, seen) for one in due]
    troubles.append(repair.copies(deployment, [*(one.night for one in due), *late], seen, reached.usable))
    return (trouble for trouble in troubles if trouble is not None)


def _judge(config: Config, vaults: Vaults, due: Sequence[tuple[Night, Judged]], seen: Seen) -> None:
    """Tell each verdict that is due, and write down that it was told."""
    copied = [night for night, what in due if what == "copies"]
    verified = regions.verified(config, copied, seen.holdings.copies if copied else {})
    for night, what in due:
        if what == "copies":
            _tell(vaults, night, what, sweep.judge_copies(config, night, seen.holdings, verified))
        else:
            _tell(vaults, night, what, sweep.judge_takes(config, night, seen.instances, seen.holdings.home))


def _tell(vaults: Vaults, night: Night, judged: Judged, verdict: Verdict) -> None:
    detail = {"verdict": verdict.word, "judged": judged, **verdict.counts, "lacking": list(verdict.missing[:NAMED])}
    fine = verdict.reason is Reason.OK
    outcome = Outcome(Status.ALREADY, Reason.OK, detail=detail) if fine else failed(verdict.reason, detail=detail)
    log.write(Event.NIGHT_VERDICT, outcome, region=night.home, **log.about_night(night))
    vaults.told(night, judged, detail)


NAMED = 50
"""How many missing instances or images a verdict names: a log line has its limits, the counts do not."""
