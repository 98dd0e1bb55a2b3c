"""What requests about stacks bring with them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlparse

from sandbox.cloudformation.kinds import CALLER
from sandbox.cloudformation.stack import Stack
from sandbox.gateway import ApiError, Gateway, Request

NAMES = {
    "Group": "GroupName",
    "InstanceProfile": "InstanceProfileName",
    "ManagedPolicy": "ManagedPolicyName",
    "Role": "RoleName",
    "User": "UserName",
}
"""The properties that give IAM's resources a name."""


def template_text(gateway: Gateway, request: Request) -> str:
    """The template that a request brings or points to. Raises ApiError without one."""
    if request.parameters.get("TemplateBody"):
        return str(request.parameters["TemplateBody"])
    if not request.parameters.get("TemplateURL"):
        raise ApiError("ValidationError", "Either Template URL or Template Body must be specified.")
    address = urlparse(request.parameters["TemplateURL"])
    host, path = address.netloc.partition(".s3")[0], unquote(address.path).lstrip("/")
    bucket, key = path.split("/", 1) if ".s3" not in address.netloc else (host, path)
    body = gateway.call("s3", "GetObject", request.region, {"Bucket": bucket, "Key": key}, CALLER)["Body"]
    return str(body.read().decode())


def parameters_of(request: Request, before: dict[str, str]) -> dict[str, str]:
    """The template's parameters that a request sets or takes over."""
    given = request.parameters.get("Parameters") or []
    return {
        one["ParameterKey"]: before[one["ParameterKey"]] if one.get("UsePreviousValue") else one.get("ParameterValue", "") for one in given
    }


def tags_of(request: Request) -> dict[str, str]:
    """The tags that a request sets on its stack."""
    return {tag["Key"]: tag["Value"] for tag in request.parameters.get("Tags") or []}


def check_capabilities(request: Request, template: Mapping[str, Any]) -> None:
    """Let pass a template that creates IAM's resources only if the request acknowledges them, and that it names them.

    Raises:
        ApiError: InsufficientCapabilitiesException.
    """
    given = set(request.parameters.get("Capabilities") or [])
    ours = [one for one in template["Resources"].values() if one["Type"].startswith("AWS::IAM::")]
    named = any(NAMES.get(one["Type"].rsplit(":", 1)[-1]) in (one.get("Properties") or {}) for one in ours)
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    if ours and not given & {needed, "CAPABILITY_NAMED_IAM"}:
        raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def remember(stack: Stack, request: Request, text: str) -> None:
    """Keep what a request says about its stack, now that it is so."""
    stack.template_text = text
    stack.parameters = parameters_of(request, stack.parameters)
    stack.tags = tags_of(request) or stack.tags
    stack.role_arn = request.parameters.get("RoleARN", stack.role_arn)
