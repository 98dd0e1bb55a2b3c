"""Dependencies point one way: core <- aws <- handlers; stacks read only the configuration and the vocabulary; the sandbox knows none of us."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFIGURATION = ("functions.core.config", "functions.core.settings", "functions.core.tags", "functions.core.errors", "functions.core.night")
OURS = ("functions", "stacks", "cli", "sandbox", "demo", "benchmarks")
IMPURE = ("boto3", "botocore", "os", "logging", "aws_lambda_powertools", "time", "random", "socket", "subprocess")

MAY_IMPORT = {
    "functions/core": ("functions.core",),
    "functions/aws": ("functions.core", "functions.aws"),
    "functions/handlers": ("functions.core", "functions.aws", "functions.handlers"),
    "stacks": (*CONFIGURATION, "stacks"),
    "cli": ("functions.core", "functions.aws", "cli"),
    "sandbox": ("sandbox",),
    "demo": ("demo", "sandbox.remote"),
    "benchmarks": ("benchmarks", "sandbox", "stacks", *CONFIGURATION),
}


def imports(path):
    """(module, what is named from it) of every import in the file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(folder):
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def within(module, allowed):
    return any(module == prefix or module.startswith(prefix + ".") for prefix in allowed)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_dependencies_point_one_way(folder):
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files(folder)
        for module in imports(path)
        if within(module, OURS) and not within(module, MAY_IMPORT[folder])
    ]
    assert wrong == []


def test_core_is_pure():
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files("functions/core")
        for module in imports(path)
        if within(module, IMPURE)
    ]
    assert wrong == []


def test_only_the_adapters_import_boto3():
    folders = ("functions/core", "functions/handlers", "cli", "stacks", "demo")
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for folder in folders
        for path in files(folder)
        for module in imports(path)
        if within(module, ("boto3", "botocore"))
    ]
    assert wrong == []
