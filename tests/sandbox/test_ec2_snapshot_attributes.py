"""EC2 API reference: ModifySnapshotAttribute and DescribeSnapshotAttribute."""

from datetime import timedelta

import pytest

from tests.sandbox.conftest import HOME

pytestmark = pytest.mark.facts("1.10")

USER, OTHER = "210987654321", "111111111111"
VOLUMES = "createVolumePermission"


@pytest.fixture
def snapshot(home, take):
    take()
    return home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]


def permissions(client, snapshot):
    return client.describe_snapshot_attribute(SnapshotId=snapshot, Attribute=VOLUMES)["CreateVolumePermissions"]


def encrypted_copy(sandbox, recovery, image, copy, key):
    copy(image, Encrypted=True, KmsKeyId=key)
    sandbox.clock.run_for(timedelta(hours=2))
    return recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]


def test_accounts_are_added_and_removed(home, snapshot):
    assert permissions(home, snapshot) == []
    home.modify_snapshot_attribute(SnapshotId=snapshot, Attribute=VOLUMES, OperationType="add", UserIds=[USER, OTHER])
    home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"Group": "all"}, {"UserId": USER}]})
    assert permissions(home, snapshot) == [{"UserId": USER}, {"UserId": OTHER}, {"Group": "all"}]
    home.modify_snapshot_attribute(SnapshotId=snapshot, Attribute=VOLUMES, OperationType="remove", UserIds=[USER], GroupNames=["all"])
    home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Remove": [{"UserId": OTHER}]})
    assert permissions(home, snapshot) == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"CreateVolumePermission": {"Add": [{"UserId": USER}], "Remove": [{"UserId": OTHER}]}}, "InvalidParameterCombination"),
        ({"CreateVolumePermission": {"Add": [{"UserId": "mine"}]}}, "InvalidAttributeValue"),
        ({"CreateVolumePermission": {"Add": [{"Group": "some"}]}}, "InvalidAttributeValue"),
        ({"UserIds": [f"{number:012d}" for number in range(501)], "OperationType": "add"}, "InvalidParameterValue"),
        ({"Attribute": "productCodes", "UserIds": [USER]}, "InvalidParameterValue"),
        ({}, "InvalidParameterValue"),
    ],
)
def test_changes_that_cannot_be(home, snapshot, refused, parameters, code):
    with refused(code):
        home.modify_snapshot_attribute(SnapshotId=snapshot, **parameters)
    assert permissions(home, snapshot) == []


def test_what_is_under_the_default_key_cannot_be_shared(sandbox, recovery, take, copy, refused):
    snapshot = encrypted_copy(sandbox, recovery, take(), copy, "alias/aws/ebs")
    with refused("OperationNotPermitted"):
        recovery.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=[USER])


def test_what_is_encrypted_cannot_be_public(sandbox, recovery, take, copy, refused):
    key = sandbox.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    snapshot = encrypted_copy(sandbox, recovery, take(), copy, key)
    with refused("OperationNotPermitted"):
        recovery.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", GroupNames=["all"])
    recovery.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=[USER])


@pytest.mark.facts("1.4")
def test_a_copy_is_shared_with_nobody(sandbox, home, recovery, snapshot, copy):
    home.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=[USER])
    copy(home.describe_images(Owners=["self"])["Images"][0]["ImageId"])
    assert permissions(recovery, recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]) == []
    assert permissions(sandbox.client("ec2", HOME), snapshot) == [{"UserId": USER}]


def test_resetting_shares_with_nobody(home, snapshot):
    home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": USER}]})
    home.reset_snapshot_attribute(SnapshotId=snapshot, Attribute=VOLUMES)
    assert permissions(home, snapshot) == []
    assert home.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="productCodes")["ProductCodes"] == []
