"""Roles: what one part of Nightkeep may do, every statement written out and named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.nag import acknowledge, acknowledge_wildcard

Conditions = Mapping[str, Mapping[str, str | list[str]]]


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One statement: `actions` on `resources` under `conditions`; `because` says why a wildcard in it cannot be narrower."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    because: str = ""

    def statement(self) -> iam.PolicyStatement:
        """As IAM's."""
        return iam.PolicyStatement(
            sid=self.sid,
            actions=list(self.actions),
            resources=list(self.resources),
            conditions=dict(self.conditions),
        )


def for_this_account(service: str) -> iam.PrincipalBase:
    """AWS's `service`, when it acts for this account and not for somebody else's."""
    return iam.ServicePrincipal(f"{service}.amazonaws.com").with_conditions({"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})


class Role(iam.Role):
    """A role that one AWS service assumes to do exactly what it `may`."""

    def __init__(self, scope: Construct, *, name: str, trusts: iam.IPrincipal, may: Iterable[Permission]) -> None:
        """The role of that physical name; every wildcard in it is acknowledged with its reason."""
        permissions = tuple(may)
        super().__init__(
            scope,
            "Role",
            role_name=name,
            assumed_by=trusts,
            inline_policies={"Permissions": iam.PolicyDocument(statements=[each.statement() for each in permissions])},
        )
        for permission in permissions:
            self._acknowledge(permission)

    def _acknowledge(self, permission: Permission) -> None:
        for resource in permission.resources:
            if "*" in resource:
                acknowledge_wildcard(self, resource, permission.because)
        for action in permission.actions:
            if "*" in action:
                acknowledge(self, f"IAM5[Action::{action}]", permission.because)
