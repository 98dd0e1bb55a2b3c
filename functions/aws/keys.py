"""Recovery keys as KMS describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.core.values import Key

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


def describe(kms: KMSClient, alias: str) -> Key:
    """The key behind `alias` (KMS DescribeKey). Raises what boto3 raises when there is none or it may not be seen."""
    metadata = kms.describe_key(KeyId=alias)["KeyMetadata"]
    return Key(metadata["Arn"], bool(metadata["Enabled"]), str(metadata["KeyState"]))
