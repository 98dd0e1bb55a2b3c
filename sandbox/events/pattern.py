"""EventBridge event patterns: does an event match? Pure."""

from typing import Any

from sandbox.events.operators import OPERATORS, PatternError, equal

_ABSENT = object()


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Whether `event` has every field that `pattern` asks for. Raises PatternError for a pattern that EventBridge refuses."""
    if not isinstance(event, dict):
        return False
    return all(
        any(matches(alternative, event) for alternative in wanted) if key == "$or" else _field(wanted, event.get(key, _ABSENT))
        for key, wanted in pattern.items()
    )


def check(pattern: Any) -> None:
    """Raise PatternError unless EventBridge would take `pattern`."""
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError("a pattern is an object that is not empty")
    for key, wanted in pattern.items():
        if key == "$or" and isinstance(wanted, list) and len(wanted) > 1:
            for alternative in wanted:
                check(alternative)
        elif isinstance(wanted, dict):
            check(wanted)
        elif isinstance(wanted, list) and wanted:
            for condition in wanted:
                _leaf(condition, "")
        else:
            raise PatternError(f"{key} must be an object or an array that is not empty")


def _field(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        if isinstance(value, list):
            return any(matches(wanted, element) for element in value)
        return matches(wanted, {} if value is _ABSENT else value)
    if not isinstance(wanted, list):
        raise PatternError(f"a field's conditions are an array, not {wanted!r}")
    leaves = [leaf for leaf in (value if isinstance(value, list) else [value]) if not isinstance(leaf, dict | list) and leaf is not _ABSENT]
    return any(_condition(condition, leaves) for condition in wanted)


def _condition(condition: Any, leaves: list[Any]) -> bool:
    if isinstance(condition, dict) and "exists" in condition:
        return _leaf(condition, None) == bool(leaves)
    return any(_leaf(condition, leaf) for leaf in leaves)


def _leaf(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        if isinstance(condition, list):
            raise PatternError("an array inside an array of conditions")
        return equal(condition, value)
    if len(condition) != 1:
        raise PatternError(f"one operator per condition, not {sorted(condition)}")
    [(name, argument)] = condition.items()
    if name == "exists":
        if not isinstance(argument, bool):
            raise PatternError("exists is true or false")
        return argument
    if name not in OPERATORS:
        raise PatternError(f"unknown operator {name!r}")
    return OPERATORS[name](argument, value)
