"""What the sandbox does not have: one error that names it, whoever asks and in whatever protocol."""

import json
import re
from http import HTTPStatus
from typing import NoReturn
from xml.sax.saxutils import escape

from moto.core.request import Request as HttpRequest

from sandbox.gateway import ApiError, Request

CODE = "UnsupportedSandboxOperation"
MOTOS_ANSWER = "Not yet implemented"
TAKEN_FOR_OTHERS = {
    "s3": re.compile(
        "Analytics|IntelligentTiering|BucketMetrics|BucketMetadata|Annotation|Abac|Torrent|RequestPayment"
        "|CreateSession|RenameObject|WriteGetObject|DirectoryBuckets|UpdateObjectEncryption"
    )
}
"""What moto does not have and does not refuse: it would do another operation of the same path, deleting the bucket for one."""


def missing(service: str, operation: str) -> ApiError:
    """The error for an operation that is not there. Its status, 501, is none that AWS's tools try again."""
    return ApiError(CODE, f"The sandbox does not have {operation} of {service}.", HTTPStatus.NOT_IMPLEMENTED)


def refuse(request: Request) -> NoReturn:
    """The operation that stands in the gateway for one that is not there, lest moto answers it from a state that is not ours."""
    raise missing(request.service, request.operation)


def is_taken_for_another(service: str, operation: str) -> bool:
    """Whether moto would do something else than what it is asked to."""
    return service in TAKEN_FOR_OTHERS and TAKEN_FOR_OTHERS[service].search(operation) is not None


def name_of(http: HttpRequest) -> str:
    """The operation as a request names it, where no model knows it: by action, by target, or by method and path."""
    target = str(http.headers.get("X-Amz-Target", "")).rpartition(".")[2]
    return str(http.values.get("Action") or target or f"{http.method} {http.path}")


def written(error: ApiError, http: HttpRequest, request_id: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of an error without a model: XML to who sent a form or XML, else JSON."""
    kind = str(http.content_type or "")
    if "x-www-form-urlencoded" in kind or "xml" in kind:
        said = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        text = f"<ErrorResponse>{said}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return {"Content-Type": "text/xml"}, text.encode()
    headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
    return headers, json.dumps({"__type": error.code, "message": error.message}).encode()
