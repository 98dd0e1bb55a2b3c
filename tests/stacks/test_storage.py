"""Vaults and keys: private, encrypted, and still there when a stack is gone."""

import pytest

from functions.core.settings import vault


def test_the_vault_has_the_name_that_the_functions_know(stack):
    (bucket,) = stack.all("S3::Bucket").values()
    properties = bucket["Properties"]
    assert properties["BucketNamespace"] == "account-regional"
    expected = vault("ap-south-1", "123456789012", stack.region)
    assert f"{properties['BucketNamePrefix']}-123456789012-{stack.region}-an" == expected
    assert len(expected) <= 63


def test_the_vault_is_private_encrypted_versioned_and_retained(stack):
    (bucket,) = stack.all("S3::Bucket").values()
    properties = bucket["Properties"]
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == (
        "RetainExceptOnCreate",
        "Retain",
    )  # a first deployment that fails leaves nothing in the way


def test_old_versions_of_a_night_expire_but_nights_do_not(stack):
    (bucket,) = stack.all("S3::Bucket").values()
    (rule,) = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert not {"ExpirationInDays", "ExpirationDate", "Transitions"} & set(rule)


def test_the_vault_refuses_plain_http(stack):
    (policy,) = stack.all("S3::BucketPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert all(statement["Effect"] == "Deny" for statement in statements)
    assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in statements]


@pytest.mark.parametrize("recovery", ["eu-west-1"], indirect=True)
def test_a_recovery_region_gets_a_key_that_rotates_and_outlives_its_stack(recovery):
    (key,) = recovery.all("KMS::Key").values()
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == (
        "RetainExceptOnCreate",
        "Retain",
    )  # a first deployment that fails leaves nothing in the way
    (alias,) = recovery.all("KMS::Alias").values()
    assert alias["Properties"]["AliasName"] == "alias/nightkeep-ap-south-1"


@pytest.mark.parametrize("recovery", ["us-east-1"], indirect=True)
def test_a_recovery_region_with_a_key_of_the_customer_gets_none(recovery):
    assert not recovery.all("KMS::Key")
    assert not recovery.all("KMS::Alias")
