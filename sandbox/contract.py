"""The contract: what the sandbox promises, operation by operation. contract.toml has it; `python -m sandbox.contract` writes it to docs/sandbox.md."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.account import Sandbox
from sandbox.contract_left import left
from sandbox.gateway import Gateway
from sandbox.missing import refuse
from sandbox.unread import contract

REPLAY = "contract_moto"
"""The test module that replays what is moto's against plain moto."""
PAGE = Path(__file__).parent.parent / "docs" / "sandbox.md"
BEGIN, END = "<!-- operations: python -m sandbox.contract writes them -->", "<!-- end of operations -->"
FACTS = PAGE.with_name("aws-facts.md")
SECTION = re.compile(r"^\| ([\d.]+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """What is promised of one operation: `tests` are the modules that prove it, each with the sections that say what AWS does, one space between.

    Of its parameters those that are `refused` are not there, those that are `ignored` have no effect; all others do what they say.
    """

    service: str
    operation: str
    tests: dict[str, str] = field(default_factory=dict)
    harder: str = ""
    note: str = ""
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def facts(self) -> list[str]:
        """The sections that its tests prove, each once."""
        return list(dict.fromkeys(section for sections in self.tests.values() for section in sections.split()))


def rows() -> list[Row]:
    """All that is promised, in the contract's order."""
    return [Row(service, operation, **promised) for service, operations in contract().items() for operation, promised in operations.items()]


def answered(gateway: Gateway) -> set[tuple[str, str]]:
    """What the sandbox answers itself, refusals left out."""
    return {key for key, operation in gateway.operations.items() if operation is not refuse}


def sections() -> set[str]:
    """The sections of the page that says what AWS does."""
    return set(SECTION.findall(FACTS.read_text(encoding="utf-8")))


def tables() -> str:
    """The contract in Markdown, service by service."""
    ours = answered(Sandbox().gateway)
    promised = rows()
    remaining = left(frozenset((row.service, row.operation) for row in promised))
    lines: list[str] = []
    for service in dict.fromkeys(row.service for row in promised):
        lines += [f"### {service}", "", "| operation | is | facts | tests |", "|---|---|---|---|"]
        lines += _lines((row for row in promised if row.service == service), ours)
        lines += ["", *_folded("not there", remaining[service].refused), *_folded("moto's, without a promise", remaining[service].motos)]
    return "\n".join(lines)


def _folded(title: str, names: list[str]) -> list[str]:
    return [f"<details><summary>{title}: {len(names)}</summary>", "", ", ".join(names) + ".", "", "</details>", ""] if names else []


def _lines(rows: Iterable[Row], ours: set[tuple[str, str]]) -> Iterator[str]:
    for row in rows:
        is_ours = (row.service, row.operation) in ours
        how = f"harder: {row.harder}" if row.harder else "as documented" if is_ours else "as moto has it"
        told = "; ".join([how, *([row.note] if row.note else []), *_parameters(row)])
        sections = ", ".join(f"[{section}]({FACTS.name})" for section in row.facts)
        modules = row.tests if is_ours else [REPLAY, *row.tests]
        yield f"| {row.operation} | {told} | {sections} | {', '.join(f'[{module}](../tests/sandbox/test_{module}.py)' for module in modules)} |"


def _parameters(row: Row) -> Iterator[str]:
    """What is said of parameters that are not read."""
    for title, names in (("not there", row.refused), ("without effect", row.ignored)):
        if names:
            yield f"{title}: {', '.join(f'`{name}`' for name in names)}"


def page(text: str) -> str:
    """The page with the contract as it is now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
