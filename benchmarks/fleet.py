"""One night of a large fleet on the sandbox's clock, beside the soonest that EC2's limits allow."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.apart import Tell
from benchmarks.assembly import HOME, RECOVERY
from sandbox.account import Sandbox
from sandbox.gateway import Call

EVENING = datetime(2027, 3, 1, 20, tzinfo=UTC)
SLOT = datetime(2027, 3, 2, 2, tzinfo=UTC)
STEPS = 60
LONGEST = timedelta(hours=24)
CREATE_IMAGE, COPY_IMAGE = (50, 5), (100, 1)
"""EC2's token buckets: how many at once, how many a second after that."""

PENDING_SNAPSHOTS, IMAGE_COPIES = 100, 300
THROTTLED = frozenset({"RequestLimitExceeded", "PendingSnapshotLimitExceeded", "ResourceLimitExceeded"})


@dataclass(frozen=True)
class Floor:
    """What makes a night of that size take so long, whoever takes it."""

    create_bucket: timedelta
    pending_snapshots: timedelta
    copy_bucket: timedelta
    image_copies: timedelta
    image: timedelta
    """How long one image takes."""
    copy: timedelta

    @property
    def images(self) -> timedelta:
        """From the slot to the last image: the last of those that start last takes as long as any."""
        return max(self.create_bucket + self.image, self.pending_snapshots)

    @property
    def copies(self) -> timedelta:
        """From the slot to the last copy: none starts before its image is there."""
        return max(self.images, self.image + self.copy_bucket, self.image + self.image_copies - self.copy) + self.copy


@dataclass(frozen=True)
class FleetNight:
    """How long a night took until its last image and its last copy were there, and which part of the calls EC2 refused for their number."""

    instances: int
    api_share: float
    images: timedelta
    copies: timedelta
    floor: Floor
    calls: int
    throttled: int


def play(assembly: Path, instances: int, api_share: float, tell: Tell) -> FleetNight:
    """Deploy, launch `instances` with one volume each and play a night.

    Raises:
        RuntimeError: an instance has no image or no copy, or two.
    """
    with Sandbox(EVENING) as sandbox:
        sandbox.deploy(assembly)
        launch(sandbox.client("ec2", HOME), instances)
        sandbox.clock.run_until(SLOT - timedelta(minutes=1))
        before = len(sandbox.gateway.calls)
        for step in range(STEPS):
            sandbox.clock.run_until(SLOT + LONGEST * (step + 1) / STEPS)
            tell((step + 1) / STEPS)
        made = {region: _made(sandbox.client("ec2", region), instances) for region in (HOME, RECOVERY)}
        ours = [call for call in sandbox.gateway.calls[before:] if call.caller.startswith("nightkeep-") and call.service == "ec2"]
        return FleetNight(
            instances,
            api_share,
            max(ended for _, ended in made[HOME]) - SLOT,
            max(ended for _, ended in made[RECOVERY]) - SLOT,
            _floor(instances, _average(made[HOME]), _average(made[RECOVERY])),
            len(ours),
            _throttled(ours),
        )


def launch(ec2: Any, instances: int) -> None:
    """Run instances that ask for the policy `nightly`."""
    tags = [{"Key": "Name", "Value": "web"}, {"Key": "Backup", "Value": "nightly"}]
    specification = [{"ResourceType": "instance", "Tags": tags}]
    ec2.run_instances(
        ImageId="ami-0linux", InstanceType="t3.micro", MinCount=instances, MaxCount=instances, TagSpecifications=specification
    )


def _made(ec2: Any, instances: int) -> list[tuple[datetime, datetime]]:
    """When the snapshot of each image was started, and when it was complete."""
    filters = [{"Name": "tag:nightkeep:home", "Values": [HOME]}]
    images = ec2.get_paginator("describe_images").paginate(Owners=["self"], Filters=[*filters, {"Name": "state", "Values": ["available"]}])
    of_instance = Counter(_tag(image, "nightkeep:instance") for page in images for image in page["Images"])
    if len(of_instance) != instances or set(of_instance.values()) != {1}:
        raise RuntimeError(f"{instances} instances have {of_instance.total()} images of {len(of_instance)} in {ec2.meta.region_name}.")
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
    return [(each["StartTime"], each["CompletionTime"]) for page in pages for each in page["Snapshots"]]


def _tag(image: Any, key: str) -> str:
    return next(str(tag["Value"]) for tag in image["Tags"] if tag["Key"] == key)


def _average(spans: list[tuple[datetime, datetime]]) -> timedelta:
    return sum((ended - started for started, ended in spans), timedelta()) / len(spans)


def _floor(instances: int, image: timedelta, copy: timedelta) -> Floor:
    return Floor(
        _bucket(instances, *CREATE_IMAGE),
        instances * image / PENDING_SNAPSHOTS,
        _bucket(instances, *COPY_IMAGE),
        instances * copy / IMAGE_COPIES,
        image,
        copy,
    )


def _bucket(calls: int, burst: int, refill: int) -> timedelta:
    return timedelta(seconds=max(0, calls - burst) / refill)


def _throttled(calls: Iterable[Call]) -> int:
    return sum(call.error_code in THROTTLED for call in calls)
