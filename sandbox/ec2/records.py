"""What the EC2 plane keeps: instances, volumes, snapshots and images, as they stand at this moment."""

from collections import abc
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sandbox.ec2.snapshot_records import Lock, Storage

GIB = 2**30


@dataclass(frozen=True)
class Attachment:
    """Where a volume is attached, and whether it goes with its instance. `state` is attaching, attached or detaching."""

    instance_id: str
    device: str
    delete_on_termination: bool
    since: datetime
    state: str = "attached"


@dataclass
class Modification:
    """The last change of a volume's size, type and performance; `before` and `wanted` are volumes as they were and are to be."""

    before: "Volume"
    wanted: "Volume"
    started: datetime
    state: str = "modifying"
    ended: datetime | None = None


@dataclass
class Volume:
    """An EBS volume. `written_bytes` is what a full snapshot of it would hold; `key` is the KMS key's ARN, None if not encrypted.

    `state` is what it is while it is not attached.
    """

    id: str
    zone: str
    size: int
    type: str
    iops: int | None
    throughput: int | None
    key: str | None
    snapshot_id: str
    created: datetime
    written_bytes: int
    attachment: Attachment | None = None
    snapshot_taken: datetime | None = None
    state: str = "available"
    modification: Modification | None = None

    def status(self) -> str:
        """creating, available or in-use."""
        return "in-use" if self.attachment else self.state


@dataclass(frozen=True)
class Happening:
    """Something that happened to an instance, and because of what."""

    time: datetime
    what: str
    cause: str


@dataclass
class Instance:
    """An instance. `history` says what happened to it; `booted` is when its operating system last started to boot.

    `image` is what it was launched from, as it was last known; `groups` are its security groups' names, by id; `given` what
    RunInstances or ModifyInstanceAttribute said of it. `impaired`: its operating system did not come up when it last booted.
    `reason`, of its state, begins with its code.
    """

    id: str
    reservation: str
    index: int
    image: "Image"
    type: str
    state: str
    launched: datetime
    booted: datetime
    zone: str
    zone_id: str
    subnet_id: str
    vpc_id: str
    groups: dict[str, str]
    address: str
    architecture: str
    platform: str | None
    root_device: str
    root_type: str
    credits: str | None
    given: dict[str, Any]
    volumes: dict[str, str] = field(default_factory=dict)
    transition: str = ""
    reason: str = ""
    history: list[Happening] = field(default_factory=list)
    spot_request: str | None = None
    impaired: bool = False

    def lifecycle(self) -> str | None:
        """`spot`, or None for an instance on demand."""
        return "spot" if self.spot_request else None

    def is_persistent(self) -> bool:
        """Whether its spot request would have it started again."""
        return bool(self.given.get("InstanceMarketOptions", {}).get("SpotOptions", {}).get("SpotInstanceType") == "persistent")


class Revised:
    """Counts its changes: while `revision` is the same, so is what was made of it. What its fields hold is replaced, never changed in place."""

    revision = 0

    def __setattr__(self, name: str, value: object) -> None:
        """Count the change of a field."""
        super().__setattr__(name, value)
        super().__setattr__("revision", self.revision + 1)


@dataclass
class Snapshot(Revised):
    """A snapshot. `origin` is the volume whose blocks it holds, through copies too; `owner` an account; `permissions` who may create volumes of it.

    `transfer` is standard or time-based, for copies only.
    """

    id: str
    owner: str
    volume_id: str
    origin: str
    size: int
    description: str
    started: datetime
    full_bytes: int
    key: str | None
    state: str = "pending"
    completed: datetime | None = None
    message: str = ""
    permissions: abc.Sequence[abc.Mapping[str, str]] = field(default_factory=list)
    transfer: str | None = None
    transfer_minutes: int | None = None
    lock: Lock | None = None
    storage: Storage = field(default_factory=Storage)


@dataclass(frozen=True)
class Mapping:
    """One block device of an image: an EBS one has a size, and a snapshot unless it starts empty; else it is an instance-store one."""

    device: str
    snapshot_id: str | None = None
    size: int | None = None
    type: str = "gp3"
    iops: int | None = None
    throughput: int | None = None
    delete_on_termination: bool = True
    encrypted: bool = False
    virtual_name: str | None = None


@dataclass
class Image(Revised):
    """An image. `visible` is when describes by filter begin to show it; `problem` why it will fail, while it is pending.

    `partial`: describes do not show its snapshots yet.

    `last_launched` is when an instance was last launched from it, known a day later. `hardware` is what the API calls BootMode,
    EnaSupport and so on, by its names.
    """

    id: str
    name: str
    owner: str
    created: datetime
    visible: datetime
    description: str
    architecture: str
    root_device: str
    root_type: str
    mappings: abc.Sequence[Mapping]
    platform: str | None = None
    alias: str | None = None
    state: str = "pending"
    reason: abc.Mapping[str, str] | None = None
    problem: str | None = None
    partial: bool = False
    source_instance: str | None = None
    source_image: str | None = None
    source_region: str | None = None
    permissions: abc.Sequence[abc.Mapping[str, str]] = field(default_factory=list)
    deprecated: datetime | None = None
    protection: str = "disabled"
    protected_until: datetime | None = None
    last_launched: datetime | None = None
    hardware: abc.Mapping[str, Any] = field(default_factory=dict)

    def snapshot_ids(self) -> list[str]:
        """The snapshots its devices start from."""
        return [mapping.snapshot_id for mapping in self.mappings if mapping.snapshot_id]

    def public(self) -> bool:
        """Whether everyone may launch it."""
        return {"Group": "all"} in self.permissions


Kept = TypeVar("Kept", Image, Snapshot, Volume)


@dataclass(frozen=True)
class Binned(Generic[Kept]):
    """An image or a snapshot in the Recycle Bin: since when, and until when if nobody restores it."""

    resource: Kept
    entered: datetime
    leaves: datetime


@dataclass(frozen=True)
class Recipe:
    """A recipe of Image Builder: `image` is the AMI that instances start from which build by it, None if it names none; `parent` is what it builds upon."""

    arn: str
    name: str
    created: datetime
    parent: str
    image: str | None
