"""Faults on demand: refused calls, regions out of reach, events and images that go wrong, functions that die."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from sandbox.clock import Clock
from sandbox.faults.events import Event, EventFaults
from sandbox.faults.occasions import Between, Occasions
from sandbox.faults.scenario import Scenario
from sandbox.gateway import ApiError, Call, Request, UnreachableError

Subject = TypeVar("Subject")
ALWAYS = timedelta(0)


class Callers(Protocol):
    """Who knows which function makes the call that is being answered."""

    def caller(self) -> str | None:
        """Its name, if one does."""

    def kill_caller(self) -> NoReturn:
        """End it where it waits for the answer."""


@dataclass
class Fault(Generic[Subject]):
    """What goes wrong, with which subjects and on which occasions; `effect` is what it does to them."""

    picks: Callable[[Subject], bool]
    occasions: Occasions
    effect: Any = None


@dataclass
class Faults:
    """What is to go wrong in this sandbox. Nothing does until it is asked for; `clear` ends it all."""

    clock: Clock
    events: EventFaults = field(init=False)
    functions: Callers | None = None
    _refusals: list[Fault[Request]] = field(default_factory=list)
    _failing: list[Fault[Any]] = field(default_factory=list)
    _dying: list[Fault[Call]] = field(default_factory=list)
    _impairing: list[Fault[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Events have faults of their own."""
        self.events = EventFaults(self.clock)

    def play(self, scenario: Scenario) -> None:
        """Let everything in a scenario go wrong, from now on, beside what does already."""
        for refuse in scenario.refuse:
            self._refusals.append(Fault(refuse.picks, refuse.occasions(), refuse.error()))
        for dark in scenario.unreachable:
            self._refusals.append(Fault(dark.picks, dark.occasions(), UnreachableError(dark.region)))
        for failing in scenario.fail_image:
            self._failing.append(Fault(failing.picks, failing.occasions(), failing.message))
        for die in scenario.die:
            self._dying.append(Fault(die.picks, die.occasions(), die.function))
        for impair in scenario.impair:
            self._impairing.append(Fault(impair.picks, impair.occasions()))
        self.events.play(scenario)

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

        def picks(request: Request) -> bool:
            return service == request.service and operation in {None, request.operation} and region in {None, request.region}

        self._refusals.append(Fault(picks, Occasions(times=times, between=between), ApiError(code, message, status)))

    def unreachable(self, region: str, *, between: Between | None = None) -> None:
        """Let every connection to a region fail, from now on or between two times."""
        self._refusals.append(Fault(lambda request: request.region == region, Occasions(between=between), UnreachableError(region)))

    def lose_event(self, predicate: Callable[[Event], bool]) -> None:
        """Let the events that `predicate` picks never come up."""
        self.events.lose(predicate, Occasions())

    def double_event(self, predicate: Callable[[Event], bool]) -> None:
        """Let the events that `predicate` picks come up twice."""
        self.events.double(predicate, Occasions())

    def fail_image(self, predicate: Callable[[Any], bool], message: str = "Internal error.") -> None:
        """Let pending images that `predicate` picks (it sees the store's Image) end failed."""
        self._failing.append(Fault(predicate, Occasions(), message))

    def clear(self) -> None:
        """End all faults; events that were held back come up now."""
        self._refusals.clear()
        self._failing.clear()
        self._dying.clear()
        self._impairing.clear()
        self.events.clear()

    def guard(self, request: Request) -> None:
        """The gateway's guard.

        Raises:
            UnreachableError: the request's region is out of reach.
            ApiError: the call is refused.
        """
        for fault in self._refusals:
            if fault.picks(request) and fault.occasions.strike(request.time):
                raise fault.effect

    def watch(self, call: Call) -> None:
        """The gateway's last watcher: a function that is to die after this call does, and hears no answer."""
        for fault in self._dying:
            name = self.functions.caller() if self.functions and fault.picks(call) else None
            if name and fnmatchcase(name, fault.effect) and fault.occasions.strike(call.time):
                assert self.functions is not None
                self.functions.kill_caller()

    def stays_impaired(self, instance_id: str) -> bool:
        """Whether an instance that is rebooted now does not come up."""
        now = self.clock.now()
        return any(fault.picks(instance_id) and fault.occasions.strike(now) for fault in self._impairing)

    def image_problem(self, image: object) -> str | None:
        """Why this image is to fail, or None."""
        now = self.clock.now()
        return next((str(fault.effect) for fault in self._failing if fault.picks(image) and fault.occasions.strike(now)), None)
