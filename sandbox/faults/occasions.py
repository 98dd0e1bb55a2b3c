"""When a fault strikes, of all the times it could."""

from dataclasses import dataclass
from datetime import datetime, time

Between = tuple[datetime, datetime]


@dataclass
class Occasions:
    """Counts what a fault could strike, inside its hours, and says which of them it does.

    `times` are the first ones only, `only` these ones only, the first being 1; `between` is two moments, `daily` two times of
    day in UTC. None stands for no limit.
    """

    times: int | None = None
    only: tuple[int, ...] | None = None
    between: Between | None = None
    daily: tuple[time, time] | None = None
    seen: int = 0

    def strike(self, now: datetime) -> bool:
        """Whether the fault strikes what comes now; it is counted."""
        if not self._within(now):
            return False
        self.seen += 1
        return (self.times is None or self.seen <= self.times) and (self.only is None or self.seen in self.only)

    def _within(self, now: datetime) -> bool:
        if self.between is not None and not self.between[0] <= now < self.between[1]:
            return False
        if self.daily is None:
            return True
        begin, end = self.daily
        clock = now.time()
        return begin <= clock < end if begin <= end else clock >= begin or clock < end
