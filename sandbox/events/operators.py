"""The comparison operators of EventBridge event patterns, each on one value of an event."""

import ipaddress
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any


class PatternError(ValueError):
    """An event pattern that EventBridge refuses; its text says which part."""


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def equal(wanted: Any, value: Any) -> bool:
    """Exact match: by type and spelling, so that 300 is neither 300.0 nor "300"."""
    return type(wanted) is type(value) and bool(wanted == value)


def prefix(wanted: Any, value: Any) -> bool:
    """`value` starts with `wanted`, a string or {"equals-ignore-case": string}."""
    text, fold = _text("prefix", wanted)
    return isinstance(value, str) and (value.casefold() if fold else value).startswith(text)


def suffix(wanted: Any, value: Any) -> bool:
    """`value` ends with `wanted`, a string or {"equals-ignore-case": string}."""
    text, fold = _text("suffix", wanted)
    return isinstance(value, str) and (value.casefold() if fold else value).endswith(text)


def ignore_case(wanted: Any, value: Any) -> bool:
    """The two strings are equal but for case."""
    return isinstance(value, str) and value.casefold() == _string("equals-ignore-case", wanted).casefold()


def wildcard(wanted: Any, value: Any) -> bool:
    r"""`value` matches `wanted`, where * is any run of characters and \* a star."""
    return isinstance(value, str) and _wildcard(_string("wildcard", wanted)).fullmatch(value) is not None


def numeric(wanted: Any, value: Any) -> bool:
    """`value` is a number that passes every comparison of [operator, number, ...]."""
    if not isinstance(wanted, list) or not wanted or len(wanted) % 2:
        raise PatternError("numeric takes a list of operator and number pairs")
    pairs = list(zip(wanted[::2], wanted[1::2], strict=True))
    for comparison, bound in pairs:
        if comparison not in _COMPARE or not _is_number(bound):
            raise PatternError(f"numeric does not know {comparison!r} {bound!r}")
    return _is_number(value) and all(_COMPARE[comparison](value, bound) for comparison, bound in pairs)


def cidr(wanted: Any, value: Any) -> bool:
    """`value` is an IP address inside the network `wanted`."""
    try:
        network = ipaddress.ip_network(_string("cidr", wanted), strict=False)
    except ValueError as problem:
        raise PatternError(f"cidr: {problem}") from problem
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in network
    except ValueError:
        return False


def anything_but(wanted: Any, value: Any) -> bool:
    """`value` is none of `wanted`: a value, a list of values, or one operator on one or several strings."""
    if isinstance(wanted, dict):
        [(name, arguments)] = wanted.items() if len(wanted) == 1 else [("", None)]
        if name not in _NEGATABLE:
            raise PatternError(f"anything-but does not know {wanted!r}")
        several = arguments if isinstance(arguments, list) else [arguments]
        return not any(_NEGATABLE[name](argument, value) for argument in several)
    several = wanted if isinstance(wanted, list) else [wanted]
    if not several or not all(isinstance(one, str) or _is_number(one) for one in several):
        raise PatternError("anything-but takes strings or numbers")
    return not any(equal(one, value) for one in several)


_NEGATABLE: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": prefix,
    "suffix": suffix,
    "equals-ignore-case": ignore_case,
    "wildcard": wildcard,
}

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    **_NEGATABLE,
    "numeric": numeric,
    "cidr": cidr,
    "anything-but": anything_but,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _string(name: str, wanted: Any) -> str:
    if not isinstance(wanted, str):
        raise PatternError(f"{name} takes a string, not {wanted!r}")
    return wanted


def _text(name: str, wanted: Any) -> tuple[str, bool]:
    if isinstance(wanted, dict) and list(wanted) == ["equals-ignore-case"]:
        return _string(name, wanted["equals-ignore-case"]).casefold(), True
    return _string(name, wanted), False


@lru_cache(maxsize=1024)
def _wildcard(text: str) -> re.Pattern[str]:
    if re.search(r"(?<!\\)\*\*", text):
        raise PatternError("wildcard has two stars in a row")
    if re.search(r"\\(?![*\\])", re.sub(r"\\\\", "", text)):
        raise PatternError(r"wildcard knows only \* and \\")
    parts = re.findall(r"\\.|\*|[^\\*]+", text)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part.removeprefix("\\") if part[0] == "\\" else part) for part in parts), re.DOTALL
    )
