"""Pacing: a worker stays within its share of EC2's documented token bucket."""

import time
from dataclasses import dataclass, field

from functions.core.room import WORKERS


@dataclass
class Pace:
    """A token bucket of this worker's own: `burst` calls at once, then `rate` a second."""

    burst: float
    rate: float
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start with a full bucket."""
        self._tokens = self.burst
        self._at = time.time()

    def wait(self, patience: float) -> bool:
        """Return True when the next call may be made; False at once when that is more than `patience` seconds away."""
        now = self._refill()
        if self._tokens < 1:
            pause = (1 - self._tokens) / self.rate
            if pause > patience:
                return False
            time.sleep(pause)
            self._tokens, self._at = 1, now + pause
        self._tokens -= 1
        return True

    def within(self, seconds: float) -> int:
        """How many calls may be made in the next so many seconds."""
        self._refill()
        return int(self._tokens + seconds * self.rate)

    def _refill(self) -> float:
        now = time.time()
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._at) * self.rate)
        self._at = now
        return now


def share(*, bucket: int, refill: float, api_share: float) -> Pace:
    """The pace of one of the workers that together may use `api_share` of a bucket (EC2 Developer Guide, "Request throttling")."""
    part = api_share / WORKERS
    return Pace(burst=max(1.0, bucket * part), rate=refill * part)
