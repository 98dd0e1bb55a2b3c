"""What all tests share: assemblies synthesized once for each configuration."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from filelock import FileLock

import stacks  # noqa: F401 (gives jsii its Node, before anything loads the CDK)
from functions.core import config

ROOT = Path(__file__).parent.parent
PROOFS = "proofs"
PROVEN: list[list] = []
"""What the tests that ran have proven, one entry a test: see proofs.py."""


def pytest_collection_modifyitems(items) -> None:
    """What takes longest begins first, so that no worker is left alone with it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Before a test's fixtures, those of its module too, watch what sandboxes answer."""
    if "sandbox.account" in sys.modules:  # else there is no sandbox; loading it takes seconds that most tests need not spend
        from tests import responses  # noqa: PLC0415 (same)

        responses.begin()


@pytest.fixture(autouse=True)
def answers_as_promised(request):
    """What a sandbox answers in a test is in the shapes that boto3 expects, and no call is one that the contract says nothing of."""
    yield
    if "tests.responses" not in sys.modules:
        return
    from tests import proofs, responses  # noqa: PLC0415 (see above)

    request.node.user_properties.append((PROOFS, proofs.of(request.node, responses.succeeded)))
    assert sorted(set(responses.found)) == []
    assert responses.unpromised() == [], "sandbox/contract.toml has no row for them"


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the figures that tests measured, in whichever worker."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name != PROOFS:
                terminalreporter.write_line(f"{name}: {value}")


def pytest_runtest_logreport(report) -> None:
    """Gather what each test proved, from whichever worker."""
    if report.when == "teardown":
        PROVEN.extend(value for name, value in report.user_properties if name == PROOFS)


def pytest_sessionfinish(session, exitstatus) -> None:
    """After a run without failures each row of the contract must be proven whose module was run from end to end."""
    if exitstatus != pytest.ExitCode.OK or "PYTEST_XDIST_WORKER" in os.environ or not PROVEN:
        return
    from tests import proofs  # noqa: PLC0415 (see above)

    if left := proofs.unproven(PROVEN, proofs.run_whole(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.get_terminal_writer().line("\n".join(["", "sandbox/contract.toml promises what is not proven:", *left]))


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory) -> Callable[[str], Path]:
    """The cdk.out directory of a nightkeep.toml given as text, made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def synthesize(toml: str) -> Path:
        folder = shared / f"assembly-{hashlib.sha256(toml.encode()).hexdigest()[:16]}"
        with FileLock(f"{folder}.lock"):
            if not (folder / "whole").exists():
                _synthesize(toml, folder)
                (folder / "whole").touch()
        return folder / "cdk.out"

    return synthesize


def _synthesize(toml: str, folder: Path) -> None:
    from stacks import app  # noqa: PLC0415 (loading the CDK takes seconds that most tests need not spend)

    shutil.rmtree(folder, ignore_errors=True)
    code = folder / "code"
    shutil.copytree(ROOT / "functions", code / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    file = code / "nightkeep.toml"
    file.write_text(toml, encoding="utf-8")
    with patch.object(app, "App", partial(app.App, context={"aws:cdk:disable-asset-staging": True})):  # else each has the layer copied
        app.build(config.load(file), code=code, outdir=folder / "cdk.out").synth()
