"""S3's plain calls end as over HTTP, whatever keys, bodies, conditions, buckets and clients are."""

import io
import json
from collections import Counter

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from sandbox.account import Sandbox
from tests.sandbox.both_ways import HOME, Told, bucket, compare, played, refuse_once

pytestmark = pytest.mark.own
ACCOUNT = "123456789012"
HERE = {"CreateBucketConfiguration": {"LocationConstraint": HOME}}

KEYS = (
    "a",
    "nights/ü +/ä.json",
    "a//b",
    "/a",
    "./a",
    "a/../b",
    "a?b=c&d#e",
    "%41",
    "a%2Fb",
    " ",
    "a b ",
    "\t",
    "a\nb",
    "~!*'();:@&=+$,[]",
    "日本/🌒",
    "a/",
)
BODIES = (
    b"",
    b"x",
    b"\r\n0\r\n\r\n",
    b"x-amz-checksum-crc32:AAAA==\r\n",
    bytes(range(256)) * 5000,
    b"x" * 1024 * 1024,
    b"x" * (1024 * 1024 + 1),
)


def objects_have_odd_keys(_):
    s3 = bucket()
    answers, asked = [], {"Bucket": "a-bucket"}
    s3 = Told(s3, answers)
    calls = [
        call
        for key in KEYS
        for call in (lambda key=key: s3.put_object(**asked, Key=key, Body=key.encode()), lambda key=key: s3.get_object(**asked, Key=key))
    ]
    found = played(*calls)
    return [*answers, found, s3.list_objects_v2(**asked), s3.list_objects_v2(**asked, Delimiter="/")]


def bodies_are_kept(_):
    s3 = bucket(versions=True)
    answers, asked = [], {"Bucket": "a-bucket", "Key": "a"}
    s3 = Told(s3, answers)
    read = []
    for body in BODIES:
        stream = io.BytesIO(body)
        for one in (body, stream, bytearray(body)):
            s3.put_object(**asked, Body=one)
            read += played(s3.get_object(**asked)["Body"].read)
        read.append(stream.tell())
    half = io.BytesIO(b"first, second")
    half.seek(7)
    s3.put_object(**asked, Body=half)
    s3.put_object(Bucket="a-bucket", Key="none")
    streamed = s3.get_object(**asked)["Body"]
    read += [streamed.read(2), streamed.tell(), streamed.read(), streamed.readable(), list(s3.get_object(**asked)["Body"].iter_lines())]
    return [*answers, read]


def objects_are_written_on_conditions(sandbox):
    s3 = bucket(versions=True)
    answers, asked = [], {"Bucket": "a-bucket", "Key": "a"}
    s3 = Told(s3, answers)
    tag = '"9dd4e461268c8034f5c8564e155c67a6"'
    found = played(
        lambda: s3.put_object(**asked, Body=b"x", IfMatch=tag),
        lambda: s3.put_object(**asked, Body=b"x", IfNoneMatch="*"),
        lambda: s3.put_object(**asked, Body=b"y", IfNoneMatch="*"),
        lambda: s3.put_object(**asked, Body=b"y", IfNoneMatch=tag),
        lambda: s3.put_object(**asked, Body=b"y", IfMatch='"other"'),
        lambda: s3.put_object(**asked, Body=b"z", IfMatch=tag.strip('"')),
        lambda: s3.put_object(**asked, Body=b"z", IfMatch=tag, IfNoneMatch="*"),
        lambda: s3.delete_objects(Bucket="a-bucket", Delete={"Objects": [{"Key": "a"}]}),
        lambda: s3.get_object(**asked),
        lambda: s3.put_object(**asked, Body=b"again", IfNoneMatch="*"),
        lambda: s3.get_object(**asked),
        lambda: s3.get_object(**asked, IfNoneMatch=tag),
        lambda: s3.put_bucket_versioning(Bucket="a-bucket", VersioningConfiguration={"Status": "Suspended"}),
        lambda: s3.put_object(**asked, Body=b"unversioned"),
        lambda: s3.get_object(**asked),
        lambda: s3.list_object_versions(Bucket="a-bucket"),
        lambda: s3.put_object(Bucket="no-bucket", Key="a", Body=b""),
        lambda: s3.get_object(Bucket="no-bucket", Key="a"),
    )
    refuse_once(sandbox, "SlowDown", 503)
    found += played(lambda: s3.put_object(**asked, Body=io.BytesIO(b"at last")))
    found.append(s3.get_object(**asked)["Body"].read())
    nobody = boto3.client("s3", HOME, aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    return [*answers, found, played(lambda: nobody.put_object(**asked, Body=b"x"))]


def folders_are_emptied(_):
    """A delete marker is no object, and makes no folder."""
    s3 = bucket(versions=True)
    asked, answers = {"Bucket": "a-bucket"}, []
    for key in ("a", "a/b", "a/c", "a/d/e", "b/c", "c"):
        s3.put_object(**asked, Key=key)
    for gone in (["a/b"], ["b/c"], ["a", "a/c"], ["a/d/e"]):
        s3.delete_objects(**asked, Delete={"Objects": [{"Key": key} for key in gone]})
        asking = ({}, {"Delimiter": "/"}, {"Prefix": "a/", "Delimiter": "/"}, {"Prefix": "a", "Delimiter": "/", "StartAfter": "a/b"})
        answers += [s3.list_objects_v2(**asked, **more) for more in asking]
    assert "CommonPrefixes" not in s3.list_objects_v2(**asked, Delimiter="/")
    s3.put_object(**asked, Key="b/c")
    return [*answers, s3.list_objects_v2(**asked, Delimiter="/"), s3.list_object_versions(**asked)]


def buckets_do_more(_):
    """Encrypt, notify, log, lock; keep what was written with more than a body; are elsewhere or have dots."""
    s3, sqs, motos = bucket(), boto3.client("sqs", HOME), s3_backends[ACCOUNT]["aws"]
    sqs.create_queue(QueueName="told")
    for name in ("the-logs", "encrypted", "with.dots"):
        s3.create_bucket(Bucket=name, **HERE)
    s3.create_bucket(Bucket="locked", **HERE, ObjectLockEnabledForBucket=True)
    motos.put_object_lock_configuration("locked", True, "GOVERNANCE", 1, 0)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "a-key"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": [rule]})
    told = {"Id": "told", "Queue": f"arn:aws:sqs:{HOME}:{ACCOUNT}:told", "Event": ["s3:ObjectCreated:*"]}
    motos.buckets["with.dots"].set_notification_configuration({"QueueConfiguration": [told]})
    motos.buckets["a-bucket"].logging = {"TargetBucket": "the-logs", "TargetPrefix": "of/"}
    answers, elsewhere = [], boto3.client("s3", "us-east-1")
    s3 = Told(s3, answers)
    china = boto3.client("s3", "cn-north-1")
    more = {
        "ContentType": "text/plain",
        "Metadata": {"made": "here"},
        "Tagging": "a=b",
        "CacheControl": "no-cache",
        "ChecksumAlgorithm": "SHA256",
        "Expires": "2030-01-01T00:00:00Z",
    }
    found = played(
        *(lambda name=name: s3.put_object(Bucket=name, Key="a", Body=b"x") for name in ("a-bucket", "encrypted", "with.dots", "locked")),
        *(lambda name=name: s3.get_object(Bucket=name, Key="a") for name in ("a-bucket", "encrypted", "with.dots", "locked")),
        lambda: s3.put_object(Bucket="encrypted", Key="b", Body=b"x", **more),
        lambda: s3.get_object(Bucket="encrypted", Key="b"),
        lambda: s3.copy_object(Bucket="encrypted", Key="c", CopySource="encrypted/b", MetadataDirective="REPLACE"),
        lambda: s3.get_object(Bucket="encrypted", Key="c"),
        lambda: s3.put_object(Bucket="encrypted", Key="cold", Body=b"x", StorageClass="GLACIER"),
        lambda: s3.get_object(Bucket="encrypted", Key="cold"),
        lambda: motos.buckets["encrypted"].keys["cold"].restore(1),
        lambda: s3.get_object(Bucket="encrypted", Key="cold"),
        lambda: s3.get_object(Bucket="encrypted", Key="cold"),
        lambda: elsewhere.get_object(Bucket="encrypted", Key="a"),
        lambda: china.get_object(Bucket="encrypted", Key="a"),
        lambda: china.list_objects_v2(Bucket="encrypted"),
        lambda: s3.list_objects_v2(Bucket="encrypted", StartAfter="a\rb", Delimiter="\t"),
        lambda: s3.list_objects_v2(Bucket="encrypted", EncodingType="none", Prefix="c"),
        lambda: s3.list_objects_v2(Bucket="encrypted", Prefix=""),
    )
    logs = Counter(key.partition("/")[0] for key in motos.buckets["the-logs"].keys)
    told = [
        json.loads(message.body)["Records"][0]["s3"]["object"]
        for message in sqs_backends[ACCOUNT][HOME].queues["told"].store
        if "Records" in message.body
    ]
    return [*answers, found, logs, told]


def clients_are_set_up_otherwise(_):
    bucket()
    answers = []
    for config in (
        Config(request_checksum_calculation="when_required"),
        Config(response_checksum_validation="when_required"),
        Config(s3={"addressing_style": "path", "payload_signing_enabled": True}),
        Config(signature_version="v4", parameter_validation=False),
        Config(retries={"mode": "standard"}, inject_host_prefix=False),
        Config(retries={"mode": "standard", "total_max_attempts": 1}),
        Config(retries={"mode": "legacy", "total_max_attempts": 1}),
        Config(s3={"use_accelerate_endpoint": True}),
        Config(client_context_params={"force_path_style": True, "accelerate": True}),
    ):
        for plainly in ({}, {"use_ssl": False}):
            s3 = boto3.client("s3", HOME, config=config, **plainly)
            answers += played(
                lambda s3=s3: s3.put_object(Bucket="a-bucket", Key="a", Body=b"x"), lambda s3=s3: s3.get_object(Bucket="a-bucket", Key="a")
            )
            answers += played(
                lambda s3=s3: s3.put_object(Bucket="a-bucket", Key="empty"), lambda s3=s3: s3.list_objects_v2(Bucket="a-bucket")
            )
    return answers


SCENARIOS = [
    objects_have_odd_keys,
    bodies_are_kept,
    objects_are_written_on_conditions,
    folders_are_emptied,
    buckets_do_more,
    clients_are_set_up_otherwise,
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_ends_as_over_http(scenario, monkeypatch):
    assert compare(scenario, monkeypatch) > 10


def test_a_bucket_from_before_the_sandbox_was_opened_is_listed():
    with mock_aws():
        bucket().put_object(Bucket="a-bucket", Key="a", Body=b"x")
        with Sandbox() as sandbox:
            assert [one["Key"] for one in sandbox.client("s3", HOME).list_objects_v2(Bucket="a-bucket")["Contents"]] == ["a"]
