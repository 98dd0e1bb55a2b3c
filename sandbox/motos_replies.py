"""Moto's answers as the gateway takes them: which error they are, how to read them, and one error for all that moto does not have."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from xml.parsers.expat import ExpatError

from botocore.awsrequest import HeadersDict
from botocore.model import OperationNotFoundError
from botocore.parsers import create_parser
from moto.core.model import OperationModel
from moto.core.request import Request as HttpRequest

from sandbox import missing
from sandbox.gateway import ApiError, Reply, Request
from sandbox.http_response import HttpResponse
from sandbox.motos_answers import answered
from sandbox.validation import unreadable

ERROR_CODE = re.compile(r"<Code>([^<]+)</Code>|\"__type\"\s*:\s*\"(?:[^\"#]*#)?([^\"]+)\"")
MOTOS_REQUEST_ID = re.compile(rb"(?<=<requestId>)request-id(?=</requestId>)|(?<=<RequestId>)request-id(?=</RequestId>)")

log = logging.getLogger(__name__)


def asked(http: HttpRequest, request: Request, operation: OperationModel | None, protocol: str) -> Reply[HttpResponse]:
    """What moto answers to a request that came over HTTP.

    Raises:
        ApiError: moto does not have it, cannot read it, or failed.
    """
    status, headers, body = _ask(http, request)
    content = body.encode() if isinstance(body, str) else bytes(body)
    content = MOTOS_REQUEST_ID.sub(request.request_id.encode(), content, count=1)
    return reply(HttpResponse(int(status), {str(key): str(value) for key, value in headers.items()}, content), operation, protocol)


def reply(response: HttpResponse, operation: OperationModel | None, protocol: str) -> Reply[HttpResponse]:
    """An answer of moto's, to be read when the record is looked at."""
    error_code = _error_code(response)
    return Reply(response, error_code, lambda: None if error_code else _read(response, operation, protocol))


def _ask(http: HttpRequest, request: Request) -> tuple[int, Mapping[str, str], str | bytes]:
    if missing.is_taken_for_another(request.service, request.operation):
        raise missing.missing(request.service, request.operation)
    with failing(request):
        answer = answered(http)
    if answer is None or (answer[0] == HTTPStatus.NOT_FOUND and answer[2] == missing.MOTOS_ANSWER):
        raise missing.missing(request.service, request.operation)
    return answer


@contextmanager
def failing(request: Request) -> Iterator[None]:
    """Meanwhile what moto does not have, cannot read, or fails at, are errors of the API.

    Raises:
        ApiError: that.
    """
    try:
        yield
    except (NotImplementedError, OperationNotFoundError) as error:
        raise missing.missing(request.service, request.operation) from error
    except ExpatError as error:
        raise unreadable("rest-xml", error) from error
    except Exception as error:
        log.exception("moto failed at %s of %s", request.operation, request.service)
        text = f"moto failed at {request.operation} of {request.service}: {error!r}"
        raise ApiError("InternalFailure", text, HTTPStatus.INTERNAL_SERVER_ERROR) from error


def _read(response: HttpResponse, operation: OperationModel | None, protocol: str) -> dict[str, Any]:
    """What a client of the service's model reads in it."""
    if operation is None or operation.output_shape is None:
        return {}
    shape = operation.output_shape
    content = {shape.serialization["payload"]: response.body} if operation.has_streaming_output else {}
    parts = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": b"" if content else response.body}
    found = dict(create_parser(protocol).parse(parts, shape)) | content
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def _error_code(response: HttpResponse) -> str | None:
    if response.status < HTTPStatus.BAD_REQUEST:
        return None
    found = ERROR_CODE.search(response.body.decode(errors="replace"))
    header = {key.lower(): value for key, value in response.headers.items()}.get("x-amzn-errortype", "")
    in_body = (found[1] or found[2]) if found else ""
    return in_body or header.rsplit("#", 1)[-1] or str(response.status)
