"""What becomes of an image: it stays, a rail holds it, or it takes a step of the ladder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.core.outcome import Outcome
from functions.core.record import Reason
from functions.core.retire.step import Step
from functions.core.values import Image


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
    detail: Mapping[str, Any] | None = None
    """What holds it."""

    @property
    def decision(self) -> str:
        """`keep`, `skip` or `step`."""
        return "step" if self.step is not None else "skip" if self.refused else "keep"

    @property
    def stale(self) -> bool:
        """Whether nothing keeps it any more, though something may hold it, or its time has not come."""
        return (self.step is not None or self.refused or self.due is not None) and self.reason is not Reason.NOT_OURS

    def held_by(self, refusal: Outcome | None) -> "Verdict":
        """The same, but refused if there is a refusal."""
        return self if refusal is None else replace(self, reason=refusal.reason, step=None, refused=True, detail=refusal.detail)
