"""A message, and where a queue keeps its messages: by when they can be received."""

import copy
import heapq
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, Protocol, Self

from moto.sqs import models

Message: Any = models.Message  # its types do not allow what its users do not mind


def unix_time_millis() -> float:
    """The time in milliseconds: moto's queues ask a dozen times for each message, and moto goes a long way for it."""
    return time.time() * 1000


class Keeper(Protocol):
    """The queue that a message is in."""

    handles: dict[str, "SandboxMessage"]

    def place(self, message: "SandboxMessage") -> None:
        """Put `message` where its times say."""

    def forget(self, message: "SandboxMessage") -> None:
        """Let go of `message`."""


class SandboxMessage(Message):  # type: ignore[misc] # moto has no types
    """A message that tells its queue when it is hidden, shown or received. `trace` is the header of the call that sent it."""

    queue: Keeper | None = None
    trace = ""
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
        return unix_time_millis() >= self._visible_at

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
        self._delayed: set[str] = set()
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
            if message.delayed:  # nobody has received it, so that it is not in flight
                self._delayed.add(message.id)
            heapq.heappush(self._due, (until, next(self._order), message))
        else:
            self._ready[message.id] = message

    def remove(self, message: SandboxMessage) -> None:
        """Take `message` out, if it is in."""
        self._ready.pop(message.id, None)
        self._hidden.pop(message.id, None)
        self._delayed.discard(message.id)

    def ready(self) -> list[SandboxMessage]:
        """What can be received now."""
        self._show()
        return list(self._ready.values())

    def hidden(self) -> list[SandboxMessage]:
        """What cannot be received now."""
        self._show()
        return list(self._hidden.values())

    def counts(self) -> tuple[int, int, int]:
        """How many can be received now, wait for their delay to pass, and are in flight. None is walked through: each message that is sent has them counted."""
        self._show()
        return len(self._ready), len(self._delayed), len(self._hidden) - len(self._delayed)

    def next_ready(self) -> float | None:
        """When the next message can be received, in milliseconds: now, later, or None for never."""
        self._show()
        if self._ready:
            return unix_time_millis()
        return self._due[0][0] if self._due else None

    def _show(self) -> None:
        """Let be received what was hidden long enough."""
        now = unix_time_millis()
        while self._due and (self._stale() or self._due[0][0] <= now):
            message = heapq.heappop(self._due)[2]
            if self._hidden.get(message.id) is message and max(message.visible_at, message.delayed_until) <= now:
                self._ready[message.id] = self._hidden.pop(message.id)
                self._delayed.discard(message.id)

    def _stale(self) -> bool:
        until, _, message = self._due[0]
        return self._hidden.get(message.id) is not message or max(message.visible_at, message.delayed_until) != until
