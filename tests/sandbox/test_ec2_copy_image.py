"""EC2 API reference: CopyImage; Amazon EBS user guide on encryption of copies."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("1.3")
HOUR = timedelta(hours=1)


@pytest.fixture
def key(sandbox):
    """A customer's key in the recovery region."""
    return sandbox.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def encrypted(launch, take):
    """An image of an instance whose only volume is encrypted."""
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": True}}
    return take(instance=launch(BlockDeviceMappings=[root]))


@pytest.fixture
def copied(sandbox, recovery, copy, image_of):
    """Copy an image and show it, as it is an hour later."""

    def copied(source, **parameters):
        image = copy(source, **parameters)
        assert image_of(recovery, image)["State"] == "pending"
        sandbox.clock.run_for(HOUR)
        return image_of(recovery, image)

    return copied


def keys_of(client):
    return [snapshot.get("KmsKeyId") for snapshot in client.describe_snapshots(OwnerIds=["self"])["Snapshots"]]


def test_a_copy_is_pending_then_available_in_the_destination(take, copied):
    assert copied(take())["State"] == "available"


def test_a_copy_names_its_source_and_no_instance(recovery, take, copy, image_of):
    source = take()
    image = image_of(recovery, copy(source))
    assert (image["SourceImageId"], image["SourceImageRegion"]) == (source, "ap-south-1")
    assert "SourceInstanceId" not in image


def test_the_source_must_exist(copy, refused):
    with refused("InvalidAMIID.NotFound"):
        copy("ami-0123456789abcdef0")


def test_the_source_must_be_available(home, launch, copy, refused):
    image = home.create_image(InstanceId=launch(), Name="web")["ImageId"]
    with refused("InvalidAMIID.Unavailable"):
        copy(image)


def test_a_disabled_image_cannot_be_copied(home, take, copy, refused):
    image = take()
    home.disable_image(ImageId=image)
    with refused("InvalidAMIID.Unavailable"):
        copy(image)


def test_a_name_is_there_once(take, copy, refused):
    image = take()
    copy(image, name="web")
    with refused("InvalidAMIName.Duplicate"):
        copy(image, name="web")


def test_the_same_token_gives_the_same_image(take, copy):
    image = take()
    assert copy(image, ClientToken="night-1") == copy(image, ClientToken="night-1")


def test_the_same_token_with_other_parameters_is_refused(take, copy, refused):
    image = take()
    copy(image, ClientToken="night-1")
    with refused("IdempotentParameterMismatch"):
        copy(image, name="another", ClientToken="night-1")


def test_a_token_is_remembered_after_the_copy_has_failed(sandbox, take, copy):
    sandbox.faults.fail_image(lambda image: image.source_instance is None)
    source = take()
    image = copy(source, ClientToken="night-1")
    sandbox.clock.run_for(HOUR)
    assert copy(source, ClientToken="night-1") == image


def test_tags_are_not_copied_unless_asked_for(recovery, take, copy, image_of):
    image = take(tags={"Name": "web"})
    assert image_of(recovery, copy(image)).get("Tags", []) == []
    assert image_of(recovery, copy(image, name="with tags", CopyImageTags=True))["Tags"] == [{"Key": "Name", "Value": "web"}]


def test_tags_can_be_given(recovery, take, copy, image_of):
    tags = [{"Key": "Name", "Value": "copy"}]
    specifications = [{"ResourceType": kind, "Tags": tags} for kind in ("image", "snapshot")]
    image = copy(take(), TagSpecifications=specifications)
    assert image_of(recovery, image)["Tags"] == tags
    assert recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["Tags"] == tags


def test_launch_permissions_are_not_copied(home, recovery, take, copy):
    image = take()
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "210987654321"}]})
    assert recovery.describe_image_attribute(ImageId=copy(image), Attribute="launchPermission")["LaunchPermissions"] == []


def test_a_copy_of_an_unencrypted_image_is_unencrypted(sandbox, recovery, take, copy):
    copy(take())
    sandbox.clock.run_for(HOUR)
    assert keys_of(recovery) == [None]


def test_a_copy_can_encrypt(recovery, take, copied, key):
    image = copied(take(), Encrypted=True, KmsKeyId=key)
    assert keys_of(recovery) == [key]
    assert image["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


def test_an_alias_names_a_key(sandbox, recovery, take, copy, key):
    sandbox.client("kms", "eu-west-1").create_alias(AliasName="alias/nights", TargetKeyId=key)
    copy(take(), Encrypted=True, KmsKeyId="alias/nights")
    assert keys_of(recovery) == [key]


def test_without_a_key_the_destinations_default_key_is_used(recovery, take, copy):
    copy(take(), Encrypted=True)
    assert keys_of(recovery)[0].startswith("arn:aws:kms:eu-west-1:123456789012:key/")


def test_a_copy_of_an_encrypted_image_stays_encrypted(recovery, encrypted, copy):
    copy(encrypted, Encrypted=False)
    assert keys_of(recovery)[0].startswith("arn:aws:kms:eu-west-1:")


def test_a_key_needs_encrypted(take, copy, key, refused):
    with refused("InvalidParameterDependency"):
        copy(take(), KmsKeyId=key)


@pytest.mark.parametrize("wrong", ["alias/nobodys", "arn:aws:kms:ap-south-1:123456789012:key/11111111-2222-3333-4444-555555555555"])
def test_a_key_that_cannot_be_used_fails_the_copy_later(take, copied, wrong):
    """CopyImage: the key is authenticated asynchronously; the action can appear to complete and eventually fails."""
    failed = copied(take(), Encrypted=True, KmsKeyId=wrong)
    assert (failed["State"], failed["StateReason"]["Message"]) == ("failed", "Given key ID is not accessible")


def test_a_disabled_key_fails_the_copy_later(sandbox, take, copied, key):
    sandbox.client("kms", "eu-west-1").disable_key(KeyId=key.rpartition("/")[2])
    assert copied(take(), Encrypted=True, KmsKeyId=key)["State"] == "failed"


@pytest.mark.parametrize(
    "made",
    [
        {"KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "RSA_2048"},
        {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"},
        {"KeyUsage": "GENERATE_VERIFY_MAC", "KeySpec": "HMAC_256"},
    ],
)
def test_a_key_that_is_not_symmetric_fails_the_copy_later(sandbox, take, copied, made):
    key = sandbox.client("kms", "eu-west-1").create_key(**made)["KeyMetadata"]["Arn"]
    assert copied(take(), Encrypted=True, KmsKeyId=key)["State"] == "failed"


def test_a_source_key_that_cannot_be_used_fails_the_copy_later(sandbox, encrypted, copied):
    sandbox.ec2.keys.readable = lambda _region, _key, _caller: (None, "Given key ID is not accessible")
    assert copied(encrypted)["State"] == "failed"


def test_a_failed_copys_snapshots_are_in_error(sandbox, recovery, take, copy):
    copy(take(), Encrypted=True, KmsKeyId="alias/nobodys")
    sandbox.clock.run_for(HOUR)
    snapshot = recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]
    assert (snapshot["State"], snapshot["StateMessage"]) == ("error", "Given key ID is not accessible")


def test_300_copies_at_once_per_destination(sandbox, take, copy, refused):
    image = take()
    for number in range(300):
        sandbox.gateway.call("ec2", "CopyImage", "eu-west-1", asked(image, number))
    with refused("ResourceLimitExceeded"):
        copy(image)
    sandbox.clock.run_for(5 * HOUR)
    assert copy(image)


def asked(image, number):
    return {"SourceRegion": "ap-south-1", "SourceImageId": image, "Name": f"copy {number}"}


def test_the_next_copy_is_incremental(sandbox, launch, take, copy, events_of):
    """Amazon EBS: the first copy to a region is full; the next ones of the same volume under the same key are incremental."""
    instance = launch()
    for name in ("first", "second"):
        copy(take(name=name, instance=instance), name=name)
        sandbox.clock.run_for(HOUR)
    details = [detail for region, detail in events_of("EBS Snapshot Notification") if region == "eu-west-1"]
    assert [detail["incremental"] for detail in details] == ["false", "true"]


def test_another_key_makes_a_full_copy(sandbox, take, copy, key, events_of):
    image = take()
    copy(image)
    sandbox.clock.run_for(HOUR)
    copy(image, name="under a key", Encrypted=True, KmsKeyId=key)
    sandbox.clock.run_for(HOUR)
    details = [detail for region, detail in events_of("EBS Snapshot Notification") if region == "eu-west-1"]
    assert [detail["incremental"] for detail in details] == ["false", "false"]
