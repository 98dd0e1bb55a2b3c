"""The contract and the code say the same: what is answered is promised, what is promised is tested, and the page shows it."""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore import xform_name

from sandbox import contract
from sandbox.account import Sandbox
from sandbox.missing import refuse

HERE = Path(__file__).parent
SECTIONS = {
    *(f"1.{number}" for number in range(1, 16)),
    *(f"2.{number}" for number in range(1, 6)),
    *(f"3.{number}" for number in range(1, 8)),
    *(f"4.{number}" for number in range(1, 5)),
    *(f"5.{number}" for number in range(1, 3)),
}
ROWS = contract.rows()


def named(row):
    return f"{row.service} {row.operation}"


def test_what_is_answered_is_promised():
    promised = {(row.service, row.operation) for row in ROWS}
    lines = [
        f'[{service}] {operation} = {{ tests = "{" or ".join(mentioning(operation)) or "a module of tests/sandbox that calls it"}", facts = "?" }}'
        for service, operation in sorted(contract.answered(Sandbox().gateway) - promised)
    ]
    told = "\n".join(["add to sandbox/contract.toml, then run .venv/bin/python -m sandbox.contract:", *lines])
    assert not lines, told


def mentioning(operation):
    """The test modules that call an operation."""
    found = (path for path in sorted(HERE.glob("test_*.py")) if calls(path, operation))
    return [path.stem.removeprefix("test_") for path in found if not path.stem.startswith("test_contract")]


def calls(path, operation):
    return re.search(rf"\b{xform_name(operation)}\b|\b{operation}\b", path.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_what_is_promised_is_tested(row):
    path = HERE / f"test_{row.tests}.py"
    assert path.exists(), f"sandbox/contract.toml names the tests of {named(row)} as {row.tests}, but there is no {path.name}"
    assert calls(path, row.operation), (
        f"{path.name} does not call {xform_name(row.operation)}: name another module in sandbox/contract.toml"
    )
    assert row.facts in {"", *SECTIONS}, f"there is no section {row.facts}"


def test_promises_are_sorted():
    by_service = {}
    for row in ROWS:
        by_service.setdefault(row.service, []).append(row.operation)
    assert {service: sorted(names) for service, names in by_service.items()} == by_service


def test_the_page_shows_it():
    text = contract.PAGE.read_text(encoding="utf-8")
    assert contract.page(text) == text, "run .venv/bin/python -m sandbox.contract"


CONCERNED = re.compile("Image|Snapshot|Instance|Volume|Tags$|LaunchTemplate|InRecycleBin|EbsEncryption|EbsDefaultKms")


def test_ec2s_operations_on_images_are_promised_or_refused(sandbox):
    names = sandbox.client("ec2", "eu-west-1").meta.service_model.operation_names
    promised = {row.operation for row in ROWS if row.service == "ec2"}
    refused = {name for (service, name), operation in sandbox.gateway.operations.items() if service == "ec2" and operation is refuse}
    left = {name for name in names if CONCERNED.search(name)} - promised - refused
    assert left == set(), "moto would answer these from a state of its own: let sandbox/ec2/operations.py refuse them, or promise them"
    assert promised & refused == set()


def test_the_pages_example_works():
    block = re.search(r"```python\n(.*?)```", contract.PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    names = {"contextmanager": contextmanager}
    exec(block.replace("@pytest.fixture", "@contextmanager"), names)
    with names["aws"]() as sandbox:
        names["test_my_clean_up"](sandbox)


def test_every_section_of_the_facts_is_proven():
    marks = (re.findall(r"mark\.facts\(([^)]*)\)", path.read_text(encoding="utf-8")) for path in HERE.parent.rglob("test_*.py"))
    proven = {section for found in marks for mark in found for section in re.findall(r'"([\d.]+)"', mark)}
    assert sorted(SECTIONS - proven) == [], "no test carries pytest.mark.facts with these sections"
