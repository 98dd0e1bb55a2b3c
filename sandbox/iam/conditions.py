"""The Condition element of IAM policy statements. Pure."""

import ipaddress
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sandbox.iam.arns import arn_like, like, plain

Context = Mapping[str, tuple[str, ...]]
"""What a request carries, by condition key in lower case (tags' own keys after the slash keep theirs)."""
Test = Callable[[str, str], bool]


def _on(convert: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Test:
    return lambda wanted, value: compare(convert(value), convert(wanted))


def _date(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _in_network(wanted: str, value: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


_ORDER = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_POSITIVE: dict[str, Test] = {
    "StringEquals": lambda wanted, value: plain(wanted) == value,
    "StringEqualsIgnoreCase": lambda wanted, value: plain(wanted).casefold() == value.casefold(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda wanted, value: wanted.casefold() == value.casefold(),
    "BinaryEquals": lambda wanted, value: wanted == value,
    "IpAddress": _in_network,
    **{f"Numeric{name}": _on(float, compare) for name, compare in _ORDER.items()},
    **{f"Date{name}": _on(_date, compare) for name, compare in _ORDER.items()},
}
_NEGATIVE: dict[str, Test] = {
    "StringNotEquals": _POSITIVE["StringEquals"],
    "StringNotEqualsIgnoreCase": _POSITIVE["StringEqualsIgnoreCase"],
    "StringNotLike": like,
    "ArnNotEquals": arn_like,
    "ArnNotLike": arn_like,
    "NotIpAddress": _in_network,
    "NumericNotEquals": _POSITIVE["NumericEquals"],
    "DateNotEquals": _POSITIVE["DateEquals"],
}


@lru_cache(maxsize=4096)
def key_name(key: str) -> str:
    """A condition key as contexts have it: keys don't depend on case, but the tag's own key after a slash does."""
    name, slash, tag = key.partition("/")
    head = name.casefold()
    return head + slash + (tag if head.endswith("tag") else tag.casefold())


def holds(name: str, key: str, wanted: tuple[str, ...], context: Context) -> bool:
    """Whether one condition (operator `name`, `key`, any of `wanted`) holds. Raises ValueError for an unknown operator."""
    quantifier, _, operation = name.rpartition(":")
    values = context.get(key_name(key))
    if operation == "Null":
        return any(text.casefold() == str(not values).casefold() for text in wanted)
    base = operation.removesuffix("IfExists")
    negative = base in _NEGATIVE
    test = _NEGATIVE[base] if negative else _POSITIVE.get(base)
    if test is None or quantifier not in {"", "ForAnyValue", "ForAllValues"}:
        raise ValueError(f"IAM knows no condition operator {name}")
    if not values:
        return quantifier == "ForAllValues" or (not quantifier and (operation.endswith("IfExists") or negative))
    passed = [negative != any(_passes(test, want, value) for want in wanted) for value in values]
    return all(passed) if quantifier == "ForAllValues" or (not quantifier and negative) else any(passed)


def _passes(test: Test, wanted: str, value: str) -> bool:
    try:
        return test(wanted, value)
    except ValueError:
        return False  # what is no number, date or address matches none
