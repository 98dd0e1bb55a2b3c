"""What became of one action: a value, so that one bad resource neither stops the others nor disappears."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.record import Reason, Status


@dataclass(frozen=True)
class Outcome:
    """How an action ended, and why. `detail` is what a person needs to understand it."""

    status: Status
    reason: Reason
    resource_id: str | None = None
    attempt: int | None = None
    request_id: str | None = None
    error_code: str | None = None
    detail: Mapping[str, Any] | None = None
    after: int | None = None
    """Seconds after which a deferred action should come again, where that can be told; else the queue waits ever longer."""


def planned(reason: Reason, **fields: Any) -> Outcome:
    """It is about to be done: this tells of it what nobody could see any more, should the answer never be heard."""
    return Outcome(Status.PLANNED, reason, **fields)


def already(resource_id: str) -> Outcome:
    """The wanted thing exists."""
    return Outcome(Status.ALREADY, Reason.EXISTS, resource_id)


def skipped(reason: Reason, **fields: Any) -> Outcome:
    """Nothing was done, rightly."""
    return Outcome(Status.SKIPPED, reason, **fields)


def deferred(reason: Reason, **fields: Any) -> Outcome:
    """Not now; the queue will bring it again."""
    return Outcome(Status.DEFERRED, reason, **fields)


def failed(reason: Reason, **fields: Any) -> Outcome:
    """It will not succeed, or someone must look."""
    return Outcome(Status.FAILED, reason, **fields)
