"""KMS API reference: the states of keys."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("5.1")


@pytest.mark.parametrize("named", ["Arn", "KeyId"])
def test_a_keys_states_by_id_and_by_arn(sandbox, refused, named):
    kms = sandbox.client("kms", "eu-west-1")
    key = kms.create_key()["KeyMetadata"][named]
    kms.create_alias(AliasName="alias/night", TargetKeyId=key)

    def state():
        return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]

    kms.disable_key(KeyId=key)
    assert state() == "Disabled"
    kms.enable_key(KeyId=key)
    assert state() == "Enabled"
    with refused("KMSInvalidStateException"):
        kms.cancel_key_deletion(KeyId=key)
    assert kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["DeletionDate"] == sandbox.clock.now() + timedelta(days=7)
    assert state() == "PendingDeletion"
    with refused("KMSInvalidStateException"):
        kms.enable_key(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert state() == "Disabled"
    for wrong in ("alias/night", "arn:aws:kms:eu-west-1:123456789012:key/none"):
        with refused("NotFoundException"):
            kms.disable_key(KeyId=wrong)


def test_awss_own_key_is_the_one_that_ec2_encrypts_under(sandbox):
    kms, ec2 = sandbox.client("kms", "eu-west-1"), sandbox.client("ec2", "eu-west-1")
    key = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert key["Arn"] == ec2.get_ebs_default_kms_key_id()["KmsKeyId"]
    assert key["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"]["KeyId"] == key["KeyId"]
