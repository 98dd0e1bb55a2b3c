"""`guard_bin`: makes the Recycle Bin's rules of every region what the configuration says; daily, and when something happens to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import faults, rbin
from functions.core.bin import plan, start
from functions.core.bin.rule import ResourceType, Rule
from functions.core.bin.start import Start
from functions.core.bin.steps import Report, Step
from functions.core.config import Config
from functions.core.outcome import Outcome, failed, skipped
from functions.core.record import Event, Reason, Status
from functions.handlers import log
from functions.handlers.deployment import load


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Guard the regions that the event is about; one that is down or refuses stops no other."""
    log.count_failed(0)
    config = load().config
    started = start.parse(event)
    for region in started.regions(config):
        _guard(config, region, started)


def _guard(config: Config, region: str, started: Start) -> None:
    try:
        rules, now = rbin.rules(region)
    except faults.AwsFault as fault:
        seen = faults.outcome(fault)
        outcome = failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
        log.write(Event.BIN_GUARD, outcome, region=region)
        return
    _tell_attempt(config, region, rules, started)
    steps = plan.plan(config.recycle_bin, config.home_region, rules, now)
    _do(config, region, steps, now)
    if all(isinstance(step, Report) and not step.alarming for step in steps):
        ours = sorted(rule.rule_id for rule in rules if rule.ours(config.home_region))
        log.write(Event.BIN_GUARD, Outcome(Status.ALREADY, Reason.OK, detail={"rules": ours}), region=region)


def _tell_attempt(config: Config, region: str, rules: Iterable[Rule], started: Start) -> None:
    """Record as failed that somebody tried to change a locked rule of ours."""
    for rule in rules:
        if rule.rule_id == started.attempted_on and rule.ours(config.home_region):
            outcome = failed(Reason.CHANGE_ATTEMPTED, resource_id=rule.rule_id, detail={"api_name": started.api_name})
            log.write(Event.RULE_CHECK, outcome, region=region)


def _do(config: Config, region: str, steps: Sequence[Step], now: datetime) -> None:
    """Take the steps, each with its record. After one that failed the rest for its resource type waits for the next run."""
    broken: set[ResourceType] = set()
    for step in steps:
        if isinstance(step, Report):
            settle = failed if step.alarming else skipped
            log.write(step.event, settle(step.reason, resource_id=step.rule.rule_id, detail=step.detail), region=region)
        elif step.resource_type not in broken:
            outcome = rbin.change(region, config.home_region, step, now)
            log.write(step.event, outcome, region=region)
            if outcome.status is Status.FAILED:
                broken.add(step.resource_type)
