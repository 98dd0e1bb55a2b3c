"""What the service's model asks of a request."""

import re
from functools import cache
from typing import Any

from moto.core.utils import get_service_model

from sandbox.gateway import Request
from sandbox.rbin.errors import invalid

KINDS: dict[str, type] = {"structure": dict, "list": list, "string": str, "integer": int}


def check(request: Request) -> None:
    """Let pass parameters as the model allows them.

    Raises:
        RbinError: ValidationException for the first that is not so.
    """
    _check(get_service_model("rbin").operation_model(request.operation).input_shape, request.parameters, "")


def _check(shape: Any, value: Any, path: str) -> None:
    if not _is_of(shape, value):
        raise invalid(f"{path}: a {shape.type_name} is expected.")
    if shape.type_name == "structure":
        _check_members(shape, value, path)
    elif shape.type_name == "list":
        _check_bounds(shape, len(value), f"The number of {path}")
        for place, each in enumerate(value):
            _check(shape.member, each, f"{path}[{place}]")
    elif shape.type_name == "integer":
        _check_bounds(shape, value, path)
    else:
        _check_text(shape, value, path)


def _is_of(shape: Any, value: object) -> bool:
    return isinstance(value, KINDS[shape.type_name]) and not isinstance(value, bool)


def _check_members(shape: Any, value: dict[str, Any], path: str) -> None:
    for name in shape.required_members:
        if name not in value:
            raise invalid(f"{path}{name} is required.")
    for name, each in value.items():
        if name not in shape.members:
            raise invalid(f"There is no {path}{name}.")
        _check(shape.members[name], each, f"{path}.{name}".lstrip("."))


def _check_text(shape: Any, value: str, path: str) -> None:
    limits = shape.metadata
    if value not in limits.get("enum", [value]):
        raise invalid(f"{path} must be one of {', '.join(limits['enum'])}.")
    if "pattern" in limits and not _pattern(limits["pattern"]).fullmatch(value):
        raise invalid(f"{path} must match {limits['pattern']}", "INVALID_PAGE_TOKEN" if path == "NextToken" else "INVALID_PARAMETER_VALUE")
    _check_bounds(shape, len(value), f"The length of {path}")


def _check_bounds(shape: Any, size: int, what: str) -> None:
    least, most = shape.metadata.get("min", size), shape.metadata.get("max", size)
    if not least <= size <= most:
        raise invalid(f"{what} must be between {least} and {most}.")


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of the model's, in words that Python has."""
    return re.compile(text.replace(r"\p{L}\p{Z}\p{N}", r"\w\s").replace("{11}{0,1011}", "{11}"))
