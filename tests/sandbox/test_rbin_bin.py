"""Recycle Bin: what enters it, what it is there, and when it goes for good."""

from datetime import timedelta

import pytest

from tests.sandbox.binned import DAY, HOUR, LAG, images, snapshots, tags_of
from tests.sandbox.conftest import HOME

pytestmark = [pytest.mark.facts("2.2"), pytest.mark.facts("1.14"), pytest.mark.usefixtures("prompt")]
MARK = "aws:recycle-bin:resource-in-bin"


@pytest.mark.usefixtures("armed")
def test_an_image_that_a_rule_keeps_enters_the_bin(sandbox, home, image):
    home.deregister_image(ImageId=image)
    (binned,) = images(home)
    entered = sandbox.clock.now()
    assert binned == {
        "ImageId": image,
        "Name": "web",
        "Description": "the site",
        "RecycleBinEnterTime": entered,
        "RecycleBinExitTime": entered + 7 * DAY,
    }


@pytest.mark.usefixtures("armed")
def test_a_snapshot_that_a_rule_keeps_enters_the_bin(sandbox, home, image, snapshot):
    volume = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["VolumeId"]
    home.deregister_image(ImageId=image)
    home.delete_snapshot(SnapshotId=snapshot)
    (binned,) = snapshots(home)
    entered = sandbox.clock.now()
    assert binned.pop("Description").endswith(f"for {image}")
    assert binned == {
        "SnapshotId": snapshot,
        "VolumeId": volume,
        "RecycleBinEnterTime": entered,
        "RecycleBinExitTime": entered + 7 * DAY,
    }
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


@pytest.mark.facts("1.9")
@pytest.mark.usefixtures("armed")
def test_snapshots_that_go_with_their_image_enter_the_bin(home, image, snapshot):
    answer = home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": snapshot, "ReturnCode": "success"}]
    assert [each["SnapshotId"] for each in snapshots(home)] == [snapshot]


@pytest.mark.usefixtures("armed")
def test_at_its_time_a_resource_goes_for_good(sandbox, home, image, snapshot, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    sandbox.clock.run_for(7 * DAY - timedelta(seconds=1))
    assert len(images(home) + snapshots(home)) == 2
    sandbox.clock.run_for(timedelta(seconds=1))
    with refused("InvalidSnapshot.NotFound"):
        home.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    with refused("InvalidAMIID.NotFound"):
        home.restore_image_from_recycle_bin(ImageId=image)
    assert len(images(home) + snapshots(home)) == 2
    sandbox.clock.run_for(LAG)
    assert images(home) == snapshots(home) == []
    assert tags_of(home, image) == {}


@pytest.mark.usefixtures("armed")
def test_in_the_bin_it_is_out_of_reach(home, recovery, image, snapshot, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert home.describe_images(Owners=["self"], IncludeDisabled=True)["Images"] == []
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    for code, call, parameters in (
        ("InvalidAMIID.NotFound", home.describe_images, {"ImageIds": [image]}),
        ("InvalidAMIID.NotFound", home.run_instances, {"ImageId": image, "MinCount": 1, "MaxCount": 1}),
        ("InvalidAMIID.NotFound", recovery.copy_image, {"SourceRegion": HOME, "SourceImageId": image, "Name": "a copy"}),
        ("InvalidAMIID.NotFound", home.deregister_image, {"ImageId": image}),
        ("InvalidAMIID.NotFound", home.disable_image, {"ImageId": image}),
        ("InvalidSnapshot.NotFound", home.delete_snapshot, {"SnapshotId": snapshot}),
        ("InvalidSnapshot.NotFound", home.describe_snapshots, {"SnapshotIds": [snapshot]}),
    ):
        with refused(code):
            call(**parameters)


@pytest.mark.usefixtures("armed")
def test_in_the_bin_it_keeps_its_tags_and_has_a_mark(home, image):
    home.deregister_image(ImageId=image)
    assert tags_of(home, image) == {"Name": "web", MARK: "true"}
    home.create_tags(Resources=[image], Tags=[{"Key": "why", "Value": "stale"}])
    home.delete_tags(Resources=[image], Tags=[{"Key": "Name"}])
    assert tags_of(home, image) == {"why": "stale", MARK: "true"}
    found = home.describe_tags(Filters=[{"Name": "key", "Values": [MARK]}])["Tags"]
    assert [tag["ResourceId"] for tag in found] == [image]


@pytest.mark.usefixtures("armed")
def test_a_failed_image_is_kept_and_a_pending_one_is_not(sandbox, home, launch):
    instance = launch()
    home.deregister_image(ImageId=home.create_image(InstanceId=instance, Name="pending")["ImageId"])
    sandbox.clock.run_for(HOUR)
    sandbox.faults.fail_image(lambda _: True)
    failed = home.create_image(InstanceId=instance, Name="failed")["ImageId"]
    sandbox.clock.run_for(HOUR)
    home.deregister_image(ImageId=failed)
    assert [each["ImageId"] for each in images(home)] == [failed]


@pytest.mark.usefixtures("armed")
def test_a_second_stay_is_counted_anew(sandbox, home, image):
    home.deregister_image(ImageId=image)
    sandbox.clock.run_for(6 * DAY)
    home.restore_image_from_recycle_bin(ImageId=image)
    home.deregister_image(ImageId=image)
    sandbox.clock.run_for(6 * DAY)
    assert [each["ImageId"] for each in images(home)] == [image]


@pytest.mark.facts("3.1")
@pytest.mark.usefixtures("armed")
def test_only_deregistering_is_told(home, image, events_of):
    home.deregister_image(ImageId=image)
    home.restore_image_from_recycle_bin(ImageId=image)
    assert [detail["State"] for _, detail in events_of("EC2 AMI State Change")] == ["deregistered"]
    assert len(events_of.whole) == 1


@pytest.mark.usefixtures("armed")
def test_lists_come_in_pages(home, launch, take):
    instance = launch()
    taken = [take(name=f"image {number}", instance=instance) for number in range(6)]
    for each in taken:
        home.deregister_image(ImageId=each, DeleteAssociatedSnapshots=True)
    pages = list(home.get_paginator("list_images_in_recycle_bin").paginate(PaginationConfig={"PageSize": 4}))
    assert [each["ImageId"] for page in pages for each in page["Images"]] == taken
    assert len(pages) == 2
    pages = list(home.get_paginator("list_snapshots_in_recycle_bin").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Snapshots"]) for page in pages] == [5, 1]
    assert images(home, ImageIds=[taken[3]])[0]["ImageId"] == taken[3]
    assert len(images(home, MaxResults=1)) == 1


def test_lists_that_cannot_be(home, image, refused):
    with refused("InvalidParameterValue"):
        snapshots(home, MaxResults=1001)
    with refused("InvalidParameterValue"):
        images(home, ImageIds=[f"ami-{number}" for number in range(21)])
    with refused("InvalidAMIID.NotFound"):
        images(home, ImageIds=[image])


@pytest.mark.facts("1.9")
@pytest.mark.facts("5.2")
def test_deleting_snapshots_with_their_image_is_a_permission_of_its_own(sandbox, home, image, snapshot, taker):
    iam = sandbox.client("iam", "us-east-1")
    deny = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:DeleteSnapshot", "Resource": "*"}]}'
    iam.put_role_policy(RoleName="taker", PolicyName="not snapshots", PolicyDocument=deny)
    parameters = {"ImageId": image, "DeleteAssociatedSnapshots": True}
    answer = sandbox.gateway.call("ec2", "DeregisterImage", HOME, parameters, taker)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": snapshot, "ReturnCode": "missing-permissions"}]
    assert len(home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]) == 1
