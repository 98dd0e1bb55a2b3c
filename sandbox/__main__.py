"""The `python -m sandbox` command: serves the sandbox, and looks into one that is served."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from sandbox.calls_table import calls_table
from sandbox.remote import Remote, SandboxError

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="An AWS account on this machine, as far as Nightkeep needs one."
)

Endpoint = Annotated[str, typer.Option(envvar="AWS_ENDPOINT_URL", metavar="URL", help="The sandbox, as `up` printed it.")]


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on loopback; any free one by default.")] = 0,
    still: Annotated[bool, typer.Option("--still", help="The clock moves only when `clock` tells it to.")] = False,
    in_process: Annotated[
        bool, typer.Option("--in-process", help="Run functions in the sandbox's process: faster, less like Lambda.")
    ] = False,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="Where the clock starts, as 2027-03-01T12:00:00Z.")] = None,
) -> None:
    """Serve a new, empty sandbox until Ctrl-C, and print the environment to set."""
    from sandbox.server.up import PortTakenError, serve  # noqa: PLC0415 (moto takes seconds to load, which the other commands need not wait for)

    with _told():
        began = _moment(start) if start else None
        try:
            serve(port, still=still, in_process=in_process, start=began, say=typer.echo)
        except PortTakenError as error:
            raise SandboxError(str(error)) from error


@app.command()
def clock(
    endpoint: Endpoint,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Let it go on until then, as 2027-03-02T02:00:00Z.")] = None,
    hours: Annotated[float, typer.Option("--for", min=0, metavar="HOURS", help="Let it go on for so many hours.")] = 0,
) -> None:
    """Show the sandbox's time, after letting its clock go on if asked to."""
    with _told():
        remote = Remote(endpoint)
        now = remote.run_until(_moment(until)) if until else remote.run_for(timedelta(hours=hours)) if hours else remote.now()
        typer.echo(now.isoformat())


@app.command()
def events(
    endpoint: Endpoint,
    source: Annotated[str | None, typer.Option(help="Only those of this source, as aws.ec2.")] = None,
    region: Annotated[str | None, typer.Option(help="Only those of this region.")] = None,
) -> None:
    """List the events that came up, one JSON object a line."""
    with _told():
        _print(Remote(endpoint).events(**_given(source=source, region=region)))


@app.command()
def calls(  # noqa: PLR0913, PLR0917 - a command with many filters
    endpoint: Endpoint,
    caller: Annotated[str | None, typer.Option(help="Only those of this role; `user` is the administrator.")] = None,
    service: Annotated[str | None, typer.Option(help="Only those to this service, as ec2.")] = None,
    operation: Annotated[str | None, typer.Option(help="Only this operation, as CopyImage.")] = None,
    region: Annotated[str | None, typer.Option(help="Only those in this region.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, as whatever is no terminal gets it.")] = False,
) -> None:
    """List the API calls that were answered, oldest first: when, by whom, where, with what, and how they ended."""
    with _told():
        found = Remote(endpoint).calls(**_given(caller=caller, service=service, operation=operation, region=region))
        if as_json or not sys.stdout.isatty():
            _print(found)
        else:
            Console().print(calls_table(found))


@app.command()
def faults(
    endpoint: Endpoint,
    scenario: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="What goes wrong, as docs/faults.md has it.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="End what goes wrong before; with a scenario, only that one goes on.")] = False,
) -> None:
    """Let things go wrong: calls, regions, events, images, functions."""
    with _told():
        remote = Remote(endpoint)
        if scenario is None and not clear:
            raise SandboxError("Name a scenario, or --clear.")
        if clear:
            remote.clear_faults()
        if scenario is not None:
            remote.play(scenario.read_text(encoding="utf-8"), scenario.name)


@app.command()
def timing(
    endpoint: Endpoint,
    things: Annotated[list[str], typer.Argument(metavar="THING=SECONDS...", help="What takes how long, as image=60 copy=90.")],
) -> None:
    """Say how long images, copies and whatever else takes time are to take from now on."""
    with _told():
        Remote(endpoint).timing(**dict(_seconds(thing) for thing in things))


def _seconds(thing: str) -> tuple[str, float]:
    name, _, seconds = thing.partition("=")
    try:
        return name, float(seconds)
    except ValueError as error:
        raise SandboxError(f"{thing} says no seconds; write it as image=60.") from error


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be done is told, with exit code 1."""
    try:
        yield
    except SandboxError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise SandboxError(f"{text} is no time; write it as 2027-03-01T12:00:00Z.") from error
    return found.replace(tzinfo=found.tzinfo or UTC)


def _given(**filters: str | None) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value is not None}


def _print(found: list[dict[str, Any]]) -> None:
    for one in found:
        typer.echo(json.dumps(one))


app(prog_name="python -m sandbox")
