"""The rails that take calls to find out: what refers to an image, and whether the Recycle Bin would keep it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from functions.aws import references
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from functions.aws.binned import Binned

WITHDRAWING = frozenset({Step.DISABLE, Step.DEREGISTER})
"""The steps after which an image cannot be launched."""


class Rails:
    """What holds the images of one region that are about to step."""

    def __init__(self, ec2: EC2Client, binned: Binned, verdicts: Iterable[Verdict]) -> None:
        """Ask what refers to those that would be withdrawn, ten images a call."""
        self._bin = binned
        self._referenced = references.of(ec2, [one.image.image_id for one in verdicts if one.step in WITHDRAWING])

    def refusal(self, verdict: Verdict) -> Outcome | None:
        """Why an image that is about to step must not; None: it may."""
        image_id = verdict.image.image_id
        if verdict.step in WITHDRAWING and image_id in self._referenced:
            return skipped(Reason.REFERENCED, resource_id=image_id, detail={"by": list(self._referenced[image_id])})
        if verdict.step is not Step.DEREGISTER:
            return None
        cover = self._bin.cover(verdict.image)
        return None if cover.until is not None else skipped(Reason.NOT_RECOVERABLE, resource_id=image_id, detail=cover.detail)
