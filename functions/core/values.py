"""What AWS was seen to hold, as frozen values. Times are aware, in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from functions.core import tags
from functions.core.slot import is_on_demand, is_slot, slot_start

FAILED_STATES = frozenset({"failed", "error", "invalid"})
"""Image states (EC2 DescribeImages) that will never become available."""

ENDINGS = frozenset({"", *(f".{attempt}" for attempt in range(2, 10))})
"""What an image's name ends with, by attempt."""


@dataclass(frozen=True)
class Attached:
    """One EBS volume of an instance, and the device that it is attached as."""

    device: str
    volume_id: str
    since: datetime | None = None
    """When it was attached."""


@dataclass(frozen=True)
class Volume:
    """An EBS volume as DescribeVolumes showed it; `size` in GiB."""

    volume_id: str
    size: int
    encrypted: bool
    key_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """An EC2 instance as DescribeInstances showed it."""

    instance_id: str
    state: str
    root_device_type: str
    tags: Mapping[str, str]
    attached: tuple[Attached, ...] = ()
    root_device: str = ""
    launched: datetime | None = None
    spot: bool = False
    marketplace: bool = False
    """Made of an image that AWS Marketplace sells."""

    @property
    def made(self) -> datetime | None:
        """When it was made: its root volume is attached since then, while EC2's launch time is that of its last start."""
        return next((one.since for one in self.attached if one.device == self.root_device), None) or self.launched

    @property
    def auto_scaling_group(self) -> str | None:
        """The Auto Scaling group that it is a member of: EC2 Auto Scaling says so in a tag that nobody else can write."""
        return self.tags.get("aws:autoscaling:groupName")

    @property
    def name(self) -> str:
        """The instance's `Name` tag, or its id when it has none."""
        return self.tags.get("Name") or self.instance_id


@dataclass(frozen=True)
class Device:
    """One EBS device of an image."""

    snapshot_id: str
    encrypted: bool


@dataclass(frozen=True)
class Image:
    """An AMI as DescribeImages showed it in `region`."""

    image_id: str
    region: str
    name: str
    state: str
    created: datetime
    tags: Mapping[str, str]
    description: str = ""
    source_image_id: str | None = None
    source_instance_id: str | None = None
    source_region: str | None = None
    devices: tuple[Device, ...] = ()
    state_reason: str = ""
    deprecated: datetime | None = None
    protected: bool = False
    """Against deregistration, or in the cooldown of that."""
    public: bool = False
    launched: datetime | None = None
    """When somebody last launched it; EC2 tells that up to a day late."""

    @property
    def failed(self) -> bool:
        """True when the image will never become available."""
        return self.state in FAILED_STATES

    def ours(self, home: str) -> bool:
        """True when this image was made by the deployment of `home`: its tags say so, and its name (a copy: its source) fits."""
        return self.tags.get(tags.HOME) == home and self._fits

    @cached_property
    def _fits(self) -> bool:
        policy, instance_id, slot = self.key
        if not (is_slot(slot) or is_on_demand(slot)):
            return False
        if self.region == self.tags.get(tags.HOME):
            first = f"nightkeep/{policy}/{instance_id}/{slot}"
            return self.name.startswith(first) and self.name[len(first) :] in ENDINGS
        return self.source_image_id is not None and self.tags.get(tags.SOURCE) == self.source_image_id

    @property
    def being_copied(self) -> bool:
        """True for a copy that is still in progress. An image of an instance names the image that the instance came from, which is no copying."""
        return self.state == "pending" and self.source_image_id is not None and self.source_instance_id is None

    @property
    def held(self) -> bool:
        """True while somebody holds it: it is not retired."""
        return tags.HOLD in self.tags

    @cached_property
    def on_demand(self) -> bool:
        """True when somebody asked for it: it belongs to no night."""
        return is_on_demand(self.key[2])

    @cached_property
    def taken(self) -> datetime:
        """The time of its slot or, of one on demand, when it was made."""
        return self.created if self.on_demand else slot_start(self.key[2])

    @property
    def disabled_at(self) -> datetime | None:
        """When Nightkeep disabled it, aware; None when it is not disabled, or nobody wrote down since when."""
        return slot_start(self.tags[tags.DISABLED_AT]) if self.state == "disabled" and self.marked else None

    @property
    def marked(self) -> bool:
        """Whether it carries the time of a disable, this one or one before."""
        return is_slot(self.tags.get(tags.DISABLED_AT, ""))

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """(policy, instance, slot) of an image of ours; empty strings where a tag is missing."""
        return _key(self.tags)


@dataclass(frozen=True)
class Snapshot:
    """An EBS snapshot as DescribeSnapshots showed it."""

    snapshot_id: str
    state: str
    encrypted: bool
    key_arn: str | None
    completed: datetime | None
    started: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """(policy, instance, slot) of a snapshot of ours, as of its image."""
        return _key(self.tags)


def _key(carried: Mapping[str, str]) -> tuple[str, str, str]:
    return (carried.get(tags.POLICY, ""), carried.get(tags.INSTANCE, ""), carried.get(tags.SLOT, ""))


@dataclass(frozen=True)
class Key:
    """A KMS key as DescribeKey showed it."""

    arn: str
    enabled: bool
    state: str
