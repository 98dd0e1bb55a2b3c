"""What it means that EC2 refuses to make an image or a copy: in words of ours where its code says why."""

from dataclasses import replace
from typing import Any

from functions.aws import faults
from functions.core.outcome import Outcome, deferred, skipped
from functions.core.record import Reason, Status

REASONS = {
    "UnauthorizedOperation": Reason.NOT_PERMITTED,
    "TagPolicyViolation": Reason.TAG_POLICY,
    "OptInRequired": Reason.MARKETPLACE,
    "CustomerKeyHasBeenRevoked": Reason.KEY_REFUSED,
    "InvalidBlockDeviceMapping": Reason.VOLUMES_REFUSED,
}
"""Codes of EC2 (API reference, "Error codes") that say by themselves what is wrong."""

STATES = frozenset({"IncorrectState", "IncorrectInstanceState"})


def outcome(fault: Exception, **fields: Any) -> Outcome:
    """As `faults.outcome`, with a reason of its own where EC2 gives one. An instance that cannot be imaged is skipped."""
    code, words = faults.code(fault), str(fault).lower()
    if code == "InvalidInstanceID.NotFound":
        return skipped(Reason.INSTANCE_GONE)
    if code == "NonEBSInstance" or (code == "UnsupportedOperation" and "root device" in words):
        return skipped(Reason.INSTANCE_STORE_ROOT, error_code=code)
    if code in STATES:
        return deferred(Reason.INSTANCE_STATE, error_code=code)
    plain = faults.outcome(fault, **fields)
    if plain.status is not Status.FAILED:
        return plain
    return replace(plain, reason=Reason.MARKETPLACE if "marketplace" in words else REASONS.get(code, plain.reason))
