"""The organization's policies over the account (service control policies): what no role in it may go beyond."""

from typing import Any

from sandbox.iam.policy import Policy, read

FULL_ACCESS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NO_LIMIT = [FULL_ACCESS]

_attached: dict[str, list[dict[str, Any]]] = {}
_read: dict[str, tuple[list[dict[str, Any]], list[Policy]]] = {}


def attached(account: str) -> list[dict[str, Any]]:
    """The documents attached to the account, to be changed in place. AWS's FullAWSAccess is there from the start, since nothing else allows."""
    return _attached.setdefault(account, [FULL_ACCESS])


def detach_all(account: str) -> None:
    """Go back to FullAWSAccess alone."""
    _attached.pop(account, None)


def policies(account: str) -> list[Policy]:
    """What is attached, read; nothing if that is FullAWSAccess alone, which limits nothing."""
    documents = attached(account)
    if documents == NO_LIMIT:
        return []
    known = _read.get(account)
    if known is None or known[0] != documents:
        _read[account] = known = (list(documents), [read(document) for document in documents])
    return known[1]
