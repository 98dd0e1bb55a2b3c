"""Lambda's recursion detection: a function that feeds itself is stopped, unless it is allowed to."""

from typing import Any

from sandbox.functions.lineage import ROUNDS, Trace
from sandbox.gateway import ApiError, Gateway, Request


class Recursion:
    """Says which invocations are stopped, by chains through SQS, SNS and Invoke; EventBridge carries no chain. Answers the API of its setting."""

    def __init__(self, gateway: Gateway) -> None:
        """All functions are stopped at first."""
        self._allowed: set[str] = set()
        gateway.operations["lambda", "PutFunctionRecursionConfig"] = self._put
        gateway.operations["lambda", "GetFunctionRecursionConfig"] = self._get

    def stops(self, arn: str, trace: Trace) -> bool:
        """Whether the function `arn` had its rounds in this chain."""
        return arn not in self._allowed and trace.rounds(arn) >= ROUNDS

    def _put(self, request: Request) -> dict[str, Any]:
        wanted = request.parameters["RecursiveLoop"]
        if wanted not in {"Allow", "Terminate"}:
            raise ApiError("InvalidParameterValueException", f"RecursiveLoop is Allow or Terminate, not {wanted}")
        (self._allowed.add if wanted == "Allow" else self._allowed.discard)(function_arn(request))
        return self._get(request)

    def _get(self, request: Request) -> dict[str, Any]:
        return {"RecursiveLoop": "Allow" if function_arn(request) in self._allowed else "Terminate"}


def function_arn(request: Request) -> str:
    """The ARN of the function that a request to Lambda is about, whether it exists or not."""
    name: str = request.parameters["FunctionName"]
    return name if name.startswith("arn:") else f"arn:aws:lambda:{request.region}:{request.account}:function:{name}"
