"""DescribeLockedSnapshots."""

from collections.abc import Iterable
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.ec2.snapshot_locks import lock_shown
from sandbox.gateway import Request


def describe_locked_snapshots(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeLockedSnapshots, in pages of 5 to 1000: those whose lock has expired too."""
    region, parameters = ec2.region(request), request.parameters
    locks = {key: each.lock for key, each in region.snapshots.items() if each.lock}
    fields: Fields[Snapshot] = Fields({"lock-state": lambda each: [each.lock.state(ec2.now()) if each.lock else None]})

    def select_locked(among: Iterable[str] | None) -> list[str]:
        return select(
            region, region.snapshots, fields, parameters.get("Filters"), locks if among is None else [key for key in among if key in locks]
        )

    page, token = listed(ec2, request, region.snapshots, "snap", select_locked)
    shown = [{"OwnerId": ec2.account, "SnapshotId": key, **lock_shown(ec2, locks[key])} for key in page if key in locks]
    return {"Snapshots": shown, "NextToken": token}
