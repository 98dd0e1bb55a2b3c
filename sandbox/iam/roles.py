"""The policies that the account holds: a role's, and those on queues, topics, functions and keys."""

import json
from functools import lru_cache
from typing import Any

from moto.iam.models import Role, iam_backends

Document = dict[str, Any]


def role(account: str, arn: str) -> Role | None:
    """The role with this ARN, if there is one."""
    return next((one for one in iam_backends[account]["aws"].roles.values() if one.arn == arn), None)


def policies(account: str, arn: str) -> list[Document]:
    """The documents of a role's inline and attached policies; none for a role that does not exist."""
    found = role(account, arn)
    if found is None:
        return []
    attached = [_default_document(policy) for policy in found.managed_policies.values()]
    return [document(text) for text in (*found.policies.values(), *attached)]


def trust(account: str, arn: str) -> list[Document]:
    """The document that says who may assume the role, as a list of none or one."""
    found = role(account, arn)
    return [document(found.assume_role_policy_document)] if found else []


def managed(account: str, arn: str) -> list[Document]:
    """The document of a managed policy, as a list of none or one."""
    found = iam_backends[account]["aws"].managed_policies.get(arn)
    return [document(_default_document(found))] if found else []


def document(text: str | Document) -> Document:
    """A policy as an object, whether it is kept as text or not."""
    return _parsed(text) if isinstance(text, str) else text


def _default_document(policy: Any) -> str:
    return next(str(version.document) for version in policy.versions if version.version_id == policy.default_version_id)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Document:
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError("A policy document is a JSON object.")  # noqa: TRY004 - the text's value is wrong
    return parsed
