"""`python -m benchmarks`: what `make bench` runs."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import page, tables
from benchmarks.apart import apart
from benchmarks.assembly import synthesize
from benchmarks.machine import described
from benchmarks.measures import Measure, measures

DEFAULT_SIZES = (100, 1000, 10000)
app = typer.Typer(add_completion=False)


@app.command()
def main(
    nights: Annotated[int, typer.Option(min=1, help="How many nights to play.")] = 365,
    images: Annotated[
        list[int] | None, typer.Option(min=1, help="How many images there are; again for more. [default: 100, 1000, 10000]")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each call is repeated.")] = 2.0,
    write: Annotated[bool, typer.Option("--write", help=f"Write the figures to {page.PAGE.name}.")] = False,
) -> None:
    """Measure the sandbox: a year of nights, and its calls per second beside moto's."""
    console = Console()
    sizes = tuple(sorted(images or DEFAULT_SIZES))
    machine = described()
    console.print(machine)
    with tempfile.TemporaryDirectory() as folder:
        asked = measures(synthesize(Path(folder)), nights, sizes, seconds)
        years, rates = ([_shown(console, measure) for measure in kind] for kind in asked)
    found = [tables.years(years), tables.rates([one for several in rates for one in several])]
    for table in found:
        console.print(table.shown())
    if write:
        asked_for = " ".join(f"--images {size}" for size in sizes)
        page.write(found, machine, f"python -m benchmarks --nights {nights} {asked_for} --seconds {seconds:g} --write")


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
