"""What the sandbox's tests share: an open account, its EC2 in two regions, and the shortest ways to instances and images."""

import json
from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.gateway import Caller
from tests.sandbox.apps import App
from tests.sandbox.binned import armed, bin_rule, prompt  # noqa: F401 (fixtures)
from tests.sandbox.event_rules import happen, messages, put_rule  # noqa: F401 (fixtures)
from tests.sandbox.host import host  # noqa: F401 (fixtures)
from tests.sandbox.policies import policy
from tests.sandbox.stacks import cfn, deploy_stack  # noqa: F401 (fixtures)
from tests.sandbox.worker import deploy, invoke, layer  # noqa: F401 (fixtures)

HOME, RECOVERY = "ap-south-1", "eu-west-1"


@pytest.fixture(autouse=True)
def says_what_it_proves(request):
    """Each test has the sections of docs/aws-facts.md that it proves, or is the sandbox's own; its own mark goes before its module's."""
    marks = [mark.name for mark in request.node.iter_markers() if mark.name in {"facts", "own"}]
    assert marks, "mark it with facts and the sections of docs/aws-facts.md that it proves, or with own"
    assert marks[0] == "facts" or "facts" not in marks, "what is the sandbox's own proves no facts: move it to a module without their mark"


@pytest.fixture
def sandbox():
    with Sandbox() as opened:
        yield opened


@pytest.fixture
def app(tmp_path):
    return App(tmp_path)


@pytest.fixture
def home(sandbox):
    return sandbox.client("ec2", HOME)


@pytest.fixture
def recovery(sandbox):
    return sandbox.client("ec2", RECOVERY)


@pytest.fixture
def rbin(sandbox):
    return sandbox.client("rbin", HOME)


@pytest.fixture
def taker(sandbox):
    """A role that may do anything, as a caller."""
    iam = sandbox.client("iam", "us-east-1")
    role = iam.create_role(RoleName="taker", Path="/night/", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="taker", PolicyName="everything", PolicyDocument=json.dumps(everything))
    return Caller("taker", role)


@pytest.fixture
def as_role(sandbox):
    """A maker of clients of a role with these statements."""

    def as_role(*statements, name="tested"):
        iam = sandbox.client("iam", "us-east-1")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy()))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy(*statements)))
        keys = sandbox.gateway.credentials(arn)

        def client(service, region=HOME):
            return boto3.client(
                service,
                region,
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key="x",
                aws_session_token=keys["AWS_SESSION_TOKEN"],
            )

        client.arn = arn
        return client

    return as_role


@pytest.fixture
def events_of(sandbox, monkeypatch):
    """The details of the events of one type that came up so far, with the region they came up in."""
    emitted = []
    monkeypatch.setattr(sandbox.ec2.notices, "bus", _Heard(emitted))

    def events_of(kind):
        return [(region, event["detail"]) for region, event in emitted if event["detail-type"] == kind]

    events_of.whole = emitted
    return events_of


class _Heard:
    def __init__(self, emitted):
        self._emitted = emitted

    def emit(self, region, event):
        self._emitted.append((region, event))


@pytest.fixture
def launch(sandbox, home):
    """Launch an instance at home and let it run; the instance's id."""

    def launch(image="ami-0linux", tags=None, **parameters):
        if tags:
            parameters["TagSpecifications"] = [specification("instance", tags)]
        answer = home.run_instances(ImageId=image, MinCount=1, MaxCount=1, **parameters)
        sandbox.clock.run_for(timedelta(minutes=1))
        return answer["Instances"][0]["InstanceId"]

    return launch


@pytest.fixture
def take(sandbox, home, launch):
    """Create an image at home and let it become available; the image's id."""

    def take(name="an image", instance=None, tags=None, **parameters):
        if tags:
            parameters["TagSpecifications"] = [specification("image", tags)]
        image = home.create_image(InstanceId=instance or launch(), Name=name, **parameters)["ImageId"]
        sandbox.clock.run_for(timedelta(hours=2))
        return image

    return take


@pytest.fixture
def image(take):
    """An image with a tag and a description."""
    return take(name="web", tags={"Name": "web"}, Description="the site")


@pytest.fixture
def snapshot(home, image, image_of):
    """The first snapshot of that image."""
    return image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]


@pytest.fixture
def copy(sandbox, recovery):
    """Copy an image from home to the recovery region, and wait until describes show the copy; its id."""

    def copy(image, name="a copy", **parameters):
        made = recovery.copy_image(SourceRegion=HOME, SourceImageId=image, Name=name, **parameters)["ImageId"]
        sandbox.clock.run_for(sandbox.ec2.timing.visibility_lag)
        return made

    return copy


@pytest.fixture
def refused():
    """A block in which a call is refused with a code."""

    @contextmanager
    def refused(code):
        with pytest.raises(ClientError) as caught:
            yield caught
        assert caught.value.response["Error"]["Code"] == code

    return refused


@pytest.fixture
def image_of(sandbox):
    """An image as DescribeImages shows it, by id, once it shows it."""

    def image_of(client, image, **parameters):
        sandbox.clock.run_for(sandbox.ec2.timing.visibility_lag)
        return client.describe_images(ImageIds=[image], **parameters)["Images"][0]

    return image_of


def specification(kind, tags):
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
