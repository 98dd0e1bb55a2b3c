"""CopySnapshot, called in the destination region. It has no token: each call makes a copy."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.image_life import end_snapshot
from sandbox.ec2.image_names import check_description
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_SNAPSHOTS
from sandbox.ec2.records import Snapshot
from sandbox.ec2.snapshot_copies import Copying, copied, duration_of, planned, problem_by_now, tell
from sandbox.ec2.snapshot_tiers import check_usable
from sandbox.ec2.tag_rules import as_list, specified
from sandbox.gateway import ApiError, Request


def copy_snapshot(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CopySnapshot: without the source's tags and permissions; key trouble shows later, when the copy goes into error.

    Raises:
        ApiError: what is wrong with the source or the parameters; ResourceLimitExceeded over 20 at once.
    """
    parameters, region = request.parameters, ec2.region(request)
    _check(request)
    source = _source(ec2, request)
    tags = specified(parameters, "snapshot")["snapshot"]
    ec2.quotas.check_snapshot_copy(region)
    [copy] = planned(ec2, request, [source], parameters.get("CompletionDurationMinutes"))
    snapshot = copied(ec2, request, copy, parameters.get("Description", ""))
    region.tags.put(snapshot.id, tags)
    duration = duration_of(ec2, [copy])
    ec2.clock.after(min(duration, ec2.timing.failure) if copy.problem else duration, lambda: _end(ec2, request, copy, snapshot))
    return {"SnapshotId": snapshot.id, "Tags": as_list(tags)}


def _check(request: Request) -> None:
    parameters = request.parameters
    if parameters.get("Encrypted") is False:
        raise ApiError("InvalidParameterValue", "Encrypted cannot be set to false: omit it.")
    if parameters.get("DestinationRegion", request.region) != request.region:
        raise ApiError("InvalidParameterValue", "CopySnapshot must be called in the destination region.")
    check_description(parameters.get("Description", ""))


def _source(ec2: Ec2, request: Request) -> Snapshot:
    key = request.parameters["SourceSnapshotId"]
    source = PUBLIC_SNAPSHOTS.get(key) or lookups.snapshot(ec2.store.region(request.parameters["SourceRegion"]), key)
    check_usable(source)
    return source


def _end(ec2: Ec2, request: Request, copy: Copying, snapshot: Snapshot) -> None:
    region = ec2.region(request)
    if snapshot.id not in region.snapshots:
        return  # deleted meanwhile
    end_snapshot(ec2, region, snapshot, copy.problem or problem_by_now(ec2, request, copy))
    tell(ec2, request, copy, snapshot)
