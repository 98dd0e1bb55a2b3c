"""IAM: what roles are refused, and how the services say so."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.apps import HOME, RECOVERY, App, function, role
from tests.sandbox.policies import ACCOUNT, allow, deny, on_resource, policy

pytestmark = pytest.mark.facts("5.2")


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
def test_create_image_otherwise_is_refused(sandbox, as_role, launch, instance_tags, specifications, resource):
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


CALLING = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    said = []
    for region in event:
        try:
            boto3.client("ec2", region_name=region).describe_images(Owners=["self"])
            said.append("allowed")
        except ClientError as error:
            said.append(error.response["Error"]["Code"])
    return said
"""


def test_a_functions_calls_are_judged_by_its_deployed_role(sandbox, tmp_path):
    """Its own statements, also those of the next deployment, and not those of who invokes it."""
    app = App(tmp_path)
    code = app.code(main=CALLING)

    def answered(*statements):
        mine = role()
        mine["Properties"]["Policies"] += [{"PolicyName": "own", "PolicyDocument": policy(*statements)}] if statements else []
        app.stack("Test", {"Role": mine, "Worker": function(code, "Role", "worker")})
        sandbox.deploy(app.write())
        return json.loads(
            sandbox.client("lambda", HOME).invoke(FunctionName="worker", Payload=json.dumps([HOME, RECOVERY]))["Payload"].read()
        )

    at_home = allow("ec2:Describe*", condition={"StringEquals": {"aws:RequestedRegion": HOME}})
    assert answered() == ["UnauthorizedOperation", "UnauthorizedOperation"]
    assert answered(at_home) == ["allowed", "UnauthorizedOperation"]
    assert answered(allow("ec2:*"), deny("ec2:DescribeImages", condition={"StringEquals": {"aws:RequestedRegion": HOME}})) == [
        "UnauthorizedOperation",
        "allowed",
    ]


def test_who_may_set_some_tags_sets_no_others(as_role, take):
    ours = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:TagKeys": "false"}}
    ec2, image = as_role(allow("ec2:CreateTags", "*", ours))("ec2"), take()
    ec2.create_tags(Resources=[image], Tags=[{"Key": "a", "Value": "1"}])
    for others in ([{"Key": "c", "Value": "1"}], [{"Key": "a", "Value": "2"}, {"Key": "c", "Value": "1"}]):
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            ec2.create_tags(Resources=[image], Tags=others)


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


def test_copy_image_is_checked_on_its_source_too(sandbox, as_role, take):
    image = take()
    target = allow(["ec2:CopyImage", "ec2:CreateTags"], [f"arn:aws:ec2:{RECOVERY}::image/*", f"arn:aws:ec2:{RECOVERY}::snapshot/*"])
    with pytest.raises(ClientError, match=f"arn:aws:ec2:{HOME}::image/{image}"):
        as_role(target)("ec2", RECOVERY).copy_image(SourceRegion=HOME, SourceImageId=image, Name="the copy")
    source = allow("ec2:CopyImage", f"arn:aws:ec2:{HOME}::image/*")
    assert as_role(target, source, name="other")("ec2", RECOVERY).copy_image(SourceRegion=HOME, SourceImageId=image, Name="the copy")


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


def test_a_missing_object_looks_forbidden_to_who_may_not_list(sandbox, as_role):
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="bucket-b")
    reads = allow("s3:GetObject", "arn:aws:s3:::bucket-b/*")
    with pytest.raises(ClientError, match=r"AccessDenied.*s3:ListBucket"):
        as_role(reads)("s3", "us-east-1").get_object(Bucket="bucket-b", Key="a")
    with pytest.raises(ClientError, match="NoSuchKey"):
        as_role(reads, allow("s3:ListBucket", "arn:aws:s3:::bucket-b"), name="lister")("s3", "us-east-1").get_object(
            Bucket="bucket-b", Key="a"
        )


@pytest.mark.facts("4.4")
def test_a_refusal_by_ec2_can_be_decoded(sandbox, as_role):
    with pytest.raises(ClientError) as refused:
        as_role()("ec2").describe_images(Owners=["self"])
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("You are not authorized to perform this operation. User: arn:aws:sts::")
    sts = sandbox.client("sts", "us-east-1")
    decoded = json.loads(sts.decode_authorization_message(EncodedMessage=message.rsplit(": ", 1)[-1])["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False)
    assert decoded["context"]["action"] == "ec2:DescribeImages"
    assert {"key": "aws:requestedregion", "values": {"items": [{"value": HOME}]}} in decoded["context"]["conditions"]["items"]
    with pytest.raises(ClientError, match="InvalidAuthorizationMessageException"):
        sts.decode_authorization_message(EncodedMessage="nothing of EC2's")


def test_who_hands_a_role_to_a_service_must_be_allowed_to(sandbox, as_role):
    trust = json.dumps(policy(on_resource("sts:AssumeRole", {"Service": "scheduler.amazonaws.com"})))
    role = sandbox.client("iam", "us-east-1").create_role(RoleName="handed", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    schedule = {
        "Name": "s",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:f", "RoleArn": role},
    }
    makes = allow("scheduler:CreateSchedule")
    with pytest.raises(ClientError, match="iam:PassRole"):
        as_role(makes)("scheduler").create_schedule(**schedule)
    passes = allow("iam:PassRole", role, {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}})
    assert as_role(makes, passes, name="other")("scheduler").create_schedule(**schedule)["ScheduleArn"]


def test_who_launches_with_a_profile_hands_its_role_to_ec2(sandbox, as_role):
    iam = sandbox.client("iam", "us-east-1")
    role = iam.create_role(RoleName="of-servers", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="servers")
    iam.add_role_to_instance_profile(InstanceProfileName="servers", RoleName="of-servers")
    launch = {"ImageId": "ami-0linux", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "servers"}}
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {role}"):
        as_role(allow("ec2:*"))("ec2").run_instances(**launch)
    assert as_role(allow("ec2:*"), allow("iam:PassRole", role), name="other")("ec2").run_instances(**launch)["Instances"]


RETENTION = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}


@pytest.mark.facts("2.4")
def test_a_role_that_may_make_rules_for_images_only(as_role):
    rbin = as_role(allow("rbin:CreateRule", "*", {"StringEquals": {"rbin:Request/ResourceType": "EC2_IMAGE"}}))("rbin")
    rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=RETENTION)
    with pytest.raises(ClientError) as refused:
        rbin.create_rule(ResourceType="EBS_SNAPSHOT", RetentionPeriod=RETENTION)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def judged(as_role, action, conditions, call):
    """The conditions under which a role may make a call: what `call` does with a client of it."""
    allowed = []
    for number, condition in enumerate(conditions):
        try:
            call(as_role(allow(action, "*", condition), name=f"role{number}-{action[4:]}"))
        except ClientError as error:
            if error.response["Error"]["Code"] == "DryRunOperation":
                allowed.append(condition)
        else:
            allowed.append(condition)
    return allowed


@pytest.mark.facts("2.4")
def test_rules_are_judged_by_their_tags_and_type(sandbox, as_role):
    tags = [{"Key": "nightkeep:home", "Value": HOME}]
    rule = sandbox.client("rbin", HOME).create_rule(ResourceType="EBS_SNAPSHOT", RetentionPeriod=RETENTION, Tags=tags)["Identifier"]
    good = [
        {"StringEquals": {"aws:ResourceTag/nightkeep:home": HOME}},
        {"StringEquals": {"rbin:Attribute/ResourceType": "EBS_SNAPSHOT"}},
    ]
    bad = [
        {"StringEquals": {"aws:ResourceTag/nightkeep:home": RECOVERY}},
        {"StringEquals": {"rbin:Attribute/ResourceType": "EC2_IMAGE"}},
        {"StringEquals": {"rbin:Request/ResourceType": "EBS_SNAPSHOT"}},
    ]
    assert judged(as_role, "rbin:GetRule", good + bad, lambda role: role("rbin").get_rule(Identifier=rule)) == good


def test_images_are_judged_by_what_they_are_and_callers_by_who_they_are(sandbox, as_role, take):
    image, tag = take(tags={"team": "ops"}), [{"Key": "team", "Value": "ops"}]
    good = [
        {"StringEquals": {"ec2:ResourceTag/team": "ops"}},
        {"StringEquals": {"ec2:Owner": ACCOUNT, "ec2:ImageID": image}},
        {"Bool": {"ec2:Public": "false"}},
        {"StringEquals": {"aws:PrincipalTag/team": "ops"}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/role*"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
        {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}, "Bool": {"aws:SecureTransport": "true"}},
    ]
    bad = [
        {"StringEquals": {"aws:ResourceTag/team": "dev"}},
        {"StringEquals": {"ec2:RootDeviceType": "instance-store"}},
        {"StringEquals": {"aws:RequestTag/team": "ops"}},
        {"StringEquals": {"aws:PrincipalTag/team": "dev"}},
        {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
        {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}},
    ]

    def disable(role):
        sandbox.client("iam", "us-east-1").tag_role(RoleName=role.arn.rsplit("/", 1)[-1], Tags=tag)
        role("ec2").disable_image(ImageId=image, DryRun=True)

    assert judged(as_role, "ec2:DisableImage", good + bad, disable) == good


def test_changes_are_judged_by_the_attribute_and_by_with_whom_is_shared(as_role, take, home, image_of):
    image = take()
    snapshot = image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    shared = {"Add": [{"UserId": "210987654321"}]}
    attributes = [{"StringEquals": {"ec2:Attribute": name}} for name in ("LaunchPermission", "Description")]
    users = [{"StringEquals": {"ec2:Add/userId": user}} for user in ("210987654321", "999999999999")]
    of_images = judged(
        *(as_role, "ec2:ModifyImageAttribute", attributes),
        lambda role: role("ec2").modify_image_attribute(ImageId=image, LaunchPermission=shared, DryRun=True),
    )
    of_snapshots = judged(
        *(as_role, "ec2:ModifySnapshotAttribute", users),
        lambda role: role("ec2").modify_snapshot_attribute(
            SnapshotId=snapshot, Attribute="createVolumePermission", CreateVolumePermission=shared, DryRun=True
        ),
    )
    assert (of_images, of_snapshots) == (attributes[:1], users[:1])


def test_one_statement_that_asks_for_both_instance_tags_and_request_tags_denies_everything(as_role, launch):
    both = {"Null": {"aws:ResourceTag/Backup": "false", "aws:RequestTag/nightkeep:home": "false"}}
    ec2 = as_role(allow("ec2:CreateImage", "*", both), CREATE[2])("ec2")
    with pytest.raises(ClientError, match=r"UnauthorizedOperation.*ec2:CreateImage"):
        ec2.create_image(InstanceId=launch(tags={"Backup": "nightly"}), Name="one", TagSpecifications=OURS)


def test_a_dry_run_needs_the_same_permissions(as_role, take):
    image = take()
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        as_role()("ec2").deregister_image(ImageId=image, DryRun=True)
    with pytest.raises(ClientError, match="DryRunOperation"):
        as_role(allow("ec2:DeregisterImage"), name="other")("ec2").deregister_image(ImageId=image, DryRun=True)
