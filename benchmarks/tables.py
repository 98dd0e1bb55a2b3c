"""The figures as tables: for the terminal, and for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rich.table import Column
from rich.table import Table as Shown

from benchmarks.calls import Rates
from benchmarks.fleet import FleetNight
from benchmarks.machine import TURNS
from benchmarks.planning import Planned
from benchmarks.year import INSTANCES, Year


@dataclass(frozen=True)
class Table:
    """A table of texts; the first columns, as many as `words`, hold no numbers."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int

    def shown(self) -> Shown:
        """For the terminal."""
        columns = [Column(name, justify="left" if place < self.words else "right") for place, name in enumerate(self.columns)]
        shown = Shown(*columns, title=self.title, title_justify="left")
        for row in self.rows:
            shown.add_row(*row)
        return shown

    def markdown(self) -> str:
        """For a page."""
        rule = ["---" if place < self.words else "---:" for place in range(len(self.columns))]
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, rule, *self.rows)]
        return "\n".join([f"## {self.title}", "", *lines, ""])


def years(found: Iterable[Year]) -> Table:
    """A row for each year."""
    title = f"Nights of {INSTANCES} instances with one recovery region, in process"
    columns = (
        *("sweeps", "nights", "seconds", "of the processor", "a night", "API calls", "peak memory, MiB"),
        f"a loop of {TURNS:,} turns meanwhile, ms",
    )
    rows = [
        (
            *(year.sweeps, str(year.nights), f"{year.seconds:,.1f}", f"{year.cpu_seconds:,.1f}", f"{year.cpu_seconds / year.nights:,.2f}"),
            *(f"{year.calls:,}", f"{year.peak_mib:,.0f}", _paces(year.paces)),
        )
        for year in found
    ]
    return Table(title, columns, rows, 1)


def _paces(paces: Sequence[float]) -> str:
    """The quickest tenth's slowest, the median, and the slowest tenth's quickest."""
    ordered = sorted(paces)
    return " / ".join(f"{ordered[round((len(ordered) - 1) * part)] * 1000:.1f}" for part in (0.1, 0.5, 0.9))


def fleets(found: Sequence[FleetNight]) -> Table:
    """A row for each share of EC2's rates: until the last image and copy, each limit by itself, and how many times the soonest possible it is."""
    size = found[0].instances
    title = f"One night of {size:,} instances of one volume each, on the sandbox's clock, hours from the slot"
    columns = (
        *("api_share", "last image", "soonest possible", "times that", "last copy", "soonest possible", "times that"),
        *("CreateImage's bucket", "pending snapshots", "CopyImage's bucket", "image copies", "an image", "a copy"),
        *("EC2 calls", "of them throttled"),
    )
    return Table(title, columns, [_fleet(night) for night in found], 1)


def _fleet(night: FleetNight) -> tuple[str, ...]:
    floor = night.floor
    limits = (floor.create_bucket, floor.pending_snapshots, floor.copy_bucket, floor.image_copies, floor.image, floor.copy)
    return (
        f"{night.api_share:g}",
        *(_clock(night.images), _clock(floor.images), f"{night.images / floor.images:.2f}"),
        *(_clock(night.copies), _clock(floor.copies), f"{night.copies / floor.copies:.2f}"),
        *(_clock(limit) for limit in limits),
        *(f"{night.calls:,}", f"{night.throttled / night.calls:.1%}"),
    )


def _clock(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def planning(found: Sequence[Planned]) -> Table:
    """A row for each fleet that was planned."""
    title = "Planning a night in one invocation, in a process held to the function's memory"
    columns = ("instances", "takes", "seconds", "of the function's", "peak memory, MiB", "of the function's")
    rows = [
        (
            *(f"{one.instances:,}", f"{one.takes:,}", f"{one.seconds:.1f}", f"{one.timeout:,}"),
            *("unknown" if one.peak_mib is None else f"{one.peak_mib:,.0f}", f"{one.memory:,}"),
        )
        for one in found
    ]
    return Table(title, columns, rows, 0)


def rates(places: Sequence[Sequence[Rates]]) -> Table:
    """A row for each operation and place, a column for each number of images, and how much dearer a call gets on the way."""
    found = [one for several in places for one in several]
    names, sizes = dict.fromkeys(one.place for one in found), dict.fromkeys(one.images for one in found)
    operations = dict.fromkeys(name for one in found for name in _of(one))
    rows = []
    for operation in operations:
        for place in names:
            row = [_of(one).get(operation) for one in found if one.place == place]
            rows.append((operation, place, *(_number(rate) for rate in row), _ratio(row)))
    return Table("Calls per second, by the number of images", ("call", "where", *(f"{size:,}" for size in sizes), "dearer by"), rows, 2)


def _of(rates: Rates) -> dict[str, float]:
    return rates.by_operation | {"making all images, each": rates.made}


def _number(rate: float | None) -> str:
    if rate is None:
        return "not there"
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def _ratio(row: list[float | None]) -> str:
    first, last = row[0], row[-1]
    return f"{first / last:,.1f}" if first and last else ""
