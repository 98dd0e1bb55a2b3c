"""What KMS does with the state of keys, by id or ARN, which moto does by id only; and AWS's own key for EBS, as EC2 knows it. Keys are the ones that moto's backends hold."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from moto.kms.models import kms_backends

from sandbox.ec2.keys import DEFAULT_ALIAS, default_id
from sandbox.gateway import ApiError, Gateway, Request
from sandbox.iam.keys import find_key

LEAST_DAYS, MOST_DAYS = 7, 30
Change = Callable[[Request, Any], dict[str, Any]]


def install(gateway: Gateway) -> None:
    """Let the gateway answer for keys' states, and know AWS's own key before anybody asks who may use it."""
    gateway.guards.append(provide_default)
    for name, (change, pending) in CHANGES.items():
        gateway.operations["kms", name] = partial(_changed, change, pending)


def provide_default(request: Request) -> None:
    """Have moto hold the key behind alias/aws/ebs, once a request to KMS names it: moto's own would be another one than EC2 encrypts under."""
    name = str((request.parameters or {}).get("KeyId", "")) if request.service == "kms" else ""
    wanted = default_id(request.region)
    if not name.endswith((DEFAULT_ALIAS, wanted)):
        return
    backend = kms_backends[request.account][request.region]
    if wanted not in backend.keys:
        made = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "Default key that protects my EBS volumes", None)
        del backend.keys[made.id]
        made.arn = made.arn.replace(made.id, wanted)
        made.id, made.key_manager = wanted, "AWS"
        backend.keys[wanted] = made
        backend.create_alias(wanted, DEFAULT_ALIAS)


def _changed(change: Change, pending: bool, request: Request) -> dict[str, Any]:
    """Change a key that is, or is not, `pending` deletion.

    Raises:
        ApiError: NotFoundException, also for an alias, or KMSInvalidStateException.
    """
    name = str(request.parameters["KeyId"])
    key = None if "alias/" in name else find_key(request.account, request.region, name)
    if key is None:
        raise ApiError("NotFoundException", f"Invalid keyId {name}" if "alias/" in name else f"Key '{name}' does not exist")
    if (key.key_state == "PendingDeletion") != pending:
        raise ApiError("KMSInvalidStateException", f"{key.arn} is {'' if not pending else 'not '}pending deletion.")
    return change(request, key)


def _enable(_request: Request, key: Any) -> dict[str, Any]:
    key.enabled, key.key_state = True, "Enabled"
    return {}


def _disable(_request: Request, key: Any) -> dict[str, Any]:
    key.enabled, key.key_state = False, "Disabled"
    return {}


def _schedule(request: Request, key: Any) -> dict[str, Any]:
    days = request.parameters.get("PendingWindowInDays", MOST_DAYS)
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise ApiError("ValidationException", f"PendingWindowInDays is {LEAST_DAYS} to {MOST_DAYS}.")
    due = request.time + timedelta(days=days)
    key.enabled, key.key_state, key.deletion_date = False, "PendingDeletion", due.replace(tzinfo=None)  # as moto keeps it
    return {"KeyId": key.arn, "DeletionDate": due, "KeyState": key.key_state, "PendingWindowInDays": days}


def _cancel(request: Request, key: Any) -> dict[str, Any]:
    key.deletion_date = None
    return _disable(request, key) | {"KeyId": key.arn}


CHANGES: dict[str, tuple[Change, bool]] = {
    "CancelKeyDeletion": (_cancel, True),
    "DisableKey": (_disable, False),
    "EnableKey": (_enable, False),
    "ScheduleKeyDeletion": (_schedule, False),
}
