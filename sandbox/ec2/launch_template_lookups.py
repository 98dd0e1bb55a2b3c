"""Launch templates and their versions by id, name and number, and as the API shows them."""

from collections.abc import Mapping
from typing import Any

from sandbox.ec2.image_parameters import resolved
from sandbox.ec2.launch_template import LaunchTemplate, TemplateVersion
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import as_list
from sandbox.gateway import ApiError, Request


def find(region: RegionStore, named: Mapping[str, Any]) -> LaunchTemplate:
    """The launch template whose LaunchTemplateId or LaunchTemplateName is in `named`.

    Raises:
        ApiError: NotFound, or the error for neither or both.
    """
    key, name = named.get("LaunchTemplateId"), named.get("LaunchTemplateName")
    if bool(key) == bool(name):
        code = "InvalidParameterCombination" if key else "MissingParameter"
        raise ApiError(code, "Either a launch template ID or a launch template name must be specified in the request, and not both.")
    if key:
        check_ids(region.launch_templates, [key], "lt")
        return region.launch_templates[key]
    found = [each for each in region.launch_templates.values() if each.name == name]
    if not found:
        raise ApiError(
            "InvalidLaunchTemplateName.NotFoundException", f"The specified launch template, with template name {name}, does not exist."
        )
    return found[0]


def find_version(template: LaunchTemplate, version: str) -> TemplateVersion:
    """A version by its number, or $Latest or $Default.

    Raises:
        ApiError: InvalidLaunchTemplateId.VersionNotFound.
    """
    number = {"$Latest": template.latest(), "$Default": template.default}.get(version)
    if number is None:
        number = int(version) if version.isdigit() else 0
    if number not in template.versions:
        raise ApiError("InvalidLaunchTemplateId.VersionNotFound", f"Could not find the version {version} of {template.id}.")
    return template.versions[number]


def template_shown(region: RegionStore, template: LaunchTemplate) -> dict[str, Any]:
    """A launch template."""
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.created,
        "CreatedBy": template.created_by,
        "DefaultVersionNumber": template.default,
        "LatestVersionNumber": template.latest(),
        "Tags": as_list(region.tags.of(template.id)),
    }


def version_shown(request: Request, template: LaunchTemplate, version: TemplateVersion) -> dict[str, Any]:
    """A version of a launch template; its image as it was said, or by its id if the request has ResolveAlias."""
    data = dict(version.data)
    if request.parameters.get("ResolveAlias") and "ImageId" in data:
        data["ImageId"] = resolved(request, data["ImageId"])
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version.number,
        "VersionDescription": version.description or None,
        "CreateTime": version.created,
        "CreatedBy": template.created_by,
        "DefaultVersion": version.number == template.default,
        "LaunchTemplateData": data,
    }
