"""Sending actions to workers, and putting a message off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from functions.core.errors import NightkeepError
from functions.core.messages import AnyAction, Watch

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

ENTRIES = 10
SIZE = 1024 * 1024
"""SendMessageBatch takes ten messages and 1 MiB in all."""


class SendError(NightkeepError):
    """SQS accepted only part of a batch; what is missing is sent by the retry or the next sweep."""


def send(sqs: SQSClient, url: str, actions: Iterable[AnyAction | Watch]) -> int:
    """Send `actions` to the queue at `url`; returns how many. Raises SendError when SQS refuses one."""
    sent = 0
    for batch in batches(actions):
        response = sqs.send_message_batch(QueueUrl=url, Entries=batch)
        if response.get("Failed"):
            refused = response["Failed"][0]
            raise SendError(
                f"SQS refused {len(response['Failed'])} of {len(batch)} messages for {url}: {refused['Code']} {refused.get('Message', '')}"
            )
        sent += len(batch)
    return sent


def batches(actions: Iterable[AnyAction | Watch]) -> Iterator[list[SendMessageBatchRequestEntryTypeDef]]:
    """Actions as SendMessageBatch entries, in batches within SQS's count and size."""
    batch: list[SendMessageBatchRequestEntryTypeDef] = []
    size = 0
    for action in actions:
        body = action.model_dump_json()
        if batch and (len(batch) == ENTRIES or size + len(body.encode()) > SIZE):
            yield batch
            batch, size = [], 0
        batch.append({"Id": str(len(batch)), "MessageBody": body, "DelaySeconds": action.delay})
        size += len(body.encode())
    if batch:
        yield batch


FIRST_DELAY = 30
LONGEST_DELAY = 900


def delay(receives: int) -> int:
    """Seconds until a message comes again after it was received `receives` times: 30 doubling to 15 minutes."""
    return int(min(FIRST_DELAY * 2 ** min(max(receives, 1) - 1, 10), LONGEST_DELAY))


def defer(sqs: SQSClient, url: str, receipt: str, seconds: int) -> None:
    """Make a received message come again after `seconds` (SQS ChangeMessageVisibility)."""
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


def waiting(sqs: SQSClient, url: str) -> int:
    """About how many messages are in the queue at `url`: to be received, deferred, or being worked on (SQS GetQueueAttributes)."""
    counts = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    return sum(int(count) for count in counts.values())
