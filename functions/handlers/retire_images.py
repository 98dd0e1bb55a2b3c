"""`retire_images`: daily, every image of ours is judged, and the next step is ordered for the stale."""

from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, faults, queue, retire_plan
from functions.core.outcome import Outcome, failed, skipped
from functions.core.record import Event, Reason, Status
from functions.core.retire.action import run_id
from functions.core.retire.memory import NOTHING
from functions.core.retire.plan import Plan
from functions.handlers import exposure, log, memory
from functions.handlers.deployment import Deployment, load


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Plan a run and order it. Raises what AWS raised at home, so that Lambda tries again and then tells the on-failure destination."""
    log.count_failed(0)
    deployment = load()
    plan = _plan(deployment)
    _report(plan)
    outcome = _refused(plan) if plan.over else _order(deployment, plan)
    log.write(Event.RETIRE_PLANNED, outcome, region=plan.home, night_id=run_id(plan.home, plan.now))
    exposure.tell_images((verdict.image for verdict in plan.verdicts), plan.now)


def _plan(deployment: Deployment) -> Plan:
    """The plan, once the next run will know what this one saw. Else it might believe what is long over, so then nobody goes by the memory."""
    before = memory.recalled(deployment)
    plan = retire_plan.make(deployment.config, before.memory, to_the_end=False)
    if memory.keep(deployment, plan.memory, before) or before.fault is not None:
        return plan
    return retire_plan.make(deployment.config, NOTHING, to_the_end=False)


def _report(plan: Plan) -> None:
    """A record for each region that could not be asked (about something), for each stale image or wreck that something holds, and for each orphan that stays yet."""
    for region, fault in (*plan.unseen.items(), *plan.refused.items()):
        seen = faults.outcome(fault)
        outcome = failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
        log.write(Event.REGION_CHECK, outcome, region=region)
    for verdict in plan.verdicts:
        if verdict.refused:
            due = {"due": verdict.due.isoformat()} if verdict.due is not None else None
            outcome = skipped(verdict.reason, resource_id=verdict.image.image_id, detail=verdict.detail or due)
            _write(plan, Event.IMAGE_RETIRE, verdict.image.region, verdict.image.key, outcome)
    for orphan in plan.orphans:
        if orphan.refusal is not None:
            outcome = replace(orphan.refusal, resource_id=orphan.snapshot.snapshot_id)
            _write(plan, Event.SNAPSHOT_DELETE, orphan.region, orphan.snapshot.key, outcome)


def _write(plan: Plan, event: Event, region: str, key: tuple[str, str, str], outcome: Outcome) -> None:
    policy, instance_id, slot = key
    run = run_id(plan.home, plan.now)
    log.write(event, outcome, region=region, policy=policy, slot=slot, instance_id=instance_id, night_id=run)


def _refused(plan: Plan) -> Outcome:
    """Nothing is done: somebody must look first."""
    over = {f"{region} {step}": count for (region, step), count in plan.over.items()}
    return failed(Reason.PLAN_REFUSED, detail={"over": over, "most": plan.most, **plan.counts()})


def _order(deployment: Deployment, plan: Plan) -> Outcome:
    sent = queue.send(clients.sqs(plan.home), deployment.settings.retire_queue, plan.actions())
    return Outcome(Status.DONE, Reason.SCHEDULED, detail={**plan.counts(), "sent": sent})
