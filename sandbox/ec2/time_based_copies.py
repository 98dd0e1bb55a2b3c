"""Copies of snapshots that are to be complete within a given time, and the throughput there is for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.store import RegionStore
from sandbox.ec2.timed import Timed
from sandbox.gateway import ApiError

STEP, MOST = 15, 2_880
SECOND = timedelta(seconds=1)
Wanted = Sequence[tuple[Snapshot, float]]


@dataclass(frozen=True)
class Schedule:
    """When a copy's time begins, when it is to be complete, and when it will be."""

    starts: datetime
    due: datetime
    ends: datetime


def check_minutes(minutes: int | None) -> None:
    """Let pass 15 minutes to 48 hours, in steps of 15 minutes.

    Raises:
        ApiError: InvalidParameterValue.
    """
    if minutes is not None and (minutes % STEP or not STEP <= minutes <= MOST):
        raise ApiError("InvalidParameterValue", f"The completion duration must be a multiple of {STEP} minutes, {MOST} at most.")


def scheduled(ec2: Ec2, region: RegionStore, source_region: str, wanted: Wanted, minutes: int) -> list[Schedule]:
    """When copies of these snapshots, of so many bytes each, will be complete.

    A copy takes the time asked for, and longer if the throughput of one copy or of the pair of regions does not suffice. Another copy of
    the same snapshot begins when the one before is complete.

    Raises:
        ApiError: ResourceLimitExceeded when the pair of regions has no throughput left; the code is unverified.
    """
    under_way = [each for each in region.timed if each.ends > ec2.now()]
    result, asked = [], timedelta(minutes=minutes)
    for snapshot, size in wanted:
        left = ec2.quotas.copy_throughput - sum(each.rate for each in under_way if each.source_region == source_region)
        if left <= 0:
            raise ApiError("ResourceLimitExceeded", "The cumulative throughput of time-based snapshot copies is used up.")
        needed = size / (asked / SECOND)
        rate = min(needed, left, ec2.quotas.one_copy_throughput)
        starts = max([ec2.now(), *(each.ends for each in under_way if each.snapshot == snapshot.id)])
        ends = starts + (asked if rate >= needed else SECOND * (size / rate))
        under_way.append(Timed(source_region, snapshot.id, rate, ends))
        result.append(Schedule(starts, starts + asked, ends))
    region.timed[:] = under_way
    return result
