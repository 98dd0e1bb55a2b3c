"""Calls of this process that have not become requests: what is asked, and the answers to it."""

from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from moto.core.model import OperationModel
from moto.core.utils import get_service_model

from sandbox.gateway import ApiError, Gateway, Reply, Request
from sandbox.http_response import HttpResponse
from sandbox.motos_replies import failing, reply
from sandbox.parameters import of_form
from sandbox.plain.answered import Answered
from sandbox.plain.table import PLAIN
from sandbox.validation import check_form
from sandbox.wire import XML, in_protocol, signed_off

SUCCESS = {"ec2": XML, "rbin": {"Content-Type": "application/json"}}
"""The headers that results have, by service: of those that can be asked so."""


@dataclass(frozen=True)
class Asked:
    """A call of this process before it has become a request. Method, headers and body are for botocore's history of requests, which is empty."""

    url: str
    service: str
    operation: str
    parameters: dict[str, Any]
    region: str
    key: str
    trace: str
    is_form: bool = False
    """Whether the parameters are those of an ec2 operation's form, still to be read."""
    method: str = "GET"
    headers: tuple[()] = ()
    body: bytes = b""
    stream: Any = None
    """What would have been read to send its body."""

    def reset_stream(self) -> None:
        """It is to be asked again."""
        if self.stream is not None:
            self.stream.seek(0)


@dataclass(frozen=True)
class Answer:
    """What is answered to a call of this process: the result itself, or the body of an error."""

    status: int
    headers: dict[str, str]
    result: dict[str, Any] | bytes
    metadata: dict[str, Any] = field(default_factory=dict)
    """What botocore tells of it beside the usual."""


class SideDoor:
    """Has the gateway answer what is asked without a request, in the words of HTTP."""

    def __init__(self, gateway: Gateway) -> None:
        """Stand before `gateway`."""
        self.gateway = gateway
        self._turn = RLock()  # a function's threads may ask at once

    def answer(self, asked: Asked) -> Answer:
        """The answer to a call of ours, as HTTP would have carried both.

        Raises:
            UnreachableError: the connection is to fail.
        """
        operation = get_service_model(asked.service).operation_model(asked.operation)
        parameters, problem = asked.parameters, None
        try:
            if asked.is_form:
                check_form(operation, parameters)
                parameters = of_form(operation, parameters)
        except ApiError as error:
            parameters, problem = {}, error
        request = self._request(asked, parameters)
        try:
            if problem:
                self.gateway.refuse(request, problem)
            with self._turn:
                result = self.gateway.answer(request)
            return Answer(_success(operation), signed_off(SUCCESS[asked.service], request), result)
        except ApiError as error:
            response = in_protocol(operation, str(operation.service_model.protocol), error, request.request_id)
            return Answer(response.status, signed_off(response.headers, request), response.body)

    def answer_plainly(self, asked: Asked) -> Answer:
        """The answer to a plain call, as moto would give it.

        Raises:
            UnreachableError: the connection is to fail.
        """
        operation, plain = get_service_model(asked.service).operation_model(asked.operation), PLAIN[asked.service, asked.operation]
        request = self._request(asked, asked.parameters)

        def perform() -> Reply[HttpResponse | Answered]:
            with failing(request):
                found = plain.answer(request)
            if isinstance(found, Answered):
                return Reply(found, None, found.recorded)
            refused = reply(found, operation, plain.protocol)
            return Reply(found, refused.error_code, refused.read)

        try:
            with self._turn:
                found = self.gateway.pass_on(request, perform)
        except ApiError as error:
            found = in_protocol(operation, plain.protocol, error, request.request_id)
        if isinstance(found, Answered):
            return Answer(_success(operation), signed_off(found.headers, request), found.told, found.metadata)
        return Answer(found.status, signed_off(found.headers, request), found.body)

    def _request(self, asked: Asked, parameters: dict[str, Any]) -> Request:
        caller = self.gateway.caller_of(asked.key)
        return self.gateway.request(asked.service, asked.operation, asked.region, parameters, caller, asked.trace)


def _success(operation: OperationModel) -> int:
    """The HTTP status that the model gives results."""
    return int(operation.http.get("responseCode", 200))
