"""CreateLaunchTemplate, CreateLaunchTemplateVersion, ModifyLaunchTemplate, DeleteLaunchTemplate and DeleteLaunchTemplateVersions."""

import re
from typing import Any

from sandbox.ec2.launch_template import LaunchTemplate, TemplateVersion
from sandbox.ec2.launch_template_lookups import find, find_version, template_shown, version_shown
from sandbox.ec2.plane import Ec2
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request

NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
MOST_DELETED = 200


def create_launch_template(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateLaunchTemplate, with its first version. Nothing checks whether its image exists.

    Raises:
        ApiError: InvalidLaunchTemplateName.MalformedException, or InvalidLaunchTemplateName.AlreadyExistsException.
    """
    region, name = ec2.region(request), request.parameters["LaunchTemplateName"]
    if not NAME.fullmatch(name):
        raise ApiError("InvalidLaunchTemplateName.MalformedException", f"The launch template name '{name}' is not valid.")
    if any(each.name == name for each in region.launch_templates.values()):
        raise ApiError("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
    tags = specified(request.parameters, "launch-template")["launch-template"]
    specified(request.parameters["LaunchTemplateData"], *LAUNCHED)
    by = request.caller.role_arn or f"arn:aws:iam::{ec2.account}:root"
    template = LaunchTemplate(ec2.store.new_id("lt"), name, ec2.now(), by, {1: _version(ec2, request, 1, {})})
    region.launch_templates[template.id] = template
    region.tags.put(template.id, tags)
    return {"LaunchTemplate": template_shown(region, template)}


def create_launch_template_version(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateLaunchTemplateVersion: with SourceVersion, what it does not say is as in that one."""
    region, parameters = ec2.region(request), request.parameters
    template = find(region, parameters)
    specified(parameters["LaunchTemplateData"], *LAUNCHED)
    source = find_version(template, parameters["SourceVersion"]).data if parameters.get("SourceVersion") else {}
    template.numbered += 1
    version = template.versions[template.numbered] = _version(ec2, request, template.numbered, source)
    return {"LaunchTemplateVersion": version_shown(request, template, version)}


def modify_launch_template(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ModifyLaunchTemplate: another version becomes the default."""
    region = ec2.region(request)
    template = find(region, request.parameters)
    if "DefaultVersion" not in request.parameters:
        raise ApiError("MissingParameter", "The request must contain the parameter SetDefaultVersion")
    template.default = find_version(template, request.parameters["DefaultVersion"]).number
    return {"LaunchTemplate": template_shown(region, template)}


def delete_launch_template(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteLaunchTemplate, with all of its versions."""
    region = ec2.region(request)
    template = find(region, request.parameters)
    shown = template_shown(region, template)
    del region.launch_templates[template.id]
    region.tags.forget(template.id)
    return {"LaunchTemplate": shown}


def delete_launch_template_versions(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteLaunchTemplateVersions, up to 200 by number: says of each whether it went. The default version stays.

    Raises:
        ApiError: InvalidParameterValue for too many.
    """
    template, numbers = find(ec2.region(request), request.parameters), request.parameters["Versions"]
    if len(numbers) > MOST_DELETED:
        raise ApiError("InvalidParameterValue", f"{MOST_DELETED} versions can be deleted in a request at most.")
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for number in numbers:
        each = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
        problem = _problem(template, number)
        if problem:
            failed.append(each | {"VersionNumber": int(number) if number.isdigit() else 0, "ResponseError": problem})
        else:
            del template.versions[int(number)]
            done.append(each | {"VersionNumber": int(number)})
    return {"SuccessfullyDeletedLaunchTemplateVersions": done, "UnsuccessfullyDeletedLaunchTemplateVersions": failed}


LAUNCHED = ("instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu")
"""What tags in a template may be for."""


def _version(ec2: Ec2, request: Request, number: int, source: dict[str, Any]) -> TemplateVersion:
    parameters = request.parameters
    return TemplateVersion(number, ec2.now(), parameters.get("VersionDescription", ""), source | parameters["LaunchTemplateData"])


def _problem(template: LaunchTemplate, number: str) -> dict[str, str] | None:
    if not number.isdigit() or int(number) not in template.versions:
        return {"Code": "launchTemplateVersionDoesNotExist", "Message": f"The version {number} does not exist."}
    if int(number) == template.default:
        return {"Code": "unexpectedError", "Message": "The default version of a launch template cannot be deleted."}
    return None
