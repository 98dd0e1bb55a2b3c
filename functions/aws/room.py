"""The room that a batch of takes finds under the account's quota of pending snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from functions.aws import images
from functions.core.messages import Take
from functions.core.outcome import Outcome, deferred
from functions.core.record import Reason
from functions.core.room import Pending

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class Room:
    """Asks EC2 only once it has refused an image, or when it has before: most fleets never come near the quota."""

    def __init__(self, ec2: EC2Client, quota: int, waiting: Callable[[], int]) -> None:
        """`waiting` tells how many takes are in the queue: asked, once, when there is no room for one."""
        self._ec2 = ec2
        self._quota = quota
        self._waiting = waiting
        self._pending: Pending | None = None
        self._left = 0
        self._full = False
        """EC2 has said so; what it shows may be some seconds old."""
        self._in_queue: int | None = None

    def wanting(self, take: Take, snapshots: int, *, was_deferred: bool) -> Outcome | None:
        """The deferral of a take that needs more room than there is; None when it may go on, which may have been deferred before."""
        if self._pending is None and was_deferred:
            self._look()
        if self._pending is None or snapshots <= self._left or (self._pending.count == 0 and not self._full):
            return None
        return deferred(
            Reason.SNAPSHOTS_PENDING, detail={"pending": self._pending.count, "quota": self._quota}, after=self._again(take, self._pending)
        )

    def taken(self, snapshots: int) -> None:
        """So many snapshots were started."""
        self._left -= snapshots

    def refused(self, take: Take) -> int:
        """EC2 says that there is no room, which holds for the rest of the batch. Returns seconds until the take comes again."""
        pending = self._look() if self._pending is None else self._pending
        self._left, self._full = 0, True
        return self._again(take, pending)

    def _look(self) -> Pending:
        self._pending = images.pending_snapshots(self._ec2)
        self._left = self._pending.room(self._quota)
        return self._pending

    def _again(self, take: Take, pending: Pending) -> int:
        if self._in_queue is None:
            self._in_queue = self._waiting()
        return pending.again(self._quota, self._in_queue, f"{take.night_id} {take.instance_id} {pending.count}")
