"""Where the command writes: results to standard output, all else to standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from functions.aws import faults
from functions.core.errors import NightkeepError

results = Console(markup=False, emoji=False, highlight=False)
"""For what was asked for. Without markup, so that no tag or file can style or hide text."""

notes = Console(markup=False, emoji=False, highlight=False, stderr=True)
"""For progress, warnings and errors."""


@contextmanager
def told() -> Iterator[None]:
    """What Nightkeep refuses and what AWS answers with an error are told in words, with exit code 1; a bug keeps its traceback."""
    try:
        yield
    except NightkeepError as error:
        notes.print(str(error), style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    except faults.AwsFault as error:
        notes.print(f"AWS cannot be asked ({faults.code(error)}): {error}", style="red", soft_wrap=True)
        raise typer.Exit(1) from error


def printable(text: str) -> str:
    """`text` with what a terminal could take for a command replaced."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
