"""moto's queue, with its messages indexed by when they can be received and by their receipt handles."""

from collections.abc import Callable
from typing import Any, ClassVar

from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid

from sandbox.queues.message import MessageStore, SandboxMessage

Queue: Any = models.Queue  # its types do not allow what its users do not mind


class SandboxQueue(Queue):  # type: ignore[misc] # moto has no types
    """A queue that calls `changed` when a message arrives, or the time changes at which one can be received; `trace` is the header of who sends."""

    queue_arn: str
    visibility_timeout: int
    message_retention_period: int
    changed: ClassVar[Callable[["SandboxQueue"], None]] = staticmethod(lambda _queue: None)
    trace: ClassVar[Callable[[], str]] = staticmethod(lambda: "")

    def __init__(self, name: str, region: str, account_id: str, **attributes: Any) -> None:
        """As moto makes it."""
        self._store = MessageStore()
        self.handles: dict[str, SandboxMessage] = {}
        super().__init__(name, region, account_id, **attributes)

    @property
    def _messages(self) -> MessageStore:
        return self._store

    @_messages.setter
    def _messages(self, messages: list[SandboxMessage]) -> None:
        self._store = MessageStore()
        self.handles.clear()
        for message in messages:
            self._store.append(message)

    @property
    def store(self) -> MessageStore:
        """The messages."""
        return self._store

    @property
    def messages(self) -> list[SandboxMessage]:
        """What can be received now."""
        return self._store.ready()

    @property
    def approximate_number_of_messages(self) -> int:
        """How many messages can be received now."""
        return self._store.counts()[0]

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        """How many messages wait for their delay to pass."""
        return self._store.counts()[1]

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        """How many messages are in flight."""
        return self._store.counts()[2]

    def add_message(self, message: SandboxMessage) -> None:
        """Take a message in, unless a FIFO queue had the same one less than five minutes ago."""
        if self.fifo_queue and message.deduplication_id and self._is_duplicate(message):
            return
        message.trace = message.trace or SandboxQueue.trace()
        if message.queue is not None:
            message.queue.forget(message)
        message.queue = self
        self.place(message)

    def place(self, message: SandboxMessage) -> None:
        """Put `message` where its times say."""
        self._store.append(message)
        SandboxQueue.changed(self)

    def forget(self, message: SandboxMessage) -> None:
        """Let go of `message`."""
        self._store.remove(message)
        self.pending_messages.discard(message)
        for handle in message.all_receipt_handles:
            self.handles.pop(str(handle), None)
        message.queue = None

    def delete_message(self, receipt_handle: str) -> None:
        """Delete the message that this handle was given out for; one that is deleted already is no error."""
        message = self.handles.get(receipt_handle)
        if message is not None:
            self.deleted_messages.update(str(handle) for handle in message.all_receipt_handles)
            self.forget(message)
        elif receipt_handle not in self.deleted_messages:
            raise ReceiptHandleIsInvalid

    def _is_duplicate(self, message: SandboxMessage) -> bool:
        recent = message.sent_timestamp - 300_000
        return any(other.deduplication_id == message.deduplication_id and other.sent_timestamp > recent for other in self._store)

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = {} if "Policy" in attributes or not hasattr(self, "_policy_json") else {"Policy": self.policy}
        super()._set_attributes({**attributes, **policy}, now)
