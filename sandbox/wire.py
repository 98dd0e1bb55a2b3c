"""The wire: HTTP requests in the protocols of AWS's models to gateway requests, and answers back.

Nothing here knows how a request travelled: the same door serves boto3 clients of this process and an HTTP server.
"""

import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel, ServiceModel
from moto.core.request import Request as HttpRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.http import http_date

from sandbox import ec2_answers, missing
from sandbox.gateway import ApiError, Gateway, Request
from sandbox.http_response import HttpResponse
from sandbox.iam.credentials import WITHOUT_CREDENTIALS
from sandbox.motos_replies import asked
from sandbox.parameters import of_request
from sandbox.validation import check_sent

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
SERVICE_OF_SIGNATURE = {
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "servicequotas": "service-quotas",
    "email": "ses",
    "states": "stepfunctions",
}
XML = {"Content-Type": "text/xml"}


@dataclass(frozen=True)
class _Understood:
    """What the wire could read of a request: the models are None where no operation was recognized; `problem` is what it could not read."""

    request: Request
    http: HttpRequest
    service: ServiceModel | None
    operation: OperationModel | None
    protocol: str
    problem: ApiError | None


class FrontDoor:
    """Reads requests off the wire, has the gateway answer them, and writes the answers."""

    def __init__(self, gateway: Gateway) -> None:
        """Stand before `gateway`."""
        self.gateway = gateway

    def answer(self, http: HttpRequest) -> HttpResponse:
        """The answer to `http`, with the sandbox's `Date` and a request id.

        Raises:
            UnreachableError: the connection is to fail.
        """
        understood = self._understand(http)
        request = understood.request
        try:
            if understood.problem:
                self.gateway.refuse(request, understood.problem)
            if self.gateway.is_ours(request):
                response = _written(understood, self.gateway.answer(request))
            else:
                response = self.gateway.pass_on(request, lambda: asked(http, request, understood.operation, understood.protocol))
        except ApiError as error:
            response = _written(understood, error)
        return HttpResponse(response.status, signed_off(response.headers, request), response.body)

    def _understand(self, http: HttpRequest) -> _Understood:
        http.get_data()  # keeps the body: reading the form would use it up
        presigned = "Credential=" + http.args.get("X-Amz-Credential", "")
        match = CREDENTIAL.search(http.headers.get("Authorization") or presigned)
        signed_for = match["service"] if match else "sts" if http.values.get("Action") in WITHOUT_CREDENTIALS else ""
        name = SERVICE_OF_SIGNATURE.get(signed_for, signed_for)
        service, operation, protocol, in_path = _recognized(name, http)
        parameters: dict[str, Any] = {}
        problem = None
        try:
            if operation and (name, str(operation.name)) in self.gateway.operations:
                check_sent(operation, protocol, http)
            parameters = of_request(operation, protocol, in_path, http) if operation else {}
        except ApiError as error:
            problem = error
        caller = self.gateway.caller_of(match["key"] if match else None)
        region = match["region"] if match else "us-east-1"
        operation_name = str(operation.name) if operation else missing.name_of(http)
        request = self.gateway.request(name, operation_name, region, parameters, caller, http.headers.get("X-Amzn-Trace-Id", ""))
        return _Understood(request, http, service, operation, protocol, problem)


def _recognized(name: str, http: HttpRequest) -> tuple[ServiceModel | None, OperationModel | None, str, dict[str, Any]]:
    """The models, the protocol and what the path says, as far as they can be made out."""
    try:
        service = get_service_model(name)
        protocol = determine_request_protocol(service, http.content_type)
        operation, in_path = get_service_router(name).match(http)
    except (UnknownServiceError, NotFound, NotImplementedError):
        return None, None, "query", {}
    return service, operation, protocol, in_path


def _written(understood: _Understood, result: dict[str, Any] | ApiError) -> HttpResponse:
    """A result or an error in the protocol the request came in."""
    service, operation = understood.service, understood.operation
    if service is None or operation is None:
        if isinstance(result, ApiError):
            return HttpResponse(result.status, *missing.written(result, understood.http, understood.request.request_id))
        raise LookupError("An answer to an operation without a model.")
    return in_protocol(operation, understood.protocol, result, understood.request.request_id)


def in_protocol(operation: OperationModel, protocol: str, result: dict[str, Any] | ApiError, request_id: str) -> HttpResponse:
    """A result or an error of an operation, as its protocol writes it."""
    if protocol == "ec2" and isinstance(result, dict):
        return HttpResponse(200, XML, ec2_answers.written(operation, result, request_id))
    serializer = get_serializer_class(str(operation.service_model.service_name), protocol)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto's, about error codes that models leave out
        serialized = serializer(operation, SerializationContext(request_id)).serialize(result)
    body = serialized["body"]
    status = result.status if isinstance(result, ApiError) else _status(operation, result) or serialized["status_code"]
    return HttpResponse(status, dict(serialized["headers"]), body.encode() if isinstance(body, str) else body)


def _status(operation: OperationModel, result: dict[str, Any]) -> int | None:
    """The HTTP status that a result itself has, in the member whose place the model says that is; the serializer does not know of it."""
    members = operation.output_shape.members if operation.output_shape else {}
    return next(
        (result[name] for name, one in members.items() if one.serialization.get("location") == "statusCode" and name in result), None
    )


def signed_off(headers: dict[str, str], request: Request) -> dict[str, str]:
    """The headers with the sandbox's `Date` and the request's id."""
    kept = {key: value for key, value in headers.items() if key.lower() not in {"date", "x-amzn-requestid"}}
    return kept | {"Date": _date(request.time), "x-amzn-requestid": request.request_id}


@lru_cache(maxsize=1)  # time stands still while a function computes
def _date(time: datetime) -> str:
    return http_date(time)
