"""What must be allowed for a request, each resource by itself and with the condition keys that it has with that action. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import Question, context
from sandbox.iam.rows import Action, action, fill, has

NOT_GLOBAL = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
"""Keys of AWS's own that only some actions and resources have."""


@dataclass(frozen=True)
class Target:
    """A resource that a request names or makes: its type, its ARN, and the values of condition keys that it has."""

    kind: str
    arn: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a request is made."""

    region: str
    account: str


def ask(name: str, targets: Iterable[Target], known: Context, place: Place) -> Iterator[Question]:
    """The questions about an action (service:Name). `known` are the keys of the request itself.

    Targets of a type that the action does not take are left out. A required type without a target is asked about as all of its
    resources, and an action that takes none as *: so is one that the reference does not know, the hardest to allow.
    """
    entry = action(name) or Action({}, frozenset(), frozenset())
    chosen = [target for target in targets if target.kind in entry.rows]
    there = {target.kind for target in chosen}
    missing = [row for row in entry.rows.values() if row.required and row.kind not in there]
    chosen += [Target(row.kind, fill(row.template, place.region, place.account)) for row in missing]
    for target in chosen:
        yield Question(name, target.arn, _with(entry.rows[target.kind].keys, known, context(target.about)))
    if not chosen:
        yield Question(name, "*", _with(entry.keys, known, {}))


def _with(keys: frozenset[str], request: Context, resource: Context) -> Context:
    known = {**request, **resource}
    return {key: known[key] for key in _counting(keys, tuple(known))}


@lru_cache(maxsize=16384)  # callers' contexts have the same few sets of keys
def _counting(keys: frozenset[str], known: tuple[str, ...]) -> list[str]:
    """Those of the `known` keys that an action with these `keys` has."""
    return [key for key in known if _is_global(key) or has(keys, key)]


def _is_global(key: str) -> bool:
    return key.startswith("aws:") and not key.startswith(NOT_GLOBAL)
