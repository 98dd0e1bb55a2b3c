"""Calls in the sandbox's own process that go without HTTP: EC2's, the Recycle Bin's, and plain ones of other services. What comes through here is what comes through the wire.

Signing, connecting, writing XML and reading it took more than half of a night's time. The parameters are those of the call or, where botocore
may have changed them, of the form that it made; answers are put together as botocore would have read them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint, convert_to_response_dict
from botocore.exceptions import EndpointConnectionError

from sandbox import ec2_answers
from sandbox.asked import SUCCESS, Asked, SideDoor
from sandbox.gateway import UnreachableError
from sandbox.plain import table
from sandbox.plain.objects import CHECKSUM
from sandbox.plain.table import PLAIN
from sandbox.plain_parameters import as_form, copied

KEY, PARAMETERS = "sandbox_access_key", "sandbox_parameters"
"""Where calls' contexts have what the endpoint would have to work out of requests."""
TRACE = "X-Amzn-Trace-Id"
SIGNED = frozenset({"v4", "s3v4"})
"""The signatures that the sandbox takes for one: over HTTP any other is as good as none."""
SERVICES, AWS = frozenset({*table.SERVICES, *SUCCESS}), ".amazonaws.com"
DEAF = ("botocore.", "moto.", "aws_lambda_powertools.")
"""Whose handlers are on the way of every request, and miss nothing; Powertools' writes itself into the user agent."""
ADAPTIVE = "botocore.retries.adaptive"
"""It waits before requests are sent."""
BEFORE = ("before-call",)
"""Whoever hears this may change what is sent."""
ON_THE_WAY = ("request-created", "before-sign", "before-send", "before-parse")
Way = Callable[..., Any]

_client: Any = BaseClient
_endpoint: Any = Endpoint
_made: Way = _client._make_request  # noqa: SLF001 - the sandbox stands inside botocore
_converted: Way = _client._convert_to_request_dict  # noqa: SLF001 - the same
_answered: Way = _endpoint._do_get_response  # noqa: SLF001 - the same
_created: Way = _endpoint.create_request


@contextmanager
def handed_over(door: SideDoor) -> Iterator[None]:
    """Meanwhile the sandbox's own operations of EC2 and the Recycle Bin, and plain calls of others, are asked for at its side door, without HTTP."""
    with (
        patch.object(BaseClient, "_convert_to_request_dict", _convert),
        patch.object(BaseClient, "_make_request", _make),
        patch.object(Endpoint, "create_request", lambda endpoint, *given: _create(door, endpoint, *given)),
        patch.object(Endpoint, "_do_get_response", lambda endpoint, *given: _answer(door, endpoint, *given)),
    ):
        yield


def _convert(client: Any, api_params: dict[str, Any], operation_model: Any, *more: Any, **named: Any) -> Any:
    """Go on, with the parameters where the endpoint finds them, of calls whose parameters nobody changes on the way."""
    service, name = operation_model.service_model.service_name, operation_model.name
    if named.get("context") is not None and (service, name) in PLAIN:
        named["context"][PARAMETERS] = PLAIN[service, name].sent(operation_model.input_shape, api_params)
    elif named.get("context") is not None and _is_sent_as_given(service, name):
        named["context"][PARAMETERS] = copied(operation_model.input_shape, api_params) if api_params else {}
    return _converted(client, api_params, operation_model, *more, **named)


def _is_sent_as_given(service: str, operation: str) -> bool:
    """Whether botocore has nothing of its own to put into an operation's parameters."""
    return service == "rbin" or (service == "ec2" and operation.startswith("Describe"))


def _make(client: Any, model: Any, request: dict[str, Any], context: dict[str, Any]) -> Any:
    """Go on, with whose key it is where the endpoint finds it, if it may do without a request."""
    signer, service = client._request_signer, model.service_model.service_name  # noqa: SLF001 - the sandbox stands inside botocore
    credentials = signer._credentials  # noqa: SLF001 - the same
    if not _is_unheard(client.meta.events, service, model.name, BEFORE):
        context.pop(PARAMETERS, None)
    if service in SERVICES and AWS in request["url"] and credentials and _is_unheard(client.meta.events, service, model.name, ON_THE_WAY):
        version = signer._choose_signer(model.name, "standard", context)  # noqa: SLF001 - the same
        if version in SIGNED:
            context[KEY] = credentials.get_frozen_credentials().access_key
    return _made(client, model, request, context)


def _is_unheard(events: Any, service: str, operation: str, names: tuple[str, ...]) -> bool:
    """Whether nobody who would miss it listens to what happens between a call and its answer."""
    emitter = events._emitter  # noqa: SLF001 - the same
    for event in names:
        name = f"{event}.{service}.{operation}"
        heard = emitter._lookup_cache.get(name)  # noqa: SLF001 - as it looks for them itself
        if heard is None:
            heard = emitter._lookup_cache[name] = emitter._handlers.prefix_search(name)  # noqa: SLF001 - the same
        modules = {str(getattr(each, "__module__", "")) for each in heard}
        if ADAPTIVE in modules or not all(module.startswith(DEAF) for module in modules):
            return False
    return True


def _create(door: SideDoor, endpoint: Any, params: dict[str, Any], model: Any = None) -> Any:
    context, headers = params["context"], params["headers"]
    service = model.service_model.service_name if model and KEY in context else ""
    given = context.get(PARAMETERS)
    about = context.get("client_region", ""), context.get(KEY, ""), headers.get(TRACE, "")
    if service in SUCCESS and (service, model.name) in door.gateway.operations:
        if given is not None:
            return Asked(params["url"], service, model.name, given, *about)
        form = as_form(params["body"]) if service == "ec2" else None
        if form is not None:
            return Asked(params["url"], service, model.name, form, *about, is_form=True)
    plain = PLAIN.get((service, model.name)) if given else None
    region = context.get("signing", {}).get("region", about[0])
    if plain and _is_checked(given, headers) and plain.is_there(door.gateway.account, region, given):
        stream = params["body"] if "Body" in given else None
        if stream is not None:
            stream.read()
        return Asked(params["url"], service, model.name, given, region, *about[1:], stream=stream)
    return _created(endpoint, params, model)


def _is_checked(given: dict[str, Any], headers: Any) -> bool:
    """Whether botocore puts the checksum under a body, if there is one, that its parameters say."""
    return "Body" not in given or headers.get("X-Amz-Trailer") == CHECKSUM


def _answer(door: SideDoor, endpoint: Any, request: Any, model: Any, context: dict[str, Any]) -> Any:
    """A response with what botocore reads in it, or the exception: what a call over HTTP ends with."""
    if not isinstance(request, Asked):
        return _answered(endpoint, request, model, context)
    try:
        answer = door.answer(request) if request.service in SUCCESS else door.answer_plainly(request)
    except UnreachableError:
        return None, EndpointConnectionError(endpoint_url=request.url)
    response: Any = AWSResponse(request.url, answer.status, HTTPHeaders.from_dict(answer.headers), None)
    response._content = answer.result if isinstance(answer.result, bytes) else b""  # noqa: SLF001 - the same
    if isinstance(answer.result, bytes):
        return (response, _error(endpoint, response, model)), None
    metadata = {
        "RequestId": answer.headers["x-amzn-requestid"],
        "HTTPStatusCode": answer.status,
        "HTTPHeaders": {name.lower(): value for name, value in answer.headers.items()},
    }
    read = ec2_answers.as_read(model.output_shape, answer.result) if request.service in SUCCESS else answer.result
    return (response, read | {"ResponseMetadata": metadata | answer.metadata}), None


def _error(endpoint: Any, response: Any, model: Any) -> dict[str, Any]:
    """An error as botocore reads it, modeled fields and all."""
    parts = convert_to_response_dict(response, model)
    parser = endpoint._response_parser_factory.create_parser(model.service_model.resolved_protocol)  # noqa: SLF001 - the same
    found: dict[str, Any] = parser.parse(parts, model.output_shape)
    endpoint._add_modeled_error_fields(parts, found, model, parser)  # noqa: SLF001 - the same
    return found
