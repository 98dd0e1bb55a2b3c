"""The events EC2 sends: image, snapshot, instance and tag changes."""

from datetime import datetime
from random import Random
from typing import Any, Protocol

from sandbox.clock import Clock
from sandbox.ec2.records import Image, Instance, Snapshot, Volume
from sandbox.ec2.store import RegionStore
from sandbox.random_ids import uuid4

KINDS = {"ami": "image", "i": "instance", "lt": "launch-template", "snap": "snapshot", "vol": "volume"}

VOLUMES = {"createVolume": "available", "deleteVolume": "deleted", "modifyVolume": "optimizing"}
"""What an event about a volume says when all went well."""


class Bus(Protocol):
    """Where events go."""

    def emit(self, region: str, event: dict[str, Any]) -> object:
        """Take an event that happened in `region`."""


class Notices:
    """Writes events and sends them to the bus."""

    def __init__(self, clock: Clock, account: str, bus: Bus) -> None:
        """Send to `bus`."""
        self._clock, self._account, self.bus = clock, account, bus
        self._ids = Random(31)  # noqa: S311 - event ids, the same in every run

    def image(self, region: str, image: Image, request_id: str, *, state: str, message: str = "") -> None:
        """EC2 AMI State Change. The image's ARN has no account."""
        detail = {"RequestId": request_id, "ImageId": image.id, "State": state, "ErrorMessage": message}
        self.send(region, "aws.ec2", "EC2 AMI State Change", [self.arn(region, image.id)], detail)

    def snapshot(self, region: str, snapshot: Snapshot, kind: str, source: str, extra: dict[str, str]) -> None:
        """EBS Snapshot Notification: `kind` is createSnapshot or copySnapshot, `source` an ARN."""
        arn = f"arn:aws:ec2::{region}:snapshot/{snapshot.id}"
        succeeded = snapshot.state == "completed"
        detail = {
            "event": kind,
            "result": "succeeded" if succeeded else "failed",
            "cause": snapshot.message,
            "request-id": "",
            "snapshot_id": arn,
            "source": source,
            "startTime": seconds(snapshot.started),
            "endTime": seconds(snapshot.completed or self._clock.now()),
        }
        self.send(region, "aws.ec2", "EBS Snapshot Notification", [arn], detail | extra)

    def volume(self, region: str, volume: Volume, event: str, request_id: str, cause: str = "") -> None:
        """EBS Volume Notification: of success, or for a `cause` of failure, of which the volume's key is one of the resources."""
        key = [volume.key] if cause and volume.key else []
        detail = {"result": "failed" if cause else VOLUMES[event], "cause": cause, "event": event, "request-id": request_id}
        self.send(region, "aws.ec2", "EBS Volume Notification", [self.arn(region, volume.id), *key], detail)

    def initialized(self, region: str, volume: Volume, request_id: str) -> None:
        """EBS Volume Notification, of a volume all of whose snapshot's blocks have come."""
        detail = {
            "event": "initializeVolume",
            "result": "succeeded",
            "completionTime": seconds(self._clock.now()),
            "request-id": request_id,
        }
        self.send(region, "aws.ec2", "EBS Volume Notification", [self.arn(region, volume.id)], detail)

    def instance(self, region: str, instance: Instance) -> None:
        """EC2 Instance State-change Notification."""
        detail = {"instance-id": instance.id, "state": instance.state}
        self.send(region, "aws.ec2", "EC2 Instance State-change Notification", [self.arn(region, instance.id)], detail)

    def tags(self, region: RegionStore, resource: str, changed: list[str]) -> None:
        """Tag Change on Resource: the keys that changed and all tags as they are now. Its documents know no kind of EC2's that sends none.

        Unverified: that they come at once, also for tags given in a creating call, and with `aws:` tags among them.
        """
        detail = {
            "changed-tag-keys": changed,
            "service": "ec2",
            "resource-type": KINDS[resource.partition("-")[0]],
            "version": region.tags.version(resource),
            "version-timestamp": str(int(self._clock.now().timestamp() * 1000)),
            "tag-policy-compliant": "true",
            "tags": dict(region.tags.of(resource)),
        }
        self.send(region.name, "aws.tag", "Tag Change on Resource", [self.arn(region.name, resource)], detail)

    def arn(self, region: str, resource: str) -> str:
        """A resource's ARN. Those of images and snapshots have no account."""
        kind = KINDS[resource.partition("-")[0]]
        account = "" if kind in {"image", "snapshot"} else self._account
        return f"arn:aws:ec2:{region}:{account}:{kind}/{resource}"

    def send(self, region: str, source: str, kind: str, resources: list[str], detail: dict[str, Any]) -> None:
        """An event of whatever kind, of services beside EC2 too."""
        event = {
            "version": "0",
            "id": uuid4(self._ids),
            "detail-type": kind,
            "source": source,
            "account": self._account,
            "time": seconds(self._clock.now()),
            "region": region,
            "resources": resources,
            "detail": detail,
        }
        self.bus.emit(region, event)


def seconds(time: datetime) -> str:
    """A time as events have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
