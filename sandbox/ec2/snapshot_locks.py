"""LockSnapshot and UnlockSnapshot: a locked snapshot cannot be deleted, by anybody in compliance mode."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.snapshot_records import Lock
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request

DAYS = (1, 36_500)
HOURS = (1, 72)
DAY = timedelta(days=1)


def lock_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """LockSnapshot, or a change of its lock: once compliance mode has cooled off, its time can only grow.

    Raises:
        ApiError: what is wrong with mode, hours and days; IncorrectState for a snapshot in error or used by an image that is still made.
    """
    region = ec2.region(request)
    snapshot = lookups.snapshot(region, request.parameters["SnapshotId"])
    _check_state(region, snapshot)
    held = snapshot.lock if snapshot.lock and snapshot.lock.state(ec2.now()) != "expired" else None
    new = _asked(ec2, request, snapshot)
    if held and held.state(ec2.now()) == "compliance":
        new = _extended(held, new)
    snapshot.lock = new
    return {"SnapshotId": snapshot.id, **lock_shown(ec2, new)}


def unlock_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """UnlockSnapshot: in governance mode, or while compliance mode cools off. Unverified: the codes.

    Raises:
        ApiError: OperationNotPermitted in compliance mode, IncorrectState for a snapshot that is not locked.
    """
    snapshot = lookups.snapshot(ec2.region(request), request.parameters["SnapshotId"])
    state = snapshot.lock.state(ec2.now()) if snapshot.lock else "expired"
    if state == "expired":
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' is not locked.")
    if state == "compliance":
        raise ApiError("OperationNotPermitted", f"The snapshot '{snapshot.id}' is locked in compliance mode.")
    snapshot.lock = None
    return {"SnapshotId": snapshot.id}


def check_unlocked(ec2: Ec2, snapshot: Snapshot) -> None:
    """Let pass a snapshot that may be deleted. Unverified: the code.

    Raises:
        ApiError: OperationNotPermitted.
    """
    if snapshot.lock and snapshot.lock.state(ec2.now()) != "expired":
        raise ApiError("OperationNotPermitted", f"The snapshot '{snapshot.id}' is locked and cannot be deleted.")


def lock_shown(ec2: Ec2, lock: Lock) -> dict[str, Any]:
    """A lock as the API shows it."""
    return {
        "LockState": lock.state(ec2.now()),
        "LockDuration": lock.days,
        "CoolOffPeriod": lock.cool_off,
        "CoolOffPeriodExpiresOn": lock.cool_off_ends,
        "LockCreatedOn": lock.created,
        "LockDurationStartTime": lock.starts,
        "LockExpiresOn": lock.expires,
    }


def _check_state(region: RegionStore, snapshot: Snapshot) -> None:
    making = [key for key in region.images_of_snapshot(snapshot.id) if region.images[key].state == "pending"]
    if snapshot.state not in {"pending", "completed"} or making:
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' cannot be locked now.")


def _asked(ec2: Ec2, request: Request, snapshot: Snapshot) -> Lock:
    parameters, now = request.parameters, ec2.now()
    mode, cool_off = parameters["LockMode"], parameters.get("CoolOffPeriod")
    if mode not in {"governance", "compliance"}:
        raise ApiError("InvalidParameterValue", f"'{mode}' is not a lock mode.")
    if cool_off is not None and mode == "governance":
        raise ApiError("InvalidParameterCombination", "CoolOffPeriod cannot be specified in governance mode.")
    if cool_off is not None and not HOURS[0] <= cool_off <= HOURS[1]:
        raise ApiError("InvalidParameterValue", f"CoolOffPeriod must be between {HOURS[0]} and {HOURS[1]} hours.")
    ends = now + timedelta(hours=cool_off) if cool_off else None
    days, expires = _duration(parameters, now)
    starts = None if snapshot.state == "pending" else now
    if expires is None and snapshot.state == "pending":
        return Lock(mode, now, days, None, None, cool_off, ends)
    return Lock(mode, now, days, starts, expires or now + days * DAY, cool_off, ends)


def _duration(parameters: dict[str, Any], now: datetime) -> tuple[int, datetime | None]:
    """The lock's days, and when it ends if that was asked for."""
    days: int | None = parameters.get("LockDuration")
    expires: datetime | None = parameters.get("ExpirationDate")
    if (days is None) == (expires is None):
        raise ApiError("InvalidParameterCombination", "Either LockDuration or ExpirationDate must be specified, and not both.")
    if expires is not None:
        expires = expires.astimezone(UTC) if expires.tzinfo else expires.replace(tzinfo=UTC)
        days = ceil((expires - now) / DAY)
    if days is None or not DAYS[0] <= days <= DAYS[1]:
        raise ApiError("InvalidParameterValue", f"A snapshot is locked for {DAYS[0]} to {DAYS[1]} days.")
    return days, expires


def _extended(held: Lock, new: Lock) -> Lock:
    """A compliance lock that ends later than the one held."""
    shorter = held.expires is not None and new.expires is not None and new.expires < held.expires
    if new.mode != "compliance" or new.cool_off is not None or shorter or (new.days < held.days and new.expires is None):
        raise ApiError("OperationNotPermitted", "A lock in compliance mode can only be extended, once it has cooled off.")
    return new
