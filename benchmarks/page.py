"""The page that keeps the figures."""

from collections.abc import Iterable

from benchmarks.assembly import ROOT
from benchmarks.tables import Table

PAGE = ROOT / "docs" / "figures.md"
NOTES = """\
A large night is bound by EC2: 50 CreateImage calls at once and 5 a second after that, 100 CopyImage calls at once and 1 a second, 100 pending
snapshots, 300 copies of images at once. Each limit stands there as the time that it alone makes so many images take. The soonest possible last image
is bound by the largest of them; the soonest possible last copy is a copy's time after it, since nothing is copied before it is there. How long an image
and a copy take is the sandbox's choice; in an account it is your volumes'.

The nights go through the deployed functions, with every API call of theirs. Four sweeps a day are set by UpdateSchedule in the sandbox:
one for each of a night's repairs and verdicts; as it is deployed, Nightkeep sweeps every hour. Images are kept for 14 nights, then disabled, and
deregistered into the Recycle Bin two weeks later.

"Dearer by" is how many times as long a call takes at the most images as at the fewest. Moto has no pages of images,
does at once what takes time in an account, and answers fewer questions on the way: who may, how often, what follows.

The loop does nothing but count. It runs after each night and is no part of the seconds; shown are the quickest and the slowest tenth's ends, the median
between them. It says how fast the processor was meanwhile: on a shared machine everything may take twice as long from one moment to the next, whatever
the load averages say.

On a busy machine, with load averages above the number of its cores, everything takes longer than it would; the seconds of the processor suffer least.
"""


def written(tables: Iterable[Table], machine: str, command: str) -> str:
    """The page's text."""
    head = f"# Figures\n\nMeasured by `{command}` (`make bench` prints them for your machine) on: {machine}.\n"
    return "\n".join([head, *(table.markdown() for table in tables), NOTES])


def write(tables: Iterable[Table], machine: str, command: str) -> None:
    """Keep the figures."""
    PAGE.write_text(written(tables, machine, command), encoding="utf-8")
