"""What is measured, in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import calls, fleet, planning, year
from benchmarks.assembly import synthesize
from benchmarks.places import PLACES


@dataclass(frozen=True)
class Measure:
    """A measurement: `function(*arguments, tell)`."""

    title: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


SHARES = (1.0, 0.5)
HOURLY = 60
"""Nights with a sweep an hour are as many at most: a month of them retires images every day, and one is as long as the other."""


def of_years(folder: Path, nights: int) -> list[Measure]:
    """Each gives a Year."""
    assembly = synthesize(folder)
    return [
        Measure(f"{count} nights, {title}", year.play, (assembly, count, sweeps))
        for count, title, sweeps in ((nights, "4 sweeps a day", year.FOUR_SWEEPS), (min(nights, HOURLY), "a sweep an hour", None))
    ]


def of_fleets(folder: Path, instances: int) -> list[Measure]:
    """Each gives a FleetNight."""
    return [
        Measure(f"a night of {instances:,} instances, api_share {share:g}", fleet.play, (assembly, instances, share))
        for share in SHARES
        for assembly in [synthesize(folder, share)]
    ]


def of_planning(folder: Path, instances: int) -> list[Measure]:
    """Gives what was Planned."""
    return [Measure(f"planning {instances:,} instances", planning.play, (synthesize(folder), instances))]


def of_calls(sizes: tuple[int, ...], seconds: float) -> list[Measure]:
    """Each gives the Rates of every size."""
    return [Measure(f"calls {place}", calls.measure, (place, sizes, seconds)) for place in PLACES]
