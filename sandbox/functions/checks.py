"""What Lambda refuses in the settings of functions, and moto does not."""

from moto.awslambda.models import lambda_backends

from sandbox.delivery.targets import find_function, find_queue
from sandbox.functions.destinations import CONFIGURING, VERBS, may
from sandbox.functions.recursion import function_arn
from sandbox.gateway import ApiError, Request
from sandbox.iam.trusted import is_trusted

LEAST_UNRESERVED = 100
INVOKE_CONFIG = {"PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"}


def check_role(request: Request) -> None:
    """Refuse a role that does not exist, or does not trust Lambda.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    role = request.parameters.get("Role") if request.service == "lambda" and request.operation in CONFIGURING else None
    if role and not is_trusted(request.account, role, "lambda.amazonaws.com"):
        raise ApiError("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")


def check_concurrency(request: Request, limit: int) -> None:
    """Refuse to reserve what leaves less than 100 of the account's concurrency, or less than its limit where that is lower.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    if (request.service, request.operation) != ("lambda", "PutFunctionConcurrency"):
        return
    arn, asked = function_arn(request), int(request.parameters["ReservedConcurrentExecutions"])
    others = lambda_backends[request.account][request.region].list_functions()
    reserved = asked + sum(int(one.reserved_concurrency or 0) for one in others if one.function_arn != arn)
    least = min(LEAST_UNRESERVED, limit)
    if limit - reserved < least:
        raise ApiError(
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value "
            f"of [{least}].",
        )


def check_invoke_config(request: Request) -> None:
    """Refuse settings of asynchronous invocation that cannot be: numbers out of range, destinations that the role cannot reach.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    if request.service != "lambda" or request.operation not in INVOKE_CONFIG:
        return
    given = request.parameters
    if given.get("MaximumRetryAttempts", 0) not in range(3):
        raise ApiError("InvalidParameterValueException", "MaximumRetryAttempts is 0 to 2")
    if given.get("MaximumEventAgeInSeconds", 60) not in range(60, 21_601):
        raise ApiError("InvalidParameterValueException", "MaximumEventAgeInSeconds is 60 to 21600")
    for outcome in ("OnSuccess", "OnFailure"):
        destination = ((given.get("DestinationConfig") or {}).get(outcome) or {}).get("Destination")
        if destination:
            _check_destination(request, destination)


def _check_destination(request: Request, destination: str) -> None:
    service = destination.split(":")[2]
    if service not in VERBS or destination.endswith(".fifo"):
        raise ApiError(
            "UnsupportedSandboxOperation", f"The sandbox's functions have no destination {destination}; {', '.join(VERBS)} can be."
        )
    if service == "sqs" and find_queue(destination) is None:
        raise ApiError("InvalidParameterValueException", f"The destination ARN {destination} is invalid.")
    function = find_function(function_arn(request))
    if function is not None and not may(function, destination):
        verb = VERBS[service].partition(":")[2]
        message = f"The function's execution role does not have permissions to call {verb} on {destination}"
        raise ApiError("InvalidParameterValueException", message)
