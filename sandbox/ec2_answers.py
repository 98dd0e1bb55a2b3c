"""EC2's answers, straight from the model: as XML, and as botocore reads that. Its describes are large, and this is a good deal quicker than the general way."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.utils import parse_timestamp
from moto.core.model import OperationModel

from sandbox.ec2.shown import Shown

Writer = Callable[[Any], str]
Reader = Callable[[Any], Any]
RETURNS = {"\r": "&#13;"}
"""Carriage returns, which readers of XML would take for line feeds."""


def written(operation: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    """The answer to an operation of the ec2 protocol.

    Raises:
        KeyError: the result has a member that the model doesn't.
    """
    space = f"http://ec2.amazonaws.com/doc/{operation.service_model.api_version}/"
    inner = _writer(operation.output_shape)(result) if operation.output_shape else ""
    name = f"{operation.name}Response"
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<{name} xmlns="{space}"><requestId>{request_id}</requestId>{inner}</{name}>'
    return text.encode()


@cache
def _writer(shape: Any) -> Writer:
    """What writes values of a shape; made once for each."""
    return {"structure": _structure, "list": _list, "boolean": _boolean}.get(shape.type_name, lambda _: _text)(shape)


def _structure(shape: Any) -> Writer:
    members: dict[str, tuple[str, str, Writer]] = {}

    def member(key: str) -> tuple[str, str, Writer]:
        inner = shape.members[key]
        name = inner.serialization.get("name", key)
        members[key] = made = f"<{name}>", f"</{name}>", _writer(inner)
        return made

    def write(value: dict[str, Any]) -> str:
        parts: list[str] = []
        for key, each in value.items():
            if each is not None:
                begin, end, inner = members.get(key) or member(key)
                parts += (begin, inner(each), end)
        return "".join(parts)

    return write


def _list(shape: Any) -> Writer:
    name, inner = shape.member.serialization.get("name", "member"), _writer(shape.member)
    return lambda value: "".join(f"<{name}>{inner(each)}</{name}>" for each in value)


def _boolean(_shape: Any) -> Writer:
    return lambda value: "true" if value else "false"


@lru_cache(maxsize=65536)
def _time(text: str) -> Any:
    return parse_timestamp(text)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return escape(str(value), RETURNS)


def as_read(shape: Any, result: dict[str, Any]) -> dict[str, Any]:
    """What botocore reads in the XML of a result, which nobody else holds a part of.

    Raises:
        KeyError: the result has a member that the model doesn't.
    """
    found: dict[str, Any] = _reader(shape)(result) if shape else {}
    return found


@cache
def _reader(shape: Any) -> Reader:
    """What reads values of a shape; made once for each."""
    make = READERS.get(shape.type_name)
    return make(shape) if make else str


def _reader_of_structure(shape: Any) -> Reader:
    readers = {name: None if inner.type_name == "string" else _reader(inner) for name, inner in shape.members.items()}

    def read(value: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for name, each in value.items():
            if each is not None:
                reader = readers[name]
                found[name] = reader(each) if reader else each if type(each) is str else str(each)
        return found

    return read


def _reader_of_list(shape: Any) -> Reader:
    inner = _reader(shape.member)
    if shape.member.type_name != "structure":
        return lambda value: [inner(each) for each in value]
    copy = _copier(shape.member)

    def read(value: Shown) -> Any:
        kept = value.read
        if kept is None or kept[0] is not inner:
            value.read = kept = inner, inner(value)
        return copy(kept[1])

    return lambda value: [read(each) if type(each) is Shown else inner(each) for each in value]


@cache
def _copier(shape: Any) -> Reader:
    """What copies values that were read, so that nobody else holds a part of it that can be changed; made once for each shape."""
    if shape.type_name == "list":
        copy = _copier(shape.member)
        return lambda value: list(map(copy, value))
    if shape.type_name != "structure":
        return lambda value: value
    inner = [(name, _copier(member)) for name, member in shape.members.items() if member.type_name in {"structure", "list"}]
    if not inner:
        return dict.copy

    def copied(value: dict[str, Any]) -> dict[str, Any]:
        found = value.copy()
        for name, copy in inner:
            if name in found:
                found[name] = copy(found[name])
        return found

    return copied


READERS: dict[str, Callable[[Any], Reader]] = {
    "structure": _reader_of_structure,
    "list": _reader_of_list,
    "timestamp": lambda _: lambda value: _time(_text(value)),
    "blob": lambda _: lambda value: base64.b64decode(_text(value)),
    "boolean": lambda _: bool,
    **dict.fromkeys(("integer", "long"), lambda _: int),
    **dict.fromkeys(("float", "double"), lambda _: float),
}
