"""Moto's answers, asked for without its own way in, which reads every request anew and searches all services for it."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any
from unittest.mock import patch

from moto.backend_index import backend_url_patterns
from moto.backends import get_backend
from moto.core import errors, responses, utils
from moto.core.base_backend import BackendDict
from moto.core.common_types import TYPE_RESPONSE
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import Request
from werkzeug.exceptions import HTTPException

_names = cache(utils.method_names_from_class)
_made = BackendDict.__getitem__
_errors = errors.ErrorLookupFactory()
Handler = Callable[[Request, str, Any], TYPE_RESPONSE]


@contextmanager
def sooner() -> Iterator[None]:
    """Meanwhile moto looks up which operations and errors a service has once, not in each call or error, and its backends without going through all."""
    with (
        patch.object(responses, "method_names_from_class", _names),
        patch.object(errors, "ErrorLookupFactory", lambda: _errors),
        patch.object(BackendDict, "__getitem__", _of_account),
    ):
        yield


def _of_account(backends: Any, account: str) -> Any:
    """A service's backends in an account; moto makes them, and remembers which there are, when they are first asked for."""
    found = dict.get(backends, account)
    return _made(backends, account) if found is None else found


def answered(request: Request) -> TYPE_RESPONSE:
    """Status, headers and body of moto's answer; 404 for what moto doesn't have. The request's body has been read and kept."""
    handler = _handler(f"{request.scheme}://{request.host}{request.raw_path}")
    if handler is None:
        return 404, {}, "Not yet implemented"
    unread = Request({**request.environ, "wsgi.input": io.BytesIO(request.get_data())})
    try:
        return handler(unread, unread.raw_url, unread.headers)
    except HTTPException as error:
        return error.code or 500, dict(error.get_headers()), error.get_body()


@lru_cache(maxsize=4096)
def _handler(url: str) -> Handler | None:
    """What moto would choose: the first service whose addresses match, its first path that matches."""
    for service, pattern in backend_url_patterns:
        if pattern.match(url):
            for path, handler in _handlers(service):
                if path.match(url):
                    return handler
    return None


@cache
def _handlers(service: str) -> list[tuple[re.Pattern[str], Handler]]:
    regions = get_backend(service)[DEFAULT_ACCOUNT_ID]  # type: ignore[call-overload] # the service is only known here
    backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
    return [(re.compile(url), handler) for url, handler in backend.urls.items()]
