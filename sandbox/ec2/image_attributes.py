"""ModifyImageAttribute and DescribeImageAttribute: launch permissions and the description."""

from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.store import stamp
from sandbox.gateway import ApiError, Request

GRANTEES = ("UserId", "Group", "OrganizationArn", "OrganizationalUnitArn")
FLAT = {
    "UserIds": "UserId",
    "UserGroups": "Group",
    "OrganizationArns": "OrganizationArn",
    "OrganizationalUnitArns": "OrganizationalUnitArn",
}


def modify_image_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifyImageAttribute, in each form the API knows.

    Raises:
        ApiError: IncorrectState for a disabled image, InvalidParameterCombination where no attribute, or an unknown one, is named.
    """
    parameters = request.parameters
    image = lookups.image(ec2.region(request), parameters["ImageId"])
    if image.state == "disabled":
        raise ApiError("IncorrectState", f"The image '{image.id}' is disabled.")
    attribute = parameters.get("Attribute")
    if "Description" in parameters or attribute == "description":
        image.description = parameters.get("Description", {}).get("Value") or parameters.get("Value", "")
    elif "LaunchPermission" in parameters or attribute == "launchPermission":
        added, removed = _launch_permissions(parameters)
        kept = [each for each in image.permissions if each not in removed]
        wanted = kept + [each for each in added if each not in kept]
        ec2.quotas.check_sharing(ec2.region(request), image, wanted)
        image.permissions = wanted
    else:
        raise ApiError("InvalidParameterCombination", "An attribute that can be modified is required: description or launchPermission.")
    return {}


def describe_image_attribute(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeImageAttribute: launchPermission, description or lastLaunchedTime.

    Raises:
        ApiError: InvalidRequest for another attribute.
    """
    image = lookups.image(ec2.region(request), request.parameters["ImageId"])
    attribute = request.parameters["Attribute"]
    if attribute == "launchPermission":
        return {"ImageId": image.id, "LaunchPermissions": image.permissions}
    if attribute == "description":
        return {"ImageId": image.id, "Description": {"Value": image.description}}
    if attribute == "lastLaunchedTime":
        return {"ImageId": image.id, "LastLaunchedTime": {"Value": stamp(image.last_launched)} if image.last_launched else {}}
    raise ApiError("InvalidRequest", f"The attribute '{attribute}' is not kept here.")


def _launch_permissions(parameters: dict[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    given = parameters.get("LaunchPermission", {})
    flat = [{one: value} for many, one in FLAT.items() for value in parameters.get(many, [])]
    adding = parameters.get("OperationType", "add") == "add"
    added = _checked(given.get("Add", [])) + (flat if adding else [])
    return added, _checked(given.get("Remove", [])) + ([] if adding else flat)


def _checked(permissions: list[dict[str, str]]) -> list[dict[str, str]]:
    for each in permissions:
        user = each.get("UserId", "000000000000")
        if not (len(each) == 1 and set(each) <= set(GRANTEES) and len(user) == 12 and user.isdigit()):
            raise ApiError("InvalidAMIAttributeItemValue", f"Invalid attribute item value {each} for launchPermission.")
    return permissions
