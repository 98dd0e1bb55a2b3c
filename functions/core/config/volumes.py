"""What the configuration says about the volumes of an image: which of the instance's are left out, and what is added."""

import re
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, Field, model_validator

from functions.core.config.keep import RULES

MOST_ADDED: Final = 24
"""EC2 counts instance store from ephemeral0 to ephemeral23."""

ROOTS: Final = ("/dev/sda1", "/dev/xvda")
"""What the root device of nearly every image is called."""

INSTEAD: Final = (
    "EC2 does not change the size of a volume in an image: grow the volume itself before (aws ec2 modify-volume), "
    "or give the size when an instance is launched from the image"
)
DEVICE: Final = r"^(/dev/sd[a-z][0-9]{0,2}|(/dev/)?xvd[a-z]{1,2})$"
EPHEMERAL: Final = r"^ephemeral(1?[0-9]|2[0-3])$"


class Limits(NamedTuple):
    """What EBS allows for a volume type: sizes in GiB, IOPS, IOPS for each GiB, and throughput in MiB/s (EBS User Guide)."""

    sizes: tuple[int, int]
    iops: tuple[int, int] | None = None
    per_gib: int = 0
    throughput: tuple[int, int] | None = None


LIMITS: Final = {
    "gp3": Limits((1, 65_536), (3_000, 80_000), 500, (125, 2_000)),
    "gp2": Limits((1, 16_384)),
    "io1": Limits((4, 16_384), (100, 64_000), 50),
    "io2": Limits((4, 65_536), (100, 256_000), 1_000),
    "st1": Limits((125, 16_384)),
    "sc1": Limits((125, 16_384)),
    "standard": Limits((1, 1_024)),
}
NEED_IOPS: Final = ("io1", "io2")


def _device(name: str) -> str:
    if not re.fullmatch(DEVICE, name):
        raise ValueError('is not a device name such as "/dev/sdf" or "xvdf"')
    if name in ROOTS:
        raise ValueError(f"is the root device, which every image has from its instance: {INSTEAD}")
    return name


def _left_out(pattern: str) -> str:
    if not re.fullmatch(DEVICE, pattern.replace("*", "a")) and "*" not in pattern:
        raise ValueError('is not a device name such as "/dev/sdf", or a pattern of it such as "/dev/sd*"')
    if pattern in ROOTS:
        raise ValueError("is the root device, which is never left out: an image without it could not be launched")
    return pattern


def _ephemeral(name: str) -> str:
    if not re.fullmatch(EPHEMERAL, name):
        raise ValueError('must be "ephemeral0" to "ephemeral23"')
    return name


class LeaveOut(BaseModel):
    """Which of an instance's volumes its images do not have: those that any of these keys names. Never the root device."""

    model_config = RULES

    tags: dict[str, str] = Field(
        {}, description="Volumes with one of these tags; `*` in a value stands for anything.", examples=[{"Backup": "off"}]
    )
    devices: tuple[Annotated[str, AfterValidator(_left_out)], ...] = Field(
        (), strict=False, description="Volumes attached as one of these; `*` stands for anything.", examples=[["/dev/sdf"]]
    )
    larger_than: Annotated[int | None, Field(ge=1)] = Field(None, description="Volumes of more GiB than this.", examples=[1000])


class Added(BaseModel):
    """An empty EBS volume, or instance store, that an instance launched from the image has."""

    model_config = RULES

    size: Annotated[int | None, Field(ge=1)] = Field(None, description="GiB of an empty EBS volume.", examples=[100])
    type: Literal["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] = Field("gp3", description="Its type.")
    iops: Annotated[int | None, Field(ge=1)] = Field(None, description="Its IOPS: gp3, io1 and io2 only.", examples=[3000])
    throughput: Annotated[int | None, Field(ge=1)] = Field(None, description="Its throughput in MiB/s: gp3 only.", examples=[125])
    encrypted: bool | None = Field(None, description="Whether it is encrypted; without it as the account's default says.", examples=[True])
    delete_on_termination: bool = Field(default=True, description="Whether it goes with its instance.")
    instance_store: Annotated[str, AfterValidator(_ephemeral)] | None = Field(
        None, description="Instance store instead: its name.", examples=["ephemeral0"]
    )

    @model_validator(mode="after")
    def _one_thing(self) -> "Added":
        if self.instance_store is not None:
            if self.model_fields_set != {"instance_store"}:
                raise ValueError("is either instance_store alone, or an EBS volume with its size")
        elif self.size is None:
            raise ValueError('needs the size of an empty EBS volume in GiB, or instance_store = "ephemeral0"')
        else:
            self._check_limits(self.size, LIMITS[self.type])
        return self

    def _check_limits(self, size: int, limits: Limits) -> None:
        self._in_range("size", size, limits.sizes)
        self._in_range("iops", self.iops, limits.iops)
        self._in_range("throughput", self.throughput, limits.throughput)
        if self.type in NEED_IOPS and self.iops is None:
            raise ValueError(f"needs iops: {self.type} has no default")
        if self.iops is not None and self.iops > max(limits.per_gib * size, (limits.iops or (0, 0))[0]):
            raise ValueError(f"iops = {self.iops} is more than {limits.per_gib} for each GiB of {self.type}")

    def _in_range(self, key: str, value: int | None, bounds: tuple[int, int] | None) -> None:
        if value is None:
            return
        if bounds is None:
            raise ValueError(f"{key} does not go with type {self.type}")
        if not bounds[0] <= value <= bounds[1]:
            raise ValueError(f"{key} = {value} must be from {bounds[0]} to {bounds[1]} for type {self.type}")

    def mapping(self) -> dict[str, Any]:
        """As EC2 writes it in a block device mapping, without the device's name."""
        if self.instance_store is not None:
            return {"VirtualName": self.instance_store}
        wanted = {"Iops": self.iops, "Throughput": self.throughput, "Encrypted": self.encrypted}
        asked = {key: value for key, value in wanted.items() if value is not None}
        return {"Ebs": {"VolumeSize": self.size, "VolumeType": self.type, "DeleteOnTermination": self.delete_on_termination, **asked}}


class Volumes(BaseModel):
    """How the volumes of a policy's images differ from those of their instances."""

    model_config = RULES

    leave_out: LeaveOut = Field(
        LeaveOut(),
        description="Volumes that images do not have.",
        examples=[{"devices": ["/dev/sdf"]}],
        json_schema_extra={"default": {}},
    )
    add: dict[Annotated[str, AfterValidator(_device)], Added] = Field(
        {},
        description="Empty EBS volumes and instance store by device, which launched instances have besides; at most 24.",
        examples=[{"/dev/sdx": {"size": 100}}],
        max_length=MOST_ADDED,
    )

    @property
    def must_be_seen(self) -> bool:
        """Whether only DescribeVolumes shows what is to be left out."""
        return bool(self.leave_out.tags) or self.leave_out.larger_than is not None

    @model_validator(mode="after")
    def _possible(self) -> "Volumes":
        both = next((device for device in self.add if device in self.leave_out.devices), None)
        if both is not None:
            raise ValueError(f'"{both}" is left out, so it cannot be added: EC2 takes one mapping for a device; add another')
        stores = [one.instance_store for one in self.add.values() if one.instance_store is not None]
        twice = next((name for name in stores if stores.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'"{twice}" is added twice')
        return self
