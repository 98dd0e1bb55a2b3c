"""Set-up and deployment that fail say why, and the next run mends what was left half made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def checkout(tmp_path):
    """A fresh clone, as far as make looks at it."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def make(checkout):
    def make(*arguments, **environment):
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PIP_", "UV_"))}
        return subprocess.run(["make", *arguments], cwd=checkout, env=plain | environment, capture_output=True, text=True, check=False)

    return make


def program(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("goal", ["demo", "test"])
def test_a_python_that_is_too_old(make, checkout, goal):
    old = program(checkout / "old" / "python3", "exit 1")
    result = make(goal, f"PYTHON={old}")
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == (
        f"Nightkeep needs Python 3.11, 3.12 or 3.13; {old} is not one: run make PYTHON=/path/to/python3.13"
    )


def test_no_network_and_the_run_after_it(make):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    for _ in range(2):  # the second finds what the first left half made
        result = make("demo", f"PYTHON={sys.executable}", **nowhere)
        assert result.returncode != 0
        assert "Creating .venv" in result.stdout
        assert "Installing failed. If this machine cannot reach pypi.org" in result.stderr


@pytest.fixture
def set_up(checkout):
    """The checkout as if set-up were done."""
    for stamp in (".venv/ready", "node_modules/ready"):
        (checkout / stamp).parent.mkdir(parents=True)
        (checkout / stamp).touch()
    return checkout


def test_an_account_that_is_not_ready_is_not_deployed_to(make, set_up):
    program(set_up / ".venv/bin/nightkeep", "echo what is missing >&2", "exit 1")
    result = make("deploy", f"CDK={program(set_up / 'cdk', 'echo deployed')}")
    assert result.returncode != 0
    assert "deployed" not in result.stdout
    assert result.stderr.startswith("what is missing")


def test_a_deployment_that_stops_says_what_to_do(make, set_up):
    program(set_up / ".venv/bin/nightkeep", "exit 0")
    result = make("deploy", f"CDK={program(set_up / 'cdk', 'echo it failed >&2', 'exit 1')}")
    assert result.returncode != 0
    assert "run make deploy again: it goes on from there" in result.stderr


def test_what_is_ready_is_deployed(make, set_up):
    program(set_up / ".venv/bin/nightkeep", "exit 0")
    result = make("deploy", "ARGS=--quiet", f"CDK={program(set_up / 'cdk', 'echo cdk $*')}")
    assert (result.returncode, result.stdout) == (0, "cdk deploy --all --require-approval any-change --quiet\n")


def test_a_profile_is_for_the_check_and_for_the_deployment(make, set_up):
    program(set_up / ".venv/bin/nightkeep", "echo checked with $AWS_PROFILE")
    cdk = f"CDK={program(set_up / 'cdk', 'echo deployed with $AWS_PROFILE')}"
    assert make("deploy", "PROFILE=night", cdk).stdout.splitlines() == ["checked with night", "deployed with night"]
    half = make("deploy", "ARGS=--profile night", cdk)
    assert (half.returncode != 0, half.stdout) == (True, "")
    assert "make deploy PROFILE=name" in half.stderr


def test_what_was_interrupted_in_node_modules_is_made_anew(make, checkout):
    (checkout / ".venv").mkdir()
    (checkout / ".venv/ready").touch()
    (checkout / "node_modules/aws-cdk").mkdir(parents=True)
    python = program(checkout / ".venv/bin/python", f"echo {checkout}/nodejs")
    node = program(checkout / "nodejs/bin/node", 'echo "$@" >> ran', "exit 1")
    assert make("synth", f"VENV={python}").returncode != 0
    node.write_text(node.read_text().replace("exit 1", "exit 0"))
    assert make("synth", f"VENV={python}").returncode == 0
    ran = (checkout / "ran").read_text().splitlines()
    assert [line.split()[2] for line in ran[:2]] == ["ci", "ci"]
    assert ran[2].split()[1:] == ["synth", "--quiet"]
    assert (checkout / "node_modules/ready").exists()
