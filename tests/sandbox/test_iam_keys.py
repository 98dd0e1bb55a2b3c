"""IAM and KMS: the keys that copies may use."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox.gateway import Caller
from tests.sandbox.apps import HOME, RECOVERY
from tests.sandbox.policies import ACCOUNT, allow, deny, on_resource, policy

pytestmark = pytest.mark.facts("5.1")

ALIAS = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/vault"}}
KEY_USE = ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
GRANTED = allow("kms:CreateGrant", "*", ALIAS | {"Bool": {"kms:GrantIsForAWSResource": "true"}})


@pytest.fixture
def key(sandbox):
    kms = sandbox.client("kms", RECOVERY)
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/vault", TargetKeyId=made["KeyId"])
    sandbox.clock.run_for(timedelta(minutes=5))
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
def test_keys_that_copies_may_use(sandbox, as_role, key, statements, key_policy, enabled, good):
    client, kms = as_role(*statements), sandbox.client("kms", RECOVERY)
    if key_policy:
        kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(key_policy))
    if not enabled:
        kms.disable_key(KeyId=key["KeyId"])
    found, problem = sandbox.ec2.keys.usable(RECOVERY, "alias/vault", Caller("tested", client.arn))
    assert found == key["Arn"]
    assert (problem is None) is good


def test_a_copy_under_a_key_one_may_not_use_fails_later(sandbox, as_role, key, take, image_of, recovery):
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


def usable(sandbox, caller):
    return sandbox.ec2.keys.usable(RECOVERY, "alias/vault", Caller("tested", caller.arn))[1] is None


@pytest.mark.facts("5.2")
def test_an_alias_counts_five_minutes_after_it_was_pointed_to_its_key(sandbox, as_role, key):
    kms, client = sandbox.client("kms", RECOVERY), as_role(allow([*KEY_USE, "kms:CreateGrant"], "*", ALIAS))
    assert usable(sandbox, client)
    new = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName="alias/vault", TargetKeyId=new)
    assert not usable(sandbox, client)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client("kms", RECOVERY).describe_key(KeyId=key["KeyId"])
    sandbox.clock.run_for(timedelta(minutes=5))
    assert usable(sandbox, client)
    assert client("kms", RECOVERY).describe_key(KeyId="alias/vault")["KeyMetadata"]["KeyId"] == new


@pytest.mark.facts("5.2")
def test_an_alias_as_a_resource_names_no_key(as_role, key):
    client = as_role(allow("kms:DescribeKey", f"arn:aws:kms:{RECOVERY}:{ACCOUNT}:alias/vault"))
    with pytest.raises(ClientError, match="AccessDeniedException.*" + key["Arn"]):
        client("kms", RECOVERY).describe_key(KeyId="alias/vault")


def test_each_right_on_a_copys_key_is_needed(sandbox, as_role, key):
    needed = ("kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
    assert not [each for each in needed if usable(sandbox, as_role(allow("kms:*"), deny(each), name=f"without-{each[4:8]}"))]


CONDITIONS = [
    ({"Bool": {"kms:GrantIsForAWSResource": "true"}}, True),
    ({"Bool": {"kms:GrantIsForAWSResource": "false"}}, False),
    ({"StringEquals": {"kms:ViaService": f"ec2.{RECOVERY}.amazonaws.com"}}, True),
    ({"StringEquals": {"kms:ViaService": f"ec2.{HOME}.amazonaws.com"}}, False),
    ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, True),
    ({"StringEquals": {"kms:CallerAccount": "210987654321"}}, False),
]


def test_conditions_on_the_grant_that_ec2_makes(sandbox, as_role, key):
    roles = [as_role(allow(KEY_USE), allow("kms:CreateGrant", "*", each), name=f"role{n}") for n, (each, _) in enumerate(CONDITIONS)]
    assert [usable(sandbox, role) for role in roles] == [good for _, good in CONDITIONS]


def test_a_grant_is_for_aws_only_if_aws_makes_it(as_role, key):
    kms = as_role(GRANTED)("kms", RECOVERY)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/other", Operations=["Decrypt"])


@pytest.mark.parametrize(
    ("operations", "constraints", "statements", "good"),
    [
        (["DescribeKey"], {}, [], True),
        (["Decrypt"], {}, [], False),
        (["DescribeKey"], {"EncryptionContextSubset": {"a": "b"}}, [], False),
        (["DescribeKey"], {}, [deny("kms:DescribeKey")], False),
    ],
)
def test_a_grant_lets_in_who_no_policy_does(sandbox, as_role, key, operations, constraints, statements, good):
    client = as_role(*statements)
    sandbox.client("kms", RECOVERY).create_grant(
        KeyId=key["KeyId"], GranteePrincipal=client.arn, Operations=operations, Constraints=constraints
    )
    if good:
        assert client("kms", RECOVERY).describe_key(KeyId=key["KeyId"])
    else:
        with pytest.raises(ClientError, match="AccessDeniedException"):
            client("kms", RECOVERY).describe_key(KeyId=key["KeyId"])


def test_a_deny_in_the_keys_policy_wins(sandbox, as_role, key):
    client = as_role(allow("kms:*"))
    everything = on_resource("kms:*", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    denied = on_resource("kms:Decrypt", {"AWS": client.arn}, effect="Deny")
    sandbox.client("kms", RECOVERY).put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy(everything, denied)))
    assert not usable(sandbox, client)


def test_a_copy_into_another_region_needs_the_sources_key_as_well(sandbox, as_role, key):
    home = sandbox.client("kms", HOME).create_key()["KeyMetadata"]["Arn"]
    source = [f"arn:aws:kms:{HOME}:{ACCOUNT}:key/*"]
    reads = ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncryptFrom"]
    for missing in reads:
        client = as_role(allow([each for each in reads if each != missing], source), name=f"no-{missing[4:]}")
        assert missing in sandbox.ec2.keys.readable(HOME, home, Caller("x", client.arn))[1]
    assert sandbox.ec2.keys.readable(HOME, home, Caller("x", as_role(allow(reads, source)).arn)) == (home, None)
