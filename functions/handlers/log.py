"""Writing records and metrics: to standard output, in Powertools' forms."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from functions.aws.vault import OVER_ANOTHER, Vault
from functions.core.follow import ImageEvent
from functions.core.messages import AnyAction, Copy, DeleteSnapshot, Hold, Retire, Take
from functions.core.night import Night
from functions.core.outcome import Outcome, already
from functions.core.record import Event, Record, Status
from functions.handlers.deployment import load

NAMESPACE = "Nightkeep"
_FIELDS = dict.fromkeys(Record.model_fields)


class _Lines(LambdaPowertoolsFormatter):
    """Powertools drops what is None; a record always has all its fields."""

    def serialize(self, log: Any) -> str:
        return super().serialize({**_FIELDS, **log} if "event" in log else log)


logger = Logger(logger_formatter=_Lines(json_deserializer=str))  # messages are the names of events: none is JSON to be read
metrics = Metrics(namespace=NAMESPACE)


def write(event: Event, outcome: Outcome, *, region: str, **about: Any) -> None:
    """Write one record; a failed one also counts in the metric `Failed`. Before a vault's object that is written over, the one that was found has its own."""
    if event is Event.VAULT_WRITE and outcome.detail == OVER_ANOTHER:
        write(event, already(outcome.resource_id or ""), region=region, **about)
    deployment = load()
    record = Record(
        event=event,
        status=outcome.status,
        reason=outcome.reason,
        account=deployment.settings.account,
        region=region,
        resource_id=outcome.resource_id,
        request_id=outcome.request_id,
        error_code=outcome.error_code,
        attempt=outcome.attempt,
        detail=outcome.detail,
        **about,
    )
    level = logger.error if outcome.status is Status.FAILED else logger.info
    level(str(event), **record.model_dump(mode="json"))
    if outcome.status is Status.FAILED:
        count_failed(1)


def found(vault: Vault, key: str, version: str | None) -> None:
    """Write the record of a document's `version` that was found (None: there is none), unless this process knows of it."""
    outcome = None if version is None else vault.found(key, version)
    if outcome is not None:
        write(Event.VAULT_WRITE, outcome, region=vault.region)


def acted(action: AnyAction, outcome: Outcome) -> None:
    """Write the record of what became of `action`."""
    did(action, action_event(action), outcome)


def did(action: AnyAction, event: Event, outcome: Outcome) -> None:
    """Write the record of something that was done or found on the way, for `action`."""
    write(event, outcome, region=action_region(action), **about_action(action))


def count_failed(number: int) -> None:
    """Add to the metric `Failed`; an invocation starts with zero, so that its alarm has data."""
    metrics.add_metric("Failed", MetricUnit.Count, number)


def count_unprotected(number: int) -> None:
    """Add to the metric `ProtectionRemoved`: policies that instances do not ask for any more."""
    metrics.add_metric("ProtectionRemoved", MetricUnit.Count, number)


def overdue(policy: str, *, is_overdue: bool) -> None:
    """Write the metric `NightOverdue` of a policy: 1 when its latest night has no plan, else 0."""
    with single_metric("NightOverdue", MetricUnit.Count, int(is_overdue), namespace=NAMESPACE) as metric:
        metric.add_dimension("service", metrics.provider.service or "sweep")
        metric.add_dimension("policy", policy)


def about_night(night: Night) -> dict[str, str]:
    """The record fields that name a night."""
    return {"policy": night.policy.name, "slot": night.slot, "night_id": night.night_id}


def about_action(action: AnyAction) -> dict[str, str | None]:
    """The record fields that name an action's night or run and its instance, and a copy's source."""
    return {
        "policy": action.policy,
        "slot": action.slot,
        "night_id": action.night_id,
        "instance_id": action.instance_id,
        "source_id": action.image_id if isinstance(action, Copy) else action.instance_id or None,
    }


def action_event(action: AnyAction) -> Event:
    """What an action attempts."""
    match action:
        case Take():
            return Event.IMAGE_TAKE
        case Copy():
            return Event.IMAGE_COPY
        case Retire():
            return action.step.event
        case DeleteSnapshot():
            return Event.SNAPSHOT_DELETE
        case Hold():
            return Event.IMAGE_HOLD


def action_region(action: AnyAction | ImageEvent) -> str:
    """Where an action changes something."""
    return load().config.home_region if isinstance(action, Take) else action.region
