"""Calls in the sandbox's own process that go without HTTP, and without botocore's way there. What comes through here is what comes through the wire.

Building requests, signing, sending and reading took more than half of a night's time. A call goes straight if nobody who would miss something
listens to it on its way, and its parameters are such that HTTP would carry them as they are. An error that it ends in is the first answer of the
same call made again by botocore, which retries it and tells of it as it always does.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from threading import local
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.handlers import add_recursion_detection_header
from botocore.history import get_global_history_recorder

from sandbox.gateway import UnreachableError
from sandbox.heard import heard, is_botocores, is_unheard
from sandbox.http_response import HttpResponse
from sandbox.side_door import OURS, Answer, SideDoor

BEFORE, AFTER = "before-parameter-build", "after-call"
BODY, CALL = "Body", "_make_api_call"
TRACE = "X-Amzn-Trace-Id"
TRACED = "AWS_LAMBDA_FUNCTION_NAME", "_X_AMZN_TRACE_ID"
"""The variables that botocore makes it of."""
SIGNED = frozenset({"v4", "s3v4"})
"""The signatures that the sandbox takes for one: over HTTP any other is as good as none."""
USUAL = {("s3", "us-east-1"): ("https://s3.amazonaws.com",)}
"""Endpoints of AWS's own that are named otherwise than by service and region."""
Handlers = tuple[Callable[..., Any], ...]
First = HttpResponse | UnreachableError

STEPS: tuple[tuple[type, str], ...] = (
    (BaseClient, "_make_request"),
    (Endpoint, "make_request"),
    (Endpoint, "prepare_request"),
)
"""What others replace to see requests: while it is not botocore's own, everything goes by it."""
_history: Any = get_global_history_recorder()


class _Going(local):
    """What a thread's call has been answered, before botocore makes it."""

    first: First | None = None


class _Open:
    """The side door of the sandbox that is open, and what makes calls otherwise."""

    door: SideDoor | None = None
    make: Callable[[Any, str, dict[str, Any]], Any]


_going = _Going()


@dataclass(frozen=True)
class _Way:
    """How an operation's calls of one client go straight: which of botocore's handlers have something to do before and after.

    `is_last` says that the first attempt is the last, which botocore tells of; `validator` is botocore's, None where the door refuses all that it would.
    """

    model: Any
    is_last: bool
    before: Handlers
    after: Handlers
    validator: Any
    events: tuple[str, str]


@contextmanager
def handed_over(door: SideDoor) -> Iterator[None]:
    """Meanwhile calls that can do without HTTP are answered at the sandbox's side door; none are if somebody stands in botocore's way already."""
    found = vars(BaseClient)[CALL]
    if found is not _enter and not is_botocores(found):
        yield
        return
    if found is not _enter:  # or somebody has put back what was there in a sandbox before
        _Open.make = staticmethod(found)
    with patch.object(BaseClient, CALL, _enter):
        _Open.door = door
        try:
            yield
        finally:
            _Open.door = None


def _enter(client: Any, operation: str, given: dict[str, Any]) -> Any:
    """What stands in the place of botocore's own method."""
    outer, _going.first = _going.first, None  # a call within a call, for credentials, has an answer of its own
    try:
        return _made(client, operation, given) if _Open.door is None else _call(_Open.door, client, operation, given)
    finally:
        _going.first = outer


def _made(client: Any, operation: str, given: dict[str, Any]) -> Any:
    """A call as botocore makes it."""
    return _Open.make(client, operation, given)


def first_answer() -> HttpResponse | None:
    """What the call that is being made was answered already, if it was; once.

    Raises:
        UnreachableError: it was not answered.
    """
    first, _going.first = _going.first, None
    if isinstance(first, UnreachableError):
        raise first
    return first


def _call(door: SideDoor, client: Any, operation: str, given: dict[str, Any]) -> Any:
    way, credentials = _way(client, operation), client._request_signer._credentials  # noqa: SLF001 - the sandbox stands inside botocore
    if way is None or credentials is None or not door.knows(client.meta.service_model.service_name, operation) or _is_watched():
        return _made(client, operation, given)
    context = {"client_region": client.meta.region_name, "client_config": client.meta.config}
    parameters = _parameters(door, way, given, context)
    if parameters is None:
        return _made(client, operation, given)
    key = credentials.get_frozen_credentials().access_key
    if not key or not key.isalnum():
        return _made(client, operation, given)
    try:
        answer = door.answer(way.model, client.meta.region_name, key, parameters, _trace())
    except UnreachableError as error:
        return _go_on(client, operation, given, error)
    if not isinstance(answer, Answer):
        return _go_on(client, operation, given, answer)
    if isinstance(given.get(BODY), BytesIO):
        given[BODY].read()  # as whoever sends it does
    return _read(way, answer, context)


def _go_on(client: Any, operation: str, given: dict[str, Any], first: First) -> Any:
    """Have botocore make a call whose first answer is known."""
    _going.first = first
    try:
        return _made(client, operation, given)
    finally:
        _going.first = None


def _is_watched() -> bool:
    """Whether somebody keeps a history of requests, or has replaced what makes them."""
    return _history._enabled or not all(is_botocores(vars(kind)[name]) for kind, name in STEPS)  # noqa: SLF001 - the same


def _way(client: Any, operation: str) -> _Way | None:
    """How this goes straight, None if it does not. It is found once, and again when somebody begins or ceases to listen."""
    listeners = client.meta.events._emitter._lookup_cache  # noqa: SLF001 - botocore begins another whenever that changes
    known, ways = client.__dict__.get("_sandbox_ways", (None, {}))
    if known is not listeners:
        ways = {}
        client._sandbox_ways = listeners, ways  # noqa: SLF001 - the sandbox's own
    if operation not in ways:
        ways[operation] = _found(client, operation)
    way: _Way | None = ways[operation]
    return way


def _found(client: Any, operation: str) -> _Way | None:
    meta, config = client.meta, client.meta.config
    validator = getattr(client._serializer, "_param_validator", None)  # noqa: SLF001 - the same
    model, service = meta.service_model.operation_model(operation), meta.service_model.service_name
    named = f"{meta.service_model.service_id.hyphenize()}.{operation}"
    if (
        meta.endpoint_url not in {f"https://{service}.{meta.region_name}.amazonaws.com", *USUAL.get((service, meta.region_name), ())}
        or config.signature_version not in SIGNED
        or (config.s3 and service == "s3")
        or config.client_context_params
        or validator is None
        or not is_unheard(meta.events, named)
    ):
        return None
    events = f"{BEFORE}.{named}", f"{AFTER}.{named}"
    is_last = (config.retries or {}) == {"mode": "standard", "total_max_attempts": 1}
    validator = None if service in OURS else validator
    return _Way(model, is_last, heard(meta.events, events[0]), heard(meta.events, events[1]), validator, events)


def _parameters(door: SideDoor, way: _Way, given: dict[str, Any], context: dict[str, Any]) -> dict[str, Any] | None:
    """What HTTP would carry of a call's parameters; None if it might not be the same, or botocore would not take them."""
    built, shape, config = given.copy(), way.model.input_shape, context["client_config"]
    for handler in way.before:
        handler(params=built, model=way.model, context=context, event_name=way.events[0])
    for name in way.model.idempotent_members:
        given[name] = built[name]  # for whoever goes on with the call
    if shape is not None and BODY in shape.members and config.request_checksum_calculation != "when_supported":
        return None  # botocore's checksum is a part of what is sent
    if shape is not None and way.validator and way.validator.validate(built, shape).has_errors():
        return None
    return door.parameters(way.model, context["client_region"], built)


def _trace() -> str:
    """The trace header that botocore would send."""
    return _trace_in(*(os.environ.get(name) for name in TRACED))


@lru_cache(maxsize=16)
def _trace_in(*_variables: str | None) -> str:
    headers: dict[str, str] = {}
    add_recursion_detection_header({"headers": headers})
    return headers.get(TRACE, "")


def _read(way: _Way, answer: Answer, context: dict[str, Any]) -> dict[str, Any]:
    """An answer as botocore gives it."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    metadata = {"RequestId": headers["x-amzn-requestid"], "HTTPStatusCode": answer.status, "HTTPHeaders": headers, "RetryAttempts": 0}
    if way.is_last:
        metadata["MaxAttemptsReached"] = True
    parsed = answer.read | {"ResponseMetadata": metadata | answer.metadata}
    if way.after:
        response = AWSResponse("", answer.status, HTTPHeaders(), None)  # of those that are here none looks at more
        for handler in way.after:
            handler(http_response=response, parsed=parsed, model=way.model, context=context, event_name=way.events[1])
    return parsed
