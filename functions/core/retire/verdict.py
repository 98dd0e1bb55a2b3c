"""What becomes of an image: it stays, a rail holds it, or it takes a step of the ladder."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.core.record import Event, Reason
from functions.core.values import Image


class Step(StrEnum):
    """A rung of the ladder; `mark` writes down since when an image is disabled that somebody else disabled."""

    DEPRECATE = "deprecate"
    DISABLE = "disable"
    MARK = "mark"
    DEREGISTER = "deregister"

    @property
    def event(self) -> Event:
        """What the records of this step are called."""
        return Event(f"image.{self}")


@dataclass(frozen=True)
class Verdict:
    """What becomes of an image now, and why: `step` when it takes one, `refused` when a rail holds it though it is stale, else it stays."""

    image: Image
    reason: Reason
    step: Step | None = None
    refused: bool = False
    kept_by: tuple[Reason, ...] = ()
    """What retention keeps it for: with any of these it is fresh."""
    due: datetime | None = None
    """When its next step is due, while it waits."""

    @property
    def decision(self) -> str:
        """`keep`, `skip` or `step`."""
        return "step" if self.step is not None else "skip" if self.refused else "keep"
