"""Permissions on KMS keys: an alias cannot be a resource of these, so keys are held to their aliases by condition."""

from collections.abc import Iterator

from aws_cdk import Aws

from functions.core.config import Config
from functions.core.settings import EBS_KEY
from stacks.arns import arn
from stacks.role import Conditions, Permission

_BY_ALIAS = "Keys are known by alias, which only a condition can name."
_OF_VOLUMES = "The customer's volumes may be under any key; it is used by EC2 only, and its own policy decides too."
_FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def describe_recovery_keys(config: Config) -> Iterator[Permission]:
    """Asking whether the recovery keys are usable."""
    yield from _on_recovery_keys(config, "DescribeRecoveryKey", "kms:DescribeKey")


def describe_ebs_key(home: str) -> Permission:
    """Asking which key is AWS's own for EBS."""
    return Permission(
        sid="DescribeEbsKey",
        actions=("kms:DescribeKey",),
        resources=(arn("kms", home, "key/*"),),
        conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": EBS_KEY}},
        because=_BY_ALIAS,
    )


def use_recovery_keys(config: Config) -> Iterator[Permission]:
    """Encrypting copies under the recovery keys; grants only for AWS resources."""
    data_keys = ("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
    yield from _on_recovery_keys(config, "UseRecoveryKey", "kms:DescribeKey", "kms:Decrypt", *data_keys, "kms:ReEncrypt*")
    yield from _on_recovery_keys(config, "GrantRecoveryKey", "kms:CreateGrant", **_FOR_AWS)


def image_home_keys(config: Config) -> Iterator[Permission]:
    """Taking, through EC2, images of volumes that are encrypted under whatever key, also one that another account shares."""
    here = {"StringEquals": {"kms:CallerAccount": Aws.ACCOUNT_ID, "kms:ViaService": f"ec2.{config.home_region}.amazonaws.com"}}
    keys = (arn("kms", config.home_region, "key/*", account="*"),)
    uses = ("kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext")
    yield Permission(sid="UseHomeKeys", actions=uses, resources=keys, conditions=here, because=_OF_VOLUMES)
    yield Permission(
        sid="GrantHomeKeys", actions=("kms:CreateGrant",), resources=keys, conditions={**here, **_FOR_AWS}, because=_OF_VOLUMES
    )


def read_home_keys(config: Config) -> Iterator[Permission]:
    """Reading, through EC2, snapshots whose volumes were encrypted under whatever key, also one that another account shares."""
    through_ec2: Conditions = {
        "StringEquals": {
            "kms:CallerAccount": Aws.ACCOUNT_ID,
            "kms:ViaService": [f"ec2.{region}.amazonaws.com" for region in (config.home_region, *config.recovery_regions)],
        }
    }
    keys = (arn("kms", config.home_region, "key/*", account="*"),)
    reads = ("kms:DescribeKey", "kms:Decrypt", "kms:ReEncryptFrom")
    yield Permission(sid="ReadHomeKeys", actions=reads, resources=keys, conditions=through_ec2, because=_OF_VOLUMES)
    grants = {**through_ec2, **_FOR_AWS}
    yield Permission(sid="GrantHomeKeys", actions=("kms:CreateGrant",), resources=keys, conditions=grants, because=_OF_VOLUMES)


def _on_recovery_keys(config: Config, sid: str, *actions: str, **conditions: dict[str, str]) -> Iterator[Permission]:
    aliases = sorted({config.key_alias(region) for region in config.recovery_regions})
    for number, alias in enumerate(aliases, start=1):
        yield Permission(
            sid=f"{sid}{number}",
            actions=actions,
            resources=tuple(arn("kms", region, "key/*") for region in config.recovery_regions if config.key_alias(region) == alias),
            conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}, **conditions},
            because=_BY_ALIAS,
        )
