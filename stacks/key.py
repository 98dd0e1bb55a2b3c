"""The KMS key under which a recovery region's copies are encrypted."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct


class RecoveryKey(kms.Key):
    """A key that rotates every year and outlives its stack: the copies cannot be read without it."""

    def __init__(self, scope: Construct, *, home: str, alias: str) -> None:
        """The key that `alias` names."""
        super().__init__(
            scope,
            "Key",
            description=f"Nightkeep: copies of images from {home}",
            alias=alias,
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
