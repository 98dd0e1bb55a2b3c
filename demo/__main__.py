"""`python -m demo`: what `make demo` runs."""

import os
import signal
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from demo import fleet, proof, recovery, retired, tables
from demo.account import Account
from demo.environment import without_account
from demo.errors import DemoError
from demo.facts import Facts, gather
from demo.nights import Play
from demo.stage import stage
from sandbox.remote import SandboxError

console = Console(markup=False, emoji=False, highlight=False, width=None if sys.stdout.isatty() else 130)
notes = Console(markup=False, emoji=False, highlight=False, stderr=True)
NEXT = """
That was a sandbox on this machine, gone now; no AWS account was asked anything. For your own:

  1. edit nightkeep.toml: home region, policies, copy_to, who is told of alarms (notify)
  2. sign in to the account in this shell: aws configure sso, or export AWS_PROFILE=...
  3. make deploy                                     checks the account, shows the plan, deploys
  4. tag instances: Backup = nightly
  5. .venv/bin/nightkeep plan take                   who is imaged next, who is not, and why
"""


def main(
    size: Annotated[int, typer.Option("--fleet", min=fleet.SMALLEST, max=2000, help="How many instances.")] = 12,
    nights: Annotated[int, typer.Option(min=2, max=60, help="How many nights.")] = 10,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox's port; any free one by default.")] = 0,
) -> None:
    """Deploy Nightkeep to a sandbox on this machine, play some nights of a small fleet, and show what came of them."""
    kept = without_account(os.environ)
    os.environ.clear()  # boto3 in this process is not to read it either
    os.environ.update(kept)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # what was started is stopped, whoever started us
    try:
        facts = _perform(size, nights, port)
    except (DemoError, SandboxError) as error:
        notes.print(str(error), style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        notes.print("Stopped; nothing is left running.", style="yellow")
        raise typer.Exit(130) from None
    if not show(facts):
        raise typer.Exit(1)


def _perform(size: int, nights: int, port: int) -> Facts:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=notes) as progress:
        starting = progress.add_task("starting a sandbox", total=1, said="")
        with stage(port) as ready:
            progress.update(starting, completed=1)
            deploying = progress.add_task("cdk bootstrap, cdk deploy --all", total=None, said="")
            ready.deploy(lambda line: progress.update(deploying, said=line.strip()[:60]))
            progress.update(deploying, total=1, completed=1, said="")
            return play(progress, ready.account, size, nights)


def play(progress: Progress, account: Account, size: int, nights: int) -> Facts:
    """Play `nights` nights with a fleet of `size` in an account where Nightkeep is deployed."""
    playing = progress.add_task(f"{nights} nights of {size} instances", total=nights, said="")

    def tell(passed: float, happened: str) -> None:
        progress.update(playing, completed=passed)
        if happened:
            progress.update(playing, said=happened)

    the_play = Play(account, size, nights, tell)
    the_play.run()
    progress.update(playing, said="")
    return gather(account, the_play.nights, recovery.recover(account))


def show(facts: Facts, to: Console = console) -> bool:
    """Print all of it to `to`; whether every promise was kept."""
    for part in (
        tables.fleet(facts),
        tables.nights(facts),
        tables.newest(facts),
        *retired.shown(facts),
        proof.records(facts),
        *proof.totals(facts),
    ):
        if part is not None:
            to.print(part)
            to.print()
    promises = list(proof.verdict(facts))
    for kept, promise in promises:
        to.print(f"{'kept' if kept else 'BROKEN'}: {promise}", style="green" if kept else "bold red")
    to.print(NEXT)
    return all(kept for kept, _ in promises)


if __name__ == "__main__":
    typer.run(main)
    sys.exit()
