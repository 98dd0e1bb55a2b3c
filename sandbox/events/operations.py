"""EventBridge's operations that the sandbox answers itself: PutEvents and TestEventPattern."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.events import numbers
from sandbox.events.checks import bus_name, check_pattern
from sandbox.events.fields import fields_of
from sandbox.events.pattern import read
from sandbox.gateway import ApiError, Request

Event = dict[str, Any]
MOST_ENTRIES = 10
LARGEST = 1_048_576
"""Bytes of all entries of a call together: the size of one may be that too."""

IN_EVERY_EVENT = ("id", "account", "source", "time", "region", "resources", "detail-type")


def put_events(request: Request, emit: Callable[[str, Event, str], str]) -> dict[str, Any]:
    """PutEvents: each entry is taken by `emit`, which gives its id, or refused by itself. One for a bus that does not exist is taken, and lost.

    Raises:
        ApiError: too many entries, or too large ones.
    """
    given = request.parameters["Entries"]
    if len(given) > MOST_ENTRIES:
        raise ApiError(
            "ValidationException",
            f"Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to {MOST_ENTRIES}",
        )
    if sum(_size(entry) for entry in given) > LARGEST:
        raise ApiError("ValidationException", f"Total size of the entries in the request is over the limit of {LARGEST} bytes.")
    entries = [_put(request, entry, emit) for entry in given]
    return {"FailedEntryCount": sum("ErrorCode" in entry for entry in entries), "Entries": entries}


def test_event_pattern(request: Request) -> dict[str, Any]:
    """TestEventPattern.

    Raises:
        ApiError: the pattern is refused, or the event is none.
    """
    check_pattern(request.parameters["EventPattern"])
    try:
        event = numbers.read(request.parameters["Event"])
    except json.JSONDecodeError as error:
        raise ApiError("ValidationException", "Parameter Event is not valid.") from error
    missing = [name for name in IN_EVERY_EVENT if not isinstance(event, dict) or name not in event]
    if missing:
        raise ApiError("ValidationException", f"Parameter Event is not valid: it has no {missing[0]}.")
    return {"Result": read(request.parameters["EventPattern"]).takes(fields_of(event))}


def _put(request: Request, entry: dict[str, Any], emit: Callable[[str, Event, str], str]) -> dict[str, Any]:
    try:
        return {"EventId": emit(request.region, _event_of(entry), bus_name(entry.get("EventBusName")))}
    except ApiError as error:
        return {"ErrorCode": error.code, "ErrorMessage": error.message}


def _event_of(entry: dict[str, Any]) -> Event:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            raise ApiError("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    if entry["Source"].startswith("aws."):
        raise ApiError("NotAuthorizedForSourceException", "Not authorized for the source.")
    if len(entry["DetailType"]) > 128:
        raise ApiError("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType can be up to 128 characters.")
    try:
        detail = numbers.read(entry["Detail"])
    except json.JSONDecodeError:
        detail = None
    if not isinstance(detail, dict):
        raise ApiError("MalformedDetail", "Detail is malformed.")
    event = {"source": entry["Source"], "detail-type": entry["DetailType"], "resources": entry.get("Resources") or [], "detail": detail}
    return event | ({"time": entry["Time"].strftime("%Y-%m-%dT%H:%M:%SZ")} if entry.get("Time") else {})


def _size(entry: dict[str, Any]) -> int:
    """An entry's size, as EventBridge counts it."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")] + list(entry.get("Resources") or [])
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") else 0)
