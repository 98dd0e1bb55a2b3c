"""Launch permissions: with whom an image is shared, and what is in the way."""

import re
from typing import Any

from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError

MOST_USERS = 10_000
EVERYBODY = {"Group": "all"}
ORGANIZATION = r"arn:aws[a-z-]*:organizations::\d{12}:"
FORMS = {
    "UserId": re.compile(r"\d{12}"),
    "Group": re.compile("all"),
    "OrganizationArn": re.compile(ORGANIZATION + r"organization/o-[a-z0-9]{10,32}"),
    "OrganizationalUnitArn": re.compile(ORGANIZATION + r"ou/o-[a-z0-9]{10,32}/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"),
}
FLAT = {
    "UserIds": "UserId",
    "UserGroups": "Group",
    "OrganizationArns": "OrganizationArn",
    "OrganizationalUnitArns": "OrganizationalUnitArn",
}
Permissions = list[dict[str, str]]


def change_permissions(ec2: Ec2, region: RegionStore, image: Image, parameters: dict[str, Any]) -> None:
    """Add and remove launch permissions, in each form the API knows.

    Raises:
        ApiError: what is wrong with the change; IncorrectState for an image that is not available; what forbids to share it.
    """
    added, removed = _changes(parameters)
    if image.state != "available":
        raise ApiError("IncorrectState", f"The image '{image.id}' is {image.state} and cannot be shared.")
    if added:
        _check_shareable(ec2, region, image, public=EVERYBODY in added)
    kept = [each for each in image.permissions if each not in removed]
    wanted = kept + [each for each in added if each not in kept]
    ec2.quotas.check_sharing(region, image, wanted)
    image.permissions = wanted


def _changes(parameters: dict[str, Any]) -> tuple[Permissions, Permissions]:
    given = parameters.get("LaunchPermission", {})
    flat = [{one: value} for many, one in FLAT.items() for value in parameters.get(many, [])]
    kind = parameters.get("OperationType")
    if flat and kind not in {"add", "remove"}:
        raise ApiError("MissingParameter", "The request must contain the parameter OperationType: add or remove")
    added = given.get("Add", []) + (flat if kind == "add" else [])
    removed = given.get("Remove", []) + (flat if kind == "remove" else [])
    if not added and not removed:
        raise ApiError("MissingParameter", "The request must contain launch permissions to add or remove")
    if sum("UserId" in each for each in added + removed) > MOST_USERS:
        raise ApiError("InvalidParameterValue", f"At most {MOST_USERS} account IDs can be specified in a request.")
    for each in added + removed:
        if len(each) != 1 or not all(name in FORMS and FORMS[name].fullmatch(value) for name, value in each.items()):
            raise ApiError("InvalidAMIAttributeItemValue", f"Invalid attribute item value {each} for launchPermission.")
    return added, removed


def _check_shareable(ec2: Ec2, region: RegionStore, image: Image, *, public: bool) -> None:
    """Unverified: the code for a public image with encrypted snapshots."""
    keys = {region.snapshots[key].key for key in image.snapshot_ids() if key in region.snapshots}
    if ec2.keys.default(region.name) in keys:
        raise ApiError("InvalidParameter", "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.")
    if public and keys - {None}:
        raise ApiError("OperationNotPermitted", f"The image '{image.id}' has encrypted snapshots and cannot be made public.")
    if public and region.settings.images_public == "block-new-sharing":
        raise ApiError(
            "OperationNotPermitted",
            "You can't publicly share this AMI because block public access for AMIs is enabled for this account. Disable it first.",
        )
