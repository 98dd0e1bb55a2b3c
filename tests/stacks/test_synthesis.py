"""Synthesis: what it needs, what it refuses, what it warns of; and two homes beside each other."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Environment, Stack, Validations
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks

ROOT = Path(__file__).parent.parent.parent
NAMES = ("QueueName", "FunctionName", "RoleName", "TopicName", "LogGroupName", "AlarmName", "AliasName", "BucketNamePrefix", "Name")

HOME_OF = """
home_region = "{home}"
notify = ["ops@example.com"]
[policies.nightly]
schedule = "cron(0 2 * * ? *)"
copy_to = ["{recovery}"]
"""


def messages(assembly, stack, level):
    path = assembly / f"{stack}.metadata.json"
    entries = json.loads(path.read_text()) if path.exists() else {}
    return [entry["data"] for each in entries.values() for entry in each if entry["type"] == f"aws:cdk:{level}"]


def physical_names(template):
    for resource in template.resources.values():
        for key in NAMES:
            if isinstance(name := resource.get("Properties", {}).get(key), str):
                yield resource["Type"], name


def test_a_deployment_that_tells_nobody_is_warned_of(assembly, local_assembly):
    assert not messages(assembly, "Nightkeep-ap-south-1", "warning")
    (warning,) = messages(local_assembly, "Nightkeep-eu-west-1", "warning")
    assert "notify" in warning


def test_stacks_name_their_regions_but_no_account_and_cannot_be_deleted_by_mistake(assembly):
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    assert {each["environment"] for each in stacks.values()} == {
        f"aws://unknown-account/{region}" for region in ("ap-south-1", "eu-west-1", "us-east-1")
    }
    assert all(each["properties"]["terminationProtection"] for each in stacks.values())
    assert {each["properties"].get("stackName", name) for name, each in stacks.items()} == {
        "Nightkeep-ap-south-1",
        "Nightkeep-ap-south-1-recovery",
    }


def test_recovery_stacks_are_deployed_first(assembly):
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    needed = artifacts["Nightkeep-ap-south-1"]["dependencies"]
    assert {f"Nightkeep-ap-south-1-recovery-{region}" for region in ("eu-west-1", "us-east-1")} <= set(needed)


def test_every_finding_of_cdk_nag_is_acknowledged_with_a_reason(assembly):
    report = json.loads((assembly / "validation-report.json").read_text())
    (nag,) = [each for each in report["pluginReports"] if each["pluginName"] == "AwsSolutions"]
    assert nag["conclusion"] == "success"
    assert not nag["violations"]
    assert all(len(each["reason"]) > 20 for each in nag["suppressedViolations"])


def test_a_finding_that_is_not_acknowledged_stops_synthesis(tmp_path):
    app = App(outdir=str(tmp_path))
    sqs.Queue(Stack(app, "Open", env=Environment(region="eu-west-1")), "Queue")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


@pytest.mark.parametrize(
    ("first", "second"),
    [(("ap-south-1", "eu-west-1"), ("us-east-1", "eu-west-1")), (("ap-south-1", "eu-west-1"), ("eu-west-1", "ap-south-1"))],
    ids=["one recovery region for two homes", "each the other's recovery region"],
)
def test_two_homes_share_an_account_without_a_name_in_common(synthesize, read_template, first, second):
    named = []
    for home, recovery in (first, second):
        assembly = synthesize(HOME_OF.format(home=home, recovery=recovery))
        stacks = {f"Nightkeep-{home}": home, f"Nightkeep-{home}-recovery-{recovery}": recovery}
        named.append(
            {
                ("everywhere" if kind == "AWS::IAM::Role" else region, kind, name)
                for stack, region in stacks.items()
                for kind, name in physical_names(read_template(assembly, stack, region))
            }
        )
    assert len(named[0]) > 30
    assert not named[0] & named[1]


@pytest.fixture
def checkout(tmp_path):
    """app.py with everything it needs, in a directory of its own, and an environment without credentials or Node."""
    for name in ("functions", "stacks"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "app.py", tmp_path)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "JSII_NODE", "CDK_"))}
    nowhere = dict.fromkeys(("PATH", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"), "/nowhere")
    env |= {**nowhere, "AWS_EC2_METADATA_DISABLED": "true"}

    def run():
        return subprocess.run([sys.executable, "app.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return tmp_path, run


def test_app_py_needs_neither_credentials_nor_a_node_of_the_machine(checkout):
    folder, run = checkout
    (folder / "nightkeep.toml").write_text(HOME_OF.format(home="ap-south-1", recovery="eu-west-1"))
    done = run()
    assert done.returncode == 0, done.stderr
    assert (folder / "cdk.out" / "Nightkeep-ap-south-1.template.json").exists()


def test_app_py_says_what_is_wrong_with_the_configuration(checkout):
    folder, run = checkout
    (folder / "nightkeep.toml").write_text('home_region = "nowhere-1"\n[policies.nightly]\nschedule = "rate(1 day)"\n')
    done = run()
    assert done.returncode == 1
    assert "nightkeep.toml cannot be used:" in done.stderr
    assert "home_region" in done.stderr
    assert "schedule" in done.stderr
    assert "Traceback" not in done.stderr
