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


def of_years(folder: Path, nights: int) -> list[Measure]:
    """Each gives a Year."""
    assembly = synthesize(folder)
    return [
        Measure(f"{nights} nights, {title}", year.play, (assembly, nights, sweeps))
        for title, sweeps in (("4 sweeps a day", year.FOUR_SWEEPS), ("a sweep an hour", None))
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
