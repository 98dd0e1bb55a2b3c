"""Parameters that are the same whether or not HTTP carries them."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Copier = Callable[[Any], Any]
EXACT: dict[str, type] = {"string": str, "integer": int, "long": int, "boolean": bool}
"""Values of other types, enums among them, botocore writes in its own ways: as it writes them, so they count."""


def copied(shape: Any, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same, all the way down; None if something in them is not just what the shape says, or is empty: that may become another, or nothing, on its way."""
    found: dict[str, Any] | None = _copier(shape)(parameters) if shape else None
    return found


@cache
def _copier(shape: Any) -> Copier:
    """What copies values of a shape; made once for each."""
    make = {"structure": _of_structure, "list": _of_list}.get(shape.type_name)
    return make(shape) if make else _of_value(EXACT.get(shape.type_name))


def _of_value(exact: type | None) -> Copier:
    if exact is str:
        return lambda value: value if type(value) is str and value and _is_text(value) else None
    return lambda value: value if type(value) is exact else None


def _of_structure(shape: Any) -> Copier:
    members = shape.members

    def copy(value: Any) -> dict[str, Any] | None:
        if type(value) is not dict or not value or not value.keys() <= members.keys():
            return None
        found = {name: _copier(members[name])(each) for name, each in value.items()}
        return None if None in found.values() else found

    return copy


def _of_list(shape: Any) -> Copier:
    inner = _copier(shape.member)

    def copy(value: Any) -> list[Any] | None:
        if type(value) is not list or not value:
            return None
        found = [inner(each) for each in value]
        return None if None in found else found

    return copy


def _is_text(text: str) -> bool:
    """Whether HTTP could carry it: half a character it could not."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
