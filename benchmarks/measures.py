"""What is measured, in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import calls, year
from benchmarks.places import PLACES


@dataclass(frozen=True)
class Measure:
    """A measurement: `function(*arguments, tell)`."""

    title: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


def measures(assembly: Path, nights: int, sizes: tuple[int, ...], seconds: float) -> tuple[list[Measure], list[Measure]]:
    """The years, each giving a Year; the places, each giving the Rates of every size."""
    years = [
        Measure(f"{nights} nights, {title}", year.play, (assembly, nights, sweeps))
        for title, sweeps in (("4 sweeps a day", year.FOUR_SWEEPS), ("a sweep an hour", None))
    ]
    return years, [Measure(f"calls {place}", calls.measure, (place, sizes, seconds)) for place in PLACES]
