"""SQS's SendMessage and SendMessageBatch of messages that are a body, perhaps delayed: moto's own operations on the sandbox's queues."""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import get_service_model
from moto.sqs.responses import SQSResponse

from sandbox.gateway import Request
from sandbox.http_response import HttpResponse
from sandbox.plain.answered import SERVER, Answered, Members, of_json, refused
from sandbox.plain_parameters import copied

JSON = "application/x-amz-json-1.0"
ONE, ENTRY = frozenset({"QueueUrl", "MessageBody", "DelaySeconds"}), frozenset({"Id", "MessageBody", "DelaySeconds"})
"""The parameters that are read, of one message and of one in a batch."""


class _Responder(SQSResponse):
    """Moto's operations on queues, asked for without a request."""

    def __init__(self, request: Request) -> None:
        """Stand for the HTTP request that would have had these parameters. Moto writes into those of messages."""
        super().__init__()
        self.current_account, self.region = request.account, request.region
        self.headers = {"Content-Type": JSON, "X-Amz-Target": f"AmazonSQS.{request.operation}"}
        self.response_headers, self.querystring, self.uri_match = dict(SERVER), {}, {}
        entries = [dict(entry) for entry in request.parameters.get("Entries", ())]
        self.params: Any = request.parameters | ({"Entries": entries} if entries else {})


def one_sent(shape: Any, given: Members) -> Members | None:
    """SendMessage's parameters in a request."""
    return copied(shape, given) if given.keys() <= ONE else None


def batch_sent(shape: Any, given: Members) -> Members | None:
    """SendMessageBatch's parameters in a request."""
    found = copied(shape, given)
    return found if found and all(entry.keys() <= ENTRY for entry in found["Entries"]) else None


def send(request: Request) -> Answered | HttpResponse:
    """Either."""
    responder = _Responder(request)
    try:
        result = responder.send_message() if request.operation == "SendMessage" else responder.send_message_batch()
    except ServiceException:
        return refused(_Responder(request))  # nothing was sent: asked again, moto says the same
    found: Any = result.result
    shape = get_service_model("sqs").operation_model(request.operation).output_shape
    return of_json(shape, found, SERVER | {"Content-Type": JSON})
