"""How a pending image ends: its snapshots complete, then it is available, or it fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image, Snapshot
from sandbox.ec2.store import RegionStore
from sandbox.gateway import Request

BEFORE_IMAGE = timedelta(seconds=5)
Told = Callable[[Snapshot], None]
Problem = Callable[[], str | None]


def begin(  # noqa: PLR0913, PLR0917 - whom it concerns, how long it takes, and what is different by how it is made
    ec2: Ec2, request: Request, image: Image, duration: timedelta, told: Told, problem: Problem = lambda: None
) -> None:
    """Let a pending image end after `duration`, its snapshots a little before; `told` sends a snapshot's event when it has ended.

    Unverified: that snapshots of CreateImage and CopyImage have their own events, and that a copy's are those of the region it is in.

    Describes show no ids of the snapshots at first, as users of AWS have seen of images that are registered or copied.

    `problem` is asked then what is wrong with the image by that time.

    An image that has a problem by then fails instead. One whose problem is known now fails sooner.
    """
    region = ec2.region(request)
    delay = min(duration, ec2.timing.failure) if image.problem else duration

    def end_snapshots() -> None:
        image.problem = image.problem or ec2.faults.image_problem(image) or problem()
        for snapshot in [region.snapshots[key] for key in image.snapshot_ids() if key in region.snapshots]:
            if snapshot.state == "pending":
                end_snapshot(ec2, region, snapshot, image.problem)
                told(snapshot)

    ec2.clock.after(max(delay - BEFORE_IMAGE, timedelta()), end_snapshots)
    ec2.clock.after(delay, lambda: _end(ec2, region, image, request.request_id))
    image.partial = True
    ec2.clock.after(min(delay, ec2.timing.snapshots_shown), lambda: setattr(image, "partial", False))


def end_snapshot(ec2: Ec2, region: RegionStore, snapshot: Snapshot, problem: str | None) -> None:
    """Complete a pending snapshot, or let it go into error. The days of its lock begin when it completes."""
    snapshot.state = "error" if problem else "completed"
    snapshot.message = problem or ""
    if problem:
        return
    snapshot.completed = ec2.now()
    if snapshot.transfer:
        region.newest_copies[snapshot.origin] = snapshot.id
    if snapshot.lock and not snapshot.lock.expires:
        days = timedelta(days=snapshot.lock.days)
        snapshot.lock = replace(snapshot.lock, starts=snapshot.completed, expires=snapshot.completed + days)


def _end(ec2: Ec2, region: RegionStore, image: Image, request_id: str) -> None:
    region.copying.pop(image.id, None)
    if image.id not in region.images or image.state != "pending":
        return  # deregistered meanwhile
    if image.problem:
        image.state = "failed"
        code, ends, _ = image.problem.partition(": ")
        image.reason = {"Code": code if ends and code.startswith("Client.") else "Client.InternalError", "Message": image.problem}
    else:
        image.state = "available"
    ec2.notices.image(region.name, image, request_id, state=image.state, message=image.problem or "")
