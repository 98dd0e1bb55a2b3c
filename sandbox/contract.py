"""The contract: what the sandbox promises, operation by operation. contract.toml has it; `python -m sandbox.contract` writes it to docs/sandbox.md."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.account import Sandbox
from sandbox.gateway import Gateway
from sandbox.missing import refuse

PAGE = Path(__file__).parent.parent / "docs" / "sandbox.md"
BEGIN, END = "<!-- operations: python -m sandbox.contract writes them -->", "<!-- end of operations -->"
NOT_IMAGES = re.compile(
    "ReservedInstances|ScheduledInstance|SpotInstance|SpotFleet|FpgaImage|VerifiedAccess|InstanceConnect|InstanceEvent|IpamPool|TrafficMirror"
)
"""What EC2's operations that have nothing to do with images have in their names."""


@dataclass(frozen=True)
class Row:
    """What is promised of one operation: `tests` is the module that proves it, `facts` the section that says what AWS does."""

    service: str
    operation: str
    tests: str
    facts: str = ""
    harder: str = ""
    note: str = ""


def rows() -> list[Row]:
    """All that is promised, in the contract's order."""
    read = tomllib.loads(Path(__file__).with_name("contract.toml").read_text(encoding="utf-8"))
    return [Row(service, operation, **promised) for service, operations in read.items() for operation, promised in operations.items()]


def answered(gateway: Gateway) -> set[tuple[str, str]]:
    """What the sandbox answers itself, refusals left out."""
    return {key for key, operation in gateway.operations.items() if operation is not refuse}


def not_there(gateway: Gateway) -> list[str]:
    """EC2's operations on images, snapshots, instances, volumes and launch templates that the sandbox refuses."""
    refused = (name for (service, name), operation in gateway.operations.items() if service == "ec2" and operation is refuse)
    return sorted(name for name in refused if not NOT_IMAGES.search(name))


def tables() -> str:
    """The contract in Markdown."""
    gateway = Sandbox().gateway
    lines: list[str] = []
    promised = rows()
    for service in dict.fromkeys(row.service for row in promised):
        lines += [f"### {service}", "", "| operation | is | facts | tests |", "|---|---|---|---|"]
        lines += _lines((row for row in promised if row.service == service), answered(gateway))
        lines.append("")
    missing = ", ".join(not_there(gateway))
    return "\n".join([*lines, "### not there", "", f"Of EC2, as far as instances and images go: {missing}.", ""])


def _lines(rows: Iterable[Row], ours: set[tuple[str, str]]) -> Iterator[str]:
    for row in rows:
        how = f"harder: {row.harder}" if row.harder else "as documented" if (row.service, row.operation) in ours else "as moto has it"
        told = f"{how}; {row.note}" if row.note else how
        yield f"| {row.operation} | {told} | {row.facts} | [{row.tests}](../tests/sandbox/test_{row.tests}.py) |"


def page(text: str) -> str:
    """The page with the contract as it is now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
