"""A request's parameters, as its protocol has them, named as in the service's model."""

from collections.abc import Mapping
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, EC2QueryParser, RequestDict
from moto.core.request import Request as HttpRequest
from werkzeug.datastructures import Headers, MultiDict

from sandbox.validation import unreadable


class _Parser(EC2QueryParser):
    """Reads the same as moto's, which looks through all parameters for each member of a list: 10,000 accounts take it ten seconds."""

    def _gonna_recurse(self, query_params: Mapping[str, str], prefix: str) -> bool:
        """Whether nothing is given at or under `prefix`."""
        if not hasattr(self, "_given"):
            parts = (key.split(".") for key in query_params)
            self._given = {".".join(key[:length]) for key in parts for length in range(1, len(key) + 1)}
        return prefix not in self._given and prefix != ""


PARSERS = {**PROTOCOL_PARSERS, "ec2": _Parser}


def of_form(operation: OperationModel, form: dict[str, str]) -> dict[str, Any]:
    """The parameters of an ec2 operation that is asked for by a form. Raises ApiError when they cannot be read."""
    parts: RequestDict = {"method": "POST", "values": MultiDict(form), "headers": Headers(), "body": b"", "url_path": "/", "url_params": {}}
    return _parsed(operation, "ec2", parts)


def of_request(operation: OperationModel, protocol: str, in_path: dict[str, Any], http: HttpRequest) -> dict[str, Any]:
    """The parameters of an HTTP request; what its path says is read already. Raises ApiError when they cannot be read."""
    parts: RequestDict = {
        "method": http.method,
        "values": http.values,
        "headers": http.headers,
        "body": http.get_data(),
        "url_path": http.path,
        "url_params": in_path,
    }
    return _parsed(operation, protocol, parts)


def _parsed(operation: OperationModel, protocol: str, parts: RequestDict) -> dict[str, Any]:
    try:
        return dict(PARSERS[protocol](operation).parse(parts) or {})
    except (ValueError, TypeError, AttributeError) as error:
        raise unreadable(protocol, error) from error
