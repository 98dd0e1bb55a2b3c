"""DescribeLaunchTemplates and DescribeLaunchTemplateVersions."""

from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.launch_template import LaunchTemplate, TemplateVersion
from sandbox.ec2.launch_template_lookups import find, find_version, template_shown, version_shown
from sandbox.ec2.plane import Ec2
from sandbox.ec2.store import RegionStore, stamp
from sandbox.gateway import ApiError, Request

MOST = 200
EVERY = ("$Latest", "$Default")
Version = tuple[LaunchTemplate, TemplateVersion]

FIELDS: Fields[LaunchTemplate] = Fields(
    {"create-time": lambda each: [stamp(each.created)], "launch-template-name": lambda each: [each.name]}
)
VERSION_FIELDS: Fields[Version] = Fields(
    {
        "create-time": lambda each: [stamp(each[1].created)],
        "ebs-optimized": lambda each: [str(each[1].data.get("EbsOptimized", False)).lower()],
        "http-endpoint": lambda each: [each[1].data.get("MetadataOptions", {}).get("HttpEndpoint")],
        "http-tokens": lambda each: [each[1].data.get("MetadataOptions", {}).get("HttpTokens")],
        "iam-instance-profile": lambda each: [each[1].data.get("IamInstanceProfile", {}).get("Arn")],
        "image-id": lambda each: [each[1].data.get("ImageId")],
        "instance-type": lambda each: [each[1].data.get("InstanceType")],
        "is-default-version": lambda each: [str(each[1].number == each[0].default).lower()],
        "kernel-id": lambda each: [each[1].data.get("KernelId")],
        "ram-disk-id": lambda each: [each[1].data.get("RamDiskId")],
    }
)


def describe_launch_templates(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeLaunchTemplates, in pages of 1 to 200; one id or name that is missing fails it whole."""
    region, parameters = ec2.region(request), request.parameters
    named = [{"LaunchTemplateId": key} for key in parameters.get("LaunchTemplateIds") or []]
    named += [{"LaunchTemplateName": name} for name in parameters.get("LaunchTemplateNames") or []]
    kept = {each.id: each for each in (find(region, one) for one in named)} if named else region.launch_templates
    filters = parameters.get("Filters")
    page, token = ec2.pages.page(request, lambda: select(region, kept, FIELDS, filters), kept, smallest=1, largest=MOST, usual=MOST)
    return {"LaunchTemplates": [template_shown(region, kept[key]) for key in page], "NextToken": token}


def describe_launch_template_versions(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeLaunchTemplateVersions of one template, newest first, or the latest and default ones of all; in pages of 1 to 200."""
    region = ec2.region(request)
    kept = {f"{template.id} {version.number}": (template, version) for template, version in _asked(region, request)}
    filters = request.parameters.get("Filters")
    page, token = ec2.pages.page(request, lambda: select(region, kept, VERSION_FIELDS, filters), kept, smallest=1, largest=MOST, usual=MOST)
    return {"LaunchTemplateVersions": [version_shown(request, *kept[key]) for key in page], "NextToken": token}


def _asked(region: RegionStore, request: Request) -> list[Version]:
    """The versions that a request names.

    Raises:
        ApiError: InvalidParameterValue for numbers without a template.
    """
    parameters = request.parameters
    versions = parameters.get("Versions") or []
    if not {"LaunchTemplateId", "LaunchTemplateName"} & set(parameters):
        if not versions or set(versions) - set(EVERY):
            raise ApiError("InvalidParameterValue", "Without a launch template, Versions must be $Latest, $Default or both.")
        return [(each, find_version(each, version)) for each in region.launch_templates.values() for version in versions]
    template = find(region, parameters)
    if versions:
        return [(template, find_version(template, version)) for version in versions]
    lowest, highest = int(parameters.get("MinVersion") or 1), int(parameters.get("MaxVersion") or template.numbered)
    return [(template, each) for number, each in reversed(template.versions.items()) if lowest <= number <= highest]
