"""Faults on demand: refused calls, a region out of reach, events lost or doubled, images that fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.gateway import ApiError, Request, UnreachableError

Event = dict[str, Any]
Between = tuple[datetime, datetime]


@dataclass
class Refusal:
    """Calls that are refused: None stands for any service's operation or any region; `left` counts down if it is set."""

    service: str
    operation: str | None
    region: str | None
    error: ApiError
    left: int | None
    between: Between | None

    def takes(self, request: Request) -> bool:
        """Whether it refuses this call; it is counted if so."""
        same = self.service == request.service and self.operation in {None, request.operation} and self.region in {None, request.region}
        if not same or self.left == 0 or not _within(self.between, request.time):
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass
class Faults:
    """What is to go wrong in this sandbox. Nothing does until it is asked for; `clear` ends it all."""

    clock: Clock
    _refusals: list[Refusal] = field(default_factory=list)
    _dark: list[tuple[str, Between | None]] = field(default_factory=list)
    _lost: list[Callable[[Event], bool]] = field(default_factory=list)
    _doubled: list[Callable[[Event], bool]] = field(default_factory=list)
    _failing: list[tuple[Callable[[Any], bool], str]] = field(default_factory=list)

    def refuse(  # noqa: PLR0913 - a sentence with many optional parts
        self,
        service: str,
        operation: str | None,
        region: str | None,
        code: str,
        *,
        status: int = 503,
        times: int | None = None,
        between: Between | None = None,
        message: str = "Refused on demand.",
    ) -> None:
        """Refuse calls with `code`: any operation or region if None; `times` often at most, `between` two times only."""
        self._refusals.append(Refusal(service, operation, region, ApiError(code, message, status), times, between))

    def unreachable(self, region: str, *, between: Between | None = None) -> None:
        """Let every connection to a region fail, from now on or between two times."""
        self._dark.append((region, between))

    def lose_event(self, predicate: Callable[[Event], bool]) -> None:
        """Do not deliver the events that `predicate` picks."""
        self._lost.append(predicate)

    def double_event(self, predicate: Callable[[Event], bool]) -> None:
        """Deliver the events that `predicate` picks twice."""
        self._doubled.append(predicate)

    def fail_image(self, predicate: Callable[[Any], bool], message: str = "Internal error.") -> None:
        """Let pending images that `predicate` picks (it sees the store's Image) end failed."""
        self._failing.append((predicate, message))

    def clear(self) -> None:
        """End all faults."""
        for faults in (self._refusals, self._dark, self._lost, self._doubled, self._failing):
            faults.clear()

    def guard(self, request: Request) -> None:
        """The gateway's guard.

        Raises:
            UnreachableError: the request's region is out of reach.
            ApiError: the call is refused.
        """
        if any(region == request.region and _within(between, request.time) for region, between in self._dark):
            raise UnreachableError(request.region)
        for refusal in self._refusals:
            if refusal.takes(request):
                raise refusal.error

    def deliveries(self, event: Event) -> int:
        """How often an event is delivered: 0, 1 or 2 times."""
        if any(predicate(event) for predicate in self._lost):
            return 0
        return 2 if any(predicate(event) for predicate in self._doubled) else 1

    def image_problem(self, image: object) -> str | None:
        """Why this image is to fail, or None."""
        return next((message for predicate, message in self._failing if predicate(image)), None)


def _within(between: Between | None, time: datetime) -> bool:
    return between is None or between[0] <= time < between[1]
