"""DescribeInstanceAttribute."""

from collections.abc import Callable
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.ec2.store import RegionStore
from sandbox.ec2.views import device_shown, groups_shown
from sandbox.gateway import ApiError, Request

Read = Callable[[RegionStore, Instance], Any]


def describe_instance_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstanceAttribute: one attribute, the user data in base64.

    Raises:
        ApiError: InvalidParameterValue for an attribute that is none, or enaSupport, which EC2 does not describe so.
    """
    region, attribute = ec2.region(request), request.parameters["Attribute"]
    instance = lookups.instance(region, request.parameters["InstanceId"])
    if attribute not in ATTRIBUTES:
        raise ApiError("InvalidParameterValue", f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute.")
    name, read = ATTRIBUTES[attribute]
    return {"InstanceId": instance.id, name: read(region, instance)}


def _given(name: str, usual: Any = None) -> Read:
    """A value that was given or is usual; nothing inside if there is none."""

    def read(_region: RegionStore, instance: Instance) -> dict[str, Any]:
        value = instance.given.get(name, usual)
        return {} if value is None else {"Value": value}

    return read


ATTRIBUTES: dict[str, tuple[str, Read]] = {
    "blockDeviceMapping": (
        "BlockDeviceMappings",
        lambda region, each: [device_shown(region.volumes[key]) for key in each.volumes.values()],
    ),
    "disableApiStop": ("DisableApiStop", _given("DisableApiStop", False)),
    "disableApiTermination": ("DisableApiTermination", _given("DisableApiTermination", False)),
    "ebsOptimized": ("EbsOptimized", _given("EbsOptimized", False)),
    "enclaveOptions": ("EnclaveOptions", lambda _, each: {"Enabled": False} | each.given.get("EnclaveOptions", {})),
    "groupSet": ("Groups", lambda _, each: groups_shown(each)),
    "instanceInitiatedShutdownBehavior": (
        "InstanceInitiatedShutdownBehavior",
        _given("InstanceInitiatedShutdownBehavior", "stop"),
    ),
    "instanceType": ("InstanceType", lambda _, each: {"Value": each.type}),
    "kernel": ("KernelId", lambda *_: {}),
    "productCodes": ("ProductCodes", lambda *_: []),
    "ramdisk": ("RamdiskId", lambda *_: {}),
    "rootDeviceName": ("RootDeviceName", lambda _, each: {"Value": each.root_device}),
    "sourceDestCheck": ("SourceDestCheck", _given("SourceDestCheck", True)),
    "sriovNetSupport": ("SriovNetSupport", lambda *_: {}),
    "userData": ("UserData", _given("UserData")),
}
"""By the attribute's name: its member in the answer, and what is in it."""
