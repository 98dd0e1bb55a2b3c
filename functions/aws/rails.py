"""The rails that take calls to find out: what refers to an image, and whether the Recycle Bin would keep it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from functions.aws import faults, images, permissions, references
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from functions.aws.binned import Binned
    from functions.core.bin.cover import Cover
    from functions.core.values import Image

WITHDRAWING = frozenset({Step.DISABLE, Step.DEREGISTER})
"""The steps after which an image cannot be launched."""


class Rails:
    """What holds up to 200 images of one region that are about to step."""

    def __init__(self, ec2: EC2Client, binned: Binned, verdicts: Iterable[Verdict]) -> None:
        """Ask what refers to those that would be withdrawn, ten images a call, and for all tags of those that would be deregistered."""
        stepping = list(verdicts)
        leaving = [one.image.image_id for one in stepping if one.step is Step.DEREGISTER]
        self._ec2, self._bin = ec2, binned
        self._referenced, self._wrong = references.of(ec2, [one.image.image_id for one in stepping if one.step in WITHDRAWING])
        self._whole: dict[str, Image] = {}
        self._unseen: Exception | None = None
        try:
            self._whole = images.by_id(ec2, leaving)[0] if leaving else {}
        except faults.AwsFault as fault:
            self._unseen = fault
            self._wrong.append(fault)

    def refusal(self, verdict: Verdict) -> Outcome | None:
        """Why an image that is about to step must not; None: it may."""
        image_id = verdict.image.image_id
        if verdict.step in WITHDRAWING and image_id in self._referenced:
            return skipped(Reason.REFERENCED, resource_id=image_id, detail={"by": list(self._referenced[image_id])})
        if verdict.step is not Step.DEREGISTER:
            return None
        if self._unseen is not None:
            detail = {"error_code": faults.code(self._unseen), "message": str(self._unseen)[:500]}
            return skipped(Reason.REGION_UNSEEN, resource_id=image_id, detail=detail)
        if image_id not in self._whole:
            return skipped(Reason.IMAGE_ABSENT, resource_id=image_id)
        cover = self.covered(image_id)[1]
        return None if cover.until is not None else skipped(Reason.NOT_RECOVERABLE, resource_id=image_id, detail=cover.detail)

    @property
    def refused(self) -> Exception | None:
        """What AWS refused so far to tell of images, of what refers to them, or of the bin's rules: until somebody permits it nothing steps. None: nothing."""
        wrong = [*self._wrong, *([] if self._bin.fault is None else [self._bin.fault])]
        return next((fault for fault in wrong if faults.is_refusal(fault)), None)

    def sharing(self, verdict: Verdict) -> Outcome | None:
        """Why an image that is about to be deprecated or disabled must not, since others may launch it, or that cannot be asked (EC2 DescribeImageAttribute)."""
        image_id = verdict.image.image_id
        try:
            shared = permissions.of(self._ec2, image_id)
        except faults.AwsFault as fault:
            shared = [f"not known: {faults.code(fault)}"]
        return skipped(Reason.SHARED, resource_id=image_id, detail={"with": shared}) if shared else None

    def covered(self, image_id: str) -> tuple[Image, Cover]:
        """An image that would be deregistered, with all its tags, and what covers it."""
        image = self._whole[image_id]
        return image, self._bin.cover(image)
