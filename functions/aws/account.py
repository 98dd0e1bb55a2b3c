"""What a deployment needs of an account: who is asking, which regions are open, where the CDK is bootstrapped. For the command."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from functions.aws import clients

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
"""Where the CDK's bootstrap stack says which version it is."""

CREATION_FAILED = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""States of a stack that never came to be; it can only be deleted."""


@dataclass(frozen=True)
class Identity:
    """Whose credentials these are."""

    account: str
    arn: str


def identity() -> Identity:
    """Who is asking (sts GetCallerIdentity, which needs no permission). Raises what boto3 raises."""
    found = clients.sts().get_caller_identity()
    return Identity(found["Account"], found["Arn"])


def is_enabled(region: str) -> bool:
    """Whether the account may use `region` (ec2 DescribeRegions, asked in us-east-1, which cannot be disabled). Raises what boto3 raises."""
    found = clients.ec2("us-east-1").describe_regions(AllRegions=True, Filters=[{"Name": "region-name", "Values": [region]}])
    return any(entry.get("OptInStatus") != "not-opted-in" for entry in found["Regions"])


def bootstrap_version(region: str) -> int | None:
    """The version of the CDK's bootstrap stack in `region`, None where there is none (ssm GetParameter). Raises what boto3 raises."""
    try:
        return int(clients.ssm(region).get_parameter(Name=BOOTSTRAP)["Parameter"]["Value"])
    except ClientError as fault:
        if fault.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise


def let_go(region: str, stack: str) -> bool:
    """Take the termination protection off `stack` if its creation failed, since nothing but deleting it helps; whether that was so.

    DescribeStacks, UpdateTerminationProtection. Raises what boto3 raises.
    """
    cloudformation = clients.cloudformation(region)
    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as fault:
        if fault.response["Error"]["Code"] == "ValidationError":
            return False  # there is no such stack
        raise
    if found["StackStatus"] not in CREATION_FAILED or not found.get("EnableTerminationProtection"):
        return False
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    return True
