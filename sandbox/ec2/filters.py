"""EC2's describe filters: which records they pick, found through the indexes where there is one."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, Generic, TypeVar

from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError

MOST_VALUES = 200
WILD = re.compile(r"[*?\\]")
Record = TypeVar("Record")
Values = Callable[[Record], Iterable[str | None]]
Lookup = Callable[[RegionStore, str], Iterable[str]]


@dataclass(frozen=True)
class Fields(Generic[Record]):
    """What a kind of record can be filtered by: a filter's values of a record, and indexes that give ids for a value."""

    values: dict[str, Values[Record]]
    indexes: dict[str, Lookup] = field(default_factory=dict)


def select(
    region: RegionStore,
    records: Mapping[str, Record],
    fields: Fields[Record],
    filters: list[dict[str, Any]] | None,
    among: Iterable[str] | None = None,
) -> list[str]:
    """The ids of the records that pass every filter: `among` these ids, if there are any, and then of no other record anything is read.

    Raises:
        ApiError: FilterLimitExceeded beyond 200 values, InvalidParameterValue for a filter that does not exist.
    """
    asked = [(str(each["Name"]), [str(value) for value in each.get("Values", [])]) for each in filters or []]
    if sum(len(values) for _, values in asked) > MOST_VALUES:
        raise ApiError("FilterLimitExceeded", f"The maximum number of filter values specified on a single call is {MOST_VALUES}")
    found = [_indexed(region, fields, name, values) if among is None else None for name, values in asked]
    fewest = min((ids for ids in found if ids is not None), key=len, default=None)
    left = [key for key in (fewest if fewest is not None else records if among is None else among) if key in records]
    for (name, values), ids in zip(asked, found, strict=True):
        if ids is not None and _is_of_tags(name):  # an index of tags has just those that pass
            left = left if ids is fewest else [key for key in left if key in ids]
        else:
            test = _test(region, fields, name, values)
            left = [key for key in left if test(key, records[key])]
    return left


def _is_of_tags(name: str) -> bool:
    return name.startswith(("tag:", "tag-key"))


def _test(region: RegionStore, fields: Fields[Record], name: str, values: list[str]) -> Callable[[str, Record], bool]:
    """Whether a record passes a filter."""
    matches = _matcher(tuple(values))
    if name == "tag-key":
        return lambda key, _: any(matches(tag) for tag in region.tags.of(key))
    if name.startswith("tag:"):
        return lambda key, _: matches(region.tags.of(key).get(name[4:]))
    if name not in fields.values:
        raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    read = fields.values[name]
    return lambda _, record: any(matches(value) for value in read(record))


def _indexed(region: RegionStore, fields: Fields[Record], name: str, values: list[str]) -> Mapping[str, None] | None:
    """The only ids a filter can pick, if an index says."""
    if any(_is_pattern(value) for value in values):
        return None
    if name.startswith("tag:"):
        return _united([region.tags.with_pair(name[4:], value) for value in values])
    if name == "tag-key":
        return _united([region.tags.with_key(value) for value in values])
    lookup = fields.indexes.get(name)
    return dict.fromkeys(chain.from_iterable(lookup(region, value) for value in values)) if lookup else None


def _united(found: list[Mapping[str, None]]) -> Mapping[str, None]:
    return found[0] if len(found) == 1 else dict.fromkeys(chain.from_iterable(found))


def _is_pattern(value: str) -> bool:
    return WILD.search(value) is not None


@lru_cache(maxsize=512)
def _matcher(values: tuple[str, ...]) -> Callable[[str | None], bool]:
    """Whether a value is one of these, `*` and `?` standing for any text and any character; case matters."""
    exact = {value for value in values if not _is_pattern(value)}
    patterns = [re.compile(_expression(value), re.DOTALL) for value in values if _is_pattern(value)]
    return lambda value: value is not None and (value in exact or any(pattern.fullmatch(value) for pattern in patterns))


def _expression(pattern: str) -> str:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join({"*": ".*", "?": "."}.get(part, re.escape(part[-1])) for part in parts)
