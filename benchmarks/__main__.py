"""`python -m benchmarks`: what `make bench` runs."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import measures, page, tables
from benchmarks.apart import apart
from benchmarks.machine import described
from benchmarks.measures import Measure
from benchmarks.tables import Table

DEFAULT_SIZES = (100, 1000, 10000)
app = typer.Typer(add_completion=False)


@app.command()
def main(
    nights: Annotated[int, typer.Option(min=1, help="How many nights to play.")] = 365,
    images: Annotated[
        list[int] | None, typer.Option(min=1, help="How many images there are; again for more. [default: 100, 1000, 10000]")
    ] = None,
    fleet: Annotated[int, typer.Option(min=1, help="How many instances have one large night; five times as many are planned.")] = 2000,
    seconds: Annotated[float, typer.Option(help="How long each call is repeated.")] = 2.0,
    write: Annotated[bool, typer.Option("--write", help=f"Write the figures to {page.PAGE.name}.")] = False,
) -> None:
    """Measure Nightkeep with a large fleet, and the sandbox: a year of nights, and its calls per second beside moto's."""
    console = Console()
    sizes = tuple(sorted(images or DEFAULT_SIZES))
    machine = described()
    console.print(machine)
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        asked: list[tuple[Callable[[Any], Table], list[Measure]]] = [
            (tables.fleets, measures.of_fleets(room, fleet)),
            (tables.planning, measures.of_planning(room, 5 * fleet)),
            (tables.years, measures.of_years(room, nights)),
            (tables.rates, measures.of_calls(sizes, seconds)),
        ]
        found = [tabled([_shown(console, measure) for measure in some]) for tabled, some in asked]
    for table in found:
        console.print(table.shown())
    if write:
        asked_for = " ".join(f"--images {size}" for size in sizes)
        page.write(
            found,
            machine,
            f"python -m benchmarks --nights {nights} {asked_for} --fleet {fleet} --seconds {seconds:g} --write",
        )


def _shown(console: Console, measure: Measure) -> Any:
    """The measure's result, its progress being shown meanwhile."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, refresh_per_second=2) as progress:
        task = progress.add_task(measure.title, total=1.0)
        result = apart(measure.function, *measure.arguments, tell=lambda done: progress.update(task, completed=done))
        progress.update(task, completed=1.0)
    return result


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
