"""The policies that the account holds: a role's, and those on queues, topics, functions and keys."""

from typing import Any

from moto.iam.models import Role, iam_backends

from sandbox.iam.policy import Policy, parse

_found: dict[str, Role] = {}


def role(account: str, arn: str) -> Role | None:
    """The role with this ARN, if there is one."""
    regions = iam_backends.get(account)  # unlike [], which makes what is not there, it takes no lock
    backend = None if regions is None else regions.get("aws")
    if backend is None:
        return None
    roles = backend.roles
    known = _found.get(arn)
    if known is None or roles.get(known.id) is not known:
        known = next((one for one in roles.values() if one.arn == arn), None)
        if known is not None:
            _found[arn] = known
    return known


def policies(found: Role) -> list[Policy]:
    """A role's inline and attached policies."""
    texts = list(found.policies.values())
    if found.managed_policies:
        texts += [_default_document(policy) for policy in found.managed_policies.values()]
    return [parse(text) for text in texts]


def boundary(account: str, found: Role) -> list[Policy]:
    """A role's permissions boundary, as a list of none or one."""
    arn = found.permissions_boundary_arn
    limit = iam_backends[account]["aws"].managed_policies.get(arn) if arn else None
    return [parse(_default_document(limit))] if limit else []


def trust(account: str, arn: str) -> list[Policy]:
    """The policy that says who may assume the role, as a list of none or one."""
    found = role(account, arn)
    return [parse(found.assume_role_policy_document)] if found else []


def document(text: str) -> Policy:
    """A policy that a resource keeps as text."""
    return parse(text)


def _default_document(policy: Any) -> str:
    return next(str(version.document) for version in policy.versions if version.version_id == policy.default_version_id)
