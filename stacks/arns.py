"""ARNs of things in the account that a stack is deployed to."""

from aws_cdk import Aws

from functions.core.settings import vault


def arn(service: str, region: str, resource: str, *, account: str = Aws.ACCOUNT_ID) -> str:
    """The ARN of `resource` of `service` in `region`; `account` is empty for what EC2 names without one."""
    return f"arn:{Aws.PARTITION}:{service}:{region}:{account}:{resource}"


def images(region: str) -> str:
    """Every image of `region`: EC2 names images without an account."""
    return arn("ec2", region, "image/*", account="")


def snapshots(region: str) -> str:
    """Every snapshot of `region`: EC2 names snapshots without an account."""
    return arn("ec2", region, "snapshot/*", account="")


def vault_of(home: str, region: str) -> str:
    """The vault bucket of `region`."""
    return f"arn:{Aws.PARTITION}:s3:::{vault(home, Aws.ACCOUNT_ID, region)}"


def log_group(home: str, function: str) -> str:
    """The log group of the function that is deployed as `function`."""
    return arn("logs", home, f"log-group:/aws/lambda/{function}")
