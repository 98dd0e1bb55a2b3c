"""The events that CloudFormation sends when a stack gets into another status."""

from collections.abc import Callable
from typing import Any

from sandbox.cloudformation.stack import Stack

Emit = Callable[[str, dict[str, Any]], object]


def teller(emit: Emit) -> Callable[[Stack], object]:
    """What tells by `emit`, on the bus of the stack's region, of the status that a stack got into."""

    def tell(stack: Stack) -> None:
        detail = {
            "stack-id": stack.id,
            "status-details": {"status": stack.status, "status-reason": stack.reason or ""},
            "client-request-token": stack.token,
        }
        event = {
            "source": "aws.cloudformation",
            "detail-type": "CloudFormation Stack Status Change",
            "resources": [stack.id],
            "detail": detail,
        }
        emit(stack.region, event)

    return tell
