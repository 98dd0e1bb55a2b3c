"""What is kept of a snapshot beside its blocks: its lock, and its storage tier."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Lock:
    """A snapshot's lock. Its days begin at `starts`, None while the snapshot is pending; it holds until `expires`."""

    mode: str
    created: datetime
    days: int
    starts: datetime | None
    expires: datetime | None
    cool_off: int | None = None
    cool_off_ends: datetime | None = None

    def state(self, now: datetime) -> str:
        """governance, compliance-cooloff, compliance or expired."""
        if self.expires and now >= self.expires:
            return "expired"
        cooling = self.cool_off_ends is not None and now < self.cool_off_ends
        return "compliance-cooloff" if self.mode == "compliance" and cooling else self.mode


@dataclass(frozen=True)
class Storage:
    """The tier a snapshot is stored in, what was last done about it and since when; `expires` while it is restored for some days only."""

    tier: str = "standard"
    operation: str | None = None
    since: datetime | None = None
    archived: datetime | None = None
    expires: datetime | None = None

    def is_changing(self) -> bool:
        """Whether it is being archived or restored."""
        return self.operation is not None and self.operation.endswith("-in-progress")

    def is_plain(self) -> bool:
        """Whether it is in the standard tier, to stay."""
        return self.tier == "standard" and self.expires is None and not self.is_changing()
