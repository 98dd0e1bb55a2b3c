"""An event as event patterns see it: its fields by their paths, each value with the array elements that it lies in. Pure."""

from dataclasses import dataclass
from typing import Any

Places = dict[str, int]
"""Which element of which arrays a value lies in."""


@dataclass(frozen=True)
class Leaf:
    """A value that is neither object nor array."""

    value: Any
    places: Places


Fields = dict[str, list[Leaf]]


def fields_of(event: Any) -> Fields:
    """The event's leaves by path, as in detail.items.id: arrays leave no trace in a path, and what is empty has no leaf."""
    found: Fields = {}
    _collect(found, event, "", {})
    return found


def _collect(found: Fields, value: Any, path: str, places: Places) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            _collect(found, each, f"{path}.{name}" if path else str(name), places)
    elif isinstance(value, list):
        name = f"{path}[{len(places)}]"
        for index, each in enumerate(value):
            _collect(found, each, path, places | {name: index} if isinstance(each, dict | list) else places)
    else:
        found.setdefault(path, []).append(Leaf(value, places))
