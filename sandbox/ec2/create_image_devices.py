"""Which devices CreateImage gives an image: the instance's volumes, changed and added to by what is asked for."""

from dataclasses import dataclass, replace
from typing import Any

from sandbox.ec2.image_devices import by_name, invalid, is_ignored, new_device
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance, Mapping, Volume
from sandbox.gateway import ApiError, Request

CHANGEABLE = {"DeleteOnTermination", "Encrypted"}


@dataclass(frozen=True)
class Device:
    """A device of the image to be, and the volume that is to give its snapshot, if it is one of the instance's."""

    mapping: Mapping
    volume: Volume | None = None

    def with_snapshot(self, snapshot: str) -> Mapping:
        """The device, once its volume's snapshot is there."""
        return replace(self.mapping, snapshot_id=snapshot)


def devices(ec2: Ec2, request: Request, instance: Instance) -> list[Device]:
    """The devices of an image of this instance.

    Raises:
        ApiError: a mapping that is not allowed: of an existing volume only DeleteOnTermination may change.
    """
    region, changes = ec2.region(request), by_name(request.parameters.get("BlockDeviceMappings") or [])
    if "NoDevice" in changes.get(instance.root_device, {}):
        raise invalid(instance.root_device, "is the root device and cannot be left out")
    result = []
    for name, key in instance.volumes.items():
        change = changes.pop(name, {})
        if "NoDevice" not in change:
            result.append(_existing(name, region.volumes[key], change))
    added = {name: change for name, change in changes.items() if "NoDevice" not in change}
    return result + [Device(new_device(region, name, each)) for name, each in added.items() if not is_ignored(request, instance.type, each)]


def _existing(name: str, volume: Volume, change: dict[str, Any]) -> Device:
    """A volume of the instance. Unverified: that naming a property as it is already is refused too."""
    ebs = change.get("Ebs", {})
    if "VirtualName" in change or set(ebs) - CHANGEABLE:
        raise invalid(name, "has a volume, of which only DeleteOnTermination can be changed")
    if ebs.get("Encrypted") and volume.key is None:
        raise ApiError("InvalidParameterCombination", f"The volume of the device {name} is not encrypted: copy the image to encrypt it.")
    stays = volume.attachment is not None and volume.attachment.delete_on_termination
    mapping = Mapping(
        name,
        None,
        volume.size,
        volume.type,
        volume.iops,
        volume.throughput,
        ebs.get("DeleteOnTermination", stays),
        volume.key is not None,
    )
    return Device(mapping, volume)
