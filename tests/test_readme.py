"""What the README says can be done, can be done; what it counts, is so. `make demo` itself runs in tests/e2e."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from functions.aws import account, clients
from functions.core import config
from sandbox.account import Sandbox
from tests import checkout

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^    ((?:make|\.venv|aws) .*|\.venv/.*)$", README, re.MULTILINE)
INLINE = re.findall(r"`((?:make|\.venv/bin/)[^`]*)`", README)
COMMANDS = [*BLOCKS, *INLINE]


def test_the_two_commands_come_first():
    assert BLOCKS[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("command", sorted({command for command in COMMANDS if command.startswith("make ")}))
def test_every_make_command_is_one(command):
    result = subprocess.run(
        command.replace("make ", "make --dry-run ", 1).replace("/path/to/python3.13", "python3"),
        shell=True, cwd=ROOT, env=checkout.plain(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_every_make_command_is_run_by_a_test():
    """Here or where its subject is tested: a new one wants a test of its own."""
    run = {"demo": "e2e/test_demo.py", "test": "test_readme.py", "cdk": "e2e/test_cdk.py", "deploy": "e2e/test_cdk.py"} | {
        "synth": "e2e/test_cdk.py",
        "bench": "test_benchmarks.py",
    }
    assert {command.split()[1] for command in COMMANDS if command.startswith("make ")} == set(run)
    for goal, file in run.items():
        assert f'"{goal}"' in (ROOT / "tests" / file).read_text(encoding="utf-8")


def test_the_tests_run(tmp_path):
    """`make test`, of a clone that has this one test."""
    folder = checkout.copy(tmp_path / "nightkeep")
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_one.py").write_text("def test_one():\n    assert True\n", encoding="utf-8")
    command = [*checkout.AS_IT_IS, "--old-file=.cache/c7n/ready", "test"]
    result = subprocess.run(command, cwd=folder, env=checkout.plain(os.environ), capture_output=True, text=True, check=False)
    assert (result.returncode, "1 passed" in result.stdout) == (0, True), result.stdout


@pytest.fixture
def ready_account(monkeypatch):
    """An account as the README's reader has it: bootstrapped, with a tagged instance and a night behind it."""
    cached = (clients._session, clients.ec2, clients.sts, clients.ssm, clients.cloudformation)
    for client in cached:
        client.cache_clear()
    monkeypatch.chdir(ROOT)
    settings = config.load(ROOT / "nightkeep.toml")
    with Sandbox() as sandbox:
        for region in (settings.home_region, *settings.recovery_regions):
            sandbox.client("ssm", region).put_parameter(Name=account.BOOTSTRAP, Value="30", Type="String")
        sandbox.client("ec2", settings.home_region).run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)
        sandbox.clock.run_for(timedelta(days=1))
        yield sandbox
    for client in cached:
        client.cache_clear()


@pytest.mark.parametrize("command", ["validate", "plan take", "preflight"])
def test_every_nightkeep_command_runs(command, ready_account):
    assert command == "preflight" or f".venv/bin/nightkeep {command}" in COMMANDS
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 0, result.stderr


def test_no_nightkeep_command_is_left_out():
    said = {command.removeprefix(".venv/bin/nightkeep ") for command in COMMANDS if command.startswith(".venv/bin/nightkeep ")}
    assert said == {"validate", "plan take", "plan retire"}


def test_the_sandbox_command_is_one():
    assert ".venv/bin/python -m sandbox up" in BLOCKS
    subprocess.run([sys.executable, "-m", "sandbox", "up", "--help"], cwd=ROOT, check=True, capture_output=True)


def test_the_configuration_is_valid(tmp_path):
    path = tmp_path / "nightkeep.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1], encoding="utf-8")
    assert list(config.load(path).policies) == ["nightly"]


def test_the_tag_command_tags():
    [command] = [command for command in BLOCKS if command.startswith("aws ")]
    match = re.fullmatch(r"aws ec2 create-tags --resources (\S+) --tags Key=(\S+),Value=(\S+)", command)
    settings = config.load(ROOT / "nightkeep.toml")
    assert (match[2], match[3] in settings.policies) == (settings.tag_key, True)


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_what_is_counted_as_cost_is_deployed(synthesize):
    folder = synthesize((ROOT / "nightkeep.toml").read_text(encoding="utf-8"))
    templates = [json.loads(path.read_text()) for path in folder.glob("*.template.json")]
    kinds = [resource["Type"] for template in templates for resource in template["Resources"].values()]
    functions, policies = (
        kinds.count("AWS::Lambda::Function"),
        kinds.count("AWS::Scheduler::Schedule") - 3,
    )  # the sweep's, the guard's, retiring's
    assert f"{kinds.count('AWS::CloudWatch::Alarm')} alarms at $0.10 | ${kinds.count('AWS::CloudWatch::Alarm') * 0.10:.2f} |" in README
    metrics = functions + policies + 1  # failures, overdue nights, and protection that was removed
    assert f"{metrics} custom metrics at $0.30 | ${metrics * 0.30:.2f} |" in README
    assert f"{kinds.count('AWS::KMS::Key')} KMS key" in README
    assert f"SQS: {kinds.count('AWS::Lambda::EventSourceMapping')} queues polled" in README
