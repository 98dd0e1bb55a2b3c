"""What Lambda refuses when an event source mapping is made or changed, and moto does not."""

from typing import Any

from moto.awslambda.models import EventSourceMapping, LambdaFunction, lambda_backends

from sandbox.delivery.targets import find_function, find_queue
from sandbox.functions.recursion import function_arn
from sandbox.gateway import ApiError, Request
from sandbox.queues.mapping import missing_rights
from sandbox.queues.queue import SandboxQueue

NOT_THERE = ("FilterCriteria", "ProvisionedPollerConfig", "SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig")
CHANGING = {"CreateEventSourceMapping", "UpdateEventSourceMapping"}
RANGES = {"BatchSize": (1, 10_000), "MaximumBatchingWindowInSeconds": (0, 300)}


def guard(request: Request) -> None:
    """The gateway's guard. Raises ApiError."""
    if request.service != "lambda" or request.operation not in CHANGING:
        return
    given = request.parameters
    present: dict[str, EventSourceMapping] = lambda_backends[request.account][request.region]._event_source_mappings  # noqa: SLF001 - moto shows them in no other way
    held = present.get(given.get("UUID", ""))
    arn = held.event_source_arn if held else given.get("EventSourceArn", "")
    _check_settings(arn, given)
    function = find_function(function_arn(request)) if "FunctionName" in given else find_function(held.function_arn) if held else None
    queue = find_queue(arn) if arn else None
    if queue is None or function is None:
        return
    if held is None and any(one.event_source_arn == arn and one.function_arn == function.function_arn for one in present.values()):
        message = f"An event source mapping with SQS arn ({arn}) and function ({function.function_name}) already exists."
        raise ApiError("ResourceConflictException", message, 409)
    _check_batches(given, held, queue)
    _check_function(queue, function)


def _check_settings(arn: str, given: dict[str, Any]) -> None:
    if arn and arn.split(":")[2] != "sqs":
        raise ApiError("UnsupportedSandboxOperation", f"The sandbox's functions have no event source {arn}; SQS queues can be.")
    for name in NOT_THERE:
        if given.get(name):
            raise ApiError("UnsupportedSandboxOperation", f"The sandbox's event source mappings have no {name}.")
    for name, (least, most) in RANGES.items():
        if not least <= given.get(name, least) <= most:
            raise ApiError("InvalidParameterValueException", f"{name} is {least} to {most}")
    concurrency = (given.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if concurrency is not None and not 2 <= concurrency <= 1000:
        raise ApiError("InvalidParameterValueException", "MaximumConcurrency is 2 to 1000")
    if not set(given.get("FunctionResponseTypes") or ()) <= {"ReportBatchItemFailures"}:
        raise ApiError("InvalidParameterValueException", "FunctionResponseTypes is ReportBatchItemFailures, or nothing")


def _check_batches(given: dict[str, Any], held: EventSourceMapping | None, queue: SandboxQueue) -> None:
    size = given.get("BatchSize") or (held.batch_size if held else 10)
    window = given.get("MaximumBatchingWindowInSeconds", held.max_batch_window if held else 0)
    if queue.fifo_queue and (size > 10 or window):
        raise ApiError("InvalidParameterValueException", "A FIFO queue has batches of 10 at most, and no batch window.")
    if size > 10 and not window:
        raise ApiError(
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )


def _check_function(queue: SandboxQueue, function: LambdaFunction) -> None:
    if queue.visibility_timeout < int(function.timeout):
        message = f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: {function.timeout} seconds"
        raise ApiError("InvalidParameterValueException", f"Invalid request provided: {message}")
    missing = missing_rights(queue.queue_arn, function.function_arn)
    if missing:
        verb = missing[0].removeprefix("sqs:")
        raise ApiError("InvalidParameterValueException", f"The provided execution role does not have permissions to call {verb} on SQS")
