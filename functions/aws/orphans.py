"""Deleting snapshots of ours that belong to no image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images
from functions.core import tags
from functions.core.messages import DeleteSnapshot
from functions.core.outcome import Outcome, already, planned, skipped
from functions.core.record import Event, Reason, Status

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from functions.aws.binned import Binned
    from functions.aws.disabling import Tell
    from functions.core.retire.wrecks import Orphan
    from functions.core.values import Snapshot


def delete(ec2: EC2Client, binned: Binned, action: DeleteSnapshot, orphan: Orphan | None, tell: Tell) -> Outcome:
    """Delete one snapshot (EC2 DeleteSnapshot) that is an `orphan`, judged anew, unless an image uses it after all, or the bin would not keep it."""
    try:
        return _delete(ec2, binned, action, orphan, tell)
    except ClientError as fault:
        match faults.code(fault):
            case "InvalidSnapshot.NotFound":
                return already(action.snapshot_id)
            case "InvalidSnapshot.InUse":
                return skipped(Reason.REFERENCED, resource_id=action.snapshot_id, detail={"message": str(fault)})
        return faults.outcome(fault, resource_id=action.snapshot_id)
    except faults.AwsFault as fault:
        return faults.outcome(fault, resource_id=action.snapshot_id)


def _delete(ec2: EC2Client, binned: Binned, action: DeleteSnapshot, orphan: Orphan | None, tell: Tell) -> Outcome:
    snapshot = images.snapshots(ec2, [action.snapshot_id]).get(action.snapshot_id)
    if snapshot is None:
        return already(action.snapshot_id)
    refused = _refused(ec2, action, snapshot) or (
        skipped(Reason.NOT_DUE) if orphan is None else orphan.refusal or binned.awaiting(snapshot)
    )
    if refused is not None:
        return replace(refused, resource_id=action.snapshot_id)
    cover = binned.cover_snapshot(snapshot)
    if cover.until is None:
        return skipped(Reason.NOT_RECOVERABLE, resource_id=action.snapshot_id, detail=cover.detail)
    detail = {**cover.detail, "tags": dict(snapshot.tags)}
    tell(action, Event.SNAPSHOT_DELETE, planned(action.reason, resource_id=action.snapshot_id, detail=detail))
    response = ec2.delete_snapshot(SnapshotId=action.snapshot_id)
    return Outcome(Status.DONE, action.reason, action.snapshot_id, request_id=clients.request_id(response), detail=detail)


def _refused(ec2: EC2Client, action: DeleteSnapshot, snapshot: Snapshot) -> Outcome | None:
    """Whether somebody holds it or, just now, an image uses it, or its time is over."""
    if tags.HOLD in snapshot.tags:
        return skipped(Reason.HELD)
    users, now = images.described(ec2, {"block-device-mapping.snapshot-id": [action.snapshot_id]})
    if users:
        return skipped(Reason.REFERENCED, detail={"by": [image.image_id for image in users]})
    if now > action.not_after:
        return skipped(Reason.EXPIRED, detail={"not_after": action.not_after.isoformat()})
    return None
