"""Asynchronous invocations: two more attempts, after one and two minutes, then the destination for failures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.delivery.targets import find_function
from sandbox.functions.destinations import Destinations, Event, settings_of
from sandbox.functions.result import RECURSION, THROTTLED, Result
from sandbox.gateway import Gateway

Run = Callable[[str, str, Callable[[Result], None], str, str], str]
OLDEST = 21600
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(kw_only=True)
class _Waiting(Event):
    """An event on its way through the attempts of one function; `refused` counts those that could not begin."""

    accepted: datetime
    trace: str = ""
    request_id: str = ""
    refused: int = 0


class AsyncEvents:
    """Lambda's own queue of events for asynchronous invocation. `lost` lists destinations that could not be reached, and why."""

    def __init__(self, gateway: Gateway, run: Run) -> None:
        """Invoke by `run`."""
        self.lost: list[tuple[str, str]] = []
        self._clock = gateway.clock
        self._run = run
        self._destinations = Destinations(gateway, self.accept, self.lost)

    def accept(self, arn: str, payload: str, trace: str = "") -> None:
        """Take an event for the function `arn`, from the chain of the header `trace`; it is invoked when the clock goes on."""
        self._attempt(_Waiting(arn=arn, payload=payload or "{}", accepted=self._clock.now(), trace=trace))

    def _attempt(self, event: _Waiting) -> None:
        if find_function(event.arn) is None:
            self.lost.append((event.arn, "the function was deleted"))
            return
        event.attempts += 1
        event.request_id = self._run(event.arn, event.payload, lambda result: self._ended(event, result), event.request_id, event.trace)

    def _ended(self, event: _Waiting, result: Result) -> None:
        settings = settings_of(find_function(event.arn))
        retries = settings.get("MaximumRetryAttempts")
        if result.error is None:
            self._destinations.tell(event, result, "OnSuccess", "Success")
        elif result.error == RECURSION:
            self._destinations.tell(event, result, "OnFailure", RECURSION)  # what AWS calls the condition is not documented
        elif result.error != THROTTLED and event.attempts > (2 if retries is None else int(retries)):
            self._destinations.tell(event, result, "OnFailure", "RetriesExhausted")
        else:
            self._again(event, result, timedelta(seconds=settings.get("MaximumEventAgeInSeconds") or OLDEST))

    def _again(self, event: _Waiting, result: Result, oldest: timedelta) -> None:
        """Try again after a pause, unless the event would be too old then. An attempt that could not begin is none."""
        pause = timedelta(minutes=event.attempts)
        if result.error == THROTTLED:
            event.attempts -= 1
            pause = min(timedelta(seconds=2**event.refused), LONGEST_PAUSE)
            event.refused += 1
        if self._clock.now() + pause - event.accepted > oldest:
            self._destinations.tell(event, result, "OnFailure", "EventAgeExceeded")
        else:
            self._clock.after(pause, lambda: self._attempt(event))
