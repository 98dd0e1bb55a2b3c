"""Launch permissions: who else may launch an image. Disabling it takes them away for good, so they are read, and kept, before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.aws import faults

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def of(ec2: EC2Client, image_id: str) -> list[Any]:
    """The image's launch permissions as EC2 writes them (DescribeImageAttribute); none when it is nobody else's. Raises what boto3 raises."""
    answer = ec2.describe_image_attribute(ImageId=image_id, Attribute="launchPermission")
    return list(answer.get("LaunchPermissions", ()))


def of_any(ec2: EC2Client, image_id: str) -> list[Any]:
    """The same, but none when the image is gone."""
    try:
        return of(ec2, image_id)
    except ClientError as fault:
        if faults.code(fault).startswith("InvalidAMIID"):
            return []
        raise


def key(image_id: str) -> str:
    """Where in its region's vault an image's launch permissions are kept."""
    return f"permissions/{image_id}.json"
