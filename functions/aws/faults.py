"""What an AWS error means for the action that met it."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unreachable

from functions.core.outcome import Outcome, deferred, failed
from functions.core.record import Reason

AwsFault = (ClientError, BotoCoreError)
"""What boto3 raises when a call did not succeed."""

BUSY = frozenset(
    {
        "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "TooManyRequestsException",
        "SlowDown", "ServiceUnavailable", "Unavailable", "InternalError", "InternalFailure", "InternalServerError", "RetryableError",
        "ConcurrentCreateImageNoRebootLimitExceeded", "ConcurrentSnapshotLimitExceeded", "PendingSnapshotLimitExceeded",
        "SnapshotCreationPerVolumeRateExceeded", "ResourceLimitExceeded", "ConcurrentTagAccess", "RequestExpired",
        "IncorrectInstanceState", "EC2ThrottledException", "PriorRequestNotComplete", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable",
    }
)  # fmt: skip
"""Codes after which the same request may succeed later (EC2 API reference, "Error codes")."""


def code(fault: Exception) -> str:
    """AWS's error code, or the name of the error when nothing answered."""
    return str(fault.response["Error"]["Code"]) if isinstance(fault, ClientError) else type(fault).__name__


def unseen(fault: Exception) -> Outcome:
    """Deferred, whatever the fault: who cannot see must not give up an action."""
    seen = outcome(fault)
    return deferred(seen.reason, error_code=seen.error_code, detail=seen.detail)


def is_refusal(fault: Exception) -> bool:
    """Whether AWS refused for good: as long as nobody changes something, trying again does not help."""
    return outcome(fault).reason is Reason.AWS_REFUSED


def outcome(fault: Exception, **fields: Any) -> Outcome:
    """Deferred when trying again may help, else failed; AWS's words are in the detail."""
    detail = {"message": str(fault)[:500]}
    if isinstance(fault, (Unreachable, HTTPClientError)):
        return deferred(Reason.UNREACHABLE, error_code=code(fault), detail=detail, **fields)
    if isinstance(fault, ClientError):
        metadata = fault.response.get("ResponseMetadata", {})
        fields["request_id"] = metadata.get("RequestId")
        if code(fault) in BUSY or metadata.get("HTTPStatusCode", 400) >= 500:
            return deferred(Reason.AWS_BUSY, error_code=code(fault), detail=detail, **fields)
    return failed(Reason.AWS_REFUSED, error_code=code(fault), detail=detail, **fields)
