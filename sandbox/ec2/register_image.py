"""RegisterImage: an image from snapshots that are there."""

from typing import Any

from sandbox.ec2 import image_life
from sandbox.ec2.image_devices import by_name, invalid, new_device
from sandbox.ec2.image_names import check_description, check_name
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image, Mapping
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request

ALLOWED = {
    "Architecture": {"i386", "x86_64", "arm64", "x86_64_mac", "arm64_mac"},
    "BootMode": {"legacy-bios", "uefi", "uefi-preferred"},
    "ImdsSupport": {"v2.0"},
    "SriovNetSupport": {"simple"},
    "TpmSupport": {"v2.0"},
    "VirtualizationType": {"hvm", "paravirtual"},
}
HARDWARE = ("BootMode", "EnaSupport", "ImdsSupport", "KernelId", "RamdiskId", "SriovNetSupport", "TpmSupport", "UefiData")
ONLY_HVM = ("BootMode", "EnaSupport", "SriovNetSupport", "TpmSupport", "UefiData")
ONLY_PARAVIRTUAL = ("KernelId", "RamdiskId")


def register_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RegisterImage with an EBS root: for i386, paravirtual and without ENA unless it says otherwise, and always as plain Linux.

    Raises:
        ApiError: what is wrong with the name, the devices, the snapshots or the tags. Unverified: the codes for what does not go together.
    """
    parameters, region = request.parameters, ec2.region(request)
    check_name(region, parameters["Name"])
    check_description(parameters.get("Description", ""))
    _check(parameters)
    tags = specified(parameters, "image")["image"]
    mappings = _mappings(ec2, request)
    ec2.quotas.check_image(region)
    image = _image(ec2, request, mappings)
    region.add_image(image)
    region.tags.put(image.id, tags)
    image_life.begin(ec2, request, image, ec2.timing.registration, lambda _: None)
    return {"ImageId": image.id}


def _check(parameters: dict[str, Any]) -> None:
    if "BillingProducts" in parameters:
        raise ApiError("AuthFailure", "The account is not authorized to specify billing products.")
    for name, allowed in ALLOWED.items():
        if parameters.get(name, next(iter(allowed))) not in allowed:
            raise ApiError("InvalidParameterValue", f"'{parameters[name]}' is not valid for {name}.")
    hvm = parameters.get("VirtualizationType", "paravirtual") == "hvm"
    for name in ONLY_PARAVIRTUAL if hvm else ONLY_HVM:
        if parameters.get(name):
            raise ApiError("InvalidParameterCombination", f"{name} does not go with the virtualization type of this image.")
    if "TpmSupport" in parameters and parameters.get("BootMode") != "uefi":
        raise ApiError("InvalidParameterCombination", "TpmSupport needs the boot mode uefi.")


def _mappings(ec2: Ec2, request: Request) -> list[Mapping]:
    asked = by_name(request.parameters.get("BlockDeviceMappings") or [])
    root = request.parameters.get("RootDeviceName")
    if root is None:
        raise ApiError("MissingParameter", "The request must contain the parameter RootDeviceName")
    if "SnapshotId" not in asked.get(root, {}).get("Ebs", {}) or "NoDevice" in asked[root]:
        raise invalid(root, "is the root device and has no snapshot")
    return [new_device(ec2.region(request), name, each) for name, each in asked.items() if "NoDevice" not in each]


def _image(ec2: Ec2, request: Request, mappings: list[Mapping]) -> Image:
    parameters = request.parameters
    hardware: dict[str, Any] = {"EnaSupport": False, "VirtualizationType": parameters.get("VirtualizationType", "paravirtual")}
    return Image(
        id=ec2.store.new_id("ami"),
        name=parameters["Name"],
        owner=ec2.account,
        created=ec2.now(),
        visible=ec2.now() + ec2.timing.visibility_lag,
        description=parameters.get("Description", ""),
        architecture=parameters.get("Architecture", "i386"),
        root_device=parameters["RootDeviceName"],
        root_type="ebs",
        mappings=mappings,
        hardware=hardware | {name: parameters[name] for name in HARDWARE if name in parameters},
    )
