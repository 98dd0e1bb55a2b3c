"""What the CDK CLI asks of the account besides the stacks' own resources."""

import json

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.facts("12.2")

HOME = "ap-south-1"
TRUST = {"Version": "2012-10-17", "Statement": []}
TEMPLATE = {
    "Resources": {
        "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "images", "ImageTagMutability": "IMMUTABLE"}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "looker",
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            },
        },
    }
}


@pytest.fixture
def stacks(sandbox):
    return sandbox.client("cloudformation", HOME)


def events(stacks):
    return stacks.describe_stack_events(StackName="toolkit")["StackEvents"]


def test_repositories_and_the_policies_of_aws(sandbox, stacks):
    stacks.create_stack(StackName="toolkit", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert stacks.describe_stacks(StackName="toolkit")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE", events(stacks)
    ecr = sandbox.client("ecr", HOME)
    [repository] = ecr.describe_repositories()["repositories"]
    assert (repository["repositoryName"], repository["imageTagMutability"]) == ("images", "IMMUTABLE")
    attached = sandbox.client("iam", HOME).list_attached_role_policies(RoleName="looker")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["ReadOnlyAccess"]
    stacks.delete_stack(StackName="toolkit")
    assert ecr.describe_repositories()["repositories"] == []


def test_an_aws_policy_that_does_not_exist(sandbox):
    iam = sandbox.client("iam", HOME)
    iam.create_role(RoleName="looker", AssumeRolePolicyDocument=json.dumps(TRUST))
    with pytest.raises(ClientError, match="does not exist"):
        iam.attach_role_policy(RoleName="looker", PolicyArn="arn:aws:iam::aws:policy/NoSuchAccess")


def test_a_change_set_that_does_not_exist_is_deleted_but_not_shown(stacks):
    stacks.create_stack(StackName="toolkit", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.delete_change_set(StackName="toolkit", ChangeSetName="none")
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        stacks.describe_change_set(StackName="toolkit", ChangeSetName="none")


def test_what_a_change_set_does_comes_after_it(stacks):
    stacks.create_stack(StackName="toolkit", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_NAMED_IAM"])
    before = events(stacks)
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Resources"]["Images"]["Properties"]["ImageTagMutability"] = "MUTABLE"
    stacks.create_change_set(
        StackName="toolkit", ChangeSetName="change", TemplateBody=json.dumps(changed), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    made = stacks.describe_change_set(StackName="toolkit", ChangeSetName="change")["CreationTime"]
    stacks.execute_change_set(StackName="toolkit", ChangeSetName="change")
    after = [event for event in events(stacks) if event["EventId"] not in {one["EventId"] for one in before}]
    assert max(event["Timestamp"] for event in before) < made <= min(event["Timestamp"] for event in after)
