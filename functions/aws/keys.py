"""Recovery keys as KMS describes them."""

from mypy_boto3_kms import KMSClient

from functions.core.values import Key


def describe(kms: KMSClient, alias: str) -> Key:
    """The key behind `alias` (KMS DescribeKey). Raises what boto3 raises when there is none or it may not be seen."""
    metadata = kms.describe_key(KeyId=alias)["KeyMetadata"]
    return Key(metadata["Arn"], bool(metadata["Enabled"]), str(metadata["KeyState"]))
