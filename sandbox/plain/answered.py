"""What a plain call is answered with: a result as botocore would have read it, or an error as moto writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.parsers import create_parser
from moto.core.responses import BaseResponse

from sandbox.gateway import Request
from sandbox.http_response import HttpResponse

Members = dict[str, Any]
SERVER = {"server": "amazon.com"}


@dataclass(frozen=True)
class Answered:
    """A result: the HTTP headers that it would have had, what the client reads, and what the call's record gives whoever looks at it.

    `metadata` is what botocore tells of the answer in ResponseMetadata beside the usual.
    """

    headers: dict[str, str]
    told: Members
    recorded: Callable[[], Members]
    metadata: Members = field(default_factory=dict)


@dataclass(frozen=True)
class Plain:
    """An operation's plain calls, by the parameters that are `read`: `is_there` says whether moto has what they are about, in an account and region.

    `sent` gives the parameters as the gateway finds them in a request, None if only botocore knows; `protocol` is the one that errors are written in.
    """

    protocol: str
    sent: Callable[[Any, Members], Members | None]
    is_there: Callable[[str, str, Members], bool]
    answer: Callable[[Request], Answered | HttpResponse]


def of_json(shape: Any, result: Members, headers: dict[str, str]) -> Answered:
    """A result that would have come as JSON."""
    parser: Any = create_parser("json")

    def read() -> Members:
        found: Members = parser._parse_shape(shape, result)  # noqa: SLF001 - the sandbox stands inside botocore
        return found

    return Answered(headers, read(), read)


def of_headers(shape: Any, headers: Mapping[str, str]) -> Members:
    """What botocore reads in the headers of an answer; it looks for each member that the shape has, this for what is there."""
    parser: Any = create_parser("rest-xml")
    single, maps = _places(shape)
    named = ((single.get(header.lower()), value) for header, value in headers.items())
    found = {place[0]: parser._parse_shape(place[1], value) for place, value in named if place}  # noqa: SLF001 - the same
    return found | {name: parser._parse_header_map(member, headers) for name, member in maps}  # noqa: SLF001 - the same


def refused(responder: BaseResponse) -> HttpResponse:
    """The error that moto's responder ends with, as moto writes it."""
    status, headers, body = responder.call_action()
    return HttpResponse(
        int(status), {str(name): str(value) for name, value in headers.items()}, body.encode() if isinstance(body, str) else body
    )


@cache
def _places(shape: Any) -> tuple[dict[str, tuple[str, Any]], list[tuple[str, Any]]]:
    """The members that are headers, by the headers' names; and those that are all headers of a prefix."""
    members = shape.members.items()
    single = {
        one.serialization.get("name", name).lower(): (name, one) for name, one in members if one.serialization.get("location") == "header"
    }
    return single, [(name, one) for name, one in members if one.serialization.get("location") == "headers"]
