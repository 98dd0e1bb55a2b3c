"""`take_images`: a policy's slot has come: plan its night and send the takes."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel, ValidationError

from functions.aws import clients, instances
from functions.core.errors import EventError
from functions.core.night import Night
from functions.core.outcome import skipped
from functions.core.record import Event, Reason
from functions.handlers import log, nights
from functions.handlers.deployment import load


class SlotEvent(BaseModel):
    """What a policy's schedule sends: the policy and `<aws.scheduler.scheduled-time>`."""

    policy: str
    time: AwareDatetime
    reason: Reason = Reason.SCHEDULED
    """`missing` when a sweep starts a night that was never planned."""

    may_reboot: bool = True
    """False when that sweep only assumes that the slot is owed."""


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Plan the night of one slot. Raises what AWS raised, so that Lambda tries again and then tells the on-failure destination."""
    log.count_failed(0)
    deployment = load()
    slot = parse(event)
    policy = deployment.config.policies.get(slot.policy)
    if policy is None:
        outcome = skipped(Reason.POLICY_REMOVED)
        log.write(Event.NIGHT_PLANNED, outcome, region=deployment.config.home_region, policy=slot.policy)
        return
    night = Night(deployment.config.home_region, policy, nights.minute(slot.time))
    pages = instances.tagged(clients.ec2(night.home), deployment.config.tag_key)
    outcome = nights.run(deployment, night, pages, slot.reason, may_reboot=slot.may_reboot)
    log.write(Event.NIGHT_PLANNED, outcome, region=night.home, **log.about_night(night))


def parse(event: dict[str, Any]) -> SlotEvent:
    """Read the schedule's event. Raises EventError for anything else."""
    try:
        return SlotEvent.model_validate(event)
    except ValidationError as fault:
        raise EventError('expected {"policy": <name>, "time": <scheduled time>} from the policy\'s schedule') from fault
