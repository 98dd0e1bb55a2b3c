"""ModifySnapshotAttribute and DescribeSnapshotAttribute: who may create volumes of a snapshot."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Snapshot
from sandbox.gateway import ApiError, Request

MOST_CHANGES = 500
EVERYBODY = {"Group": "all"}
Permissions = list[dict[str, str]]


def modify_snapshot_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifySnapshotAttribute: adds or removes accounts and the group `all`, in each form the API knows.

    Raises:
        ApiError: what is wrong with the change; OperationNotPermitted for sharing under the key alias/aws/ebs, or an encrypted snapshot
            with everybody.
    """
    region = ec2.region(request)
    snapshot = lookups.snapshot(region, request.parameters["SnapshotId"])
    _check_attribute(request)
    added, removed = _changes(request.parameters)
    if added and removed:
        raise ApiError("InvalidParameterCombination", "Permissions can be added or removed, not both in one request.")
    if not 1 <= len(added) + len(removed) <= MOST_CHANGES:
        raise ApiError("InvalidParameterValue", f"Between 1 and {MOST_CHANGES} permissions can be changed in a request.")
    if added:
        _check_shareable(snapshot, added, ec2.keys.default(region.name))
    kept = [each for each in snapshot.permissions if each not in removed]
    snapshot.permissions = kept + [each for each in added if each not in kept]
    return {}


def describe_snapshot_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeSnapshotAttribute: createVolumePermission."""
    snapshot = lookups.snapshot(ec2.region(request), request.parameters["SnapshotId"])
    _check_attribute(request)
    return {"SnapshotId": snapshot.id, "CreateVolumePermissions": snapshot.permissions}


def _check_attribute(request: Request) -> None:
    attribute = request.parameters.get("Attribute", "createVolumePermission")
    if attribute != "createVolumePermission":
        raise ApiError("InvalidParameterValue", f"The attribute '{attribute}' is not kept here.")


def _changes(parameters: dict[str, Any]) -> tuple[Permissions, Permissions]:
    given = parameters.get("CreateVolumePermission", {})
    flat = [{"UserId": user} for user in parameters.get("UserIds", [])] + [{"Group": group} for group in parameters.get("GroupNames", [])]
    adding = parameters.get("OperationType", "add") == "add"
    added, removed = given.get("Add", []) + (flat if adding else []), given.get("Remove", []) + ([] if adding else flat)
    for each in added + removed:
        user = each.get("UserId", "")
        if each != EVERYBODY and not (set(each) == {"UserId"} and len(user) == 12 and user.isdigit()):
            raise ApiError("InvalidAttributeValue", f"Invalid attribute item value {each} for createVolumePermission.")
    return added, removed


def _check_shareable(snapshot: Snapshot, added: Permissions, default_key: str) -> None:
    if snapshot.key == default_key:
        raise ApiError("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared")
    if snapshot.key and EVERYBODY in added:
        raise ApiError("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly")
