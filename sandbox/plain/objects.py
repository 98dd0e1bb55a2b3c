"""S3's GetObject and PutObject of calls that say no more than what to read or write: moto's own operations, on what its HTTP layer would have made of the calls."""

import io
import re
from collections.abc import Callable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum, handle_checksum_body, resolve_response_checksum_algorithms
from botocore.response import StreamingBody
from moto.core.botocore_stubber import MockRawResponse
from moto.core.model import OperationModel
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeKey, s3_backends
from moto.s3.responses import S3Response
from moto.utilities.utils import get_partition

from sandbox.gateway import Request
from sandbox.http_response import HttpResponse
from sandbox.plain.answered import SERVER, Answered, Members, of_headers
from sandbox.plain_parameters import copied

GET, PUT = frozenset({"Bucket", "Key", "ChecksumMode"}), frozenset({"Bucket", "Key", "IfMatch", "IfNoneMatch"})
"""The parameters that are read; PutObject's Body beside them."""
CHECKSUM = "x-amz-checksum-crc32"
"""The trailer that botocore puts under bodies by itself."""
CHUNK = 1024 * 1024
HEADERS = {"x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
"""Of those that PutObject's requests always have, what moto looks at."""
PARTITION = "aws"
UNSENDABLE = re.compile(r"[\r\n]")
"""What no header can have, and keys seldom do."""


class _Responder(S3Response):
    """Moto's operations on objects, asked for without a request."""

    def __init__(self, request: Request, headers: dict[str, str], body: bytes) -> None:
        """Stand for the HTTP request that would have had these headers and this body."""
        super().__init__()
        self.current_account, self.region = request.account, request.region
        self.bucket_name, self._key = request.parameters["Bucket"], str(request.parameters["Key"])
        self.headers, self.response_headers = HeadersDict(headers), dict(SERVER)
        self.querystring = self.data = {"Action": [request.operation]}
        self.uri_match: dict[str, Any] = {}
        self.raw_body, self.body = body, self._handle_encoded_body(body)

    def parse_key_name(self) -> str:
        """The key: moto takes it from the request's path."""
        return self._key

    @staticmethod
    def _enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        """As they are: the request's id is not moto's to make."""
        return headers, body

    def answered(self, operation: Callable[[], Any]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an operation's answer."""
        try:
            answer = operation()
        except S3ClientError as error:
            answer = self.serialized(ActionResult(error))
        status, headers, body = self._send_response(answer)
        return status, {str(name): str(value) for name, value in headers.items()}, bytes(body)  # type: ignore[arg-type] # moto has made it bytes


def is_bucket(account: str, region: str, given: Members) -> bool:
    """Whether the bucket is there, and asking for it does no more than that: it keeps no log of who asks."""
    bucket = s3_backends[account][PARTITION].buckets.get(given["Bucket"])
    return bucket is not None and not bucket.logging and get_partition(region) == PARTITION


def get_sent(shape: Any, given: Members) -> Members | None:
    """GetObject's parameters in a request."""
    return copied(shape, given) if given.keys() <= GET else None


def put_sent(shape: Any, given: Members) -> Members | None:
    """PutObject's parameters in a request whose body botocore puts a checksum under, the body as it is sent: in one chunk, or none."""
    rest = {name: value for name, value in given.items() if name != "Body"}
    found = copied(shape, rest) if rest.keys() <= PUT and not UNSENDABLE.search("".join(map(str, rest.values()))) else None
    body = given.get("Body", b"")
    if type(body) is io.BytesIO and body.tell() == 0:
        body = body.getvalue()
    if found is None or type(body) is not bytes or len(body) > CHUNK:
        return None
    chunks = AwsChunkedWrapper(io.BytesIO(body), checksum_cls=Crc32Checksum, checksum_name=CHECKSUM).read()
    more = {"ChecksumAlgorithm": "CRC32", "ContentEncoding": "aws-chunked", "ContentLength": len(chunks), "Metadata": {}}
    return {**found, **more, "Body": chunks}


def is_readable(account: str, region: str, given: Members) -> bool:
    """The same, and the object, if it is there, has no date of its own to expire: botocore has its own way of reading those."""
    there = is_bucket(account, region, given)
    key = s3_backends[account][PARTITION].buckets[given["Bucket"]].keys.get(given["Key"]) if there else None
    return there and not (isinstance(key, FakeKey) and "expires" in key.metadata)


def is_writable(account: str, region: str, given: Members) -> bool:
    """The same, and its objects are not locked: moto has more to ask then."""
    return is_bucket(account, region, given) and not s3_backends[account][PARTITION].buckets[given["Bucket"]].object_lock_enabled


def get(request: Request) -> Answered | HttpResponse:
    """GetObject."""
    mode = request.parameters.get("ChecksumMode")
    responder = _Responder(request, {"x-amz-checksum-mode": mode} if mode else {}, b"")
    status, headers, content = responder.answered(responder.get_object)
    if status != HTTPStatus.OK:
        return HttpResponse(status, headers, content)
    model = get_service_model("s3").operation_model("GetObject")
    body, algorithm = _stream(model, request.parameters, headers, content)
    told = of_headers(model.output_shape, headers) | {"Body": body}
    metadata = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    return Answered(headers, told, lambda: of_headers(model.output_shape, headers) | {"Body": content}, metadata)


def put(request: Request) -> Answered | HttpResponse:
    """PutObject."""
    given = request.parameters
    conditions = {header: given[name] for name, header in (("IfMatch", "If-Match"), ("IfNoneMatch", "If-None-Match")) if name in given}
    responder = _Responder(request, HEADERS | conditions, given["Body"])
    status, headers, content = responder.answered(responder.put_object)
    if status != HTTPStatus.OK:
        return HttpResponse(status, headers, content)
    shape = get_service_model("s3").operation_model("PutObject").output_shape
    return Answered(headers, of_headers(shape, headers), lambda: of_headers(shape, headers))


def _stream(model: OperationModel, given: Members, headers: dict[str, str], content: bytes) -> tuple[StreamingBody, str | None]:
    """An object's content as clients read it, and the algorithm by which botocore checks it meanwhile, if it does."""
    raw: Any = SimpleNamespace(raw=MockRawResponse(content))
    length: Any = headers.get("content-length")
    asked: dict[str, Any] = {"context": {}}
    resolve_response_checksum_algorithms(asked, model, given)
    response: dict[str, Any] = {"headers": HeadersDict(headers), "context": {}, "body": StreamingBody(raw.raw, length)}
    handle_checksum_body(raw, response, asked["context"], model)
    return response["body"], response["context"].get("checksum", {}).get("response_algorithm")
