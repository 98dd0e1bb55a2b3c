"""Where asynchronous invocations end: the function's destinations, and its dead-letter queue, reached with its role's rights."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.delivery.sender import UndeliverableError
from sandbox.delivery.targets import find_function, put_in_queue, strings
from sandbox.functions.result import Result
from sandbox.gateway import Call, Caller, Gateway
from sandbox.iam import judgement
from sandbox.iam.evaluate import Question

VERBS = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction", "sns": "sns:Publish"}
CONFIGURING = {"CreateFunction", "UpdateFunctionConfiguration"}


@dataclass
class Event:
    """An event of an asynchronous invocation, and how often it was tried."""

    arn: str
    payload: str
    attempts: int = 0


class Destinations:
    """Tells destinations how events ended; `lost` gets those that could not be reached, and why."""

    def __init__(self, gateway: Gateway, accept: Callable[[str, str], None], lost: list[tuple[str, str]]) -> None:
        """Reach functions by `accept`. Dead-letter queues are heard of by watching the calls: moto forgets them."""
        self._gateway = gateway
        self._accept = accept
        self._lost = lost
        self._dead_letters: dict[str, str | None] = {}
        gateway.watchers.append(self._watch)

    def tell(self, event: Event, result: Result, outcome: str, condition: str) -> None:
        """Send the record of how `event` ended to the destination for this `outcome`, and after a failure the event itself to the dead-letter queue."""
        function = find_function(event.arn)
        if function is None:
            return
        found = ((settings_of(function).get("DestinationConfig") or {}).get(outcome) or {}).get("Destination")
        if found:
            self._send(
                function, found, json.dumps(_record(event, result, condition, f"{self._gateway.clock.now():%Y-%m-%dT%H:%M:%S.000Z}"))
            )
        dead = self._dead_letters.get(function.function_arn)
        if dead and outcome == "OnFailure":
            about = {"RequestID": result.request_id, "ErrorCode": "200", "ErrorMessage": result.payload[:1024]}
            self._send(function, dead, event.payload, about)

    def _watch(self, call: Call) -> None:
        if call.service == "lambda" and call.operation in CONFIGURING and "DeadLetterConfig" in call.parameters and not call.error_code:
            name = call.parameters["FunctionName"]
            arn = name if name.startswith("arn:") else f"arn:aws:lambda:{call.region}:{self._gateway.account}:function:{name}"
            self._dead_letters[arn] = (call.parameters["DeadLetterConfig"] or {}).get("TargetArn")

    def _send(self, function: LambdaFunction, destination: str, body: str, about: dict[str, str] | None = None) -> None:
        service = destination.split(":")[2]
        if not may(function, destination):
            self._lost.append((function.function_arn, f"{function.role} may not {VERBS[service]} on {destination}"))
        elif service == "sqs":
            self._to_queue(function, destination, body, about or {})
        elif service == "lambda":
            self._accept(destination, body)
        else:
            self._gateway.call("sns", "Publish", destination.split(":")[3], {"TopicArn": destination, "Message": body}, Caller("lambda"))

    def _to_queue(self, function: LambdaFunction, destination: str, body: str, about: dict[str, str]) -> None:
        try:
            put_in_queue(destination, body, strings(about))
        except UndeliverableError as error:
            self._lost.append((function.function_arn, str(error)))


def settings_of(function: LambdaFunction | None) -> dict[str, Any]:
    """How asynchronous invocations of a function are configured."""
    return dict(function.event_invoke_config[-1].config) if function is not None and function.event_invoke_config else {}


def may(function: LambdaFunction, destination: str) -> bool:
    """Whether the function's role lets Lambda send to a destination."""
    question = Question(VERBS[destination.split(":")[2]], destination)
    return judgement.problem(function.account_id, function.role, question) is None


def _record(event: Event, result: Result, condition: str, time: str) -> dict[str, Any]:
    response = {"statusCode": 200, "executedVersion": "$LATEST"} | ({"functionError": result.error} if result.error else {})
    return {
        "version": "1.0",
        "timestamp": time,
        "requestContext": {
            "requestId": result.request_id,
            "functionArn": f"{event.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": json.loads(event.payload),
        "responseContext": response,
        "responsePayload": json.loads(result.payload),
    }
