"""The places that services deliver to: queues, topics, functions and event buses, each checked for the right to."""

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.events.models import events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.delivery.sender import Sender, UndeliverableError
from sandbox.iam import roles
from sandbox.queues.queue import SandboxQueue

Attributes = dict[str, dict[str, str]]
DEFAULT_QUEUE_KEY = "alias/aws/sqs"


def strings(values: dict[str, str]) -> Attributes:
    """`values` as SQS message attributes."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def find_queue(arn: str) -> SandboxQueue | None:
    """The queue with this ARN, if there is one."""
    _, _, _, region, account, name = arn.split(":", 5)
    found = sqs_backends[account][region].queues.get(name)
    return found if isinstance(found, SandboxQueue) else None


def find_function(arn: str) -> LambdaFunction | None:
    """The function with this ARN (a version or alias in it does not matter), if there is one."""
    parts = arn.split(":")
    return next((one for one in lambda_backends[parts[4]][parts[3]].list_functions() if one.function_name == parts[6]), None)


def put_in_queue(arn: str, body: str, attributes: Attributes | None = None, group: str | None = None) -> str:
    """Send a message, whoever asks, and give its id. Raises UndeliverableError when there is no such queue."""
    queue = find_queue(arn)
    if queue is None:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"there is no queue {arn}", lasting=True)
    message = sqs_backends[queue.account_id][queue.region].send_message(queue.name, body, attributes, group_id=group)
    return str(message.id)


def to_queue(sender: Sender, arn: str, body: str, attributes: Attributes | None = None, group: str | None = None) -> None:
    """Send a message as `sender`. Raises UndeliverableError."""
    queue = find_queue(arn)
    if queue is not None:
        sender.must_be_allowed("sqs:SendMessage", arn, [roles.document(queue.policy)] if queue.policy else [])
        key = getattr(queue, "kms_master_key_id", None)
        if key and str(key).endswith(DEFAULT_QUEUE_KEY):
            raise UndeliverableError(
                "SDK_CLIENT_ERROR", f"{sender.service} may not use {DEFAULT_QUEUE_KEY}, the key of {arn}", lasting=True
            )
    put_in_queue(arn, body, attributes, group)


def to_topic(sender: Sender, arn: str, body: str) -> None:
    """Publish a message as `sender`. Raises UndeliverableError."""
    _, _, _, region, account, _ = arn.split(":", 5)
    backend = sns_backends[account][region]
    topic = backend.topics.get(arn)
    if topic is None:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"there is no topic {arn}", lasting=True)
    sender.must_be_allowed("sns:Publish", arn, [roles.document(topic.policy)])
    backend.publish(message=body, arn=arn)


def to_function(sender: Sender, arn: str, payload: str, invoke: Callable[[str, str], None]) -> None:
    """Hand `payload` to a function's asynchronous invocation as `sender`. Raises UndeliverableError."""
    function = find_function(arn)
    if function is None:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"there is no function {arn}", lasting=True)
    statements = [{"Statement": [statement]} for statement in function.policy.statements]
    sender.must_be_allowed("lambda:InvokeFunction", function.function_arn, statements)
    invoke(function.function_arn, payload)


def to_bus(sender: Sender, arn: str, event: dict[str, Any], emit: Callable[[str, dict[str, Any], str], None]) -> None:
    """Pass an event on to a bus, of another region too, as `sender`; what is in the event stays. Raises UndeliverableError."""
    _, _, _, region, account, resource = arn.split(":", 5)
    name = resource.removeprefix("event-bus/")
    if name not in events_backends[account][region].event_buses:
        raise UndeliverableError("RESOURCE_NOT_FOUND", f"there is no event bus {arn}", lasting=True)
    sender.must_be_allowed("events:PutEvents", arn, [])
    emit(region, event, name)
