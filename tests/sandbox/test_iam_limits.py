"""IAM: permissions boundaries and the organization's policies, which no role goes beyond."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.delivery.sender import Sender, UndeliverableError
from tests.sandbox.apps import HOME, RECOVERY
from tests.sandbox.conftest import specification
from tests.sandbox.policies import ACCOUNT, allow, deny, on_resource, policy

pytestmark = pytest.mark.facts("5.4")

TAGGED = [specification("image", {"project": "a"})]


@pytest.fixture
def limit(sandbox):
    """Give the role `tested` a boundary."""

    def limit(*statements):
        iam = sandbox.client("iam", "us-east-1")
        arn = iam.create_policy(PolicyName="b", PolicyDocument=json.dumps(policy(*statements)))["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName="tested", PermissionsBoundary=arn)

    return limit


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        ([allow("s3:*")], "because no permissions boundary allows the ec2:DescribeImages action"),
        ([allow("*"), deny("ec2:Describe*")], "with an explicit deny in a permissions boundary"),
    ],
)
def test_a_boundary_limits(as_role, limit, statements, problem):
    client = as_role(allow("*"))
    limit(*statements)
    with pytest.raises(ClientError, match=problem):
        client("ec2").describe_images(Owners=["self"])


def test_a_boundary_allows_nothing_by_itself(as_role, limit):
    client = as_role(allow("s3:*"))
    limit(allow("*"))
    with pytest.raises(ClientError, match="because no identity-based policy allows"):
        client("ec2").describe_images(Owners=["self"])


def test_a_boundary_holds_for_deliveries_by_the_role_too(sandbox, limit):
    trust = policy(on_resource("sts:AssumeRole", {"Service": "scheduler.amazonaws.com"}))
    iam = sandbox.client("iam", "us-east-1")
    arn = iam.create_role(RoleName="tested", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="tested", PolicyName="p", PolicyDocument=json.dumps(policy(allow("sqs:*"))))
    sender = Sender(ACCOUNT, "scheduler.amazonaws.com", "arn:aws:scheduler:r:1:schedule/default/s", arn)
    sender.must_be_allowed("sqs:SendMessage", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q", [])
    limit(allow("ec2:*"))
    with pytest.raises(UndeliverableError):
        sender.must_be_allowed("sqs:SendMessage", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q", [])


def test_an_organization_that_demands_tags(sandbox, as_role, launch):
    untagged = {"Null": {"aws:RequestTag/project": "true"}}
    sandbox.organization_policies.append(policy(deny("ec2:CreateImage", "arn:aws:ec2:*::image/*", untagged)))
    ec2, instance = as_role(allow("*"))("ec2"), launch()
    with pytest.raises(ClientError, match="with an explicit deny in a service control policy"):
        ec2.create_image(InstanceId=instance, Name="one")
    assert ec2.create_image(InstanceId=instance, Name="one", TagSpecifications=TAGGED)["ImageId"]
    assert sandbox.client("ec2", HOME).create_image(InstanceId=instance, Name="two")["ImageId"]


def test_an_organization_that_closes_regions(sandbox, as_role):
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": HOME}}
    sandbox.organization_policies.append(policy(deny("ec2:*", condition=elsewhere)))
    client = as_role(allow("*"))
    client("ec2").describe_images(Owners=["self"])
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        client("ec2", RECOVERY).describe_images(Owners=["self"])


def test_an_organization_without_full_access_allows_what_it_names(sandbox, as_role):
    sandbox.organization_policies[:] = [policy(allow("s3:*"))]
    client = as_role(allow("*"))
    client("s3", "us-east-1").list_buckets()
    with pytest.raises(ClientError, match="because no service control policy allows the ec2:DescribeImages action"):
        client("ec2").describe_images(Owners=["self"])


def test_an_organization_of_one_sandbox_is_not_that_of_the_next():
    with Sandbox() as first:
        first.organization_policies.append(policy(deny("*")))
    with Sandbox() as second:
        assert len(second.organization_policies) == 1


def test_an_organizations_policies_hold_for_keys_too(sandbox, as_role):
    made = sandbox.client("kms", HOME).create_key()["KeyMetadata"]
    client = as_role(allow("kms:*"))
    client("kms").describe_key(KeyId=made["KeyId"])
    sandbox.organization_policies.append(policy(deny("kms:*")))
    with pytest.raises(ClientError, match="service control policy"):
        client("kms").describe_key(KeyId=made["KeyId"])
