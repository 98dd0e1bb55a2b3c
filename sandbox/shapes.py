"""Values against the shapes of AWS's service models: what is in the way, in the words of AWS's validation errors."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

Kind = Literal["unknown", "missing", "type", "enum", "pattern", "bounds"]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (datetime, str, int, float),
    "blob": (bytes, bytearray, str),
}


@dataclass(frozen=True)
class Problem:
    """One thing in which a value is not what its shape says: where (as in `a.b[0]`), the value there, and the constraint it fails."""

    kind: Kind
    path: str
    value: object
    constraint: str

    def __str__(self) -> str:
        return f"Value {str(self.value)!r} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def problems(shape: Any, value: object, path: str = "") -> Iterable[Problem]:
    """What is wrong with a value, all the way down. None counts as absent."""
    if isinstance(value, str) and shape.type_name == "string" and not shape.metadata:
        return ()  # most values are text without limits
    return CHECKS.get(shape.type_name, _scalar)(shape, value, path)


def _structure(shape: Any, value: object, path: str) -> Iterator[Problem]:
    if getattr(shape, "is_document_type", False):
        return
    if not isinstance(value, Mapping):
        yield _wrong_type(shape, value, path)
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield Problem("missing", _joined(path, name), None, "Member must not be null")
    members = shape.members
    for name, each in value.items():
        if name not in members:
            yield Problem("unknown", _joined(path, name), each, f"{shape.name} has no such member")
        elif each is not None:
            yield from problems(members[name], each, _joined(path, name))


def _list(shape: Any, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, (list, tuple)):
        yield _wrong_type(shape, value, path)
        return
    yield from _bounded(shape, len(value), value, path, "length")
    for place, each in enumerate(value):
        yield from problems(shape.member, each, f"{path}[{place}]")


def _map(shape: Any, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong_type(shape, value, path)
        return
    yield from _bounded(shape, len(value), value, path, "length")
    for key, each in value.items():
        yield from problems(shape.key, key, f"{path}.key")
        yield from problems(shape.value, each, _joined(path, str(key)))


CHECKS: dict[str, Callable[[Any, object, str], Iterator[Problem]]] = {"structure": _structure, "list": _list, "map": _map}


def _scalar(shape: Any, value: object, path: str) -> Iterator[Problem]:
    kind, limits = shape.type_name, shape.metadata
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean") or not _is_time(kind, value):
        yield _wrong_type(shape, value, path)
    elif isinstance(value, str):
        if limits.get("enum") and value not in limits["enum"]:
            yield Problem("enum", path, value, f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")
        yield from _bounded(shape, len(value), value, path, "length")
        if "pattern" in limits and not _fits(limits["pattern"], value):
            yield Problem("pattern", path, value, f"Member must satisfy regular expression pattern: {limits['pattern']}")
    elif isinstance(value, (int, float)) and kind not in {"boolean", "timestamp"}:
        yield from _bounded(shape, value, value, path, "value")


def _bounded(shape: Any, size: float, value: object, path: str, what: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield Problem("bounds", path, value, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield Problem("bounds", path, value, f"Member must have {what} less than or equal to {most}")


def _is_time(kind: str, value: object) -> bool:
    if kind != "timestamp" or not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _wrong_type(shape: Any, value: object, path: str) -> Problem:
    return Problem("type", path, value, f"Member must be a {shape.type_name}")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _fits(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern in words that Python has; None for those that it cannot read, which are not checked."""
    try:
        return re.compile(pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s").replace("{11}{0,1011}", "{11}"))
    except re.error:
        return None
