"""An image as the API shows it."""

from collections import abc
from typing import Any

from sandbox.ec2.records import Image, Mapping
from sandbox.ec2.shown import Shown
from sandbox.ec2.store import RegionStore, stamp
from sandbox.ec2.tag_rules import as_list

ALWAYS: dict[str, Any] = {"ImageType": "machine", "VirtualizationType": "hvm", "Hypervisor": "xen", "EnaSupport": True}
HARDWARE = (
    "BootMode",
    "EnaSupport",
    "ImdsSupport",
    "KernelId",
    "RamdiskId",
    "SriovNetSupport",
    "TpmSupport",
    "VirtualizationType",
)


def image_shown(region: RegionStore, image: Image) -> Shown:
    """An image, with what is there of: source, reason of its state, deprecation."""
    return region.views.of(image, region.tags.of(image.id), _members)


def _members(image: Image, tags: abc.Mapping[str, str]) -> dict[str, Any]:
    result = ALWAYS | {
        "ImageId": image.id,
        "Name": image.name,
        "Description": image.description or None,
        "ImageLocation": f"{image.alias or image.owner}/{image.name}",
        "ImageOwnerAlias": image.alias,
        "OwnerId": image.owner,
        "CreationDate": stamp(image.created),
        "State": image.state,
        "StateReason": image.reason,
        "Public": image.public(),
        "Architecture": image.architecture,
        "Platform": image.platform,
        "PlatformDetails": "Windows" if image.platform else "Linux/UNIX",
        "UsageOperation": "RunInstances:0002" if image.platform else "RunInstances",
        "FreeTierEligible": is_free(image),
        "RootDeviceName": image.root_device,
        "RootDeviceType": image.root_type,
        "BlockDeviceMappings": [_device(mapping, image.partial) for mapping in image.mappings],
        "SourceInstanceId": image.source_instance,
        "SourceImageId": image.source_image,
        "SourceImageRegion": image.source_region,
        "DeprecationTime": stamp(image.deprecated) if image.deprecated else None,
        "DeregistrationProtection": image.protection,
        "LastLaunchedTime": stamp(image.last_launched) if image.last_launched else None,
        "Tags": as_list(tags),
    }
    if image.hardware:
        result |= {name: image.hardware[name] for name in HARDWARE if name in image.hardware}
    return result


def is_free(image: Image) -> bool:
    """Whether an image is in the Free Tier: Amazon's that start from EBS. UNVERIFIED: that one's own are not, which is dearer."""
    return image.alias == "amazon" and image.root_type == "ebs"


def hardware_of(image: Image) -> abc.Mapping[str, Any]:
    """What the API shows of boot, virtualization and networking, by its names."""
    return {**ALWAYS, **image.hardware} if image.hardware else ALWAYS


def _device(mapping: Mapping, partial: bool) -> dict[str, Any]:
    if mapping.virtual_name:
        return {"DeviceName": mapping.device, "VirtualName": mapping.virtual_name}
    ebs = {
        "SnapshotId": None if partial else mapping.snapshot_id,
        "VolumeSize": mapping.size,
        "VolumeType": mapping.type,
        "Iops": mapping.iops,
        "Throughput": mapping.throughput,
        "DeleteOnTermination": mapping.delete_on_termination,
        "Encrypted": mapping.encrypted,
    }
    return {"DeviceName": mapping.device, "Ebs": {name: value for name, value in ebs.items() if value is not None}}
