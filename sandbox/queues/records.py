"""What Lambda passes between a queue and a function: the event's records, and which of them the function gave back. Pure."""

import json
from typing import Any

from sandbox.queues.message import SandboxMessage


def event(messages: list[SandboxMessage], queue_arn: str) -> str:
    """The event for a batch, as AWS documents it."""
    return json.dumps({"Records": [_record(message, queue_arn) for message in messages]})


def failures(answer: str, messages: list[SandboxMessage]) -> set[str]:
    """The ids of the messages that a function's `answer` reports as failed: all of them if the answer is not as documented."""
    everything = {message.id for message in messages}
    try:
        returned = json.loads(answer)
    except json.JSONDecodeError:
        return everything
    if returned is None:
        return set()
    listed = returned.get("batchItemFailures") if isinstance(returned, dict) else "nonsense"
    if listed is None:
        return set()
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        return everything
    named = {item.get("itemIdentifier") for item in listed}
    return named if named.issubset(everything) else everything


def _record(message: SandboxMessage, queue_arn: str) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    more = {
        "AWSTraceHeader": message.trace or None,
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
        "SequenceNumber": message.sequence_number,
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes | {name: str(value) for name, value in more.items() if value is not None},
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    kept = {name[0].lower() + name[1:]: part.decode() if isinstance(part, bytes) else part for name, part in value.items()}
    return {"stringListValues": [], "binaryListValues": []} | kept
