"""The door for calls of this process that have not become requests: what is asked with parameters is answered with what a client reads."""

from dataclasses import dataclass
from threading import RLock
from typing import Any

from moto.core.utils import get_service_model

from sandbox import ec2_answers
from sandbox.gateway import ApiError, Gateway
from sandbox.http_response import HttpResponse
from sandbox.wire import XML, in_protocol, signed_off

SUCCESS = {"ec2": XML, "rbin": {"Content-Type": "application/json"}}
"""The headers that results have, by service: of those that can be asked so."""


@dataclass(frozen=True)
class Answer:
    """What is answered to a call: the headers that it would have had, and what botocore would have read in it."""

    status: int
    headers: dict[str, str]
    read: dict[str, Any]


class SideDoor:
    """Has the gateway answer what is asked without a request, in the words of HTTP."""

    def __init__(self, gateway: Gateway) -> None:
        """Stand before `gateway`."""
        self._gateway = gateway
        self._turn = RLock()  # a function's threads may ask at once

    def knows(self, service: str, operation: str) -> bool:
        """Whether calls of an operation may be asked here."""
        return service in SUCCESS and (service, operation) in self._gateway.operations

    def answer(self, model: Any, region: str, key: str, parameters: dict[str, Any], trace: str) -> Answer | HttpResponse:
        """The answer to a call of an operation that it knows; an error as HTTP would carry it.

        Raises:
            UnreachableError: the connection is to fail.
        """
        service = model.service_model.service_name
        request = self._gateway.request(service, model.name, region, parameters, self._gateway.caller_of(key), trace)
        try:
            with self._turn:
                result = self._gateway.answer(request)
        except ApiError as error:
            operation = get_service_model(service).operation_model(model.name)
            response = in_protocol(operation, str(operation.service_model.protocol), error, request.request_id)
            return HttpResponse(response.status, signed_off(response.headers, request), response.body)
        status = int(model.http.get("responseCode", 200))
        return Answer(status, signed_off(SUCCESS[service], request), ec2_answers.as_read(model.output_shape, result))
