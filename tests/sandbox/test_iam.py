"""IAM: what policies say, and what roles are refused."""

import json
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.gateway import Caller
from sandbox.iam.conditions import holds
from sandbox.iam.evaluate import Principal, Question, Verdict, context, decide
from tests.sandbox.apps import HOME, RECOVERY

ALLOW, DENY, SILENT = Verdict.ALLOW, Verdict.DENY, Verdict.SILENT
ACCOUNT = "123456789012"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", condition=None, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {}), **more}


def deny(action, resource="*", condition=None):
    return allow(action, resource, condition) | {"Effect": "Deny"}


@pytest.mark.parametrize(
    ("statements", "action", "resource", "expected"),
    [
        ([allow("ec2:CreateImage")], "ec2:CreateImage", "arn:aws:ec2:r:1:instance/i-1", ALLOW),
        ([allow("ec2:createimage")], "ec2:CreateImage", "*", ALLOW),
        ([allow("ec2:Create*")], "ec2:CreateImage", "*", ALLOW),
        ([allow("ec2:Describe*")], "ec2:CreateImage", "*", SILENT),
        ([allow("*"), deny("ec2:CreateImage")], "ec2:CreateImage", "*", DENY),
        ([allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b/nights/*")], "s3:PutObject", "arn:aws:s3:::b/nights/p/s", ALLOW),
        ([allow("s3:*", "arn:aws:s3:::b/nights/*")], "s3:PutObject", "arn:aws:s3:::b/other", SILENT),
        ([allow("ec2:*", "arn:aws:ec2:*::image/*")], "ec2:CopyImage", "arn:aws:ec2:eu-west-1::image/*", ALLOW),
        ([allow("ec2:*", "arn:aws:ec2:*::image/*")], "ec2:CopyImage", "arn:aws:ec2:eu-west-1::snapshot/*", SILENT),
        ([allow("ec2:*", "arn:aws:ec2:*:*:instance/*")], "ec2:CreateImage", "arn:aws:ec2:eu-west-1:1:instance/i-1", ALLOW),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "ec2:CreateImage", "*", ALLOW),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "iam:CreateRole", "*", SILENT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret*"}], "s3:GetObject", "arn:aws:s3:::secret/a", SILENT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret*"}], "s3:GetObject", "arn:aws:s3:::open/a", ALLOW),
        ([allow("kms:*", "arn:aws:kms:eu-west-1:1:key/*")], "kms:Decrypt", "arn:aws:kms:us-east-1:1:key/k", SILENT),
        ([allow("ec2:Describe*", "arn:aws:ec2:*:*:instance/*")], "ec2:DescribeInstances", "*", SILENT),
    ],
)
def test_decisions(statements, action, resource, expected):
    assert decide([policy(*statements)], Question(action, resource)) is expected


CONTEXT = context(
    {
        "aws:RequestTag/nightkeep:home": "here",
        "aws:TagKeys": ("a", "b"),
        "aws:SecureTransport": True,
        "n": "5",
        "t": "2027-03-01T00:00:00+00:00",
        "arn": "arn:aws:sqs:r:1:q",
        "ip": "10.0.0.1",
        "kms:ResourceAliases": ("alias/x", "alias/y"),
    }
)


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "expected"),
    [
        ("StringEquals", "aws:RequestTag/nightkeep:home", ["here"], True),
        ("StringEquals", "AWS:requesttag/nightkeep:home", ["there", "here"], True),
        ("StringEquals", "aws:RequestTag/Nightkeep:home", ["here"], False),
        ("StringNotEquals", "aws:RequestTag/nightkeep:home", ["here"], False),
        ("StringNotEquals", "missing", ["here"], True),
        ("StringLike", "aws:RequestTag/nightkeep:home", ["h?r*"], True),
        ("StringEqualsIgnoreCase", "aws:RequestTag/nightkeep:home", ["HERE"], True),
        ("StringEquals", "missing", ["x"], False),
        ("StringEqualsIfExists", "missing", ["x"], True),
        ("StringEqualsIfExists", "aws:RequestTag/nightkeep:home", ["x"], False),
        ("Bool", "aws:SecureTransport", ["true"], True),
        ("Bool", "aws:SecureTransport", ["false"], False),
        ("Bool", "kms:GrantIsForAWSResource", ["true"], False),
        ("BoolIfExists", "kms:GrantIsForAWSResource", ["true"], True),
        ("Null", "missing", ["true"], True),
        ("Null", "aws:TagKeys", ["false"], True),
        ("Null", "aws:TagKeys", ["true"], False),
        ("NumericLessThan", "n", ["6"], True),
        ("NumericGreaterThanEquals", "n", ["6"], False),
        ("DateGreaterThan", "t", ["2027-02-01T00:00:00Z"], True),
        ("DateLessThan", "t", ["2027-02-01T00:00:00Z"], False),
        ("ArnLike", "arn", ["arn:aws:sqs:*:1:q*"], True),
        ("ArnEquals", "arn", ["arn:aws:sqs:*:1:x"], False),
        ("ArnNotLike", "arn", ["arn:aws:sqs:*:1:x"], True),
        ("IpAddress", "ip", ["10.0.0.0/8"], True),
        ("NotIpAddress", "ip", ["10.0.0.0/8"], False),
        ("ForAnyValue:StringEquals", "kms:ResourceAliases", ["alias/y"], True),
        ("ForAnyValue:StringEquals", "kms:ResourceAliases", ["alias/z"], False),
        ("ForAnyValue:StringEquals", "missing", ["alias/z"], False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a"], False),
        ("ForAllValues:StringEquals", "missing", ["a"], True),
    ],
)
def test_conditions(operator, key, wanted, expected):
    assert holds(operator, key, tuple(wanted), CONTEXT) is expected


def test_unknown_operators_are_an_error():
    with pytest.raises(ValueError, match="StringSame"):
        holds("StringSame", "n", ("5",), CONTEXT)


def test_principals_and_variables():
    document = policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:r:1:${aws:PrincipalTag/team}",
        }
    )
    tagged = context({"aws:PrincipalTag/team": "a"})
    asked = Question("sqs:SendMessage", "arn:aws:sqs:r:1:a", tagged, Principal(service="events.amazonaws.com"))
    assert decide([document], asked) is ALLOW
    assert decide([document], Question("sqs:SendMessage", "arn:aws:sqs:r:1:a", tagged, Principal(service="sns.amazonaws.com"))) is SILENT
    assert decide([document], Question("sqs:SendMessage", "arn:aws:sqs:r:1:a", {}, Principal(service="events.amazonaws.com"))) is SILENT


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


def tags(kind, **pairs):
    return {"ResourceType": kind, "Tags": [{"Key": key.replace("_", ":"), "Value": value} for key, value in pairs.items()]}


CREATE = [
    allow("ec2:CreateImage", "arn:aws:ec2:*:*:instance/*", {"Null": {"aws:ResourceTag/Backup": "false"}}),
    allow(
        "ec2:CreateImage",
        ["arn:aws:ec2:*::image/*", "arn:aws:ec2:*::snapshot/*"],
        {"StringEquals": {"aws:RequestTag/nightkeep:home": HOME}},
    ),
    allow("ec2:CreateTags", ["arn:aws:ec2:*::image/*", "arn:aws:ec2:*::snapshot/*"], {"StringEquals": {"ec2:CreateAction": "CreateImage"}}),
]
OURS = [tags("image", nightkeep_home=HOME), tags("snapshot", nightkeep_home=HOME)]


def test_create_image_of_a_tagged_instance_with_our_tags(as_role, launch):
    ec2 = as_role(*CREATE)("ec2")
    assert ec2.create_image(InstanceId=launch(tags={"Backup": "nightly"}), Name="one", TagSpecifications=OURS)["ImageId"]


@pytest.mark.parametrize(
    ("instance_tags", "specifications", "resource"),
    [
        ({}, OURS, ":instance/"),
        ({"Backup": "nightly"}, OURS[:1], "::snapshot/*"),
        ({"Backup": "nightly"}, OURS[1:], "::image/*"),
        ({"Backup": "nightly"}, [], "::image/*"),
    ],
)
def test_create_image_otherwise_is_refused(sandbox, as_role, launch, instance_tags, specifications, resource):  # noqa: PLR0917
    ec2, instance = as_role(*CREATE)("ec2"), launch(tags=instance_tags or None)
    with pytest.raises(ClientError) as refused:
        ec2.create_image(InstanceId=instance, Name="one", TagSpecifications=specifications)
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
    assert "ec2:CreateImage" in refused.value.response["Error"]["Message"]
    assert resource in refused.value.response["Error"]["Message"]
    assert sandbox.gateway.calls[-1].error_code == "UnauthorizedOperation"
    assert sandbox.gateway.calls[-1].caller == "tested"


def test_create_tags_needs_its_own_statement(as_role, launch):
    ec2, instance = as_role(*CREATE[:2])("ec2"), launch(tags={"Backup": "nightly"})
    with pytest.raises(ClientError, match="ec2:CreateTags"):
        ec2.create_image(InstanceId=instance, Name="one", TagSpecifications=OURS)


def test_create_tags_later_is_not_tagging_on_creation(as_role, launch):
    client = as_role(*CREATE)
    image = client("ec2").create_image(InstanceId=launch(tags={"Backup": "x"}), Name="one", TagSpecifications=OURS)["ImageId"]
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        client("ec2").create_tags(Resources=[image], Tags=[{"Key": "a", "Value": "b"}])


def test_regions_are_kept_apart(as_role):
    client = as_role(allow("ec2:DescribeImages", condition={"StringEquals": {"aws:RequestedRegion": HOME}}))
    client("ec2").describe_images(Owners=["self"])
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        client("ec2", RECOVERY).describe_images(Owners=["self"])


def test_other_services_refuse_in_their_own_words(sandbox, as_role):
    sandbox.client("sqs", HOME).create_queue(QueueName="q")
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="bucket-b")
    client = as_role(allow("sqs:SendMessage", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q"), allow("s3:PutObject", "arn:aws:s3:::bucket-b/nights/*"))
    url = f"https://sqs.{HOME}.amazonaws.com/{ACCOUNT}/q"
    client("sqs").send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}])
    client("s3", "us-east-1").put_object(Bucket="bucket-b", Key="nights/a", Body=b"x")
    refusals = {
        "AccessDenied": [
            lambda: client("sqs").receive_message(QueueUrl=url),
            lambda: client("s3", "us-east-1").put_object(Bucket="bucket-b", Key="x", Body=b""),
        ],
        "AccessDeniedException": [lambda: client("kms").describe_key(KeyId="alias/x"), lambda: client("lambda").invoke(FunctionName="x")],
    }
    for code, attempts in refusals.items():
        for attempt in attempts:
            with pytest.raises(ClientError) as refused:
                attempt()
            assert refused.value.response["Error"]["Code"] == code


def test_a_bucket_policy_counts_too(sandbox, as_role):
    s3 = sandbox.client("s3", "us-east-1")
    s3.create_bucket(Bucket="bucket-b")
    client = as_role(allow("s3:*"))
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket-b/*"}
    s3.put_bucket_policy(Bucket="bucket-b", Policy=json.dumps(policy(statement)))
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        client("s3", "us-east-1").put_object(Bucket="bucket-b", Key="a", Body=b"")


ALIAS = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/vault"}}
KEY_USE = ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
GRANTED = allow("kms:CreateGrant", "*", ALIAS | {"Bool": {"kms:GrantIsForAWSResource": "true"}})


@pytest.fixture
def key(sandbox):
    kms = sandbox.client("kms", RECOVERY)
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/vault", TargetKeyId=made["KeyId"])
    return made


@pytest.mark.parametrize(
    ("statements", "key_policy", "enabled", "good"),
    [
        ([allow(KEY_USE, "*", ALIAS), GRANTED], None, True, True),
        ([allow(KEY_USE, "*", ALIAS)], None, True, False),
        ([allow(KEY_USE[1:], "*", ALIAS), GRANTED], None, True, False),
        ([allow(KEY_USE, "*", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/other"}}), GRANTED], None, True, False),
        ([allow(KEY_USE, "*", ALIAS), GRANTED], None, False, False),
        (
            [],
            policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/tested"}, "Action": "kms:*", "Resource": "*"}),
            True,
            True,
        ),
        (
            [allow("kms:*")],
            policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, "Action": "kms:*", "Resource": "*"}),
            True,
            False,
        ),
    ],
)
def test_keys_that_copies_may_use(sandbox, as_role, key, statements, key_policy, enabled, good):  # noqa: PLR0917
    client, kms = as_role(*statements), sandbox.client("kms", RECOVERY)
    if key_policy:
        kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(key_policy))
    if not enabled:
        kms.disable_key(KeyId=key["KeyId"])
    found, problem = sandbox.ec2.keys.usable(RECOVERY, "alias/vault", Caller("tested", client.arn))
    assert found == key["Arn"]
    assert (problem is None) is good


def test_a_copy_under_a_key_one_may_not_use_fails_later(sandbox, as_role, key, take, image_of, recovery):  # noqa: PLR0917
    image = take(tags={"a": "b"})
    client = as_role(allow("ec2:*"))
    made = client("ec2", RECOVERY).copy_image(SourceRegion=HOME, SourceImageId=image, Name="the copy", Encrypted=True, KmsKeyId=key["Arn"])[
        "ImageId"
    ]
    assert image_of(recovery, made)["State"] == "pending"
    sandbox.clock.run_for(timedelta(hours=3))
    assert image_of(recovery, made)["State"] == "failed"


def test_the_default_key_is_for_everybody(sandbox, as_role):
    assert sandbox.ec2.keys.usable(RECOVERY, "alias/aws/ebs", Caller("tested", as_role().arn))[1] is None


def test_copy_image_is_checked_on_its_source_too(sandbox, as_role, take):
    image = take()
    target = allow(["ec2:CopyImage", "ec2:CreateTags"], [f"arn:aws:ec2:{RECOVERY}::image/*", f"arn:aws:ec2:{RECOVERY}::snapshot/*"])
    with pytest.raises(ClientError, match=f"arn:aws:ec2:{HOME}::image/{image}"):
        as_role(target)("ec2", RECOVERY).copy_image(SourceRegion=HOME, SourceImageId=image, Name="the copy")
    source = allow("ec2:CopyImage", f"arn:aws:ec2:{HOME}::image/*")
    assert as_role(target, source, name="other")("ec2", RECOVERY).copy_image(SourceRegion=HOME, SourceImageId=image, Name="the copy")


def test_a_boundary_limits(sandbox, as_role):
    iam = sandbox.client("iam", "us-east-1")
    arn = iam.create_policy(PolicyName="b", PolicyDocument=json.dumps(policy(allow("s3:*"))))["Policy"]["Arn"]
    client = as_role(allow("*"))
    iam.put_role_permissions_boundary(RoleName="tested", PermissionsBoundary=arn)
    with pytest.raises(ClientError, match="boundary"):
        client("ec2").describe_images(Owners=["self"])


def test_a_bucket_policys_conditions_are_read(sandbox, as_role):
    s3 = sandbox.client("s3", "us-east-1")
    s3.create_bucket(Bucket="bucket-b")
    insecure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="bucket-b", Policy=json.dumps(policy(insecure)))
    as_role(allow("s3:*"))("s3", "us-east-1").put_object(Bucket="bucket-b", Key="a", Body=b"")
    s3.put_object(Bucket="bucket-b", Key="a", Body=b"")


ANY_RULE = f"arn:aws:rbin:{HOME}:{ACCOUNT}:rule/*"
RULE = {"ResourceType": "EC2_IMAGE", "RetentionPeriod": {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}}


def test_the_recycle_bins_rules_are_checked_by_type_and_tags(sandbox, as_role):
    ours = sandbox.client("rbin", HOME).create_rule(**RULE, Tags=[{"Key": "home", "Value": "here"}])["Identifier"]
    other = sandbox.client("rbin", HOME).create_rule(**RULE)["Identifier"]
    condition = {"StringEquals": {"aws:ResourceTag/home": "here", "rbin:Attribute/ResourceType": "EC2_IMAGE"}}
    client = as_role(allow("rbin:DeleteRule", ANY_RULE, condition))("rbin")
    with pytest.raises(ClientError, match=f"rbin:DeleteRule on resource: {ANY_RULE[:-1]}{other}"):
        client.delete_rule(Identifier=other)
    client.delete_rule(Identifier=ours)


def test_making_a_rule_with_tags_or_a_lock_needs_the_permission_for_those_too(as_role):
    create = allow("rbin:CreateRule", ANY_RULE, {"StringEquals": {"aws:RequestTag/home": "here", "rbin:Request/ResourceType": "EC2_IMAGE"}})
    tagged = {**RULE, "Tags": [{"Key": "home", "Value": "here"}]}
    with pytest.raises(ClientError, match="rbin:TagResource"):
        as_role(create)("rbin").create_rule(**tagged)
    tag = allow("rbin:TagResource", ANY_RULE, {"ForAllValues:StringEquals": {"aws:TagKeys": ["home"]}})
    client = as_role(create, tag, name="tagging")("rbin")
    client.create_rule(**tagged)
    with pytest.raises(ClientError, match="rbin:LockRule"):
        client.create_rule(**tagged, LockConfiguration={"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}})
    with pytest.raises(ClientError, match="rbin:CreateRule"):
        client.create_rule(**RULE)
    with pytest.raises(ClientError, match="rbin:CreateRule"):
        client.create_rule(**tagged | {"ResourceType": "EBS_SNAPSHOT"})
