"""Lambda's Invoke: an answer to wait for, an event to be dealt with later, or a dry run."""

from collections.abc import Callable
from typing import Any

from sandbox.clock import Clock
from sandbox.delivery.targets import find_function
from sandbox.functions.recursion import function_arn
from sandbox.functions.result import RECURSION, THROTTLED, Result
from sandbox.gateway import ApiError, Request

LARGEST = {"RequestResponse": 6_291_456, "Event": 1_048_576}
"""Bytes that a payload may have."""

REFUSALS = {
    RECURSION: ("RecursiveInvocationException", "Lambda has detected your function being invoked in a recursive loop."),
    THROTTLED: ("TooManyRequestsException", "Rate Exceeded."),
}


def invoke(request: Request, accept: Callable[[str, str], None], answer: Callable[[str, str], Result]) -> dict[str, Any]:
    """Hand the payload to `accept` (later) or to `answer` (now), by the ARN.

    Raises:
        ApiError: there is no such function, the payload is too large, or the function is not invoked.
    """
    arn, kind = function_arn(request), request.parameters.get("InvocationType", "RequestResponse")
    function = find_function(arn)
    if function is None:
        raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", 404)
    payload = request.parameters.get("Payload") or b"{}"
    content = payload if isinstance(payload, bytes) else str(payload).encode()
    if kind in LARGEST and len(content) > LARGEST[kind]:
        raise ApiError(
            "RequestTooLargeException", f"Request must be smaller than {LARGEST[kind]} bytes for the InvokeFunction operation", 413
        )
    if kind == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    if kind == "Event":
        accept(function.function_arn, content.decode())
        return {"StatusCode": 202, "Payload": b""}
    result = answer(function.function_arn, content.decode())
    if result.error in REFUSALS:
        raise ApiError(*REFUSALS[result.error], 429 if result.error == THROTTLED else 400)
    answered = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": result.payload.encode()}
    return answered | ({"FunctionError": result.error} if result.error else {})


def turn_until(clock: Clock, done: Callable[[], bool], busy: Callable[[], bool], wait: Callable[[Callable[[], bool]], None]) -> None:
    """Let the clock leap, or functions that are `busy` elsewhere work, until `done()` holds or nothing more is to come."""
    while not done():
        if busy():
            wait(lambda: done() or not busy())
        elif due := clock.next_due():
            clock.run_until(due)
        else:
            break
