"""Plain calls of S3, SQS and KMS go without HTTP and end as with it; whatever else is asked goes over it."""

import io
import json
from datetime import timedelta

import boto3
import pytest
from moto.sqs.models import sqs_backends

from sandbox.account import Sandbox
from sandbox.wire import FrontDoor
from tests.sandbox.both_ways import HOME, Told, bucket, compare, played, refuse_once

pytestmark = pytest.mark.own
ACCOUNT = "123456789012"


def messages_are_sent(sandbox):
    sqs = boto3.client("sqs", HOME)
    url = sqs.create_queue(QueueName="a", Attributes={"DelaySeconds": "7"})["QueueUrl"]
    fifo = sqs.create_queue(QueueName="b.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    ten = [{"Id": str(number), "MessageBody": f"ü <&> {number}\n", "DelaySeconds": number} for number in range(10)]
    answers, attribute = [], {"MessageAttributes": {"made": {"DataType": "String", "StringValue": "here"}}}
    sqs = Told(sqs, answers)
    found = played(
        lambda: sqs.send_message(QueueUrl=url, MessageBody='{"a": "\\u00fc"}'),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0),
        lambda: sqs.send_message(QueueUrl="a", MessageBody="by name", DelaySeconds=900),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=901),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="early", DelaySeconds=-1),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="attributed", **attribute),
        lambda: sqs.send_message(QueueUrl=url, MessageBody=""),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="\x01"),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="x" * 2**20),
        lambda: sqs.send_message(QueueUrl=url, MessageBody="x" * (2**20 + 1)),
        lambda: sqs.send_message(QueueUrl=f"{url}x", MessageBody="nowhere"),
        lambda: sqs.send_message(QueueUrl=fifo, MessageBody="no group"),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=ten),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[*ten, {"Id": "10", "MessageBody": "one more"}]),
        lambda: sqs.send_message_batch(
            QueueUrl=url, Entries=[{**ten[0], **attribute}, {"Id": "late", "MessageBody": "late", "DelaySeconds": 901}]
        ),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[ten[0], {"Id": "late", "MessageBody": "late", "DelaySeconds": 901}]),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[ten[0], ten[0]]),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a b", "MessageBody": "x"}]),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[]),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(number), "MessageBody": "x" * 200_000} for number in range(6)]),
        lambda: sqs.send_message_batch(QueueUrl=url, Entries=[ten[0], {"Id": "odd", "MessageBody": "\x01"}]),
        lambda: sqs.send_message_batch(QueueUrl=fifo, Entries=ten),
        lambda: sqs.send_message_batch(QueueUrl=f"{url}x", Entries=ten),
    )
    refuse_once(sandbox, "RequestThrottled", 403)
    nobody = boto3.client("sqs", HOME, aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    found += played(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"), lambda: nobody.send_message(QueueUrl=url, MessageBody="x"))
    queues = sqs_backends[ACCOUNT][HOME].queues.values()
    kept = [
        (one.body[:99], one.body_md5, one.sent_timestamp, one.delayed_until, one.visible_at, one.message_attributes)
        for queue in queues
        for one in queue.store
    ]
    return [*answers, found, kept]


def keys_are_described(sandbox):
    kms = boto3.client("kms", HOME)
    key = kms.create_key(Description="ü")["KeyMetadata"]
    many = kms.create_key(MultiRegion=True, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    deny = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["kms:DescribeKey"], "Resource": "*"}]}
    )
    shut = kms.create_key(Policy=deny)["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    sandbox.clock.run_for(timedelta(milliseconds=1500))
    answers = []
    kms = Told(kms, answers)
    alias = f"arn:aws:kms:{HOME}:{ACCOUNT}:alias"
    names = (
        *(key["KeyId"], key["Arn"], "alias/mine", f"{alias}/mine", many, shut),
        *(
            "alias/none",
            f"{alias}/none",
            "none",
            "0" * 8 + "-0000-0000-0000-" + "0" * 12,
            key["Arn"].replace(HOME, "eu-west-1"),
            "alias/aws/none",
        ),
        *("alias/aws/ebs", f"{alias}/aws/ebs", "alias/aws/s3", f"{alias}/aws/s3", "alias/", " "),
    )
    calls = [lambda name=name: kms.describe_key(KeyId=name) for name in names]
    found = played(*calls, lambda: kms.describe_key(KeyId=key["KeyId"], GrantTokens=["a"]))
    kms.disable_key(KeyId=key["KeyId"])
    found += played(calls[0])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    found += played(calls[0], calls[2])
    nobody = boto3.client("kms", HOME, aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    return [
        *answers,
        found,
        played(lambda: nobody.describe_key(KeyId=key["KeyId"])),
        kms.list_keys()["Keys"],
        kms.list_aliases()["Aliases"],
    ]


@pytest.mark.parametrize("scenario", [messages_are_sent, keys_are_described])
def test_a_scenario_ends_as_over_http(scenario, monkeypatch):
    assert compare(scenario, monkeypatch) > 10


OBJECT = {"Bucket": "a-bucket", "Key": "a"}
ENTRY = {"Id": "a", "MessageBody": "x"}
ATTRIBUTE = {"MessageAttributes": {"made": {"DataType": "String", "StringValue": "here"}}}
CALLS = {
    "s3": {
        "put": (lambda s3: s3.put_object(**OBJECT, Body=b"x"), True),
        "put on a condition": (lambda s3: s3.put_object(**OBJECT, Body=b"x", IfNoneMatch="*"), True),
        "put a file": (lambda s3: s3.put_object(**OBJECT, Body=io.BytesIO(b"x")), True),
        "put more": (lambda s3: s3.put_object(**OBJECT, Body=b"x", ContentType="text/plain"), False),
        "put what is large": (lambda s3: s3.put_object(**OBJECT, Body=b"x" * 2**21), False),
        "get": (lambda s3: s3.get_object(**OBJECT), True),
        "get what is not there": (lambda s3: s3.get_object(Bucket="a-bucket", Key="none"), True),
        "get a part": (lambda s3: s3.get_object(**OBJECT, Range="bytes=0-0"), False),
        "get of no bucket": (lambda s3: s3.get_object(Bucket="none", Key="none"), False),
        "list": (lambda s3: s3.list_objects_v2(Bucket="a-bucket", Prefix="a", Delimiter="/", StartAfter="b"), True),
        "list all": (lambda s3: s3.list_objects_v2(Bucket="a-bucket", Prefix="", StartAfter=""), True),
        "list a few": (lambda s3: s3.list_objects_v2(Bucket="a-bucket", MaxKeys=1), False),
    },
    "sqs": {
        "send": (lambda sqs: sqs.send_message(QueueUrl="a", MessageBody="x", DelaySeconds=1), True),
        "send more": (lambda sqs: sqs.send_message(QueueUrl="a", MessageBody="x", **ATTRIBUTE), False),
        "send to no queue": (lambda sqs: sqs.send_message(QueueUrl="none", MessageBody="x"), True),
        "send a batch": (lambda sqs: sqs.send_message_batch(QueueUrl="a", Entries=[ENTRY]), True),
        "send a batch of more": (lambda sqs: sqs.send_message_batch(QueueUrl="a", Entries=[ENTRY | ATTRIBUTE]), False),
    },
    "kms": {
        "describe": (lambda kms: kms.describe_key(KeyId="alias/aws/ebs"), True),
        "describe what is not there": (lambda kms: kms.describe_key(KeyId="none"), True),
        "describe by a grant": (lambda kms: kms.describe_key(KeyId="alias/aws/ebs", GrantTokens=["a"]), False),
    },
}


@pytest.mark.parametrize(("service", "name"), [(service, name) for service, calls in CALLS.items() for name in calls])
def test_what_is_plain_goes_without_http_and_nothing_else(service, name, monkeypatch):
    call, is_plain = CALLS[service][name]
    with Sandbox():
        bucket().put_object(**OBJECT, Body=b"x")
        boto3.client("sqs", HOME).create_queue(QueueName="a")
        over, answer = [], FrontDoor.answer
        monkeypatch.setattr(FrontDoor, "answer", lambda door, request: over.append(request) or answer(door, request))
        played(lambda: call(boto3.client(service, HOME)))
    assert (over == []) is is_plain


@pytest.mark.parametrize("region", ["ap-southeast-1", "eu-west-1", "us-east-1"])
def test_the_regions_that_botocore_has_always_known_are_as_plain(region, monkeypatch):
    over, answer = [], FrontDoor.answer
    monkeypatch.setattr(FrontDoor, "answer", lambda door, request: over.append(request) or answer(door, request))
    with Sandbox():
        s3 = boto3.client("s3", region)
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket="a-bucket", **place)
        over.clear()
        s3.put_object(**OBJECT, Body=b"x")
        assert [one["Key"] for one in s3.list_objects_v2(Bucket="a-bucket")["Contents"]] == [OBJECT["Key"]]
        assert s3.get_object(**OBJECT)["Body"].read() == b"x"
    assert over == []


def test_what_a_client_does_to_its_answer_changes_no_record():
    with Sandbox() as sandbox:
        s3 = bucket()
        s3.put_object(Bucket="a-bucket", Key="ü", Body=b"x")["ETag"] = "changed"
        s3.list_objects_v2(Bucket="a-bucket")["Contents"][0]["ETag"] = "changed"
        s3.get_object(Bucket="a-bucket", Key="ü")["Metadata"]["changed"] = "changed"
        responses = [call.response for call in sandbox.gateway.calls[1:]]
        assert "changed" not in str(responses)
        assert (responses[1]["Contents"][0]["Key"], responses[2]["Body"]) == ("%C3%BC", b"x")
