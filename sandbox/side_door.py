"""The door for calls of this process that have not become requests: what is asked with parameters is answered with what a client reads."""

from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import get_service_model

from sandbox import ec2_answers
from sandbox.gateway import ApiError, Gateway, Reply, Request
from sandbox.http_response import HttpResponse
from sandbox.motos_replies import failing, reply
from sandbox.plain.answered import Answered, Members
from sandbox.plain.table import PLAIN
from sandbox.plain_parameters import copied
from sandbox.wire import XML, in_protocol, signed_off

OURS = {"ec2": XML, "rbin": {"Content-Type": "application/json"}}
"""The headers that results have, by service: of those whose own operations can be asked here."""


@dataclass(frozen=True)
class Answer:
    """What is answered to a call: the headers that it would have had, and what botocore would have read in it, of its metadata too."""

    status: int
    headers: dict[str, str]
    read: Members
    metadata: Members = field(default_factory=dict)


class SideDoor:
    """Has the gateway answer what is asked without a request, in the words of HTTP."""

    def __init__(self, gateway: Gateway) -> None:
        """Stand before `gateway`."""
        self._gateway = gateway

    def knows(self, service: str, operation: str) -> bool:
        """Whether calls of an operation may be asked here."""
        return (service in OURS and (service, operation) in self._gateway.operations) or (service, operation) in PLAIN

    def parameters(self, model: Any, region: str, given: Members) -> Members | None:
        """What a request would carry of a call's parameters; None if it might not be the same, or the call must become a request."""
        plain = PLAIN.get((model.service_model.service_name, model.name))
        if plain is None:
            return copied(model.input_shape, given)
        found = plain.sent(model.input_shape, given)
        return found if found and plain.is_there(self._gateway.account, region, found) else None

    def answer(self, model: Any, region: str, key: str, parameters: Members, trace: str) -> Answer | HttpResponse:
        """The answer to a call of an operation that it knows; an error as HTTP would carry it.

        Raises:
            UnreachableError: the connection is to fail.
        """
        service, name = model.service_model.service_name, model.name
        request = self._gateway.request(service, name, region, parameters, self._gateway.caller_of(key), trace)
        try:
            with self._gateway.turn:  # a function's threads may ask at once
                found = self._gateway.pass_on(request, lambda: _plainly(request)) if (service, name) in PLAIN else self._own(model, request)
        except ApiError as error:
            operation = get_service_model(service).operation_model(name)
            protocol = PLAIN[service, name].protocol if (service, name) in PLAIN else str(operation.service_model.protocol)
            found = in_protocol(operation, protocol, error, request.request_id)
        headers = signed_off(found.headers, request)
        if isinstance(found, HttpResponse):
            return HttpResponse(found.status, headers, found.body)
        return Answer(int(model.http.get("responseCode", 200)), headers, found.told, found.metadata)

    def _own(self, model: Any, request: Request) -> Answered:
        result = self._gateway.answer(request)
        return Answered(OURS[request.service], ec2_answers.as_read(model.output_shape, result), lambda: result)


def _plainly(request: Request) -> Reply[HttpResponse | Answered]:
    """A plain call's answer, from moto's backends."""
    plain = PLAIN[request.service, request.operation]
    with failing(request):
        found = plain.answer(request)
    if isinstance(found, Answered):
        return Reply(found, None, found.recorded)
    refused = reply(found, get_service_model(request.service).operation_model(request.operation), plain.protocol)
    return Reply(found, refused.error_code, refused.read)
