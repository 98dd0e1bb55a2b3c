"""The Recycle Bin's errors, each with its reason."""

from http import HTTPStatus

from sandbox.gateway import ApiError


class RbinError(ApiError):
    """An error answer with the member `Reason`, as clients find it beside the error's code."""

    def __init__(self, code: str, reason: str, message: str, status: HTTPStatus) -> None:
        """Name the error and its reason as AWS does."""
        super().__init__(code, message, status)
        self.Reason = reason


def invalid(message: str, reason: str = "INVALID_PARAMETER_VALUE") -> RbinError:
    """The request is not what it must be."""
    return RbinError("ValidationException", reason, message, HTTPStatus.BAD_REQUEST)


def conflict(message: str) -> RbinError:
    """The rule's lock does not allow it."""
    return RbinError("ConflictException", "INVALID_RULE_STATE", message, HTTPStatus.CONFLICT)


def not_found(name: str) -> RbinError:
    """There is no such rule here."""
    return RbinError("ResourceNotFoundException", "RULE_NOT_FOUND", f"The rule {name} was not found.", HTTPStatus.NOT_FOUND)


def over_quota(message: str) -> RbinError:
    """The account has as many as it may have."""
    return RbinError("ServiceQuotaExceededException", "SERVICE_QUOTA_EXCEEDED", message, HTTPStatus.PAYMENT_REQUIRED)
