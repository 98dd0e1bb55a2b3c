"""Copies of snapshots, as CopySnapshot and CopyImage make them: under which key, how long it takes, what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sandbox.ec2.encryption import default_key, key_wanted
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_SNAPSHOTS
from sandbox.ec2.records import Snapshot
from sandbox.ec2.store import stamp
from sandbox.ec2.time_based_copies import Schedule, check_minutes, scheduled
from sandbox.gateway import Request

ARBITRARY_VOLUME = "vol-ffffffff"
MISSED = "EBS Copy Snapshot Missed Completion Duration"
GONE = "Source snapshot ID is not valid"
CAUSE = "Snapshot copy was not able to meet the specified completion duration because your snapshot copy operation throughput quota was exceeded."


@dataclass(frozen=True)
class Copying:
    """A copy to be made of the snapshot `old`: `moved` bytes travel, and `problem` is why it will fail, if it will."""

    old: Snapshot
    key: str | None
    problem: str | None
    moved: float
    schedule: Schedule | None = None


def planned(ec2: Ec2, request: Request, olds: Sequence[Snapshot], minutes: int | None) -> list[Copying]:
    """The copies that a request asks for; nothing is made yet. Key trouble is found out later, when a copy fails.

    Raises:
        ApiError: a key without Encrypted, or a time that is not possible.
    """
    check_minutes(minutes)
    copies = [_copying(ec2, request, old) for old in olds]
    if minutes is None:
        return copies
    sizes = [(copy.old, copy.moved) for copy in copies]
    schedules = scheduled(ec2, ec2.region(request), request.parameters["SourceRegion"], sizes, minutes)
    return [Copying(each.old, each.key, each.problem, each.moved, time) for each, time in zip(copies, schedules, strict=True)]


def duration_of(ec2: Ec2, copies: Sequence[Copying]) -> timedelta:
    """How long it takes until all of these are complete."""
    ends = [copy.schedule.ends for copy in copies if copy.schedule]
    return max(ends) - ec2.now() if ends else ec2.timing.of_copy(sum(copy.moved for copy in copies))


def copied(ec2: Ec2, request: Request, copy: Copying, description: str) -> Snapshot:
    """The pending copy."""
    old, schedule = copy.old, copy.schedule
    snapshot = Snapshot(
        id=ec2.store.new_id("snap"),
        owner=ec2.account,
        volume_id=ARBITRARY_VOLUME,
        origin=old.origin,
        size=old.size,
        description=description,
        started=ec2.now(),
        full_bytes=old.full_bytes,
        key=copy.key,
        transfer="time-based" if schedule else "standard",
        transfer_minutes=round((schedule.due - schedule.starts) / timedelta(minutes=1)) if schedule else None,
    )
    ec2.region(request).add_snapshot(snapshot)
    if schedule and schedule.ends > schedule.due:
        ec2.clock.at(schedule.due, lambda: _tell_missed(ec2, request, copy, snapshot))
    return snapshot


def problem_by_now(ec2: Ec2, request: Request, copy: Copying) -> str | None:
    """What a copy lacks by now: its source and its keys are needed until it is complete.

    Unverified: that a source is which was deleted meanwhile, into the Recycle Bin too, and that the caller's permissions for the keys are.
    """
    if copy.old.id not in PUBLIC_SNAPSHOTS and copy.old.id not in ec2.store.region(request.parameters["SourceRegion"]).snapshots:
        return GONE
    problem = ec2.keys.readable(request.parameters["SourceRegion"], copy.old.key, request.caller)[1] if copy.old.key else None
    return problem or (ec2.keys.usable(request.region, copy.key, request.caller)[1] if copy.key else None)


def tell(ec2: Ec2, request: Request, copy: Copying, snapshot: Snapshot) -> None:
    """Send the event that a copy has ended. Of one that failed it says no more than of any snapshot."""
    arn = _source_arn(request, copy)
    if snapshot.state == "error":
        ec2.notices.snapshot(request.region, snapshot, "copySnapshot", arn, {})
        return
    extra = {"incremental": "true" if copy.moved < copy.old.full_bytes else "false", "transferType": snapshot.transfer or "standard"}
    if copy.schedule:
        extra["completionDurationStartTime"] = stamp(copy.schedule.starts)
        if copy.schedule.ends > copy.schedule.due:
            extra["missedCompletionDurationCause"] = CAUSE
    ec2.notices.snapshot(request.region, snapshot, "copySnapshot", arn, extra)


def _copying(ec2: Ec2, request: Request, old: Snapshot) -> Copying:
    region, source_region = ec2.region(request), request.parameters["SourceRegion"]
    wanted = key_wanted(ec2, request, request.parameters, None) or (default_key(ec2, request.region) if old.key else None)
    problem = ec2.keys.readable(source_region, old.key, request.caller)[1] if old.key else None
    key = None
    if wanted:
        key, unusable = ec2.keys.usable(request.region, wanted, request.caller)
        key, problem = key or wanted, problem or unusable
    at_home = source_region == request.region and key == old.key
    share = ec2.timing.changed_share if at_home or region.holds_blocks_of(old.origin, key) else 1
    return Copying(old, key, problem, share * old.full_bytes)


def _source_arn(request: Request, copy: Copying) -> str:
    return f"arn:aws:ec2::{request.parameters['SourceRegion']}:snapshot/{copy.old.id}"


def _tell_missed(ec2: Ec2, request: Request, copy: Copying, snapshot: Snapshot) -> None:
    """Its start is written in another form than in all other events, and its ARNs are."""
    if snapshot.state != "pending":
        return
    arn = f"arn:aws:ec2:{request.region}:{request.account}:snapshot/{snapshot.id}"
    detail = {
        "event": "copySnapshot",
        "missedCompletionDurationCause": CAUSE,
        "snapshot_id": arn,
        "source": f"arn:aws:ec2:{request.parameters['SourceRegion']}:{request.account}:snapshot/{copy.old.id}",
        "startTime": f"{snapshot.started:%a %b %d %H:%M:%S UTC %Y}",
        "transferType": "time-based",
    }
    ec2.notices.send(request.region, "aws.ec2", MISSED, [arn], detail)
