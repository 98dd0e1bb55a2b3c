"""One delivery and its retries, on the sandbox's clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sandbox.clock import Clock
from sandbox.delivery.sender import UndeliverableError

LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Abandoned:
    """Why a delivery was given up, after how many retries."""

    error: UndeliverableError
    retries: int
    condition: str | None


@dataclass(frozen=True)
class RetryPolicy:
    """How often and for how long a service tries again; its default is AWS's."""

    attempts: int = 185
    age: timedelta = timedelta(hours=24)

    @classmethod
    def of(cls, setting: dict[str, int] | None) -> "RetryPolicy":
        """As PutTargets and CreateSchedule have it, with the defaults filled in."""
        given = setting or {}
        seconds = given.get("MaximumEventAgeInSeconds")
        attempts = given.get("MaximumRetryAttempts")
        return cls(185 if attempts is None else int(attempts), timedelta(seconds=86400 if seconds is None else int(seconds)))


def deliver(clock: Clock, policy: RetryPolicy, attempt: Callable[[int], None], give_up: Callable[[Abandoned], None]) -> None:
    """Call `attempt` (with 1, 2, ...) now and, while it raises UndeliverableError that may pass, again after growing pauses; at last `give_up`."""
    begun = clock.now()

    def once(number: int) -> None:
        try:
            attempt(number)
        except UndeliverableError as error:
            pause = min(timedelta(seconds=2 ** min(number, 20)), LONGEST_PAUSE)
            if error.lasting:
                give_up(Abandoned(error, number - 1, None))
            elif number > policy.attempts:
                give_up(Abandoned(error, number - 1, "MaximumRetryAttempts"))
            elif clock.now() + pause - begun > policy.age:
                give_up(Abandoned(error, number - 1, "MaximumEventAgeInSeconds"))
            else:
                clock.after(pause, lambda: once(number + 1))

    once(1)
