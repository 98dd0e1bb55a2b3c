"""What EventBridge Scheduler refuses when a schedule is made or changed, and moto does not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from moto.scheduler.models import scheduler_backends

from sandbox.delivery.settings import wrong_setting
from sandbox.gateway import ApiError, Request
from sandbox.iam.trusted import is_trusted
from sandbox.scheduler.expressions import ExpressionError, following

SERVICE = "scheduler.amazonaws.com"
CHANGING = {"CreateSchedule", "UpdateSchedule"}
DELIVERED_TO = ("lambda", "sqs", "sns")
LARGEST_INPUT = 262_144
LATE = timedelta(minutes=5)


def guard(request: Request) -> None:
    """The gateway's guard.

    Raises:
        ApiError: ValidationException, or ResourceNotFoundException for the group.
    """
    if request.service != "scheduler" or request.operation not in CHANGING:
        return
    given = request.parameters
    group = given.get("GroupName") or "default"
    if group not in scheduler_backends[request.account][request.region].schedule_groups:
        raise ApiError("ResourceNotFoundException", f"Schedule group {group} does not exist.", 404)
    _check_expression(given, request.time)
    _check_window(given["FlexibleTimeWindow"])
    _check_dates(given, request.time)
    _check_target(request, given["Target"])


def moment(value: str | float | datetime | None) -> datetime | None:
    """A date of a schedule's, in whatever form it came."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
    return datetime.fromtimestamp(float(value), UTC)


def _check_expression(given: dict[str, Any], now: datetime) -> None:
    zone = given.get("ScheduleExpressionTimezone") or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _invalid(f"Invalid Schedule Expression Timezone {zone}.") from error
    try:
        following(given["ScheduleExpression"], zone, now, now)
    except ExpressionError as error:
        raise _invalid(f"Invalid Schedule Expression {given['ScheduleExpression']}: {error}") from error


def _check_window(window: dict[str, Any]) -> None:
    minutes = window.get("MaximumWindowInMinutes")
    if window["Mode"] == "FLEXIBLE" and minutes not in range(1, 1441):
        raise _invalid("MaximumWindowInMinutes is 1 to 1440 where Mode is FLEXIBLE.")
    if window["Mode"] == "OFF" and minutes is not None:
        raise _invalid("MaximumWindowInMinutes must not be set where Mode is OFF.")


def _check_dates(given: dict[str, Any], now: datetime) -> None:
    start, end = moment(given.get("StartDate")), moment(given.get("EndDate"))
    if given["ScheduleExpression"].startswith("at"):
        return  # both mean nothing to it
    if start and start < now - LATE:
        raise _invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end and end <= (start or now):
        raise _invalid("The EndDate you specify must come after the StartDate, and after now.")


def _check_target(request: Request, target: dict[str, Any]) -> None:
    parts = target["Arn"].split(":")
    if parts[2] not in DELIVERED_TO:
        raise ApiError(
            "UnsupportedSandboxOperation",
            f"The sandbox's schedules do not deliver to {target['Arn']}; they do to {', '.join(DELIVERED_TO)}.",
        )
    if len(target.get("Input", "").encode()) > LARGEST_INPUT:
        raise _invalid(f"Input has {LARGEST_INPUT} bytes at most.")
    if target["Arn"].endswith(".fifo") and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        raise _invalid("MessageGroupId must be specified for a FIFO queue.")
    if problem := wrong_setting(request.region, target):
        raise _invalid(problem)
    if not is_trusted(request.account, target["RoleArn"], SERVICE):
        raise _invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
