"""Problems between keys of the configuration, found in the raw document so that they are told together with all others."""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core import regions
from functions.core.config.errors import dotted, problem, shown
from functions.core.config.volumes import INSTEAD


def find(raw: Mapping[str, Any]) -> list[str]:
    """Every conflict in `raw`. What is of the wrong type is passed over: the model tells of it."""
    policies = {name: table for name, table in _table(raw, "policies").items() if isinstance(table, dict)}
    return [
        *_named(policies),
        *_copied_home(raw.get("home_region"), policies),
        *_judged(policies),
        *_idle_keys(raw, policies),
        *_tagged(raw, policies),
        *_resized(policies),
    ]


def _named(policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, table in policies.items():
        if "name" in table:
            yield f"{dotted(('policies', name, 'name'))}: unknown key; a policy's name is its table's, here {shown(name)}"


def _copied_home(home: Any, policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, table in policies.items():
        for key in ("copy_to", "retire_only"):
            for position, region in enumerate(_list(table, key)):
                if region == home:
                    yield problem(("policies", name, key, position), region, "is the home region; a copy must be in another one")


def _judged(policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, table in policies.items():
        copied, retired = _list(table, "copy_to"), _list(table, "retire_only")
        for position, region in enumerate(retired):
            if region in copied:
                yield problem(
                    ("policies", name, "retire_only", position), region, "is in copy_to and gets copies: it can be in one of both only"
                )
        for region, keep in _table(table, "keep_in").items():
            if region in regions.NAMES and region not in [*copied, *retired]:
                yield problem(("policies", name, "keep_in", region), keep, "is a region that is neither in copy_to nor in retire_only")


def _idle_keys(raw: Mapping[str, Any], policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    copied_to = [region for table in policies.values() for key in ("copy_to", "retire_only") for region in _list(table, key)]
    for region, alias in _table(raw, "keys").items():
        if region in regions.NAMES and region not in copied_to:
            yield problem(("keys", region), alias, "no policy copies to this region; give it in a policy's copy_to, or remove this key")


def _tagged(raw: Mapping[str, Any], policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    own = raw.get("tag_key", "Backup")
    for name, table in policies.items():
        for key, value in _table(table, "tags").items():
            if isinstance(own, str) and own and key.startswith(own):
                yield problem(("policies", name, "tags", key), value, f'starts with "{own}", which is what instances ask for images with')


def _resized(policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, table in policies.items():
        for key in ("size", "sizes", "resize"):
            if key in _table(table, "volumes"):
                yield f"{dotted(('policies', name, 'volumes', key))}: {INSTEAD}"


def _table(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []
