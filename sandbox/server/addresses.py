"""Requests to the sandbox's own address as the requests to AWS that they stand for."""

import io
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.regions import EndpointResolver
from moto.core.request import Request

from sandbox.wire import CREDENTIAL, SERVICE_OF_SIGNATURE

Environ = dict[str, Any]
LOCAL = "localhost"


def as_sent_to_aws(environ: Environ) -> Request:
    """The request as it would be had it gone to AWS: to the service's host, with S3's bucket in the path, its body read."""
    here = Request(environ)
    body = here.get_data()
    match = CREDENTIAL.search(here.headers.get("Authorization") or "Credential=" + here.args.get("X-Amz-Credential", ""))
    service, region = (match["service"], match["region"]) if match else ("", "us-east-1")
    path, host = here.raw_path, _host(SERVICE_OF_SIGNATURE.get(service, service), region)
    bucket = here.host.partition(":")[0].removesuffix(LOCAL).rstrip(".")
    prefix = f"/{bucket}" if bucket and service == "s3" and here.host.partition(":")[0].endswith(LOCAL) else ""
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    changed = {
        "HTTP_HOST": host,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "PATH_INFO": prefix + environ["PATH_INFO"],
        "RAW_URI": prefix + path + query,
        "REQUEST_URI": prefix + path + query,
    }
    dropped = {"HTTP_TRANSFER_ENCODING", "wsgi.input_terminated", "werkzeug.request"}
    return Request({key: value for key, value in environ.items() if key not in dropped} | changed)


@cache
def _host(service: str, region: str) -> str:
    """Where AWS serves this service; a name of the same make where botocore knows none."""
    found = _resolver().construct_endpoint(service, region) if service else None
    return str(found["hostname"]) if found else f"{service or 'unsigned'}.{region}.amazonaws.com"


@cache
def _resolver() -> EndpointResolver:
    return EndpointResolver(Loader().load_data("endpoints"))
