"""The comparison operators of EventBridge event patterns: each reads its argument and gives a test of one value of an event."""

import ipaddress
import operator
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from sandbox.events.numbers import spelling

Test = Callable[[Any], bool]


class PatternError(ValueError):
    """An event pattern that EventBridge refuses; its text says which part."""


LARGEST = 5.0e9
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def exactly(wanted: Any) -> Test:
    """The same by type and spelling: 300 is neither 300.0 nor 3.0e2 nor "300", null and "" are themselves only."""
    if isinstance(wanted, list | dict):
        raise PatternError("Match value must be String, number, true, false, or null")
    if is_number(wanted):
        text = spelling(wanted)
        return lambda value: is_number(value) and spelling(value) == text
    return lambda value: type(wanted) is type(value) and bool(wanted == value)


def prefix(wanted: Any) -> Test:
    """Starts with `wanted`, a string or {"equals-ignore-case": string}."""
    text, seen = _text("prefix", wanted)
    return lambda value: isinstance(value, str) and seen(value).startswith(text)


def suffix(wanted: Any) -> Test:
    """Ends with `wanted`, a string or {"equals-ignore-case": string}."""
    text, seen = _text("suffix", wanted)
    return lambda value: isinstance(value, str) and seen(value).endswith(text)


def ignore_case(wanted: Any) -> Test:
    """Equal but for case."""
    text = _string("equals-ignore-case", wanted).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == text


def wildcard(wanted: Any) -> Test:
    r"""Matches `wanted`, where * is any run of characters, \* a star and \\ a backslash."""
    parts = (".*" if part == "*" else re.escape(part[-1]) for part in wildcard_parts(wanted))
    whole = re.compile("".join(parts), re.DOTALL)
    return lambda value: isinstance(value, str) and whole.fullmatch(value) is not None


def wildcard_parts(wanted: Any) -> list[str]:
    """A wildcard's characters and stars, the escaped ones with their backslash."""
    parts = re.findall(r"\\.|.", _string("wildcard", wanted), re.DOTALL)
    if any(one == two == "*" for one, two in pairwise(parts)):
        raise PatternError("Consecutive wildcard characters are not allowed")
    if any(part[0] == "\\" and part not in {r"\*", r"\\"} for part in parts):
        raise PatternError(r"Invalid escape character: only \* and \\ are known")
    return parts


def numeric(wanted: Any) -> Test:
    """A number that passes one comparison, or lies in a range: ["=", n], [">", n, "<=", m]."""
    if not isinstance(wanted, list) or not wanted or len(wanted) % 2:
        raise PatternError("Value of numeric must be an array of operator and number pairs")
    pairs = list(zip(wanted[::2], wanted[1::2], strict=True))
    for comparison, bound in pairs:
        if comparison not in _COMPARE:
            raise PatternError(f"Unrecognized numeric range operator: {comparison}")
        if not is_number(bound) or abs(bound) > LARGEST:
            raise PatternError(f"Value of {comparison} must be a number between -5.0e9 and 5.0e9")
    if len(pairs) > 1 and not _is_range(pairs):
        raise PatternError("A numeric range has a bottom, > or >=, then a larger top, < or <=")
    return lambda value: is_number(value) and abs(value) <= LARGEST and all(_COMPARE[each](value, bound) for each, bound in pairs)


def cidr(wanted: Any) -> Test:
    """An IP address inside the network `wanted`."""
    try:
        network = ipaddress.ip_network(_string("cidr", wanted), strict=False)
    except ValueError as problem:
        raise PatternError(f"Malformed CIDR: {problem}") from problem

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


def anything_but(wanted: Any) -> Test:
    """None of `wanted`: a value, a list of strings or of numbers, or one operator on one or several strings."""
    if isinstance(wanted, dict):
        [(name, arguments)] = wanted.items() if len(wanted) == 1 else [("", None)]
        if name not in NEGATABLE:
            raise PatternError(f"Unsupported anything-but pattern: {', '.join(wanted) or 'nothing'}")
        several = _several(arguments)
        if not all(isinstance(one, str) and one for one in several):
            raise PatternError(f"anything-but {name} takes strings that are not empty")
        tests = [NEGATABLE[name](one) for one in several]
    else:
        several = _several(wanted)
        if not (all(isinstance(one, str) for one in several) or all(is_number(one) for one in several)):
            raise PatternError("Inside anything-but list, either all values are numbers or all are strings")
        tests = [exactly(one) for one in several]
    return lambda value: not any(test(value) for test in tests)


NEGATABLE: dict[str, Callable[[Any], Test]] = {
    "prefix": prefix,
    "suffix": suffix,
    "equals-ignore-case": ignore_case,
    "wildcard": wildcard,
}

OPERATORS: dict[str, Callable[[Any], Test]] = {**NEGATABLE, "numeric": numeric, "cidr": cidr, "anything-but": anything_but}


def is_number(value: Any) -> bool:
    """Whether it is a number of JSON: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(pairs: list[tuple[str, float]]) -> bool:
    (bottom, low), (top, high) = pairs[:2]
    return len(pairs) == 2 and bottom in {">", ">="} and top in {"<", "<="} and low < high


def _several(wanted: Any) -> list[Any]:
    several = wanted if isinstance(wanted, list) else [wanted]
    if not several:
        raise PatternError("Empty arrays are not allowed")
    return several


def _string(name: str, wanted: Any) -> str:
    if not isinstance(wanted, str):
        raise PatternError(f"{name} match pattern must be a string")
    return wanted


def _text(name: str, wanted: Any) -> tuple[str, Callable[[str], str]]:
    """What is looked for, and how a value is looked at."""
    if isinstance(wanted, dict) and list(wanted) == ["equals-ignore-case"]:
        return _string(name, wanted["equals-ignore-case"]).casefold(), str.casefold
    return _string(name, wanted), str
