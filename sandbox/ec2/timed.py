"""A time-based copy in progress."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Timed:
    """A copy of a snapshot from a region, the bytes a second it takes, and when it will be complete."""

    source_region: str
    snapshot: str
    rate: float
    ends: datetime
