"""How invocations end: what the caller gets, and what the log says of it."""

import json
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta

UNHANDLED = "Unhandled"
RECURSION = "RecursiveInvocation"
"""The error of an invocation that was not begun: its function was invoked too often in the same chain."""
THROTTLED = "Throttled"
"""The error of an invocation that was not begun: too many run already."""
LARGEST_ANSWER = 6_291_556


@dataclass(frozen=True)
class Result:
    """How an invocation ended: its payload, and UNHANDLED when that is an error, RECURSION or THROTTLED when it was not begun."""

    request_id: str
    payload: str
    error: str | None = None

    def fitting(self) -> "Result":
        """The same, or what Lambda makes of an answer that is too large."""
        if len(self.payload.encode()) <= LARGEST_ANSWER:
            return self
        message = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
        return Result(self.request_id, json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}), UNHANDLED)


def exited(request_id: str, code: int) -> tuple[str, Result]:
    """What the log and the caller get of an invocation whose process ended with a code, or by a signal when that is negative."""
    how = "without providing a reason" if not code else f"with error: signal: {-code}" if code < 0 else f"with error: exit status {code}"
    text = f"RequestId: {request_id} Error: Runtime exited {how}"
    return text, Result(request_id, json.dumps({"errorType": "Runtime.ExitError", "errorMessage": text}), UNHANDLED)


def timed_out(request_id: str, now: datetime, timeout: timedelta) -> tuple[str, Result]:
    """What the log and the caller get of an invocation that took longer than `timeout`."""
    text = f"{now:%Y-%m-%dT%H:%M:%S.000Z} {request_id} Task timed out after {timeout.total_seconds():.2f} seconds"
    return text, Result(request_id, json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": text}), UNHANDLED)


def raised(request_id: str, error: BaseException) -> Result:
    """What the caller gets of an invocation whose handler let an exception out."""
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    payload = {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id, "stackTrace": frames[1:]}
    return Result(request_id, json.dumps(payload), UNHANDLED)
