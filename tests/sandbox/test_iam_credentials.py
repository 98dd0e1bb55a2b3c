"""Whose keys a call is signed with: sessions of roles, keys that nobody issued, and who takes tokens."""

import json
from datetime import timedelta

import boto3
import pytest
from botocore.config import Config

from tests.sandbox.policies import policy

pytestmark = pytest.mark.facts("5.3")
HOME = "ap-south-1"
READ = {"Effect": "Allow", "Action": "ec2:DescribeImages", "Resource": "*"}
ACCOUNT = "arn:aws:iam::123456789012:root"


def trusting(principal, **conditions):
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **conditions})


@pytest.fixture
def role(sandbox):
    """Make a role that may describe images, and say who may assume it; its ARN."""
    iam = sandbox.client("iam", "us-east-1")

    def role(name="reader", trust=None):
        document = json.dumps(trust or trusting({"AWS": ACCOUNT}))
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy(READ)))
        return arn

    return role


def signed(service, keys, region=HOME):
    return boto3.client(
        service,
        region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )


UNKNOWN = {"AccessKeyId": "AKIANEVERISSUED00000", "SecretAccessKey": "x", "SessionToken": "x"}


def test_a_session_is_its_roles(sandbox, role, refused):
    sts = sandbox.client("sts", HOME)
    answer = sts.assume_role(RoleArn=role(), RoleSessionName="ann", DurationSeconds=900)
    ec2, session = signed("ec2", answer["Credentials"]), "arn:aws:sts::123456789012:assumed-role/reader/ann"
    assert answer["AssumedRoleUser"]["Arn"] == session == signed("sts", answer["Credentials"]).get_caller_identity()["Arn"]
    ec2.describe_images(Owners=["self"])
    with refused("UnauthorizedOperation") as caught:
        ec2.describe_instances()
    assert session in str(caught.value)
    told = [(call.operation, call.caller, call.caller_arn) for call in sandbox.gateway.calls[-2:]]
    assert told == [("DescribeImages", "reader", session), ("DescribeInstances", "reader", session)]
    sandbox.clock.run_for(timedelta(minutes=15))
    with refused("RequestExpired"):
        ec2.describe_images(Owners=["self"])
    with refused("ExpiredToken"):
        signed("sts", answer["Credentials"]).get_caller_identity()


def test_a_role_is_assumed_by_whom_it_trusts(sandbox, role, as_role, refused):
    sts, arn = sandbox.client("sts", HOME), role(trust=trusting({"AWS": ACCOUNT}, Condition={"StringEquals": {"sts:ExternalId": "ours"}}))
    with refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="ann")
    sts.assume_role(RoleArn=arn, RoleSessionName="ann", ExternalId="ours")
    with refused("AccessDenied"):
        sts.assume_role(RoleArn=role("theirs", trusting({"Service": "lambda.amazonaws.com"})), RoleSessionName="ann")
    with refused("AccessDenied"):
        sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/none", RoleSessionName="ann")
    open_to_all = role("open")
    with refused("ValidationError"):
        sts.assume_role(RoleArn=open_to_all, RoleSessionName="ann", DurationSeconds=7200)
    with refused("AccessDenied"):
        as_role()("sts").assume_role(RoleArn=open_to_all, RoleSessionName="ann")
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": open_to_all}
    as_role(may, name="may")("sts").assume_role(RoleArn=open_to_all, RoleSessionName="ann")
    named = role("named", trusting({"AWS": as_role(name="ben").arn}))
    ben = sandbox.gateway.credentials("arn:aws:iam::123456789012:role/ben")
    keys = {"AccessKeyId": ben["AWS_ACCESS_KEY_ID"], "SecretAccessKey": "x", "SessionToken": "x"}
    signed("sts", keys).assume_role(RoleArn=named, RoleSessionName="ben")
    with refused("UnsupportedSandboxOperation"):
        sts.assume_role(RoleArn=open_to_all, RoleSessionName="ann", Policy="{}")


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("ec2", "describe_images", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("iam", "list_roles", "InvalidClientTokenId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("kms", "list_keys", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
    ],
)
def test_a_key_that_was_never_issued(sandbox, refused, service, call, code):
    with refused(code):
        getattr(signed(service, UNKNOWN), call)()
    assert sandbox.gateway.calls[-1].error_code == code


@pytest.mark.parametrize(
    ("service", "call", "asked"), [("sts", "get_session_token", {}), ("iam", "create_access_key", {"UserName": "ann"})]
)
def test_keys_that_nobody_would_judge_are_not_issued(sandbox, refused, service, call, asked):
    with refused("UnsupportedSandboxOperation"):
        getattr(sandbox.client(service, HOME), call)(**asked)


@pytest.mark.facts("4.1")
def test_the_administrators_tools_take_tokens_and_the_stages_do_not(sandbox, home, refused):
    tool = boto3.client("ec2", HOME, config=Config(retries={"total_max_attempts": 1}))
    for _ in range(100):
        tool.describe_images(Owners=["self"])
    with refused("RequestLimitExceeded"):
        tool.describe_images(Owners=["self"])
    home.describe_images(Owners=["self"])
