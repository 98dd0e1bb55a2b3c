"""In the sandbox's process EC2's calls, the Recycle Bin's and plain ones of other services go without HTTP: what is asked and what is answered is what it would be with it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from enum import StrEnum

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from sandbox.account import Sandbox
from tests.sandbox.both_ways import HOME, Told, compare

pytestmark = pytest.mark.own


def images_come_and_go(sandbox):
    answers = []
    ec2 = Told(boto3.client("ec2", HOME), answers)
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
    for _ in range(2):
        ec2.describe_images(ImageIds=[image])
        ec2.describe_snapshots(OwnerIds=["self"])
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
    return answers


def objects_are_read(sandbox):
    answers = []
    s3 = Told(boto3.client("s3", HOME), answers)
    s3.create_bucket(Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_bucket_versioning(Bucket="a-bucket", VersioningConfiguration={"Status": "Enabled"})
    for key in ("nights/a/manifest +ü.json", "nights/a/2", "nights/b/<1>", "x"):
        s3.put_object(Bucket="a-bucket", Key=key, Body=f"{key} as it is".encode(), Metadata={"made": "here"})
    s3.put_object(Bucket="a-bucket", Key="archived", Body=b"x", StorageClass="GLACIER")
    s3.delete_objects(Bucket="a-bucket", Delete={"Objects": [{"Key": "x"}]})
    bodies = [s3.get_object(Bucket="a-bucket", Key="nights/a/manifest +ü.json")["Body"].read()]
    bodies.append(s3.get_object(Bucket="a-bucket", Key="nights/a/2", Range="bytes=0-3")["Body"].read())
    for asked in (
        {},
        {"Prefix": "nights/", "Delimiter": "/"},
        {"Prefix": "nights/", "StartAfter": "nights/a/2"},
        {"Prefix": "none"},
        {"Prefix": "", "StartAfter": "", "Delimiter": ""},
    ):
        s3.list_objects_v2(Bucket="a-bucket", **asked)
    pages = [page["Contents"] for page in s3.client.get_paginator("list_objects_v2").paginate(Bucket="a-bucket")]
    nobody = boto3.client("s3", HOME, aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    for refused in (
        lambda: s3.get_object(Bucket="a-bucket", Key="none"),
        lambda: s3.get_object(Bucket="a-bucket", Key="x"),
        lambda: s3.get_object(Bucket="a-bucket", Key="archived"),
        lambda: s3.list_objects_v2(Bucket="no-bucket"),
        lambda: nobody.get_object(Bucket="a-bucket", Key="nights/a/2"),
    ):
        with pytest.raises(ClientError) as caught:
            refused()
        answers.append(caught.value.response)
    return [*answers, bodies, pages]


def rules_are_kept(sandbox):
    answers = []
    rbin = Told(boto3.client("rbin", HOME), answers)
    period = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
    tags = [{"ResourceTagKey": "ü <&>", "ResourceTagValue": ""}]
    rule = rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=period, ResourceTags=tags, Tags=[{"Key": "a", "Value": "b"}])
    name, arn = rule["Identifier"], rule["RuleArn"]
    rbin.list_rules(ResourceType="EC2_IMAGE", ResourceTags=[])
    rbin.list_tags_for_resource(ResourceArn=arn)
    sandbox.clock.run_for(timedelta(minutes=1))
    everywhere = rbin.create_rule(ResourceType="EBS_SNAPSHOT", RetentionPeriod=period)["Identifier"]
    sandbox.clock.run_for(timedelta(minutes=1))
    rbin.lock_rule(Identifier=everywhere, LockConfiguration={"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}})
    rbin.unlock_rule(Identifier=everywhere)
    rbin.get_rule(Identifier=everywhere)
    rbin.untag_resource(ResourceArn=arn, TagKeys=["a"])
    rbin.update_rule(Identifier=name, Description="half")
    rbin.delete_rule(Identifier=name)
    for refused in (
        lambda: rbin.get_rule(Identifier=name),
        lambda: rbin.list_rules(ResourceType="EC2_IMAGE", MaxResults=1001),
        lambda: rbin.list_rules(ResourceType="nothing"),
        lambda: rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=period | {"RetentionPeriodValue": 366}),
    ):
        with pytest.raises(ClientError) as caught:
            refused()
        answers.append(caught.value.response)
    return answers


class Odd(StrEnum):
    IMAGES = "EC2_IMAGE"


def clients_send_odd_things(sandbox):
    """What botocore writes in its own ways, or only when nobody checks it."""
    sandbox.clock.run_for(timedelta(milliseconds=1500))
    answers = []
    for checked in (True, False):
        config = Config(parameter_validation=checked, retries={"total_max_attempts": 1})
        ec2, rbin = (boto3.client(service, HOME, config=config) for service in ("ec2", "rbin"))
        rule = rbin.create_rule(ResourceType=Odd.IMAGES, RetentionPeriod={"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"})
        for call in (
            lambda ec2=ec2: ec2.create_image(InstanceId="i-00000000000000000", Name=Odd.IMAGES),
            lambda ec2=ec2: ec2.describe_images(Owners=[Odd.IMAGES, ""], Filters=[]),
            lambda ec2=ec2: ec2.describe_images(ImageIds=[Odd.IMAGES]),
            lambda ec2=ec2: ec2.describe_images(MaxResults=True),
            lambda ec2=ec2: ec2.describe_images(MaxResults="5", IncludeDisabled="false"),
            lambda ec2=ec2: ec2.describe_images(Owners="self"),
            lambda ec2=ec2: ec2.describe_images(Filters=[{"Name": "state", "Values": ()}]),
            ec2.copy_image,
            lambda ec2=ec2: ec2.copy_image(SourceImageId="ami-0linux"),
            lambda ec2=ec2: ec2.create_image(InstanceId="i-00000000000000000", Name="ab"),
            lambda ec2=ec2: ec2.create_tags(Resources=["ami-0linux"]),
            lambda ec2=ec2: ec2.describe_image_references(ImageIds=["ami-0linux"], MaxResults=1),
            lambda rbin=rbin: rbin.list_rules(ResourceType="EC2_IMAGE", MaxResults=0),
            lambda rbin=rbin: rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod={"RetentionPeriodValue": 0}),
            lambda rbin=rbin: rbin.get_rule(Identifier=""),
            lambda rbin=rbin: rbin.list_rules(ResourceType="EC2_IMAGE", MaxResults=True),
            lambda rbin=rbin, rule=rule: rbin.untag_resource(ResourceArn=rule["RuleArn"], TagKeys="a"),
        ):
            try:
                answers.append(call())
            except (ClientError, ParamValidationError) as error:
                answers.append(str(error))
    return answers


def calls_are_tried_again(sandbox):
    """What is refused or does not get through at first, with the tokens that botocore gives and the attempts that it counts."""
    answers, heard = [], sandbox.client("ec2", HOME)
    instance = heard.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    sandbox.clock.run_for(timedelta(minutes=1))
    image = heard.create_image(InstanceId=instance, Name="an image")["ImageId"]
    sandbox.clock.run_for(timedelta(minutes=30))
    for mode in ("legacy", "standard", "adaptive"):
        config = Config(retries={"mode": mode, "total_max_attempts": 4})
        ec2, rbin = (Told(boto3.client(service, HOME, config=config), answers) for service in ("ec2", "rbin"))
        for operation in ("DescribeImages", "CopyImage"):
            sandbox.faults.refuse("ec2", operation, HOME, "RequestLimitExceeded", times=2)
        sandbox.faults.refuse("rbin", "ListRules", HOME, "InternalServerException", status=500, times=1)
        ec2.describe_images(ImageIds=[image])
        ec2.copy_image(Name=f"{mode} copy", SourceImageId=image, SourceRegion=HOME)
        rbin.list_rules(ResourceType="EC2_IMAGE")
        sandbox.faults.refuse("ec2", "DescribeImages", HOME, "InternalError", times=5)
        with pytest.raises(ClientError) as caught:
            ec2.describe_images(ImageIds=[image])
        answers.append((str(caught.value), caught.value.response))
        sandbox.faults.clear()
        now = sandbox.clock.now()
        sandbox.faults.unreachable(HOME, between=(now, now + timedelta(milliseconds=10)))
        ec2.describe_instances(InstanceIds=[instance])
        sandbox.faults.unreachable(HOME)
        with pytest.raises(EndpointConnectionError):
            rbin.list_rules(ResourceType="EC2_IMAGE")
        sandbox.faults.clear()
    tokens = {call.parameters["ClientToken"] for call in sandbox.gateway.calls if call.operation == "CopyImage"}
    return [*answers, len(tokens)]


SCENARIOS = [images_come_and_go, objects_are_read, rules_are_kept, clients_send_odd_things, calls_are_tried_again]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_ends_as_over_http(scenario, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    assert compare(scenario, monkeypatch) > 10


def test_threads_take_turns():
    with Sandbox() as sandbox:
        client, before = sandbox.client("ec2", HOME), sys.getswitchinterval()  # spared: who is throttled sleeps, and moves the clock

        def work(number):
            if number % 2:
                return client.describe_instances(Filters=[{"Name": "tag-key", "Values": ["k*"]}])["ResponseMetadata"]["HTTPStatusCode"]
            return client.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["ResponseMetadata"]["HTTPStatusCode"]

        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(16) as threads:
                assert set(threads.map(work, range(300))) == {200}
        finally:
            sys.setswitchinterval(before)


def test_clients_of_before_and_after_talk_to_the_sandbox_that_is_open():
    client = boto3.client("sqs", HOME, aws_access_key_id="AKIAADMINISTRATOR000", aws_secret_access_key="x")
    for _ in range(2):
        with Sandbox():
            assert "QueueUrls" not in client.list_queues()
            client.create_queue(QueueName="one")
            assert len(client.list_queues()["QueueUrls"]) == 1


def test_a_sandbox_that_was_closed_does_not_come_back():
    sandbox = Sandbox()
    with sandbox:
        pass
    with pytest.raises(RuntimeError, match="Make a new one"), sandbox:
        pass


def test_where_somebody_looks_for_models_is_forgotten():
    for _ in range(2):
        with Sandbox():
            places = botocore.session.get_session().get_component("data_loader").search_paths
            assert "/somewhere" not in places
            places.append("/somewhere")
