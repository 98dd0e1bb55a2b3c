"""The contract and the code say the same: what is answered is promised, what is promised is proven, and the page shows it.

That nothing is called which is not promised, and that each row's own tests call it with success under its sections' marks, every run of
the tests sees for itself: tests/responses.py and tests/proofs.py. That what is moto's is so, test_contract_moto.py sees.
"""

import ast
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore import xform_name

from sandbox import contract
from sandbox.account import Sandbox
from sandbox.contract_left import asked
from sandbox.missing import CODE, refuse
from tests import proofs, responses

pytestmark = pytest.mark.own
HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ROWS = contract.rows()
PROMISED = frozenset((row.service, row.operation) for row in ROWS)
SECTIONS = contract.sections()
OF_OTHERS = {"list_objects", "get_products"}
"""What the code calls by these names is no operation of AWS's, or of a service that the sandbox is not to have."""


def test_what_is_answered_is_promised():
    lines = [
        f'[{service}] {operation} = {{ tests = {{ the module of tests/sandbox that calls it = "the section it is marked with" }} }}'
        for service, operation in sorted(contract.answered(Sandbox().gateway) - PROMISED)
    ]
    told = "\n".join(["add to sandbox/contract.toml, then run .venv/bin/python -m sandbox.contract:", *lines])
    assert not lines, told


def test_what_the_sandbox_answers_itself_has_a_section():
    ours = contract.answered(Sandbox().gateway)
    assert [row for row in ROWS if (row.service, row.operation) in ours and not (row.tests and all(row.tests.values()))] == []
    assert [row for row in ROWS if not set(row.facts) <= SECTIONS] == []
    assert [row for row in ROWS for module in row.tests if not (HERE / f"test_{module}.py").exists()] == []
    assert [row for row in ROWS if list(row.tests) != sorted(row.tests)] == []


def test_what_is_harder_is_the_sandboxs_own():
    ours = contract.answered(Sandbox().gateway)
    assert [row for row in ROWS if row.harder and (row.service, row.operation) not in ours] == []


def test_every_operation_that_the_code_names_is_promised(sandbox):
    """Calls as the code writes them, whether a test runs them or not: methods of clients, and operations named in text.

    By name, whichever service's: two services' operations of one name, such as ListTagsForResource, are not told apart.
    """
    promised = {xform_name(operation) for _, operation in PROMISED}
    services = {service for service, _ in PROMISED}
    offered = {xform_name(name) for service in services for name in sandbox.client(service, "eu-west-1").meta.service_model.operation_names}
    files = [path for folder in ("functions/aws", "cli", "demo", "sandbox/cloudformation") for path in (ROOT / folder).rglob("*.py")]
    named = {name for path in files for name in _named(ast.parse(path.read_text(encoding="utf-8")))}
    assert {"create_image", "describe_images"} <= named
    assert (named & offered) - promised - OF_OTHERS == set()


def _named(tree):
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    ours = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute):
            if isinstance(node.func.value, ast.Name) and node.func.value.id in ours:
                continue
            yield node.func.attr
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and re.fullmatch(r"[A-Za-z_]+", argument.value):
                name = xform_name(argument.value)
                if "_" in name and name not in functions:
                    yield name


def test_what_is_not_promised_is_motos_or_is_refused_by_name():
    """Every operation of every service that is served, asked once."""
    found = {(service, operation): error for service, operation, error in asked(PROMISED)}
    refused = {key: error for key, error in found.items() if error is not None and error.code == CODE}
    said = {key: error.message.removeprefix("The sandbox does not have ").removeprefix("POST /") for key, error in refused.items()}
    assert {key for key, text in said.items() if text != f"{key[1]} of {key[0]}."} == set()
    assert ("ec2", "MonitorInstances") in refused


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
    assert sorted(proven - SECTIONS) == [], "docs/aws-facts.md does not say what these sections are"
    assert sorted(SECTIONS - proven) == [], "no test carries pytest.mark.facts with these sections"


def test_a_row_without_a_proof_is_told():
    """Each module of a row must prove it, under each of the sections that the row names there."""
    row = next(row for row in ROWS if len(row.tests) > 1 and len(row.facts) > 2)
    call = [row.service, row.operation]
    calls = [[one.service, one.operation] for one in ROWS]
    good = {(module, section): [module, ["", section], calls] for module, sections in row.tests.items() for section in sections.split()}
    others = [[module, sorted(SECTIONS), [one for one in calls if one != call]] for module in row.tests]
    assert proofs.unproven([*good.values(), *others], set(row.tests)) == []
    assert proofs.unproven(others, {"no such module"}) == []
    for module, section in good:
        left = [proof for key, proof in good.items() if key != (module, section)]
        said = f"{row.service} {row.operation}: no test in test_{module}.py calls it with success under the mark facts {section}"
        assert proofs.unproven([*left, *others], set(row.tests)) == [said]


def test_what_is_refused_is_no_proof(sandbox, home, refused):
    with refused("InvalidAMIID.NotFound"):
        home.describe_images(ImageIds=["ami-0123456789abcdef0"])
    home.describe_images()
    assert ("ec2", "DescribeImages") in responses.succeeded
    with refused("InvalidAMIID.NotFound"):
        home.deregister_image(ImageId="ami-0123456789abcdef0")
    assert ("ec2", "DeregisterImage") in responses.called - responses.succeeded
