"""The problems that the configuration's model finds, in words: which key, which value, and what is allowed."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from functions.core import duration
from functions.core.nearest import did_you_mean

Place = Sequence[str | int]

_WORDS = {
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "greater_than_equal": "must be a whole number from 1",
    "float_type": "must be a number, without quotes",
    "greater_than": "must be over 0 and at most 1",
    "less_than_equal": "must be over 0 and at most 1",
    "finite_number": "must be over 0 and at most 1",
    "tuple_type": 'must be a list, such as ["one", "two"]',
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "time_delta_type": 'must be text in quotes: a number and minutes, hours, days or weeks, such as "6 hours"',
    "too_long": "are too many: at most 24",
    "too_short": "at least one policy is needed, in a table such as [policies.nightly]",
}
_NEEDED: Mapping[str | int, str] = {
    "home_region": 'write the region to protect, such as home_region = "eu-central-1"',
    "schedule": 'write when images are taken, such as schedule = "cron(0 2 * * ? *)"',
    "policies": "write at least one policy, in a table such as [policies.nightly]",
}
_MOST_SHOWN = 100


def in_words(error: ValidationError, allowed: Callable[[Place], Iterable[str]]) -> list[str]:
    """One sentence for each thing that `error` holds; `allowed` gives the keys that may stand where an unknown one does."""
    return [_sentence(detail, allowed) for detail in error.errors(include_url=False)]


def problem(place: Place, value: Any, why: str) -> str:
    """A sentence on the value at `place`."""
    return f"{dotted(place)} = {shown(value)}: {why}"


def unknown_key(place: Place, allowed: Iterable[str]) -> str:
    """A sentence on a key that means nothing."""
    known = sorted(set(allowed) - {"name"})
    return f"{dotted(place)}: unknown key{did_you_mean(str(place[-1]), known)} (allowed here: {', '.join(known)})"


def dotted(place: Place) -> str:
    """`place` as TOML writes a dotted key, list positions in brackets."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + (step if re.fullmatch(r"[A-Za-z0-9_-]+", step) else json.dumps(step, ensure_ascii=False))
    return text


def shown(value: Any) -> str:
    """`value` about as TOML writes it, long ones cut."""
    if isinstance(value, timedelta):
        value = duration.text(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _why(detail: ErrorDetails) -> str:
    match detail["type"]:
        case "value_error":
            return str(detail["ctx"]["error"])
        case "literal_error":
            return f"must be {detail['ctx']['expected']}".replace("'", '"')
    return _WORDS.get(detail["type"], detail["msg"])


def _sentence(detail: ErrorDetails, allowed: Callable[[Place], Iterable[str]]) -> str:
    place, kind, value = detail["loc"], detail["type"], detail["input"]
    why = _why(detail)
    if kind == "extra_forbidden":
        return unknown_key(place, allowed(place))
    if kind == "missing":
        return f"{dotted(place)}: is missing; {_NEEDED.get(place[-1], 'it has no default')}"
    if place[-1] == "[key]":
        return f"{dotted(place[:-1])}: {shown(value)} {why}"
    if place[-1] == "name":
        return f"{dotted(place[:-1])}: {why}"
    return problem(place, value, why)
