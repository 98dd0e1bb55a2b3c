"""In the sandbox's process EC2's calls, the Recycle Bin's and S3's reads go without HTTP: what is asked and what is answered is what it would be with it."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from enum import StrEnum
from pprint import pformat

import boto3
import botocore.session
import pytest
from aws_lambda_powertools.shared.user_agent import register_feature_to_client
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.handlers import disable_signing
from moto.core.botocore_stubber import MockRawResponse

from sandbox import without_http
from sandbox.account import Sandbox

pytestmark = pytest.mark.own
HOME = "ap-south-1"
MOTOS_IDS = re.compile(
    r"\b(vpc|subnet|sg)-[0-9a-f]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|Streaming[A-Za-z]*Body object at 0x[0-9a-f]+"
)
"""Of what moto makes by itself, they differ from run to run."""


def heard(sandbox, scenario):
    """A scenario's answers as clients read them, errors too, and the calls as the sandbox recorded them."""
    answers = scenario(sandbox)
    calls = [
        (call.operation, call.region, call.caller_arn, call.parameters, call.error_code, call.response) for call in sandbox.gateway.calls
    ]
    return [MOTOS_IDS.sub("", pformat(one)) for one in (*answers, *calls)]


def listened(client, service):
    """What a client's answers are read as, from now on."""
    answers = []

    def listen(event_name, parsed_response, **_):
        answers.append((event_name, {name: copy(value) for name, value in parsed_response.items()}))

    client.meta.events.register(f"response-received.{service}", listen)
    return answers


def images_come_and_go(sandbox):
    ec2 = boto3.client("ec2", HOME)
    answers = listened(ec2, "ec2")
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
    s3 = boto3.client("s3", HOME)
    s3.create_bucket(Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_bucket_versioning(Bucket="a-bucket", VersioningConfiguration={"Status": "Enabled"})
    for key in ("nights/a/manifest +ü.json", "nights/a/2", "nights/b/<1>", "x"):
        s3.put_object(Bucket="a-bucket", Key=key, Body=f"{key} as it is".encode(), Metadata={"made": "here"})
    s3.put_object(Bucket="a-bucket", Key="archived", Body=b"x", StorageClass="GLACIER")
    s3.delete_objects(Bucket="a-bucket", Delete={"Objects": [{"Key": "x"}]})
    answers = listened(s3, "s3")
    bodies = [s3.get_object(Bucket="a-bucket", Key="nights/a/manifest +ü.json")["Body"].read()]
    bodies.append(s3.get_object(Bucket="a-bucket", Key="nights/a/2", Range="bytes=0-3")["Body"].read())
    for asked in ({}, {"Prefix": "nights/", "Delimiter": "/"}, {"Prefix": "nights/", "StartAfter": "nights/a/2"}, {"Prefix": "none"}):
        s3.list_objects_v2(Bucket="a-bucket", **asked)
    pages = [page["Contents"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="a-bucket")]
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
    rbin = boto3.client("rbin", HOME)
    answers = listened(rbin, "rbin")
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
            lambda rbin=rbin: rbin.get_rule(Identifier=""),
            lambda rbin=rbin: rbin.list_rules(ResourceType="EC2_IMAGE", MaxResults=True),
            lambda rbin=rbin, rule=rule: rbin.untag_resource(ResourceArn=rule["RuleArn"], TagKeys="a"),
        ):
            try:
                answers.append(call())
            except (ClientError, ParamValidationError) as error:
                answers.append(str(error))
    return answers


@pytest.mark.parametrize("scenario", [images_come_and_go, objects_are_read, rules_are_kept, clients_send_odd_things])
def test_a_scenario_ends_as_over_http(scenario, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    with Sandbox() as sandbox:
        without = heard(sandbox, scenario)
    over = []

    def over_http(_, endpoint, *given):
        over.append(given)
        return without_http._created(endpoint, *given)

    monkeypatch.setattr(without_http, "_create", over_http)
    with Sandbox() as sandbox:
        assert heard(sandbox, scenario) == without
    assert len(over) > 10


def unsigned(client):
    client.meta.events.register("choose-signer", disable_signing)


def with_a_trace(client):
    client.meta.events.register("request-created", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", "Root=1;Lineage=1"))


def answered_by_a_stub(client):
    raw = MockRawResponse(b"<Response><nextToken>mine</nextToken></Response>")
    client.meta.events.register_first("before-send.ec2", lambda request, **_: AWSResponse(request.url, 200, HTTPHeaders(), raw))


@pytest.mark.parametrize("hook", [unsigned, with_a_trace, answered_by_a_stub])
def test_whoever_listens_on_the_way_is_heard(hook):
    with Sandbox() as sandbox:
        traces = []
        sandbox.gateway.guards.append(lambda request: traces.append(request.trace))
        client = boto3.client("ec2", HOME)
        hook(client)
        try:
            told = client.describe_instances().get("NextToken")
        except ClientError as error:
            told = error.response["Error"]["Code"]
        assert (told, traces) == {
            unsigned: ("MissingAuthenticationToken", []),
            with_a_trace: (None, ["Root=1;Lineage=1"]),
            answered_by_a_stub: ("mine", []),
        }[hook]


def test_a_function_with_powertools_does_without(monkeypatch):
    over = []
    monkeypatch.setattr(without_http, "_created", lambda _, params, model: over.append(model.name))
    with Sandbox():
        client = boto3.client("ec2", HOME)
        register_feature_to_client(client, "tested")
        client.describe_images()
    assert over == []


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
