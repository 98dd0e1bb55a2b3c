"""Keys as KMS describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.aws import faults
from functions.core.settings import EBS_KEY
from functions.core.values import Key

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


def describe(kms: KMSClient, alias: str) -> Key:
    """The key behind `alias` (KMS DescribeKey). Raises what boto3 raises when there is none or it may not be seen."""
    metadata = kms.describe_key(KeyId=alias)["KeyMetadata"]
    return Key(metadata["Arn"], bool(metadata["Enabled"]), str(metadata["KeyState"]))


def of_aws(kms: KMSClient) -> str | None:
    """The ARN of AWS's own key for EBS in the client's region; None where there is none. Raises what else boto3 raises.

    Ask only where something is encrypted: where nothing ever was, DescribeKey may have AWS make the key.
    """
    try:
        return describe(kms, EBS_KEY).arn
    except ClientError as fault:
        if faults.code(fault) == "NotFoundException":
            return None
        raise
