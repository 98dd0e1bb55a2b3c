"""What images can be filtered by, as DescribeImages documents it."""

from collections.abc import Callable

from sandbox.ec2.filters import Fields
from sandbox.ec2.image_view import hardware_of, is_free
from sandbox.ec2.records import Image
from sandbox.ec2.records import Mapping as Device
from sandbox.ec2.store import RegionStore, stamp

NOTHING = (
    "image-allowed",
    "image-watermark.source-image-creation-time",
    "image-watermark.source-image-id",
    "image-watermark.source-image-region",
    "image-watermark.watermark-creation-time",
    "image-watermark.watermark-key",
    "instance-type-specification.supported-instance-type",
    "instance-type-specification.unsupported-instance-type",
    "product-code",
    "product-code.type",
    "public-ssm-parameter-name",
    "scan-result.critical-fix-available-since",
    "scan-result.finding-scan-date",
    "scan-result.high-fix-available-since",
    "scan-result.highest-finding-severity-label",
    "scan-result.informational-fix-available-since",
    "scan-result.low-fix-available-since",
    "scan-result.medium-fix-available-since",
)
"""No image here has a value for these: they come with settings, services and products that there are none of."""


def said(value: object) -> str:
    """A boolean as filters have it."""
    return "true" if value else "false"


def _of_hardware(name: str) -> Callable[[Image], list[str | None]]:
    return lambda each: [hardware_of(each).get(name)]


def _of_ebs(read: Callable[[Device], str | None]) -> Callable[[Image], list[str | None]]:
    return lambda each: [read(mapping) for mapping in each.mappings if mapping.virtual_name is None]


FIELDS: Fields[Image] = Fields(
    {
        "architecture": lambda each: [each.architecture],
        "block-device-mapping.delete-on-termination": _of_ebs(lambda mapping: said(mapping.delete_on_termination)),
        "block-device-mapping.device-name": lambda each: [mapping.device for mapping in each.mappings],
        "block-device-mapping.encrypted": _of_ebs(lambda mapping: said(mapping.encrypted)),
        "block-device-mapping.snapshot-id": lambda each: () if each.partial else each.snapshot_ids(),
        "block-device-mapping.volume-size": _of_ebs(lambda mapping: str(mapping.size)),
        "block-device-mapping.volume-type": _of_ebs(lambda mapping: mapping.type),
        "boot-mode": _of_hardware("BootMode"),
        "creation-date": lambda each: [stamp(each.created)],
        "description": lambda each: [each.description],
        "ena-support": lambda each: [said(hardware_of(each)["EnaSupport"])],
        "free-tier-eligible": lambda each: [said(is_free(each))],
        "hypervisor": _of_hardware("Hypervisor"),
        "image-id": lambda each: [each.id],
        "image-type": _of_hardware("ImageType"),
        "is-public": lambda each: [said(each.public())],
        "kernel-id": _of_hardware("KernelId"),
        "manifest-location": lambda each: [f"{each.alias or each.owner}/{each.name}"],
        "name": lambda each: [each.name],
        "owner-alias": lambda each: [each.alias],
        "owner-id": lambda each: [each.owner],
        "platform": lambda each: [each.platform],
        "ramdisk-id": _of_hardware("RamdiskId"),
        "root-device-name": lambda each: [each.root_device],
        "root-device-type": lambda each: [each.root_type],
        "source-image-id": lambda each: [each.source_image],
        "source-image-region": lambda each: [each.source_region],
        "source-instance-id": lambda each: [each.source_instance],
        "sriov-net-support": _of_hardware("SriovNetSupport"),
        "state": lambda each: [each.state],
        "state-reason-code": lambda each: [each.reason["Code"] if each.reason else None],
        "state-reason-message": lambda each: [each.reason["Message"] if each.reason else None],
        "virtualization-type": _of_hardware("VirtualizationType"),
    }
    | dict.fromkeys(NOTHING, lambda _: ()),
    {
        "block-device-mapping.snapshot-id": RegionStore.images_of_snapshot,
        "image-id": lambda _, value: [value],
        "name": RegionStore.images_of_name,
        "source-image-id": RegionStore.images_of_source,
        "source-instance-id": RegionStore.images_of_source,
    },
)
