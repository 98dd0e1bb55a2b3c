"""`watch`: lets the members of each chain be rebooted for their images one after the other; its messages come every two minutes."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, faults, queue, watching
from functions.aws.vault import Vault
from functions.core import messages
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.messages import Take, Watch
from functions.core.outcome import Outcome, deferred, failed
from functions.core.reboots import step as stepping
from functions.core.reboots.state import NOBODY, Reboots
from functions.core.reboots.step import Step
from functions.core.record import Event, Reason, Status
from functions.core.settings import REBOOTS
from functions.handlers import batch, log
from functions.handlers.deployment import Deployment, load

TRIES = 4
"""How often a step is decided anew because another watcher wrote meanwhile: there are two."""

Unreadable = (*faults.AwsFault, EventError)


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Take one step for a batch of chains (SQS event); returns the messages to keep."""
    log.count_failed(0)
    deployment = load()
    chains = _readable(deployment.config, event)
    outcomes = dict(zip(chains, _go(deployment, list(chains.values())), strict=True)) if chains else {}

    def work(record: SQSRecord) -> Outcome:
        return outcomes.get(record.message_id) or deferred(Reason.UNKNOWN_MESSAGE)

    return batch.process(event, context, work, longer=False)


def _readable(config: Config, event: dict[str, Any]) -> Mapping[str, Watch]:
    """The batch's chains by message; one that cannot be read is recorded, and stays."""
    found = {}
    for record in SQSEvent(event).records:
        try:
            found[record.message_id] = messages.parse_watch(record.body)
        except EventError as fault:
            outcome = deferred(Reason.UNKNOWN_MESSAGE, detail={"message": str(fault)})
            log.write(Event.MESSAGE_READ, outcome, region=config.home_region)
    return found


def _go(deployment: Deployment, watches: Sequence[Watch]) -> Sequence[Outcome]:
    """What became of each chain's message."""
    config = deployment.config
    vault = Vault(config.home_region, deployment.settings.account, config.home_region)
    try:
        state, version = _read(vault)
    except Unreadable as fault:
        return _without_state(deployment, watches, Event.VAULT_READ, fault)
    try:
        seen = watching.observe(config, state, watches)
    except faults.AwsFault as fault:
        return _unseen(config, watches, fault)
    for _ in range(TRIES):
        found = stepping.step(config, state, watches, seen)
        try:
            if found.state == state or _write(config, vault, found.state, version):
                return _do(deployment, watches, found)
            state, version = _read(vault)
        except Unreadable as fault:
            return _without_state(deployment, watches, Event.VAULT_WRITE, fault)
    return [deferred(Reason.WATCHING)] * len(watches)


def _read(vault: Vault) -> tuple[Reboots, str | None]:
    """Who is away, by a document that another watcher may have written without having lived to record it."""
    state, version = watching.read(vault)
    log.found(vault, REBOOTS, version)
    return state, version


def _write(config: Config, vault: Vault, state: Reboots, version: str | None) -> bool:
    outcome = watching.write(vault, state, version)
    if outcome is not None:
        log.write(Event.VAULT_WRITE, outcome, region=config.home_region)
    return outcome is not None


def _without_state(deployment: Deployment, watches: Sequence[Watch], event: Event, fault: Exception) -> Sequence[Outcome]:
    """Nobody is rebooted by who does not know who is away; who is left when that ends is taken without."""
    config = deployment.config
    outcome = _failed(fault)
    log.write(event, outcome, region=config.home_region)
    try:
        seen = watching.observe(config, NOBODY, watches)
    except faults.AwsFault as more:
        return _unseen(config, watches, more)
    over = [watch for watch in watches if seen.now > watch.reboot_until]
    ended = iter(_do(deployment, over, stepping.step(config, NOBODY, over, seen)))
    return [next(ended) if watch in over else deferred(outcome.reason) for watch in watches]


def _failed(fault: Exception) -> Outcome:
    if isinstance(fault, EventError):
        return failed(Reason.UNKNOWN_MESSAGE, detail={"message": str(fault)})
    seen = faults.outcome(fault)
    return failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)


def _unseen(config: Config, watches: Sequence[Watch], fault: Exception) -> Sequence[Outcome]:
    """All wait; that AWS refuses to let us see is recorded as failed, once."""
    outcome = faults.unseen(fault)
    if outcome.reason is Reason.AWS_REFUSED:
        log.write(Event.REGION_CHECK, _failed(fault), region=config.home_region)
    for watch in watches:
        _tell(config, watch, outcome)
    return [outcome] * len(watches)


def _do(deployment: Deployment, watches: Sequence[Watch], found: Step) -> Sequence[Outcome]:
    """Send a step's takes and record it. What cannot be sent is ordered once more later, or by the sweep."""
    config = deployment.config
    for told in found.told:
        about = {"policy": told.entry.policy, "slot": told.entry.slot, "night_id": told.entry.night_id, "instance_id": told.instance_id}
        log.write(Event.INSTANCE_WATCH, told.outcome, region=config.home_region, **about)
    for watch, outcome in zip(watches, found.outcomes, strict=True):
        if outcome.status is Status.SKIPPED:
            _tell(config, watch, outcome)
    return _send(deployment, watches, found.takes) or found.outcomes


def _send(deployment: Deployment, watches: Sequence[Watch], takes: Sequence[Take]) -> Sequence[Outcome] | None:
    config = deployment.config
    try:
        queue.send(clients.sqs(config.home_region), deployment.settings.take_queue, takes)
    except faults.AwsFault as fault:
        return _unseen(config, watches, fault)
    except queue.SendError as fault:
        outcome = deferred(Reason.AWS_BUSY, detail={"message": str(fault)})
        for watch in watches:
            _tell(config, watch, outcome)
        return [outcome] * len(watches)
    return None


def _tell(config: Config, watch: Watch, outcome: Outcome) -> None:
    log.write(Event.INSTANCE_WATCH, outcome, region=config.home_region, policy=watch.policy, slot=watch.slot, night_id=watch.night_id)
