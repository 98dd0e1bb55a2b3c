"""The vault: the bucket that keeps each night's plan and the instances' configuration."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.nag import acknowledge


class Vault(s3.Bucket):
    """A private bucket, named in the account's own namespace of the region, that outlives its stack."""

    def __init__(self, scope: Construct, *, home: str) -> None:
        """The vault of the deployment whose home region is `home`, in the region of the stack."""
        super().__init__(
            scope,
            "Vault",
            bucket_name_prefix=f"nightkeep-{home}",
            bucket_namespace=s3.BucketNamespace.ACCOUNT_REGIONAL,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="old-versions",
                    noncurrent_version_expiration=Duration.days(90),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    expired_object_delete_marker=True,
                )
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        acknowledge(
            self,
            "S1",
            "Only Nightkeep's own functions read and write it; who did is in CloudTrail, and a second bucket would have to be kept too.",
        )
