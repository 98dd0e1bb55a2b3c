"""A stack, what is in it and what happened to it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.cloudformation.kinds import Made

MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Resource:
    """A resource of a stack as it was last made or changed: its type, resolved properties and what became of them."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    made: Made
    generation: int
    template: Mapping[str, Any]
    since: datetime

    @property
    def what(self) -> tuple[str, str, str]:
        """What events call it."""
        return self.logical_id, self.made.id, self.type

    def is_kept(self, policy: str = "DeletionPolicy") -> bool:
        """Whether it stays when the stack lets go of it (DeletionPolicy), or replaces it (UpdateReplacePolicy)."""
        return self.template.get(policy) in {"Retain", "RetainExceptOnCreate"}

    def is_kept_on_rollback(self) -> bool:
        """Whether it stays when the operation that made it is rolled back."""
        return self.template.get("DeletionPolicy") == "Retain"


@dataclass(frozen=True)
class StackEvent:
    """Something that happened to a stack or to a resource in it."""

    id: str
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None = None


@dataclass
class Stack:
    """A stack. `resources` are those that exist, in the order they were made; `token` is the ClientRequestToken of what is being done to it."""

    id: str
    name: str
    region: str
    created: datetime
    template_text: str = ""
    template: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    updated: datetime | None = None
    role_arn: str | None = None
    is_protected: bool = False
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    events: list[StackEvent] = field(default_factory=list)
    token: str = ""
    tell: Callable[["Stack"], object] = lambda _stack: None

    def enter(self, time: datetime, status: str, reason: str | None = None) -> None:
        """Get into another status, write that down, and tell of it."""
        self.status, self.reason, self.updated = status, reason, time
        self.note(time, (self.name, self.id, "AWS::CloudFormation::Stack"), status, reason)
        self.tell(self)

    def note(self, time: datetime, what: tuple[str, str, str], status: str, reason: str | None = None) -> None:
        """Write down what happened to a resource: `what` is its logical id, physical id and type. Each event has a time of its own."""
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.id}/{len(self.events)}")
        self.events.append(StackEvent(str(identity), self.after_events(time), *what, status, reason))

    def after_events(self, time: datetime) -> datetime:
        """`time`, or the first moment after all events so far: what comes next is told from them by its time, also where the clock stands."""
        return max(time, self.events[-1].time + MOMENT) if self.events else time
