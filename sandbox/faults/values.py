"""The values that stand in a scenario, and what is wrong with those that cannot."""

import re
from collections.abc import Iterable
from datetime import time, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any

from botocore.loaders import Loader
from moto.core.utils import get_service_model
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from sandbox.events.operators import PatternError
from sandbox.events.pattern import check

UNITS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def among(kind: str, value: str, known: Iterable[str]) -> str:
    """The value, which must be one of those known. Raises ValueError, which names those near to it, or all where they are few."""
    allowed = sorted(known)
    if value not in allowed:
        near = get_close_matches(value, allowed, 3, 0.5) or (allowed if len(allowed) < 60 else allowed[:10])
        raise ValueError(f"there is no {kind} {value!r}; there is {', '.join(near)}{'' if near == allowed else ', among others'}")
    return value


def operation_of(service: str, operation: str) -> str:
    """The operation, which the service must have. Raises ValueError."""
    return among(f"operation of {service}", operation, get_service_model(service).operation_names)


@cache
def services() -> tuple[str, ...]:
    """The services that can be called."""
    return tuple(Loader().list_available_services("service-2"))


@cache
def regions() -> tuple[str, ...]:
    """AWS's regions."""
    return tuple(name for partition in Loader().load_data("endpoints")["partitions"] for name in partition["regions"])


def _duration(value: Any) -> timedelta:
    found = re.fullmatch(r"(\d+) (second|minute|hour|day)s?", str(value))
    if not found:
        raise ValueError(f"{value!r} is no duration; write it as '90 seconds', '20 minutes', '1 hour' or '2 days'")
    return int(found[1]) * UNITS[found[2]]


def _pattern(value: dict[str, Any]) -> dict[str, Any]:
    try:
        check(value)
    except PatternError as error:
        raise ValueError(f"EventBridge refuses it: {error}") from error
    return value


def _in_order(value: tuple[Any, Any]) -> tuple[Any, Any]:
    if value[0] >= value[1]:
        raise ValueError(f"{value[0]} is not before {value[1]}")
    return value


def _several(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


Service = Annotated[str, AfterValidator(lambda value: among("service", value, services()))]
Region = Annotated[str, AfterValidator(lambda value: among("region", value, regions()))]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
EventPattern = Annotated[dict[str, Any], AfterValidator(_pattern)]
Moments = Annotated[tuple[AwareDatetime, AwareDatetime], AfterValidator(_in_order)]
TimesOfDay = tuple[time, time]
Numbers = Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_several)]
