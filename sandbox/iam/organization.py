"""The organization's policies over the account (service control policies): what no role in it may go beyond."""

import json
from copy import deepcopy
from typing import Any

from sandbox.iam.policy import Policy, parse

FULL_ACCESS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

_attached: dict[str, list[dict[str, Any]]] = {}


def attached(account: str) -> list[dict[str, Any]]:
    """The documents attached to the account, to be changed in place. AWS's FullAWSAccess is there from the start, since nothing else allows."""
    if account not in _attached:
        _attached[account] = [deepcopy(FULL_ACCESS)]
    return _attached[account]


def detach_all(account: str) -> None:
    """Go back to FullAWSAccess alone."""
    _attached.pop(account, None)


def policies(account: str) -> list[Policy]:
    """What is attached, read; nothing if that is FullAWSAccess alone, which limits nothing."""
    documents = attached(account)
    return [] if documents == [FULL_ACCESS] else [parse(json.dumps(document)) for document in documents]
