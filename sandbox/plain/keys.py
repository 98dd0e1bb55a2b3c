"""KMS's DescribeKey: moto's own operation, without a request."""

import json
from typing import Any

from moto.core.utils import get_service_model
from moto.kms.responses import KmsResponse
from werkzeug.exceptions import HTTPException

from sandbox.gateway import Request
from sandbox.http_response import HttpResponse
from sandbox.plain.answered import SERVER, Answered, Members, of_json, refused
from sandbox.plain_parameters import copied

READ = {"KeyId"}


class _Responder(KmsResponse):
    """Moto's operations on keys, asked for without a request."""

    def __init__(self, request: Request) -> None:
        """Stand for the HTTP request that would have had these parameters."""
        super().__init__()
        self.current_account, self.region = request.account, request.region
        self.headers = {"X-Amz-Target": f"TrentService.{request.operation}"}
        self.response_headers, self.querystring = dict(SERVER), {}
        self.body = json.dumps(request.parameters)


def sent(shape: Any, given: Members) -> Members | None:
    """DescribeKey's parameters in a request."""
    return copied(shape, given) if given.keys() <= READ else None


def describe(request: Request) -> Answered | HttpResponse:
    """DescribeKey."""
    try:
        found = json.loads(_Responder(request).describe_key())
    except HTTPException:
        return refused(_Responder(request))
    return of_json(get_service_model("kms").operation_model("DescribeKey").output_shape, found, SERVER)
