"""In the sandbox's process EC2's calls go without HTTP: what is asked and what is answered is what it would be with it."""

import re
from copy import deepcopy
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import ec2_without_http
from sandbox.account import Sandbox

pytestmark = pytest.mark.own
HOME = "ap-south-1"
MOTOS_IDS = re.compile(r"\b(vpc|subnet|sg)-[0-9a-f]+")
"""Of what moto makes by itself, they differ from run to run."""


def heard(sandbox):
    """A scenario's answers as clients read them, errors too, and the parameters as the sandbox read them."""
    answers = []
    ec2 = boto3.client("ec2", HOME)

    def listen(event_name, parsed_response, **_):
        answers.append((event_name, deepcopy(parsed_response)))

    ec2.meta.events.register("response-received.ec2", listen)
    instance = ec2.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=2, ClientToken="one")["Instances"][0]["InstanceId"]
    sandbox.clock.run_for(timedelta(minutes=1))
    tags = [{"ResourceType": "image", "Tags": [{"Key": "a", "Value": ""}, {"Key": "b <&> c", "Value": "ü\n "}]}]
    image = ec2.create_image(InstanceId=instance, Name="an image", NoReboot=True, TagSpecifications=tags)["ImageId"]
    sandbox.clock.run_for(timedelta(minutes=30))
    ec2.describe_images(MaxResults=5, Filters=[{"Name": "tag:a", "Values": ["", "b"]}])
    ec2.describe_instances()
    ec2.describe_snapshots(OwnerIds=["self"])
    ec2.describe_volumes()
    ec2.enable_image_deprecation(ImageId=image, DeprecateAt=sandbox.clock.now() + timedelta(days=30))
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "210987654321"}]})
    ec2.stop_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"\x00\xffdata"})
    ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
    ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    for refused in (
        lambda: ec2.describe_images(ImageIds=["ami-00000000000000000"]),
        lambda: ec2.create_image(InstanceId=instance, Name="an image!"),
        lambda: ec2.describe_images(DryRun=True),
        ec2.describe_spot_fleet_requests,
    ):
        with pytest.raises(ClientError) as caught:
            refused()
        answers.append(caught.value.response)
    calls = [(call.operation, call.region, call.caller_arn, call.parameters, call.error_code) for call in sandbox.gateway.calls]
    return [MOTOS_IDS.sub(r"\1", repr(one)) for one in (*answers, *calls)]


def test_a_scenario_ends_as_over_http(monkeypatch):
    with Sandbox() as sandbox:
        without = heard(sandbox)
    over = []
    http = lambda _, endpoint, *given: over.append(given) or ec2_without_http._created(endpoint, *given)  # noqa: E731
    monkeypatch.setattr(ec2_without_http, "_create", http)
    with Sandbox() as sandbox:
        assert heard(sandbox) == without
    assert len(over) > 15
