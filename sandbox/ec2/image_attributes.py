"""ModifyImageAttribute and ResetImageAttribute."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.image_names import check_description
from sandbox.ec2.launch_permissions import change_permissions
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image
from sandbox.gateway import ApiError, Request

NAMED = {"Description": "description", "ImdsSupport": "imdsSupport", "LaunchPermission": "launchPermission"}


def modify_image_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifyImageAttribute: one of description, imdsSupport and launchPermission, named by `Attribute` or by its own parameter.

    Raises:
        ApiError: IncorrectState for a disabled image, InvalidParameterCombination where none, two or an unknown attribute is named, and
            what is wrong with its value.
    """
    parameters, region = request.parameters, ec2.region(request)
    image = lookups.image(region, parameters["ImageId"])
    if image.state == "disabled":
        raise ApiError("IncorrectState", f"The image '{image.id}' is disabled.")
    match _attribute(parameters):
        case "description":
            text = _value(parameters, "Description")
            check_description(text)
            image.description = text
        case "imdsSupport":
            _require_imds_v2(image, _value(parameters, "ImdsSupport"))
        case "launchPermission":
            change_permissions(ec2, region, image, parameters)
        case other:
            raise ApiError("InvalidParameterValue", f"The attribute '{other}' cannot be modified.")
    return {}


def reset_image_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ResetImageAttribute: launchPermission, to nobody.

    Raises:
        ApiError: IncorrectState for a disabled image, InvalidParameterValue for another attribute.
    """
    image = lookups.image(ec2.region(request), request.parameters["ImageId"])
    if image.state == "disabled":
        raise ApiError("IncorrectState", f"The image '{image.id}' is disabled.")
    if request.parameters["Attribute"] != "launchPermission":
        raise ApiError("InvalidParameterValue", "Only launchPermission can be reset.")
    image.permissions = []
    return {}


def _attribute(parameters: dict[str, Any]) -> str:
    named = {attribute for name, attribute in NAMED.items() if name in parameters}
    if "Attribute" in parameters:
        named.add(parameters["Attribute"])
    if len(named) != 1:
        raise ApiError("InvalidParameterCombination", f"Exactly one attribute can be modified: {', '.join(NAMED.values())}.")
    return str(named.pop())


def _value(parameters: dict[str, Any], name: str) -> str:
    given = parameters.get(name, {}).get("Value", parameters.get("Value"))
    if given is None:
        raise ApiError("MissingParameter", "The request must contain the parameter Value")
    return str(given)


def _require_imds_v2(image: Image, value: str) -> None:
    if value != "v2.0":
        raise ApiError("InvalidParameterValue", f"'{value}' is not valid for imdsSupport: it can be set to v2.0 only, and not be undone.")
    image.hardware = {**image.hardware, "ImdsSupport": value}
