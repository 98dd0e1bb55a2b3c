"""Events that are lost, late, doubled or out of order on their way to their bus."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.faults.occasions import Occasions
from sandbox.faults.scenario import Scenario

Event = dict[str, Any]
Picks = Callable[[Event], bool]
Arrive = Callable[[], None]
PATIENCE = timedelta(minutes=10)
"""How long an event waits for the next one to be swapped with."""


@dataclass
class _Late:
    """Events that come up after a while; more than once if there are several."""

    picks: Picks
    occasions: Occasions
    delays: tuple[timedelta, ...]


@dataclass
class _Swapped:
    """Events that come up after the next of the same region and type."""

    picks: Picks
    occasions: Occasions


@dataclass
class EventFaults:
    """Says when events come up: not at all, twice, later, or after the next."""

    clock: Clock
    _faults: list[_Late | _Swapped] = field(default_factory=list)
    _held: dict[tuple[str, str], list[Arrive]] = field(default_factory=dict)

    def play(self, scenario: Scenario) -> None:
        """Let a scenario's events go wrong."""
        for one in scenario.lose:
            self.lose(one.picks, one.occasions())
        for late in scenario.delay:
            self._faults.append(_Late(late.picks, late.occasions(), (late.by,)))
        for twice in scenario.double:
            self._faults.append(_Late(twice.picks, twice.occasions(), (timedelta(0), twice.after)))
        for swapped in scenario.swap:
            self._faults.append(_Swapped(swapped.picks, swapped.occasions()))

    def lose(self, picks: Picks, occasions: Occasions) -> None:
        """Let events never come up."""
        self._faults.append(_Late(picks, occasions, ()))

    def double(self, picks: Picks, occasions: Occasions) -> None:
        """Let events come up twice at once."""
        self._faults.append(_Late(picks, occasions, (timedelta(0), timedelta(0))))

    def clear(self) -> None:
        """End all of it; what was held back comes up now."""
        self._faults.clear()
        for key in list(self._held):
            self._release(key)

    def pass_on(self, region: str, event: Event, arrive: Arrive) -> None:
        """Let an event come up by `arrive`, as often and when the first fault that strikes it says."""
        key = (region, str(event.get("detail-type")))
        now = self.clock.now()
        fault = next((one for one in self._faults if one.picks(event) and one.occasions.strike(now)), None)
        if isinstance(fault, _Swapped):
            self._hold(key, arrive)
            return
        for delay in (timedelta(0),) if fault is None else fault.delays:
            if delay:
                self.clock.after(delay, arrive)
            else:
                arrive()
        self._release(key)

    def _hold(self, key: tuple[str, str], arrive: Arrive) -> None:
        self._held.setdefault(key, []).append(arrive)

        def give_up() -> None:
            if arrive in self._held.get(key, ()):
                self._release(key)

        self.clock.after(PATIENCE, give_up)

    def _release(self, key: tuple[str, str]) -> None:
        for arrive in self._held.pop(key, ()):
            arrive()
