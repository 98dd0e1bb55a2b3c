"""Whether a role may do something: its own policies, its boundary, the organization's policies and the resource's, taken together."""

from collections.abc import Iterable
from typing import Literal

from sandbox.iam import organization, roles
from sandbox.iam.evaluate import Document, Principal, Question, Verdict, decide

ORGANIZATION, BOUNDARY, RESOURCE, IDENTITY = (
    "service control policy",
    "permissions boundary",
    "resource-based policy",
    "identity-based policy",
)
Delegation = Literal["identity counts", "only if delegated", "granted"]


def problem(
    account: str, arn: str, question: Question, on_resource: Iterable[Document] = (), delegation: Delegation = "identity counts"
) -> str | None:
    """Why the role may not do this, in AWS's words, or None.

    A resource's policy lets a role in by naming it. Naming its account does nothing by itself, but where identity counts "only if
    delegated", as with KMS keys, the role's own policies count only then. What is "granted" needs neither, but no deny.
    """
    role = roles.role(account, arn)
    if role is None:
        return _silent(question, IDENTITY)
    by_account = by_name = Verdict.SILENT
    if resource := list(on_resource):
        by_account = decide(resource, question, Principal(account, arn))
        by_name = decide(resource, question, Principal(arn=arn))
    identity = decide(roles.policies(role), question)
    limits = (ORGANIZATION, organization.policies(account)), (BOUNDARY, roles.boundary(account, role))
    limited = [(name, decide(limit, question)) for name, limit in limits if limit]
    for name, verdict in (*limited, (RESOURCE, by_account), (IDENTITY, identity)):
        if verdict is Verdict.DENY:
            return f"with an explicit deny in a{'n' if name == IDENTITY else ''} {name}"
    for name, verdict in limited:
        if verdict is Verdict.SILENT:
            return _silent(question, name)
    if by_name is Verdict.ALLOW or delegation == "granted":
        return None
    if delegation == "only if delegated" and by_account is not Verdict.ALLOW:
        return _silent(question, RESOURCE)
    return None if identity is Verdict.ALLOW else _silent(question, IDENTITY)


def _silent(question: Question, kind: str) -> str:
    return f"because no {kind} allows the {question.action} action"
