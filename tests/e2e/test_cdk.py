"""As users have it: the README's commands deploy to the sandbox over HTTP with the pinned CDK CLI, and what they deployed runs in processes
of AWS's runtime client."""

import json
import re
import shlex
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests import checkout, served

HOME, RECOVERY, ACCOUNT = "ap-south-1", "eu-west-1", "123456789012"
STACKS = {HOME: f"Nightkeep-{HOME}", RECOVERY: f"Nightkeep-{HOME}-recovery"}
AWS = Path(sys.executable).with_name("aws")
NIGHTLY = """
home_region = "ap-south-1"

[policies.nightly]
schedule = "cron(0 2 * * ? *)"
first_image = "none"
copy_to = ["eu-west-1"]
"""
DEPLOY = ("cdk", "ARGS=deploy --all --require-approval=never --app cdk.out")
LATER = NIGHTLY.replace("0 2", "0 4")


@pytest.fixture
def make(tmp_path):
    """Run make in a checkout with NIGHTLY as its configuration: `make(environment, "deploy")` gives what it printed."""
    folder = checkout.copy(tmp_path / "nightkeep")
    configure(folder, NIGHTLY)

    def make(environment, *goal, answers="", fails=False):
        command, told = [*checkout.AS_IT_IS, *goal], environment | {"HOME": str(tmp_path)}
        if answers:
            status, output = checkout.at_a_terminal(command, folder, told, answers)
        else:
            found = subprocess.run(command, cwd=folder, env=told | {"CI": "true"}, capture_output=True, text=True, timeout=180, check=False)
            status, output = found.returncode, found.stdout + found.stderr
        assert (status != 0) == fails, output
        return output

    make.folder = folder
    return make


def configure(folder, toml):
    (folder / "nightkeep.toml").write_text(toml, encoding="utf-8")


def aws(environment, *arguments):
    """What the AWS CLI answers."""
    line = [AWS, *arguments, "--output", "json"]
    found = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout) if found.stdout else None


def test_deployed_changed_used_and_destroyed(make):
    with served.sandbox("--still") as (remote, environment):
        for region in STACKS:
            assert "bootstrapped." in make(environment, *as_the_readme_says("make cdk", region))
        stopped_half_way(remote, environment, make)
        deployed = make(environment, "deploy", answers="y\ny\n")
        assert "its termination protection is off now" in deployed
        assert f"{STACKS[HOME]}.VaultName = nightkeep-{HOME}-{ACCOUNT}-{HOME}-an" in deployed
        assert make(environment, *DEPLOY).count("(no changes)") == 2
        configure(make.folder, LATER)
        make(environment, "synth")
        assert "[+] cron(0 4 * * ? *)" in make(environment, "cdk", "ARGS=diff --all --app cdk.out")
        update = make(environment, *DEPLOY)
        assert update.count("(no changes)") == 1
        assert "CREATE_COMPLETE" not in update
        one_night(remote, environment)
        destroy = ("cdk", "ARGS=destroy --all --force --app cdk.out")
        assert "TerminationProtection" in make(environment, *destroy, fails=True)
        for region, name in STACKS.items():
            settings = {"StackName": name, "EnableTerminationProtection": False}
            remote.client("cloudformation", region).update_termination_protection(**settings)
        assert make(environment, *destroy).count(": destroyed") == 2
        assert_only_what_is_retained(remote)
        served.assert_only_what_is_promised(remote)


def stopped_half_way(remote, environment, make):
    """The home stack fails in the middle: it says why, and the other stack stands."""
    remote.play(
        '[[refuse]]\nservice = "lambda"\noperation = "CreateEventSourceMapping"\ncode = "ServiceException"\nmessage = "Not now."\ntimes = 1\n'
    )
    assert "ServiceException: Not now." in make(environment, "cdk", "ARGS=deploy --all --require-approval=never", fails=True)
    status = {region: stack(remote, region)["StackStatus"] for region in STACKS}
    assert status == {HOME: "ROLLBACK_COMPLETE", RECOVERY: "CREATE_COMPLETE"}
    remote.clear_faults()


def as_the_readme_says(begin, region=HOME, **instead):
    """The words, after the first, of the README's command that begins so."""
    text = (served.ROOT / "README.md").read_text(encoding="utf-8")
    [command] = re.findall(rf"(?:^    |`){begin.partition(' ')[0]} ({begin.partition(' ')[2]}.*?)(?:`|$)", text, re.MULTILINE)
    return shlex.split(
        command.replace("111122223333", ACCOUNT).replace(HOME, region).replace("i-0123456789abcdef0", instead.get("instance", ""))
    )


def stack(remote, region):
    [found] = remote.client("cloudformation", region).describe_stacks(StackName=STACKS[region])["Stacks"]
    return found


def one_night(remote, environment):
    """Instances get their images, and each image its encrypted copy; asked as a person would ask, with the AWS CLI."""
    [first, second] = launch(remote, "nightly", 1) + launch(remote, "off", 1)
    others = launch(remote, "off", 1)
    aws(environment, *as_the_readme_says("aws ec2 create-tags", instance=second))
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
