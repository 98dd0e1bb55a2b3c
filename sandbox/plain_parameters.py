"""Parameters that are the same whether or not HTTP carries them."""

from collections.abc import Callable, Mapping
from functools import cache
from math import inf
from typing import Any

Copier = Callable[[Any], Any]


def copied(shape: Any, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same, all the way down; None if something in them is not just what the shape says, or is empty: that may become another, or nothing, on its way.

    What botocore would refuse is none: what must be there is there, and nothing is too short or too small.
    """
    if not parameters:
        return None if shape and shape.required_members else {}
    found: dict[str, Any] | None = _copier(shape)(parameters) if shape else None
    return found


@cache
def _copier(shape: Any) -> Copier:
    """What copies values of a shape; made once for each."""
    make = COPIERS.get(shape.type_name)
    return make(shape) if make else _of_nothing


def _of_nothing(_: Any) -> None:
    """Values of other types, enums among them, botocore writes in its own ways: as it writes them, so they count."""


def _of_structure(shape: Any) -> Copier:
    if shape.is_tagged_union or shape.is_document_type:
        return _of_nothing
    members, required = shape.members, frozenset(shape.required_members)

    def copy(value: Any) -> dict[str, Any] | None:
        if type(value) is not dict or not value or not required <= value.keys() <= members.keys():
            return None
        found = {name: _copier(members[name])(each) for name, each in value.items()}
        return None if None in found.values() else found

    return copy


def _of_list(shape: Any) -> Copier:
    inner, least = _copier(shape.member), _least(shape)

    def copy(value: Any) -> list[Any] | None:
        if type(value) is not list or not value or len(value) < least:
            return None
        found = [inner(each) for each in value]
        return None if None in found else found

    return copy


def _of_text(shape: Any) -> Copier:
    least = _least(shape)
    return lambda value: value if type(value) is str and value and len(value) >= least and _is_text(value) else None


def _of_number(shape: Any) -> Copier:
    least = _least(shape)
    return lambda value: value if type(value) is int and value >= least else None


def _of_boolean(_: Any) -> Copier:
    return lambda value: value if type(value) is bool else None


def _least(shape: Any) -> float:
    return float(shape.metadata.get("min", -inf))


def _is_text(text: str) -> bool:
    """Whether HTTP could carry it: half a character it could not."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


COPIERS: dict[str, Callable[[Any], Copier]] = {
    "structure": _of_structure,
    "list": _of_list,
    "string": _of_text,
    "integer": _of_number,
    "long": _of_number,
    "boolean": _of_boolean,
}
