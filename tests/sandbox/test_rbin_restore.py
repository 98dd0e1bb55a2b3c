"""Recycle Bin: what comes back, and how it comes back."""

import pytest

from tests.sandbox.binned import DAY, HOUR, RECOVERING, images, snapshots
from tests.sandbox.conftest import HOME, specification

pytestmark = [pytest.mark.facts("2.2"), pytest.mark.facts("1.14"), pytest.mark.usefixtures("prompt")]
USER = {"UserId": "210987654321"}


@pytest.mark.usefixtures("armed")
def test_what_is_restored_is_as_it_was(sandbox, home, image, snapshot, image_of):
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [USER]})
    home.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=[USER["UserId"]])
    image_before = image_of(home, image)
    snapshot_before = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    restored = home.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    assert (restored["SnapshotId"], restored["State"], restored["VolumeId"]) == (snapshot, "recovering", snapshot_before["VolumeId"])
    sandbox.clock.run_for(RECOVERING)
    assert home.restore_image_from_recycle_bin(ImageId=image)["Return"] is True
    assert images(home) == snapshots(home) == []
    assert image_of(home, image) == image_before
    assert home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"] == [snapshot_before]
    assert home.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == [USER]
    sharing = home.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert sharing["CreateVolumePermissions"] == [USER]
    sandbox.clock.run_for(30 * DAY)
    assert image_of(home, image) == image_before
    home.run_instances(ImageId=image, MinCount=1, MaxCount=1)


@pytest.mark.usefixtures("armed")
def test_snapshots_are_restored_before_their_image(sandbox, home, image, snapshot, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    with refused("InvalidSnapshot.NotFound") as caught:
        home.restore_image_from_recycle_bin(ImageId=image)
    assert snapshot in caught.value.response["Error"]["Message"]
    assert len(images(home)) == 1
    home.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    with refused("IncorrectState") as caught:
        home.restore_image_from_recycle_bin(ImageId=image)
    assert snapshot in caught.value.response["Error"]["Message"]
    sandbox.clock.run_for(RECOVERING)
    home.restore_image_from_recycle_bin(ImageId=image)


@pytest.mark.usefixtures("armed")
def test_a_restored_snapshot_is_no_use_until_it_has_recovered(sandbox, home, image, snapshot, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    home.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    shown = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (shown["State"], shown["Progress"]) == ("recovering", "99%")
    with refused("IncorrectState"):
        home.create_volume(AvailabilityZone=f"{HOME}a", SnapshotId=snapshot)
    sandbox.clock.run_for(RECOVERING)
    home.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot])
    home.create_volume(AvailabilityZone=f"{HOME}a", SnapshotId=snapshot)


def test_an_image_whose_snapshot_is_gone_cannot_be_restored(sandbox, home, image, bin_rule, refused):
    bin_rule("EC2_IMAGE", days=7)
    bin_rule("EBS_SNAPSHOT", days=1)
    sandbox.clock.run_for(2 * HOUR)
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    sandbox.clock.run_for(DAY)
    with refused("InvalidSnapshot.NotFound"):
        home.restore_image_from_recycle_bin(ImageId=image)


@pytest.mark.usefixtures("armed")
def test_an_image_whose_name_was_taken_cannot_be_restored(home, image, take, refused):
    home.deregister_image(ImageId=image)
    other = take(name="web")
    with refused("InvalidAMIName.Duplicate"):
        home.restore_image_from_recycle_bin(ImageId=image)
    home.deregister_image(ImageId=other)
    home.restore_image_from_recycle_bin(ImageId=image)
    assert [each["ImageId"] for each in images(home)] == [other]


@pytest.mark.usefixtures("armed")
def test_a_disabled_image_comes_back_disabled(home, image, image_of):
    home.disable_image(ImageId=image)
    home.deregister_image(ImageId=image)
    home.restore_image_from_recycle_bin(ImageId=image)
    assert image_of(home, image, IncludeDisabled=True)["State"] == "disabled"


@pytest.mark.usefixtures("armed")
def test_a_restored_snapshot_is_in_use_by_its_restored_image(home, image, snapshot, refused):
    home.deregister_image(ImageId=image)
    home.restore_image_from_recycle_bin(ImageId=image)
    with refused("InvalidSnapshot.InUse"):
        home.delete_snapshot(SnapshotId=snapshot)


@pytest.mark.usefixtures("armed")
def test_tags_of_the_bin_are_not_tags_of_a_copy(home, recovery, image, copy, image_of):
    home.deregister_image(ImageId=image)
    home.restore_image_from_recycle_bin(ImageId=image)
    assert image_of(recovery, copy(image, CopyImageTags=True))["Tags"] == specification("image", {"Name": "web"})["Tags"]
