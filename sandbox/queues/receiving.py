"""Receiving from a queue, and how long a received message stays hidden."""

from typing import Any

from moto.moto_api._internal import mock_random
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import _filter_message_attributes

from sandbox.queues.message import SandboxMessage, unix_time_millis
from sandbox.queues.queue import SandboxQueue

LONGEST_HIDDEN = 43_200_000
HANDLE = 185
"""Letters of a receipt handle."""
LETTERS = bytes(ord("a") + number % 26 for number in range(256))
"""A letter for each byte."""


def receipt_handle() -> str:
    """A new one, of moto's own chance: moto draws letter by letter, which took as long as all else that a message's receipt does."""
    return str(mock_random.randbytes(HANDLE).translate(LETTERS), "ascii")


def receive(  # noqa: PLR0913, PLR0917 - moto's signature
    backend: Any,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,  # noqa: ARG001 - the sandbox's clock stands while a call is answered
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[SandboxMessage]:
    """Up to `count` messages, hidden from now on for `visibility_timeout` seconds.

    Those received too often go to the dead-letter queue instead, those older than the retention period are gone.
    A long poll returns at once: nothing can arrive while the clock stands.
    """
    queue: SandboxQueue = backend.get_queue(queue_name)
    busy = {message.group_id for message in queue.store.hidden() if message.group_id} if queue.fifo_queue else set()
    received: list[SandboxMessage] = []
    for message in queue.messages:
        if len(received) == count:
            break
        if not _redriven_or_gone(queue, message) and message.group_id not in busy:
            message.received_at = unix_time_millis()
            message.mark_received(visibility_timeout=visibility_timeout)
            taken = message.snapshot()
            _filter_message_attributes(taken, message_attribute_names or [])
            received.append(taken)
    return received


def change_visibility(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    """Hide a message in flight for so many seconds from now, up to 12 hours after it was received."""
    queue: SandboxQueue = backend.get_queue(queue_name)
    message = queue.handles.get(receipt_handle)
    if message is None:
        raise ReceiptHandleIsInvalid
    if message.visible:
        raise SQSException("MessageNotInflight", "The specified message is not in flight.")
    if unix_time_millis() + int(visibility_timeout) * 1000 - message.received_at > LONGEST_HIDDEN:
        raise InvalidParameterValue(
            f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout "
            "for the message is beyond the limit [43200 seconds]"
        )
    message.change_visibility(visibility_timeout)


def _redriven_or_gone(queue: SandboxQueue, message: SandboxMessage) -> bool:
    if unix_time_millis() >= message.sent_timestamp + queue.message_retention_period * 1000:
        queue.forget(message)
        return True
    dead_letters: SandboxQueue | None = queue.dead_letter_queue
    if dead_letters is not None and queue.redrive_policy and message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"]:
        queue.forget(message)
        dead_letters.add_message(message)
        return True
    return False
