"""The operations of the Recycle Bin's API, all there are."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.gateway import Gateway, Request
from sandbox.rbin import validation
from sandbox.rbin.change_rule import delete_rule, update_rule
from sandbox.rbin.create_rule import create_rule
from sandbox.rbin.locks import lock_rule, unlock_rule
from sandbox.rbin.plane import Rbin
from sandbox.rbin.read_rules import get_rule, list_rules
from sandbox.rbin.rule_tags import list_tags_for_resource, tag_resource, untag_resource

Perform = Callable[[Rbin, Request], dict[str, Any]]
OPERATIONS: dict[str, Perform] = {
    "CreateRule": create_rule,
    "DeleteRule": delete_rule,
    "GetRule": get_rule,
    "ListRules": list_rules,
    "ListTagsForResource": list_tags_for_resource,
    "LockRule": lock_rule,
    "TagResource": tag_resource,
    "UnlockRule": unlock_rule,
    "UntagResource": untag_resource,
    "UpdateRule": update_rule,
}


def install(gateway: Gateway, rbin: Rbin) -> None:
    """Let the gateway answer the service's operations from `rbin`."""
    for name, operation in OPERATIONS.items():
        gateway.operations["rbin", name] = partial(_perform, operation, rbin)


def _perform(operation: Perform, rbin: Rbin, request: Request) -> dict[str, Any]:
    validation.check(request)
    return operation(rbin, request)
