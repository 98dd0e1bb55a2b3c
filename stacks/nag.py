"""Findings of cdk-nag that are meant to be so, each acknowledged where the resource is made."""

from aws_cdk import Acknowledgment, Aws, Validations
from constructs import Construct


def acknowledge(construct: Construct, rule: str, reason: str) -> None:
    """Accept the finding `rule` of the AwsSolutions pack on `construct`, because of `reason`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def acknowledge_wildcard(construct: Construct, resource: str, reason: str) -> None:
    """Accept that a role on `construct` names `resource` with a wildcard in it, because of `reason`."""
    spelled = resource.replace(Aws.PARTITION, "<AWS::Partition>").replace(Aws.ACCOUNT_ID, "<AWS::AccountId>")
    acknowledge(construct, f"IAM5[Resource::{spelled}]", reason)
