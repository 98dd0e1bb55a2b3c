"""What an instance is launched with: RunInstances' own parameters, over those of the launch template that it names."""

import base64
import binascii
from http import HTTPStatus
from typing import Any

from sandbox import unread
from sandbox.ec2.image_parameters import resolved
from sandbox.ec2.launch_template_lookups import find, find_version
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request
from sandbox.missing import CODE

LONGEST_USER_DATA = 16384
MERGED = {"BlockDeviceMappings": "DeviceName", "TagSpecifications": "ResourceType"}
"""Lists that are merged, by what their elements are told apart."""


def launch_parameters(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RunInstances' parameters with what a launch template adds, its tags among them, and the image by its id.

    Raises:
        ApiError: what is missing or wrong in them.
    """
    result = _with_template(ec2, request)
    unread.check("ec2", "RunInstances", result)
    if len(result.get("NetworkInterfaces") or []) > 1:
        raise ApiError(CODE, "The sandbox does not have a second one of NetworkInterfaces of RunInstances.", HTTPStatus.NOT_IMPLEMENTED)
    if not result.get("ImageId"):
        raise ApiError("MissingParameter", "The request must contain the parameter ImageId")
    result["ImageId"] = resolved(request, result["ImageId"])
    if not 1 <= result["MinCount"] <= result["MaxCount"]:
        raise ApiError("InvalidParameterValue", "MinCount must be 1 at least, and not above MaxCount.")
    _check_user_data(result.get("UserData", ""))
    interface: dict[str, Any] = next(iter(result.get("NetworkInterfaces") or []), {})
    result.setdefault("SubnetId", interface.get("SubnetId"))
    result.setdefault("SecurityGroupIds", interface.get("Groups"))
    return result


def _check_user_data(encoded: str) -> None:
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ApiError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from error
    if len(data) > LONGEST_USER_DATA:
        raise ApiError("InvalidParameterValue", f"User data is limited to {LONGEST_USER_DATA} bytes")


def template_tags(ec2: Ec2, request: Request) -> dict[str, str]:
    """The tags that EC2 itself gives to an instance of a launch template."""
    named = request.parameters.get("LaunchTemplate")
    if not named:
        return {}
    template = find(ec2.region(request), named)
    number = find_version(template, named.get("Version") or "$Default").number
    return {"aws:ec2launchtemplate:id": template.id, "aws:ec2launchtemplate:version": str(number)}


def _with_template(ec2: Ec2, request: Request) -> dict[str, Any]:
    named = request.parameters.get("LaunchTemplate")
    if not named:
        return dict(request.parameters)
    data = find_version(find(ec2.region(request), named), named.get("Version") or "$Default").data
    result = data | request.parameters
    for name, key in MERGED.items():
        if name in data and name in request.parameters:
            result[name] = _merged(data[name], request.parameters[name], key)
    return result


def _merged(below: list[dict[str, Any]], above: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """One element for each value of `key`: the upper one's members over the lower one's, tags by their keys."""
    result = {each[key]: each for each in below}
    for each in above:
        old = result.get(each[key], {})
        result[each[key]] = old | each
        if "Tags" in old and "Tags" in each:
            result[each[key]]["Tags"] = list({tag["Key"]: tag for tag in (*old["Tags"], *each["Tags"])}.values())
    return list(result.values())
