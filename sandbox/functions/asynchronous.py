"""Asynchronous invocations: two more attempts, after one and two minutes, then the destination for failures."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.delivery.sender import UndeliverableError
from sandbox.delivery.targets import find_function, put_in_queue, strings
from sandbox.functions.invocation import Result
from sandbox.gateway import Caller, Gateway
from sandbox.iam import judgement
from sandbox.iam.evaluate import Question

Run = Callable[[str, str, Callable[[Result], None], str], str]
OLDEST = 21600


@dataclass
class _Event:
    """An event on its way through the attempts of one function."""

    arn: str
    payload: str
    accepted: datetime
    request_id: str = ""
    attempts: int = 0


class AsyncEvents:
    """Lambda's own queue of events for asynchronous invocation. `lost` lists destinations that could not be reached, and why."""

    def __init__(self, gateway: Gateway, run: Run) -> None:
        """Invoke by `run`."""
        self.lost: list[tuple[str, str]] = []
        self._gateway = gateway
        self._clock = gateway.clock
        self._run = run

    def accept(self, arn: str, payload: str) -> None:
        """Take an event for the function `arn`; it is invoked when the clock goes on."""
        self._attempt(_Event(arn, payload or "{}", self._clock.now()))

    def _attempt(self, event: _Event) -> None:
        if find_function(event.arn) is None:
            self.lost.append((event.arn, "the function was deleted"))
            return
        event.attempts += 1
        event.request_id = self._run(event.arn, event.payload, lambda result: self._ended(event, result), event.request_id)

    def _ended(self, event: _Event, result: Result) -> None:
        function = find_function(event.arn)
        settings = _settings(function)
        retries = settings.get("MaximumRetryAttempts")
        pause = timedelta(minutes=event.attempts)
        oldest = timedelta(seconds=settings.get("MaximumEventAgeInSeconds") or OLDEST)
        if result.error is None:
            self._tell(event, result, "OnSuccess", "Success")
        elif event.attempts > (2 if retries is None else int(retries)):
            self._tell(event, result, "OnFailure", "RetriesExhausted")
        elif self._clock.now() + pause - event.accepted > oldest:
            self._tell(event, result, "OnFailure", "EventAgeExceeded")
        else:
            self._clock.after(pause, lambda: self._attempt(event))

    def _tell(self, event: _Event, result: Result, outcome: str, condition: str) -> None:
        function = find_function(event.arn)
        destination = ((_settings(function).get("DestinationConfig") or {}).get(outcome) or {}).get("Destination")
        if function is None or not destination:
            return
        body = json.dumps(_record(event, result, condition, f"{self._clock.now():%Y-%m-%dT%H:%M:%S.000Z}"))
        verb, service = {"sqs": ("sqs:SendMessage", "sqs"), "lambda": ("lambda:InvokeFunction", "lambda"), "sns": ("sns:Publish", "sns")}[
            destination.split(":")[2]
        ]
        if judgement.problem(self._gateway.account, function.role, Question(verb, destination)):
            self.lost.append((event.arn, f"{function.role} may not {verb} on {destination}"))
        elif service == "sqs":
            self._to_queue(event, destination, body)
        elif service == "lambda":
            self.accept(destination, body)
        else:
            self._gateway.call("sns", "Publish", destination.split(":")[3], {"TopicArn": destination, "Message": body}, Caller("lambda"))

    def _to_queue(self, event: _Event, destination: str, body: str) -> None:
        try:
            put_in_queue(destination, body, strings({}))
        except UndeliverableError as error:
            self.lost.append((event.arn, str(error)))


def _settings(function: LambdaFunction | None) -> dict[str, Any]:
    return dict(function.event_invoke_config[-1].config) if function is not None and function.event_invoke_config else {}


def _record(event: _Event, result: Result, condition: str, time: str) -> dict[str, Any]:
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
