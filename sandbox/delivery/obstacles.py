"""What stands between a service and a target: the faults that a call of anybody's would meet."""

from sandbox.delivery.sender import UndeliverableError
from sandbox.gateway import ApiError, Caller, Gateway, Guard, UnreachableError

CALLS = {"sqs": "SendMessage", "lambda": "Invoke", "sns": "Publish", "events": "PutEvents"}


def free(_request: object) -> None:
    """Nothing stands in the way."""


def must_get_through(gateway: Gateway, guard: Guard, service: str, arn: str) -> None:
    """Raise UndeliverableError, which may pass, if `guard` refuses the call by which `service` delivers to the target `arn`."""
    parts = arn.split(":")
    request = gateway.request(parts[2], CALLS[parts[2]], parts[3], {}, Caller(service))
    try:
        guard(request)
    except ApiError as error:
        raise UndeliverableError(error.code, error.message, lasting=False) from error
    except UnreachableError as error:
        raise UndeliverableError("SDK_CLIENT_ERROR", f"{parts[3]} is out of reach", lasting=False) from error
