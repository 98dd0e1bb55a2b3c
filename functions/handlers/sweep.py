"""`sweep`: hourly, what is missing from the open nights is sent again, and nights that ended get their verdict."""

from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel, ValidationError

from functions.aws import clients, images, instances
from functions.core import sweep
from functions.core.errors import EventError
from functions.core.night import Night, open_nights
from functions.core.outcome import Outcome, failed
from functions.core.record import Event, Reason, Status
from functions.core.sweep import Holdings, Verdict
from functions.core.values import Image
from functions.handlers import log, nights, regions, repair, vaults
from functions.handlers.deployment import Deployment, load
from functions.handlers.repair import Seen


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
    open_ones = list(open_nights(deployment.config, at))
    due = [night for night in open_ones if night.repair_due(at)]
    taken = [night for night in open_ones if night.take_verdict_due(at)]
    copied = [night for night in open_ones if night.copy_verdict_due(at)]
    if due or taken or copied:
        seen = _observe(deployment, open_ones)
        repair.repair(deployment, due, seen, usable)
        for night in taken:
            _tell(night, "takes", sweep.judge_takes(deployment.config, night, seen.instances, seen.holdings.home))
        verified = regions.verified(deployment.config, copied, seen.holdings.copies if copied else {})
        for night in copied:
            _tell(night, "copies", sweep.judge_copies(deployment.config, night, seen.holdings, verified))


def parse(event: dict[str, Any]) -> SweepEvent:
    """Read the schedule's event. Raises EventError for anything else."""
    try:
        return SweepEvent.model_validate(event)
    except ValidationError as fault:
        raise EventError('expected {"time": <scheduled time>} from the sweep\'s schedule') from fault


def _observe(deployment: Deployment, open_ones: Sequence[Night]) -> Seen:
    """The account as this sweep sees it: one listing of the tagged instances, one of the open nights' images in each region."""
    config = deployment.config
    slots = [night.slot for night in open_ones]
    pages = instances.tagged(clients.ec2(config.home_region), config.tag_key, size=1000)
    found = tuple(instance for page in pages for instance in page.instances)
    home, now = images.of_slots(clients.ec2(config.home_region), config.home_region, slots)
    copies: dict[str, Sequence[Image]] = {}
    for region in config.recovery_regions:
        held = regions.images_of(config, region, slots)
        if held is not None:
            copies[region] = held
    return Seen(found, Holdings(home, copies), now)


def _tell(night: Night, judged: str, verdict: Verdict) -> None:
    detail = {"judged": judged, **verdict.counts, "lacking": list(verdict.missing[:NAMED])}
    fine = verdict.reason is Reason.OK
    outcome = Outcome(Status.ALREADY, Reason.OK, detail=detail) if fine else failed(verdict.reason, detail=detail)
    log.write(Event.NIGHT_VERDICT, outcome, region=night.home, **log.about_night(night))


NAMED = 50
"""How many missing instances or images a verdict names: a log line has its limits, the counts do not."""
