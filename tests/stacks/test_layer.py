"""What was tested is what runs: the layer holds what this environment has, for Lambda's platform."""

import ast
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from stacks import layer

ROOT = Path(__file__).parent.parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(path):
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall((ROOT / path).read_text())}


@pytest.fixture(scope="session")
def packages():
    return layer.build() / "python"


def test_both_lists_of_requirements_pin_the_same_versions():
    everything = pins("requirements.txt")
    in_lambda = pins("functions/requirements.txt")
    assert len(in_lambda) > 5
    assert {name: everything.get(name) for name in in_lambda} == in_lambda


def test_every_requirement_is_pinned_by_hash():
    for path in ("requirements.txt", "functions/requirements.txt"):
        blocks = [block for block in re.split(r"\n(?=\S)", (ROOT / path).read_text()) if PIN.match(block)]
        assert {PIN.match(block)[1].lower() for block in blocks} == set(pins(path))
        assert all("--hash=sha256:" in block for block in blocks)


def test_the_layer_holds_what_the_tests_run_on(packages):
    held = {each.metadata["Name"].lower().replace("_", "-"): each.version for each in metadata.distributions(path=[str(packages)])}
    assert held == pins("functions/requirements.txt")
    assert held == {name: metadata.version(name) for name in held}


def test_the_layer_is_for_python_3_13_on_arm(packages):
    binaries = [path.name for path in packages.rglob("*.so")]
    assert binaries
    assert all("cpython-313-aarch64" in name for name in binaries)


def test_the_layer_knows_the_services_in_use_in_their_newest_version_only(packages):
    data = packages / "botocore" / "data"
    assert {entry.name for entry in data.iterdir() if entry.is_dir()} == {"ec2", "kms", "lambda", "rbin", "s3", "sqs", "sts"}
    assert [entry.name for entry in (data / "ec2").iterdir()] == ["2016-11-15"]
    assert (data / "endpoints.json").exists()
    assert (data / "partitions.json").exists()
    assert (data / "sdk-default-configuration.json").exists()


def imported(tree):
    """The top-level packages that a module imports when it runs, which is not when a type checker reads it."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (alias.name.split(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module.split(".")[0]
            case _:
                yield from imported(node)


def test_the_layer_holds_all_that_the_functions_import(packages):
    missing = {
        f"{name} (in {file.relative_to(ROOT)})"
        for file in (ROOT / "functions").rglob("*.py")
        for name in imported(ast.parse(file.read_text()))
        if name not in {*sys.stdlib_module_names, "functions"} and not (packages / name).exists() and not (packages / f"{name}.py").exists()
    }
    assert not missing, f"not in Lambda: {sorted(missing)}"


def test_the_layer_is_small_and_holds_no_caches(packages):
    assert sum(path.stat().st_size for path in packages.rglob("*")) < 25_000_000
    assert not list(packages.rglob("__pycache__"))


def test_a_layer_is_built_once(packages, capsys):
    assert layer.build() == packages.parent
    assert capsys.readouterr().err == ""
