"""What refers to an image in this account: instances, launch templates, parameters, Image Builder recipes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from functions.aws import faults

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import ResourceTypeRequestTypeDef

IMAGES = 10
"""DescribeImageReferences takes ten images a call."""

STATES = ["pending", "running", "stopping", "stopped", "shutting-down"]
TYPES: list[ResourceTypeRequestTypeDef] = [
    {"ResourceType": "ec2:Instance", "ResourceTypeOptions": [{"OptionName": "state-name", "OptionValues": STATES}]},
    {"ResourceType": "ec2:LaunchTemplate", "ResourceTypeOptions": [{"OptionName": "version-depth", "OptionValues": ["10000"]}]},
    {"ResourceType": "ssm:Parameter"},
    {"ResourceType": "imagebuilder:ImageRecipe"},
    {"ResourceType": "imagebuilder:ContainerRecipe"},
]
"""Spelled out: the default looks at ten versions of a launch template only, and counts terminated instances."""


def of(ec2: EC2Client, image_ids: Iterable[str]) -> tuple[Mapping[str, tuple[str, ...]], list[Exception]]:
    """The ARNs of what refers to each image that something refers to (EC2 DescribeImageReferences), and what went wrong.

    An image that could not be asked about counts as referenced, by the error that says why.
    """
    ids = sorted(set(image_ids))
    found: dict[str, tuple[str, ...]] = {}
    wrong: list[Exception] = []
    for start in range(0, len(ids), IMAGES):
        part = ids[start : start + IMAGES]
        try:
            found |= _asked(ec2, part)
        except faults.AwsFault as fault:
            found |= dict.fromkeys(part, (f"not known: {faults.code(fault)}",))
            wrong.append(fault)
    return found, wrong


def _asked(ec2: EC2Client, ids: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    token: str | None = None
    while True:
        more: Any = {"NextToken": token} if token else {}
        answer = ec2.describe_image_references(ImageIds=ids, ResourceTypes=TYPES, **more)
        for reference in answer.get("ImageReferences", ()):
            image_id = reference.get("ImageId", "")
            found[image_id] = (*found.get(image_id, ()), reference.get("Arn", "unnamed"))
        token = answer.get("NextToken")
        if not token:
            return found
