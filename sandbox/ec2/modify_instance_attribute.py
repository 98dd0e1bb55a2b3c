"""ModifyInstanceAttribute."""

import base64
from dataclasses import replace
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.network import security_groups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.ec2.run_instances import credits_of
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request

PLAIN = {"DisableApiStop", "DisableApiTermination", "EbsOptimized", "InstanceInitiatedShutdownBehavior", "SourceDestCheck", "UserData"}
"""Attributes that are one value, kept as it is given."""
STOPPED = {"EbsOptimized", "InstanceType", "UserData"}
BY_VALUE = {
    "disableApiTermination": "DisableApiTermination",
    "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
    "instanceType": "InstanceType",
    "userData": "UserData",
}
"""Attributes that may be named by Attribute and given by Value."""


def modify_instance_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifyInstanceAttribute, one attribute at a time.

    Raises:
        ApiError: IncorrectInstanceState for what only a stopped instance can change, UnsupportedOperation for the termination protection
            of a spot instance.
    """
    region = ec2.region(request)
    instance = lookups.instance(region, request.parameters["InstanceId"])
    name, value = _asked(request.parameters)
    if name in STOPPED and instance.state != "stopped":
        raise ApiError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    if name == "DisableApiTermination" and value and instance.spot_request:
        raise ApiError("UnsupportedOperation", f"Termination protection cannot be enabled for the Spot Instance '{instance.id}'.")
    if name in PLAIN:
        instance.given[name] = value
    elif name == "Groups":
        instance.groups = security_groups(request, value)
    elif name == "InstanceType":
        instance.type, instance.credits = value, credits_of(value)
    elif name == "BlockDeviceMappings":
        _change_devices(region, instance, value)
    return {}


def _asked(parameters: dict[str, Any]) -> tuple[str, Any]:
    """The one attribute that a request changes, and its value."""
    given = {name: value for name, value in parameters.items() if name not in {"Attribute", "DryRun", "InstanceId", "Value"}}
    attribute = parameters.get("Attribute")
    if attribute in BY_VALUE and "Value" in parameters:
        given[BY_VALUE[attribute]] = {"Value": parameters["Value"]}
    if len(given) > 1:
        raise ApiError("InvalidParameterCombination", "Fields for multiple attribute types specified.")
    if not given:
        raise ApiError("InvalidParameterCombination", "No attributes specified.")
    name, value = next(iter(given.items()))
    plain = value.get("Value") if isinstance(value, dict) else value
    if name == "DisableApiTermination" and isinstance(plain, str):
        plain = plain.lower() == "true"
    return name, base64.b64encode(plain).decode() if isinstance(plain, bytes) else plain


def _change_devices(region: RegionStore, instance: Instance, asked: list[dict[str, Any]]) -> None:
    """Whether volumes go with their instance."""
    for each in asked:
        volume = region.volumes.get(instance.volumes.get(each["DeviceName"], ""))
        if volume is None or volume.attachment is None:
            raise ApiError("InvalidInstanceAttributeValue", f"No device is currently mapped at {each['DeviceName']}")
        goes = each.get("Ebs", {}).get("DeleteOnTermination", True)
        volume.attachment = replace(volume.attachment, delete_on_termination=goes)
