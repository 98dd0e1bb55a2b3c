"""Room under EC2's quota of pending snapshots: how many more may be started, and when who finds none comes again."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

WORKERS = 2
"""Copies of a worker that run at once: the least that an event source mapping's MaximumConcurrency allows."""

SOONEST, LATEST = 30, 900
"""Seconds. A message comes again no earlier, and no later."""

EAGER = 3
"""So many times as many come as are expected to find room: a place left empty costs more than a look in vain."""


@dataclass(frozen=True)
class Pending:
    """The account's pending snapshots in a region, whoever started them, and how long they have been pending on average."""

    count: int
    age: timedelta

    def room(self, quota: int) -> int:
        """How many more one of two workers may start that look at once: half of what is left, since neither sees what the other does."""
        return max(0, quota - self.count) // WORKERS

    def again(self, quota: int, waiting: int, key: str) -> int:
        """Seconds after which the message of `key` comes again, of `waiting` ones: evenly spread by key over the time in which they find room.

        Snapshots that come and go at a steady rate are pending for twice their average age.
        """
        drained = waiting * 2 * self.age.total_seconds() / quota
        spread = min(max(drained / EAGER, SOONEST), LATEST)
        place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32
        return max(SOONEST, round(spread * place))
