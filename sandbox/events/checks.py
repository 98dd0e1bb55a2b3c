"""What EventBridge refuses when rules and targets are put, and moto does not. Where it gives no code in its documents, ValidationException."""

import json
import re
from collections.abc import Callable
from typing import Any

from moto.events.models import events_backends

from sandbox.delivery.settings import wrong_setting
from sandbox.events.operators import PatternError
from sandbox.events.pattern import read
from sandbox.gateway import ApiError, Request

LONGEST_PATTERN = 4096
MOST_TARGETS = 5
DELIVERED_TO = ("sqs", "lambda", "sns", "events")
INPUTS = ("Input", "InputPath", "InputTransformer")
READS_TOO = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def guard(request: Request) -> None:
    """The gateway's guard. Raises ApiError."""
    check = CHECKS.get(request.operation) if request.service == "events" else None
    if check is not None:
        check(request)


def check_pattern(text: str) -> None:
    """Raise ApiError unless EventBridge would take the pattern."""
    if len(text) > LONGEST_PATTERN:
        raise ApiError("ValidationException", f"EventPattern: Member must have length less than or equal to {LONGEST_PATTERN}")
    try:
        read(text)
    except PatternError as error:
        raise ApiError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from error


def bus_name(given: str | None) -> str:
    """A bus's name, as given or as its ARN has it."""
    return (given or "default").rsplit("/", 1)[-1]


def _put_rule(request: Request) -> None:
    if request.parameters.get("ScheduleExpression"):
        raise ApiError("UnsupportedSandboxOperation", "The sandbox's rules do not run on a schedule; EventBridge Scheduler's schedules do.")
    if request.parameters.get("State") == READS_TOO:
        raise ApiError(
            "UnsupportedSandboxOperation", f"The sandbox's rules have no state {READS_TOO}: CloudTrail tells of no calls that only read."
        )
    if request.parameters.get("EventPattern"):
        check_pattern(request.parameters["EventPattern"])


def _put_targets(request: Request) -> None:
    parameters = request.parameters
    bus = events_backends[request.account][request.region].event_buses.get(bus_name(parameters.get("EventBusName")))
    rule = bus.rules.get(parameters["Rule"]) if bus else None
    held = {target["Id"] for target in rule.targets} if rule else set()
    if len(held | {target["Id"] for target in parameters["Targets"]}) > MOST_TARGETS:
        raise ApiError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    for target in parameters["Targets"]:
        _target(request.region, target)


def _target(region: str, target: dict[str, Any]) -> None:
    identity, parts = target["Id"], target["Arn"].split(":")
    if len(parts) < 6:
        raise ApiError("ValidationException", f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format.")
    if parts[2] not in DELIVERED_TO:
        raise ApiError(
            "UnsupportedSandboxOperation", f"The sandbox's rules do not deliver to {parts[2]}; they do to {', '.join(DELIVERED_TO)}."
        )
    if parts[2] != "events" and parts[3] != region:
        raise ApiError("ValidationException", f"Target {identity} is in {parts[3]}: only an event bus may be in another region.")
    given = [name for name in INPUTS if target.get(name)]
    if len(given) > 1:
        raise ApiError("ValidationException", f"Only one of {', '.join(INPUTS)} must be provided for target {identity}.")
    if given == ["Input"]:
        _json(identity, target["Input"])
    if given == ["InputTransformer"]:
        _transformer(identity, target["InputTransformer"])
    problem = wrong_setting(region, target)
    if problem:
        raise ApiError("ValidationException", f"Target {identity}: {problem}")


def _json(identity: str, text: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise ApiError("ValidationException", f"JSON syntax error in input for target {identity}: {error}") from error


def _transformer(identity: str, transformer: dict[str, Any]) -> None:
    paths: dict[str, str] = transformer.get("InputPathsMap") or {}
    for name, path in paths.items():
        if not re.fullmatch(r"\$(\.[^.\[\]]+|\[\d+\])*", path) or name.lower().startswith("aws"):
            raise ApiError("ValidationException", f"Invalid InputPathsMap for target {identity}: {name}: {path}")
    for name in re.findall(r"<([A-Za-z0-9_.\-]+)>", transformer["InputTemplate"]):
        if name not in paths and not name.startswith("aws.events."):
            raise ApiError(
                "ValidationException", f"InputTemplate for target {identity} contains placeholder {name}, which InputPathsMap has not."
            )


CHECKS: dict[str, Callable[[Request], None]] = {"PutRule": _put_rule, "PutTargets": _put_targets}
