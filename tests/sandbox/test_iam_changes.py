"""IAM: whatever is changed holds for the very next call, though verdicts are remembered."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox.gateway import Caller
from tests.sandbox.apps import HOME, RECOVERY
from tests.sandbox.policies import ACCOUNT, allow, deny, on_resource, policy

pytestmark = pytest.mark.own

ARN = f"arn:aws:iam::{ACCOUNT}:role/tested"


@pytest.fixture
def iam(sandbox):
    return sandbox.client("iam", "us-east-1")


@pytest.fixture
def may(as_role):
    """Give the role `tested` these statements; whether it may describe images, or make another call."""

    def may(*statements):
        client = as_role(*statements)

        def ask(service="ec2", operation="describe_images", **parameters):
            try:
                getattr(client(service), operation)(**parameters)
            except ClientError as error:
                if error.response["Error"]["Code"] in {"UnauthorizedOperation", "AccessDenied"}:
                    return False
                raise
            return True

        return ask

    return may


def test_a_roles_own_policies(iam, may):
    allowed = may(allow("ec2:*"))
    assert allowed()
    iam.put_role_policy(RoleName="tested", PolicyName="p", PolicyDocument=json.dumps(policy(allow("s3:*"))))
    assert not allowed()
    iam.put_role_policy(RoleName="tested", PolicyName="q", PolicyDocument=json.dumps(policy(allow("ec2:*"))))
    assert allowed()
    iam.delete_role_policy(RoleName="tested", PolicyName="q")
    assert not allowed()


def test_versions_of_attached_policies(iam, may):
    allowed = may()
    arn = iam.create_policy(PolicyName="a", PolicyDocument=json.dumps(policy(allow("ec2:*"))))["Policy"]["Arn"]
    assert not allowed()
    iam.attach_role_policy(RoleName="tested", PolicyArn=arn)
    assert allowed()
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(policy(allow("s3:*"))), SetAsDefault=True)
    assert not allowed()
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(policy(allow("ec2:*"))), SetAsDefault=True)
    assert allowed()
    iam.detach_role_policy(RoleName="tested", PolicyArn=arn)
    assert not allowed()


def test_a_boundary(iam, may):
    allowed = may(allow("ec2:*"))
    assert allowed()
    for name, limit, expected in [("b", allow("s3:*"), False), ("c", allow("ec2:*"), True), ("d", deny("*"), False)]:
        arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy(limit)))["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName="tested", PermissionsBoundary=arn)
        assert allowed() is expected
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(policy(allow("ec2:*"))), SetAsDefault=True)
    assert allowed()


def test_the_organizations_policies(sandbox, may):
    allowed, attached = may(allow("ec2:*")), sandbox.organization_policies
    attached[0]["Statement"][0]["Action"] = "s3:*"
    assert not allowed()
    attached[0]["Statement"][0]["Action"] = "*"
    assert allowed()
    attached.append(policy(deny("ec2:DescribeImages")))
    assert not allowed()
    attached[1] = policy(deny("ec2:DescribeSnapshots"))
    assert allowed()
    full_access = attached.pop(0)
    assert not allowed()
    attached[:] = [full_access]
    assert allowed()


def test_a_role_that_is_made_anew(iam, as_role, may):
    allowed = may(allow("ec2:*"))
    assert allowed()
    iam.delete_role_policy(RoleName="tested", PolicyName="p")
    iam.delete_role(RoleName="tested")
    as_role(allow("s3:*"))
    assert not allowed()


def test_tags_of_the_caller(iam, may):
    allowed = may(allow("ec2:*", condition={"StringEquals": {"aws:PrincipalTag/team": "a"}}))
    assert not allowed()
    iam.tag_role(RoleName="tested", Tags=[{"Key": "team", "Value": "a"}])
    assert allowed()
    iam.tag_role(RoleName="tested", Tags=[{"Key": "team", "Value": "b"}])
    assert not allowed()


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "ec2:ResourceTag/team"])
def test_tags_of_the_resource(home, may, take, key):
    allowed, image = may(allow("ec2:*", condition={"StringEquals": {key: "a"}})), take()
    change = {"service": "ec2", "operation": "disable_image_deprecation", "ImageId": image}
    assert not allowed(**change)
    home.create_tags(Resources=[image], Tags=[{"Key": "team", "Value": "a"}])
    assert allowed(**change)
    home.delete_tags(Resources=[image], Tags=[{"Key": "team"}])
    assert not allowed(**change)


def test_what_an_image_is(home, may, take):
    allowed, image = may(allow("ec2:*", condition={"Bool": {"ec2:Public": "true"}})), take()
    change = {"service": "ec2", "operation": "disable_image_deprecation", "ImageId": image}
    assert not allowed(**change)
    home.disable_image_block_public_access()
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    assert allowed(**change)
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": [{"Group": "all"}]})
    assert not allowed(**change)


def test_the_time(sandbox, may):
    until = (sandbox.clock.now() + timedelta(minutes=1)).isoformat()
    allowed = may(allow("ec2:*", condition={"DateLessThan": {"aws:CurrentTime": until}}))
    assert allowed()
    sandbox.clock.run_for(timedelta(minutes=2))
    assert not allowed()


def test_a_buckets_policy(sandbox, may):
    s3, allowed = sandbox.client("s3", HOME), may(allow("s3:*"))
    s3.create_bucket(Bucket="bucket-b", CreateBucketConfiguration={"LocationConstraint": HOME})
    listing = {"service": "s3", "operation": "list_objects_v2", "Bucket": "bucket-b"}
    assert allowed(**listing)
    closed = policy({**deny("s3:*", ["arn:aws:s3:::bucket-b", "arn:aws:s3:::bucket-b/*"]), "Principal": {"AWS": ARN}})
    s3.put_bucket_policy(Bucket="bucket-b", Policy=json.dumps(closed))
    assert not allowed(**listing)
    s3.delete_bucket_policy(Bucket="bucket-b")
    assert allowed(**listing)


def test_a_queues_policy(sandbox, may):
    sqs, allowed = sandbox.client("sqs", HOME), may()
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sending = {"service": "sqs", "operation": "send_message", "QueueUrl": url, "MessageBody": "m"}
    assert not allowed(**sending)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy(on_resource("sqs:*", {"AWS": ARN})))})
    assert allowed(**sending)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert not allowed(**sending)


def test_a_keys_policy_and_grants(sandbox, as_role):
    caller, kms = Caller("tested", as_role().arn), sandbox.client("kms", RECOVERY)
    key = kms.create_key()["KeyMetadata"]["Arn"]

    def usable():
        return sandbox.ec2.keys.usable(RECOVERY, key, caller)[1] is None

    first = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert not usable()
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy(on_resource("kms:*", {"AWS": ARN}))))
    assert usable()
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=first)
    assert not usable()
    rights = ["DescribeKey", "CreateGrant", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"]
    kms.create_grant(KeyId=key, GranteePrincipal=ARN, Operations=rights)
    assert usable()
