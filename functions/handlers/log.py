"""Writing records and metrics: to standard output, in Powertools' forms."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from functions.core.follow import ImageEvent
from functions.core.messages import Copy, Take
from functions.core.night import Night
from functions.core.outcome import Outcome
from functions.core.record import Event, Record, Status
from functions.handlers.deployment import load

NAMESPACE = "Nightkeep"


class _Lines(LambdaPowertoolsFormatter):
    """Powertools drops what is None; a record always has all its fields."""

    def serialize(self, log: Any) -> str:
        return super().serialize({**dict.fromkeys(Record.model_fields), **log} if "event" in log else log)


logger = Logger(logger_formatter=_Lines())
metrics = Metrics(namespace=NAMESPACE)


def write(event: Event, outcome: Outcome, *, region: str, **about: Any) -> None:
    """Write one record; a failed one also counts in the metric `Failed`."""
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


def count_failed(number: int) -> None:
    """Add to the metric `Failed`; an invocation starts with zero, so that its alarm has data."""
    metrics.add_metric("Failed", MetricUnit.Count, number)


def overdue(policy: str, *, is_overdue: bool) -> None:
    """Write the metric `NightOverdue` of a policy: 1 when its latest night has no plan, else 0."""
    with single_metric("NightOverdue", MetricUnit.Count, int(is_overdue), namespace=NAMESPACE) as metric:
        metric.add_dimension("service", metrics.provider.service or "sweep")
        metric.add_dimension("policy", policy)


def about_night(night: Night) -> dict[str, str]:
    """The record fields that name a night."""
    return {"policy": night.policy.name, "slot": night.slot, "night_id": night.night_id}


def about_action(action: Take | Copy) -> dict[str, str | None]:
    """The record fields that name an action's night and instance, and a copy's source."""
    return {
        "policy": action.policy,
        "slot": action.slot,
        "night_id": action.night_id,
        "instance_id": action.instance_id,
        "source_id": action.image_id if isinstance(action, Copy) else action.instance_id,
    }


def action_event(action: Take | Copy) -> Event:
    """What an action attempts."""
    return Event.IMAGE_COPY if isinstance(action, Copy) else Event.IMAGE_TAKE


def action_region(action: Take | Copy | ImageEvent) -> str:
    """Where an action changes something."""
    return load().config.home_region if isinstance(action, Take) else action.region
