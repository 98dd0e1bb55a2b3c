"""DescribeImageReferences: what in the account refers to an image. The eight reads it needs of its caller are sandbox/iam's to check."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.ec2.image_parameters import parameters_of_images
from sandbox.ec2.instance_states import CODES
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request

MOST_IMAGES = 10
DEEPEST = 10_000
DEPTH = 10
OPTIONS = {"ec2:Instance": "state-name", "ec2:LaunchTemplate": "version-depth"}
Uses = Iterable[tuple[str, str]]
"""Images and the ARNs of what refers to them."""


def describe_image_references(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeImageReferences to up to 10 images, whosesoever they are and whether they are still there, in pages of 5 to 1000.

    By default instances of all states count, terminated ones too, and the 10 newest versions of each launch template.

    Raises:
        ApiError: what is missing or wrong in the parameters.
    """
    images = list(dict.fromkeys(request.parameters["ImageIds"]))
    if not 1 <= len(images) <= MOST_IMAGES:
        raise ApiError("InvalidParameterValue", f"Between 1 and {MOST_IMAGES} image IDs must be specified.")
    check_ids(dict.fromkeys(images), images, "ami")
    wanted = _wanted(request.parameters)

    def find() -> list[str]:
        used = [(image, kind, arn) for kind, options in wanted.items() for image, arn in KINDS[kind](ec2, request, options)]
        return [" ".join(each) for each in sorted(used, key=lambda each: each[0]) if each[0] in images]

    page, token = ec2.pages.page(request, find)
    shown = [dict(zip(("ImageId", "ResourceType", "Arn"), each.split(" ", 2), strict=True)) for each in page]
    return {"ImageReferences": shown, "NextToken": token}


def _wanted(parameters: dict[str, Any]) -> dict[str, list[str]]:
    """The resource types to look at, each with the values of its option if there are any."""
    asked = parameters.get("ResourceTypes") or []
    everything = parameters.get("IncludeAllResourceTypes", False)
    if not asked and not everything:
        raise ApiError("MissingParameter", "Either IncludeAllResourceTypes or ResourceTypes must be specified.")
    result: dict[str, list[str]] = {kind: [] for kind in KINDS} if everything else {}
    for each in asked:
        kind = each.get("ResourceType", "")
        if kind not in KINDS:
            raise ApiError("InvalidParameterValue", f"Value ( {kind} ) for parameter ResourceType is invalid.")
        result[kind] = _option(kind, each.get("ResourceTypeOptions") or [])
    return result


def _option(kind: str, options: list[dict[str, Any]]) -> list[str]:
    values = [str(value) for option in options for value in option.get("OptionValues") or []]
    if any(option.get("OptionName") != OPTIONS.get(kind) for option in options):
        raise ApiError("InvalidParameterValue", f"The only option of {kind} is {OPTIONS.get(kind, 'none')}.")
    if kind == "ec2:Instance" and set(values) - set(CODES):
        raise ApiError("InvalidParameterValue", f"The values of state-name are {', '.join(CODES)}.")
    if kind == "ec2:LaunchTemplate" and values and not (len(values) == 1 and values[0].isdigit() and 1 <= int(values[0]) <= DEEPEST):
        raise ApiError("InvalidParameterValue", f"The value of version-depth is a number from 1 to {DEEPEST}.")
    return values


def _instances(ec2: Ec2, request: Request, states: list[str]) -> Uses:
    for instance in ec2.region(request).instances.values():
        if not states or instance.state in states:
            yield instance.image.id, f"arn:aws:ec2:{request.region}:{request.account}:instance/{instance.id}"


def _launch_templates(ec2: Ec2, request: Request, depth: list[str]) -> Uses:
    """By AMI id in the newest versions. Unverified: that a `resolve:ssm:` does not count; its parameter does."""
    for template in ec2.region(request).launch_templates.values():
        newest = list(reversed(template.versions.values()))[: int(depth[0]) if depth else DEPTH]
        for image in dict.fromkeys(version.data["ImageId"] for version in newest if "ImageId" in version.data):
            yield image, f"arn:aws:ec2:{request.region}:{request.account}:launch-template/{template.id}"


def _parameters(_ec2: Ec2, request: Request, _options: list[str]) -> Uses:
    """Unverified: that only parameters of the data type aws:ec2:image count, by their latest version."""
    return ((image, arn) for arn, image in parameters_of_images(request))


def _recipes(ec2: Ec2, request: Request, _options: list[str]) -> Uses:
    """Unverified: that recipes count which name the AMI by its id or ARN only."""
    return ((one.image.rpartition("/")[2], one.arn) for one in ec2.region(request).recipes.values() if one.image)


def _image_recipes(ec2: Ec2, request: Request, options: list[str]) -> Uses:
    return (use for use in _recipes(ec2, request, options) if ":image-recipe/" in use[1])


def _container_recipes(ec2: Ec2, request: Request, options: list[str]) -> Uses:
    return (use for use in _recipes(ec2, request, options) if ":container-recipe/" in use[1])


KINDS: dict[str, Callable[[Ec2, Request, list[str]], Uses]] = {
    "ec2:Instance": _instances,
    "ec2:LaunchTemplate": _launch_templates,
    "ssm:Parameter": _parameters,
    "imagebuilder:ImageRecipe": _image_recipes,
    "imagebuilder:ContainerRecipe": _container_recipes,
}
