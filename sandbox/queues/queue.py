"""moto's queue, with its messages indexed by when they can be received and by their receipt handles."""

import copy
import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar, Self

from moto.core.utils import unix_time_millis
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue


class SandboxMessage(Message):  # type: ignore[misc]
    """A message that tells its queue when it is hidden, shown or received."""

    queue: "SandboxQueue | None" = None
    received_at = 0.0
    _visible_at = 0.0
    _delayed_until = 0.0
    _receipt_handle: str | None = None

    @property
    def visible_at(self) -> float:
        """From when a received message can be received again, in milliseconds."""
        return self._visible_at

    @visible_at.setter
    def visible_at(self, when: float) -> None:
        self._visible_at = when
        if self.queue is not None:
            self.queue.place(self)

    @property
    def delayed_until(self) -> float:
        """From when a message sent with a delay can be received, in milliseconds."""
        return self._delayed_until

    @delayed_until.setter
    def delayed_until(self, when: float) -> None:
        self._delayed_until = when
        if self.queue is not None:
            self.queue.place(self)

    @property
    def receipt_handle(self) -> str | None:
        """What its last receiver deletes it by."""
        return self._receipt_handle

    @receipt_handle.setter
    def receipt_handle(self, handle: str | None) -> None:
        self._receipt_handle = handle
        if self.queue is not None and handle is not None:
            self.queue.handles[handle] = self

    @property
    def visible(self) -> bool:
        """Whether it is hidden by no receive."""
        return bool(unix_time_millis() >= self._visible_at)

    def snapshot(self) -> Self:
        """The message as a receiver gets it, which later receives don't change."""
        taken = copy.copy(self)
        taken.__dict__.pop("queue", None)
        return taken


class MessageStore:
    """A queue's messages: those that can be received, in order, and those that can't yet."""

    def __init__(self) -> None:
        """No messages."""
        self._ready: dict[str, SandboxMessage] = {}
        self._hidden: dict[str, SandboxMessage] = {}
        self._due: list[tuple[float, int, SandboxMessage]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._ready) + len(self._hidden)

    def __iter__(self) -> Iterator[SandboxMessage]:
        return iter([*self._ready.values(), *self._hidden.values()])

    def append(self, message: SandboxMessage) -> None:
        """Put `message` where its times say; again, when they changed."""
        self.remove(message)
        until = max(message.visible_at, message.delayed_until)
        if until > unix_time_millis():
            self._hidden[message.id] = message
            heapq.heappush(self._due, (until, next(self._order), message))
        else:
            self._ready[message.id] = message

    def remove(self, message: SandboxMessage) -> None:
        """Take `message` out, if it is in."""
        self._ready.pop(message.id, None)
        self._hidden.pop(message.id, None)

    def ready(self) -> list[SandboxMessage]:
        """What can be received now."""
        now = unix_time_millis()
        while self._due and (self._stale() or self._due[0][0] <= now):
            message = heapq.heappop(self._due)[2]
            if self._hidden.get(message.id) is message and max(message.visible_at, message.delayed_until) <= now:
                self._ready[message.id] = self._hidden.pop(message.id)
        return list(self._ready.values())

    def hidden(self) -> list[SandboxMessage]:
        """What cannot be received now."""
        self.ready()
        return list(self._hidden.values())

    def next_ready(self) -> float | None:
        """When the next message can be received, in milliseconds: now, later, or None for never."""
        if self.ready():
            return float(unix_time_millis())
        return self._due[0][0] if self._due else None

    def _stale(self) -> bool:
        until, _, message = self._due[0]
        return self._hidden.get(message.id) is not message or max(message.visible_at, message.delayed_until) != until


class SandboxQueue(Queue):  # type: ignore[misc]
    """A queue that calls `changed` when a message arrives, or the time changes at which one can be received."""

    changed: ClassVar[Callable[["SandboxQueue"], None]] = staticmethod(lambda _queue: None)

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
    def approximate_number_of_messages_delayed(self) -> int:
        """How many messages wait for their delay to pass."""
        return sum(message.delayed for message in self._store.hidden())

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        """How many messages are in flight."""
        return sum(not message.visible for message in self._store.hidden())

    @property
    def attributes(self) -> dict[str, Any]:
        """As moto has them, but for the counts, which are only taken when asked for by name or all together."""
        return _Attributes(self)

    def all_attributes(self) -> dict[str, Any]:
        """The attributes with the counts."""
        return dict(Queue.attributes.fget(self))  # type: ignore[attr-defined]

    def add_message(self, message: SandboxMessage) -> None:
        """Take a message in, unless a FIFO queue had the same one less than five minutes ago."""
        if self.fifo_queue and message.deduplication_id and self._is_duplicate(message):
            return
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


class _Attributes(dict[str, Any]):
    """A queue's attributes, read from the queue one at a time; moto looks at single ones for each message it takes."""

    def __init__(self, queue: SandboxQueue) -> None:
        super().__init__()
        self._queue = queue
        self._whole: dict[str, Any] | None = None

    def get(self, name: str, default: Any = None) -> Any:
        if name == "ContentBasedDeduplication":
            return (str(self._queue.content_based_deduplication).lower()) if self._queue.fifo_queue else default
        if name == "MessageRetentionPeriod":
            return self._queue.message_retention_period
        return self._all().get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def keys(self) -> Any:
        return self._all().keys()

    def items(self) -> Any:
        return self._all().items()

    def values(self) -> Any:
        return self._all().values()

    def _all(self) -> dict[str, Any]:
        if self._whole is None:
            self._whole = self._queue.all_attributes()
        return self._whole
