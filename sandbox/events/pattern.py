"""EventBridge event patterns: which EventBridge takes, and which events they match. Pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.events import numbers
from sandbox.events.complexity import MOST_ACTIVE, complexity
from sandbox.events.fields import Fields, Places, fields_of
from sandbox.events.operators import OPERATORS, PatternError, Test, exactly

MOST_ALTERNATIVES = 1000
RESERVED = {"exactly", "exists", *OPERATORS}
"""Names that make `$or` a field's name and not the operator, as the keys of what it lists."""

Condition = Callable[[Fields, str], list[Places]]
"""Where in an event's fields a path meets the condition: by the places of the leaves that do."""

Alternative = dict[str, list[Condition]]
"""The conditions of each path, one of which it must meet."""


@dataclass(frozen=True)
class Pattern:
    """A pattern that EventBridge takes; `$or` makes several alternatives of it."""

    alternatives: list[Alternative]

    @classmethod
    def of(cls, pattern: Any) -> "Pattern":
        """Read a pattern. Raises PatternError for one that EventBridge refuses."""
        if not isinstance(pattern, dict):
            raise PatternError("Filter is not an object")
        return cls(_object(pattern, "", [{}]))

    def takes(self, fields: Fields) -> bool:
        """Whether an event with these fields matches."""
        return any(_met(alternative, fields) for alternative in self.alternatives)


@lru_cache(maxsize=1024)
def read(text: str) -> Pattern:
    """The pattern in a JSON text. Raises PatternError."""
    try:
        return Pattern.of(numbers.read(text))
    except json.JSONDecodeError as error:
        raise PatternError("Filter is invalid JSON") from error


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Whether `event` has every field that `pattern` asks for. Raises PatternError."""
    return Pattern.of(pattern).takes(fields_of(event))


def check(pattern: Any) -> None:
    """Raise PatternError unless EventBridge would take `pattern`."""
    Pattern.of(pattern)


def _object(wanted: dict[str, Any], path: str, alternatives: list[Alternative]) -> list[Alternative]:
    """`alternatives`, each with what the object `wanted` asks for as well."""
    if not wanted:
        raise PatternError("Empty objects are not allowed")
    for name, each in wanted.items():
        below = f"{path}.{name}" if path else name
        if name == "$or" and _is_or(each):
            alternatives = [found for one in each for found in _object(one, path, alternatives)]
        elif isinstance(each, dict):
            alternatives = _object(each, below, alternatives)
        elif isinstance(each, list):
            conditions = _conditions(each)
            alternatives = [{**alternative, below: conditions} for alternative in alternatives]
        else:
            raise PatternError(f'"{name}" must be an object or an array')
        if len(alternatives) > MOST_ALTERNATIVES:
            raise PatternError(f"$or makes more than {MOST_ALTERNATIVES} combinations")
    return alternatives


def _is_or(wanted: Any) -> bool:
    return isinstance(wanted, list) and len(wanted) > 1 and all(isinstance(one, dict) and not RESERVED & one.keys() for one in wanted)


def _conditions(wanted: list[Any]) -> list[Condition]:
    if not wanted:
        raise PatternError("Empty arrays are not allowed")
    conditions = [_condition(one) for one in wanted]
    if complexity(wanted) > MOST_ACTIVE:
        raise PatternError(
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"
        )
    return conditions


def _condition(wanted: Any) -> Condition:
    if not isinstance(wanted, dict):
        return _where(exactly(wanted))
    if len(wanted) != 1:
        raise PatternError("Only one key allowed in match expression" if wanted else "Match expression name not found")
    [(name, argument)] = wanted.items()
    if name == "exists":
        if not isinstance(argument, bool):
            raise PatternError("exists match pattern must be either true or false")
        return _where(lambda _: True) if argument else _absent
    if name not in OPERATORS:
        raise PatternError(f"Unrecognized match type {name}")
    return _where(OPERATORS[name](argument))


def _where(test: Test) -> Condition:
    return lambda fields, path: [leaf.places for leaf in fields.get(path, ()) if test(leaf.value)]


def _absent(fields: Fields, path: str) -> list[Places]:
    return [] if path in fields else [{}]


def _met(alternative: Alternative, fields: Fields) -> bool:
    found = []
    for path, conditions in alternative.items():
        places = [place for condition in conditions for place in condition(fields, path)]
        if not places:
            return False
        found.append(places)
    return _agree(found, {})


def _agree(found: list[list[Places]], chosen: Places) -> bool:
    """Whether one place of each can be chosen so that no two lie in different elements of the same array."""
    if not found:
        return True
    first, *others = found
    return any(_agree(others, chosen | place) for place in first if all(chosen.get(name, index) == index for name, index in place.items()))
