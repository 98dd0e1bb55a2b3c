"""The sandbox over HTTP: the same account as in process, a clock that goes or stands, and the commands that control it."""

import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.remote import Remote, SandboxError
from tests import served

pytestmark = pytest.mark.own
HOME, RECOVERY = "ap-south-1", "eu-west-1"


@pytest.fixture(scope="module")
def up():
    with served.sandbox("--still", "--in-process") as (remote, environment):
        yield remote, environment


@pytest.fixture
def remote(up):
    yield up[0]
    up[0].clear_faults()


def command(*arguments, environment):
    line = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(line, cwd=served.ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_stands_still_and_goes_as_far_as_told(remote):
    before = remote.now()
    time.sleep(0.3)
    assert remote.now() == before
    assert remote.run_for(timedelta(hours=2)) == before + timedelta(hours=2) == remote.now()
    assert remote.run_until(before + timedelta(hours=3)) == remote.now()


def test_the_clock_does_not_go_back(remote):
    with pytest.raises(SandboxError, match="does not go back"):
        remote.run_until(remote.now() - timedelta(hours=1))


@pytest.mark.facts("1.1", "3.1")
def test_images_are_pending_then_available(remote):
    ec2 = remote.client("ec2", HOME)
    instance = ec2.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    remote.run_for(timedelta(minutes=1))
    remote.timing(image=60, image_per_gib=0)
    image = ec2.create_image(InstanceId=instance, Name="one")["ImageId"]
    remote.run_for(timedelta(seconds=5))
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "pending"
    remote.run_for(timedelta(minutes=1))
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "available"
    details = [event["detail"] for event in remote.events(source="aws.ec2", region=HOME)]
    assert {"ImageId": image, "State": "available"}.items() <= {
        key: value for key, value in details[-1].items() if key in {"ImageId", "State"}
    }.items()


@pytest.mark.facts("2.1")
def test_the_recycle_bin(remote):
    rbin = remote.client("rbin", RECOVERY)
    period = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
    lock = {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}
    rule = rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=period, LockConfiguration=lock)
    rbin.tag_resource(ResourceArn=rule["RuleArn"], Tags=[{"Key": "a/b", "Value": "c"}])
    assert rbin.list_tags_for_resource(ResourceArn=rule["RuleArn"])["Tags"] == [{"Key": "a/b", "Value": "c"}]
    rbin.untag_resource(ResourceArn=rule["RuleArn"], TagKeys=["a/b"])
    with pytest.raises(rbin.exceptions.ConflictException) as caught:
        rbin.delete_rule(Identifier=rule["Identifier"])
    assert caught.value.response["Reason"] == "INVALID_RULE_STATE"
    assert rbin.unlock_rule(Identifier=rule["Identifier"])["LockEndTime"] == remote.now() + timedelta(days=7)
    remote.run_for(timedelta(days=7))
    rbin.delete_rule(Identifier=rule["Identifier"])
    assert rbin.list_rules(ResourceType="EC2_IMAGE")["Rules"] == []
    assert remote.events(source="aws.rbin", region=RECOVERY)[-1]["detail-type"] == "Recycle Bin Rule Unlocked"


@pytest.mark.facts("11.7")
def test_text_comes_back_as_it_was_or_is_refused(remote):
    ec2 = remote.client("ec2", HOME)
    lines = [{"Key": "a", "Value": "one\r\ntwo\rthree"}]
    volume = ec2.create_volume(AvailabilityZone=f"{HOME}a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": lines}])[
        "VolumeId"
    ]
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        ec2.create_tags(Resources=[volume], Tags=[{"Key": "b", "Value": "\x0b"}])
    with pytest.raises(ClientError, match="InvalidNextToken"):
        ec2.describe_tags(MaxResults=5, NextToken="x")
    filters = [{"Name": "resource-id", "Values": [volume]}]
    assert [(each["Key"], each["Value"]) for each in ec2.describe_tags(Filters=filters)["Tags"]] == [("a", "one\r\ntwo\rthree")]


@pytest.mark.facts("4.7")
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_s3_by_path_and_by_host(remote, style):
    s3 = remote.client("s3", RECOVERY)
    bucket, key, body = f"bucket-{style}", "a folder/100%/ü+.bin", bytes(range(256)) * 4000
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": RECOVERY})
    settings = Config(s3={"addressing_style": style})
    there = boto3.client(
        "s3",
        region_name=RECOVERY,
        endpoint_url=remote.endpoint,
        aws_access_key_id="AKIAADMINISTRATOR000",
        aws_secret_access_key="x",
        config=settings,
    )
    if style == "virtual":
        there.meta.events.register("before-send.s3", by_loopback(remote.endpoint))
    there.put_object(Bucket=bucket, Key=key, Body=body)
    assert there.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(body)
    assert there.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert {call["parameters"]["Bucket"] for call in remote.calls(operation="PutObject")} >= {bucket}


def by_loopback(endpoint):
    """Not every resolver knows that *.localhost is loopback: connect to localhost, the host in the header staying."""

    def send(request, **_):
        host = request.url.split("/")[2]
        request.headers["Host"] = host
        request.url = request.url.replace(f"http://{host}", endpoint, 1)

    return send


def test_people_are_told_the_time_of_the_world(remote):
    answer = remote.client("sts", HOME).get_caller_identity()
    said = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert abs(said.timestamp() - time.time()) < 86400


def test_calls_are_listed_with_who_made_them(remote):
    remote.client("sqs", HOME).create_queue(QueueName="listed")
    [call] = remote.calls(service="sqs", operation="CreateQueue", caller="user")
    assert call["parameters"]["QueueName"] == "listed"
    assert call["error_code"] is None


def test_refuses_on_demand(remote):
    ec2 = remote.client("ec2", HOME)
    remote.play('[[refuse]]\nservice = "ec2"\noperation = "DescribeImages"\ncode = "InternalError"\ntimes = 1\n')
    with pytest.raises(ClientError, match="InternalError"):
        ec2.describe_images()
    ec2.describe_images()


def test_a_region_out_of_reach(remote):
    remote.play(f'[[unreachable]]\nregion = "{RECOVERY}"\n')
    with pytest.raises(ConnectionClosedError):
        remote.client("ec2", RECOVERY).describe_images()
    remote.client("ec2", HOME).describe_images()


def test_images_fail_on_demand(remote):
    ec2 = remote.client("ec2", HOME)
    instance = ec2.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    remote.run_for(timedelta(minutes=1))
    remote.play(f'[[fail_image]]\nsource = "{instance}"\nmessage = "No luck."\n')
    image = ec2.create_image(InstanceId=instance, Name="unlucky")["ImageId"]
    remote.run_for(timedelta(hours=1))
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "failed"


def test_says_what_is_wrong_with_a_scenario(remote):
    with pytest.raises(SandboxError, match=r"night.toml: refuse\[1\].code: Field required"):
        remote.play('[[refuse]]\nservice = "ec2"\n', "night.toml")


def test_says_what_is_wrong_with_a_timing(remote):
    with pytest.raises(SandboxError, match="no time for coffee"):
        remote.timing(coffee=3)


def test_answers_many_at_once(remote):
    counts = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(remote.client("ec2", HOME).describe_regions()["Regions"]))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    remote.run_for(timedelta(hours=1))
    for thread in threads:
        thread.join()
    assert len(counts) == 8


def test_commands(up, remote, tmp_path):
    environment = up[1]
    remote.client("ec2", HOME).describe_regions()
    scenario = tmp_path / "busy.toml"
    scenario.write_text('[[refuse]]\nservice = "ec2"\ncode = "Busy"\nonly = 99\n')
    first = command("clock", environment=environment)
    assert datetime.fromisoformat(first.stdout.strip()).tzinfo is not None
    later = command("clock", "--for", "1", environment=environment)
    assert datetime.fromisoformat(later.stdout.strip()) - datetime.fromisoformat(first.stdout.strip()) == timedelta(hours=1)
    assert command("faults", str(scenario), environment=environment).returncode == 0
    assert command("faults", "--clear", environment=environment).returncode == 0
    assert command("timing", "image=60", "copy=90", environment=environment).returncode == 0
    assert '"operation": "DescribeRegions"' in command("calls", "--service", "ec2", environment=environment).stdout
    assert command("events", "--region", HOME, environment=environment).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("clock", "--until", "noon"), "noon is no time"),
        (("faults",), "Name a scenario, or --clear."),
        (("timing", "image"), "image says no seconds; write it as image=60."),
        (("timing", "tea=60"), "tea"),
        (("clock", "--endpoint", "localhost:1"), "localhost:1 is no endpoint; write it as http://localhost:4566."),
        (("clock", "--endpoint", "http://localhost:9"), "No sandbox answers at http://localhost:9"),
    ],
)
def test_what_a_command_cannot_do_is_one_line(up, arguments, problem):
    found = command(*arguments, environment=up[1])
    assert found.returncode == 1
    assert problem in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_taken_port_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = command("up", "--port", str(port), environment=served.user())
    assert found.returncode == 1
    assert found.stderr == f"Port {port} is taken by another program; leave --port out for a free one.\n"


def test_only_one_address_of_loopback_is_served(up):
    port = int(up[0].endpoint.rsplit(":", 1)[1])
    with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
        socket.create_connection(("127.0.0.2", port), timeout=2)


def test_the_clock_goes_by_itself_unless_told_otherwise():
    with served.sandbox("--in-process") as (remote, _):
        ec2 = remote.client("ec2", HOME)
        before = remote.now()
        instance = ec2.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        wait_until(lambda: ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"] == "running")
        image = ec2.create_image(InstanceId=instance, Name="one")["ImageId"]
        shown = [{"Name": "image-id", "Values": [image]}]
        wait_until(lambda: [one["State"] for one in ec2.describe_images(Filters=shown)["Images"]] == ["available"])
        assert timedelta(seconds=3) < remote.now() - before < timedelta(seconds=30)
        assert remote.run_for(timedelta(days=1)) - before > timedelta(days=1)


def test_a_batch_is_not_gathered_for_minutes_while_somebody_waits():
    with served.sandbox("--in-process") as (remote, _):
        role = allowed_all(remote)
        lambdas, sqs = remote.client("lambda", HOME), remote.client("sqs", HOME)
        code = zipped(main="def handler(event, context):\n    [print('came') for _ in event['Records']]\n")
        lambdas.create_function(FunctionName="counter", Role=role, Handler="main.handler", Runtime="python3.13", Code={"ZipFile": code})
        url = sqs.create_queue(QueueName="letters")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        lambdas.create_event_source_mapping(FunctionName="counter", EventSourceArn=arn, BatchSize=10, MaximumBatchingWindowInSeconds=300)
        for number in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        wait_until(lambda: remote.logs("counter").count("came") == 3)


def allowed_all(remote):
    """The ARN of a role that may do anything."""
    iam = remote.client("iam", "us-east-1")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="all", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="all", PolicyName="all", PolicyDocument=json.dumps(everything))
    return role


def zipped(**modules):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return content.getvalue()


def wait_until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_cleanly(number):
    command = [sys.executable, "-m", "sandbox", "up", "--still", "--in-process"]
    with subprocess.Popen(
        command, cwd=served.ROOT, env=served.user(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        endpoint = served.exported(process.stdout.readline())[1]
        Remote(endpoint).now()
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    with pytest.raises(SandboxError, match="No sandbox answers"):
        Remote(endpoint).now()
