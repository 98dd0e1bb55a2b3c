"""What all tests share: assemblies synthesized once for each configuration."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

import stacks  # noqa: F401 (gives jsii its Node, before anything loads the CDK)
from functions.core import config

ROOT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items) -> None:
    """What takes longest begins first, so that no worker is left alone with it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the figures that tests measured, in whichever worker."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(autouse=True)
def answers_as_modelled(monkeypatch):
    """What a sandbox answers in a test is in the shapes that boto3 expects."""
    if "sandbox.account" not in sys.modules:  # no sandbox, then; loading it takes seconds that most tests need not spend
        yield
        return
    from tests import responses  # noqa: PLC0415 (same)

    found = responses.watch(monkeypatch)
    yield
    assert sorted(set(found)) == []


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory) -> Callable[[str], Path]:
    """The cdk.out directory of a nightkeep.toml given as text, made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def synthesize(toml: str) -> Path:
        folder = shared / f"assembly-{hashlib.sha256(toml.encode()).hexdigest()[:16]}"
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                _synthesize(toml, folder.with_suffix(".part")).rename(folder)
        return folder / "cdk.out"

    return synthesize


def _synthesize(toml: str, folder: Path) -> Path:
    from stacks.app import build  # noqa: PLC0415 (loading the CDK takes seconds that most tests need not spend)

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "nightkeep.toml"
    file.write_text(toml, encoding="utf-8")
    build(config.load(file), code=folder, outdir=folder / "cdk.out").synth()
    return folder
