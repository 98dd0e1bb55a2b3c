"""EC2's answers as XML, written straight from the model: its describes are large, and this is a good deal quicker than the general way."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from moto.core.model import OperationModel, Shape


def written(operation: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    """The answer to an operation of the ec2 protocol.

    Raises:
        KeyError: the result has a member that the model doesn't.
    """
    space = f"http://ec2.amazonaws.com/doc/{operation.service_model.api_version}/"
    inner = "".join(_members(operation.output_shape, result)) if operation.output_shape else ""
    name = f"{operation.name}Response"
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<{name} xmlns="{space}"><requestId>{request_id}</requestId>{inner}</{name}>'
    return text.encode()


def _members(shape: Any, value: dict[str, Any]) -> Iterator[str]:
    for key, each in value.items():
        if each is not None:
            member = shape.members[key]
            name = member.serialization.get("name", key)
            yield f"<{name}>{_content(member, each)}</{name}>"


def _content(shape: Any, value: Any) -> str:
    kind = shape.type_name
    if kind == "structure":
        return "".join(_members(shape, value))
    if kind == "list":
        name = shape.member.serialization.get("name", "member")
        return "".join(f"<{name}>{_content(shape.member, each)}</{name}>" for each in value)
    return _scalar(shape, value)


def _scalar(shape: Shape, value: Any) -> str:
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return escape(str(value))
