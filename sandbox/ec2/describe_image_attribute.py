"""DescribeImageAttribute."""

from collections.abc import Callable
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image
from sandbox.ec2.store import stamp
from sandbox.gateway import ApiError, Request


def _of_hardware(name: str) -> Callable[[Image], str | None]:
    return lambda image: image.hardware.get(name)


VALUES: dict[str, tuple[str, Callable[[Image], str | None]]] = {
    "bootMode": ("BootMode", _of_hardware("BootMode")),
    "deregistrationProtection": ("DeregistrationProtection", lambda image: image.protection),
    "description": ("Description", lambda image: image.description),
    "imdsSupport": ("ImdsSupport", _of_hardware("ImdsSupport")),
    "kernel": ("KernelId", _of_hardware("KernelId")),
    "lastLaunchedTime": ("LastLaunchedTime", lambda image: stamp(image.last_launched) if image.last_launched else None),
    "ramdisk": ("RamdiskId", _of_hardware("RamdiskId")),
    "sriovNetSupport": ("SriovNetSupport", _of_hardware("SriovNetSupport")),
    "tpmSupport": ("TpmSupport", _of_hardware("TpmSupport")),
    "uefiData": ("UefiData", _of_hardware("UefiData")),
}


def describe_image_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeImageAttribute of an image of the account's: any attribute, but the block device mapping.

    Raises:
        ApiError: AuthFailure for blockDeviceMapping, which AWS has given up; InvalidParameterValue for an unknown one.
    """
    image = lookups.image(ec2.region(request), request.parameters["ImageId"])
    attribute = request.parameters["Attribute"]
    if attribute == "launchPermission":
        return {"ImageId": image.id, "LaunchPermissions": image.permissions}
    if attribute == "productCodes":
        return {"ImageId": image.id, "ProductCodes": []}
    if attribute == "blockDeviceMapping":
        raise ApiError("AuthFailure", "Unauthorized attempt to access restricted resource", 403)
    if attribute not in VALUES:
        raise ApiError("InvalidParameterValue", f"'{attribute}' is not an attribute of images.")
    name, read = VALUES[attribute]
    value = read(image)
    return {"ImageId": image.id, name: {} if value is None else {"Value": value}}
