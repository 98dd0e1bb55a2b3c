"""The block devices of a new image: what may be asked for, by CreateImage and RegisterImage."""

import re
from collections.abc import Mapping as MappingOf
from typing import Any

from moto.backends import get_backend

from sandbox.ec2 import lookups
from sandbox.ec2.records import Mapping, Snapshot
from sandbox.ec2.store import RegionStore
from sandbox.ec2.volume_rules import check_volume
from sandbox.gateway import ApiError, Request

Asked = dict[str, Any]
NOT_IN_IMAGES = ("OutpostArn", "AvailabilityZone", "AvailabilityZoneId", "KmsKeyId")
EPHEMERAL = re.compile(r"ephemeral\d{1,2}")


def by_name(asked: list[Asked]) -> dict[str, Asked]:
    """What is asked for each device.

    Raises:
        ApiError: MissingParameter without a name, InvalidBlockDeviceMapping for one that comes twice, or is nothing or two things at once.
    """
    result: dict[str, Asked] = {}
    for each in asked:
        name = each.get("DeviceName")
        if not name:
            raise ApiError("MissingParameter", "The request must contain the parameter BlockDeviceMapping.DeviceName")
        if name in result:
            raise invalid(name, "is mapped twice")
        if "NoDevice" not in each:
            _check_kind(name, each)
        result[name] = each
    return result


def new_device(region: RegionStore, name: str, asked: Asked) -> Mapping:
    """A device that is not a volume of an instance: instance store, or EBS, which starts empty or from a snapshot.

    Raises:
        ApiError: what is wrong with the size, the type or the snapshot; an encryption named for a snapshot.
    """
    if "VirtualName" in asked:
        return Mapping(name, virtual_name=asked["VirtualName"])
    ebs: Asked = asked["Ebs"]
    snapshot = _source(region, name, ebs) if "SnapshotId" in ebs else None
    size = ebs.get("VolumeSize") or (snapshot.size if snapshot else None)
    if size is None:
        raise ApiError("MissingParameter", f"A snapshot ID or a volume size must be specified for the device {name}")
    if snapshot and size < snapshot.size:
        raise invalid(name, f"of {size} GiB is smaller than its snapshot, of {snapshot.size} GiB")
    kind = ebs.get("VolumeType", "gp2")
    check_volume(kind, size, ebs.get("Iops"), ebs.get("Throughput"))
    return Mapping(
        name,
        snapshot.id if snapshot else None,
        size,
        kind,
        ebs.get("Iops"),
        ebs.get("Throughput"),
        ebs.get("DeleteOnTermination", True),
        snapshot.key is not None if snapshot else ebs.get("Encrypted", False),
    )


def is_ignored(request: Request, kind: str, asked: Asked) -> bool:
    """Whether this names instance store of an instance type whose instance store is NVMe: that comes by itself."""
    if "VirtualName" not in asked:
        return False
    types = get_backend("ec2")[request.account][request.region].describe_instance_types([kind])
    store: MappingOf[str, Any] = types[0].get("InstanceStorageInfo") or {}
    return store.get("NvmeSupport") == "required"


def invalid(device: str, problem: str) -> ApiError:
    """InvalidBlockDeviceMapping."""
    return ApiError("InvalidBlockDeviceMapping", f"The device {device} {problem}.")


def _check_kind(name: str, asked: Asked) -> None:
    if ("Ebs" in asked) == ("VirtualName" in asked):
        raise invalid(name, "needs either Ebs or VirtualName")
    if "VirtualName" in asked and not EPHEMERAL.fullmatch(asked["VirtualName"]):
        raise invalid(name, f"has an invalid virtual name: {asked['VirtualName']}")
    unwanted = [each for each in NOT_IN_IMAGES if each in asked.get("Ebs", {})]
    if unwanted:
        raise ApiError("InvalidParameterCombination", f"{unwanted[0]} cannot be specified in a block device mapping of an image.")


def _source(region: RegionStore, name: str, ebs: Asked) -> Snapshot:
    if "Encrypted" in ebs:
        raise invalid(name, "has a snapshot, so that its encryption cannot be specified")
    snapshot = lookups.snapshot(region, ebs["SnapshotId"])
    if snapshot.state != "completed" or not snapshot.storage.is_plain():
        raise ApiError("IncorrectState", f"The snapshot '{snapshot.id}' is not completed, or not in the standard storage tier.")
    return snapshot
