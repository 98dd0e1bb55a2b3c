"""DescribeSnapshots."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.lookups import check_seen
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import AMAZON, PUBLIC_SNAPSHOTS
from sandbox.ec2.records import Snapshot
from sandbox.ec2.snapshot_view import alias, progress, snapshot_shown
from sandbox.ec2.store import RegionStore, stamp
from sandbox.gateway import Request

FIELDS: Fields[Snapshot] = Fields(
    {
        "description": lambda each: [each.description],
        "encrypted": lambda each: ["true" if each.key else "false"],
        "owner-alias": lambda each: [alias(each)],
        "owner-id": lambda each: [each.owner],
        "progress": lambda each: [progress(each)],
        "snapshot-id": lambda each: [each.id],
        "start-time": lambda each: [stamp(each.started)],
        "status": lambda each: [each.state],
        "storage-tier": lambda each: [each.storage.tier],
        "transfer-type": lambda each: [each.transfer],
        "volume-id": lambda each: [each.volume_id],
        "volume-size": lambda each: [str(each.size)],
    },
    {"snapshot-id": lambda _, value: [value], "volume-id": RegionStore.snapshots_of_volume},
)


def describe_snapshots(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeSnapshots: the account's own, and Amazon's public ones unless owners say otherwise.

    It lags: a snapshot is shown some seconds after its creation only, until then it is an error among the ids.

    Raises:
        ApiError: InvalidSnapshot.NotFound for an id that is not there or not seen yet, and what is wrong with filters and pages.
    """
    region, parameters = ec2.region(request), request.parameters
    kept, since = _kept(ec2, request, region), ec2.now() - ec2.timing.visibility_lag
    check_seen(lambda key: key not in kept or kept[key].started <= since, parameters.get("SnapshotIds") or [], "snap")

    def select_shown(among: Iterable[str] | None) -> list[str]:
        found = select(region, kept, FIELDS, parameters.get("Filters"), among)
        users = parameters.get("RestorableByUserIds")
        seen = (key for key in found if kept[key].started <= since)
        return [key for key in seen if not users or any(_may_restore(ec2, kept[key], user) for user in users)]

    page, token = listed(ec2, request, kept, "snap", select_shown)
    return {"Snapshots": [snapshot_shown(region, kept[key]) for key in page], "NextToken": token}


def _kept(ec2: Ec2, request: Request, region: RegionStore) -> Mapping[str, Snapshot]:
    owners = set(request.parameters.get("OwnerIds") or [])
    mine = region.snapshots if not owners or owners & {"self", ec2.account} else {}
    return ChainMap(mine, PUBLIC_SNAPSHOTS) if not owners or owners & {"amazon", AMAZON} else mine


def _may_restore(ec2: Ec2, snapshot: Snapshot, user: str) -> bool:
    """Whether a user may create volumes of a snapshot: its owner, whom it is shared with, or all."""
    name = ec2.account if user == "self" else user
    wanted = {"Group": "all"} if name == "all" else {"UserId": name}
    return snapshot.owner == name or wanted in snapshot.permissions
