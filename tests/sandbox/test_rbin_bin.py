"""Recycle Bin: what enters it, for how long, what comes back, what goes for good."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.sandbox.conftest import HOME, specification

pytestmark = [pytest.mark.facts("2.2"), pytest.mark.facts("1.14")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RECOVERY, LAG = timedelta(seconds=30), timedelta(minutes=1)
KINDS = ("EC2_IMAGE", "EBS_SNAPSHOT")
MARK = "aws:recycle-bin:resource-in-bin"
USER = {"UserId": "210987654321"}


@pytest.fixture(autouse=True)
def prompt(sandbox):
    """Describes do not lag: what the bin does is not about that."""
    sandbox.ec2.timing.visibility_lag = timedelta()


@pytest.fixture
def rbin(sandbox):
    return sandbox.client("rbin", HOME)


@pytest.fixture
def rule(rbin):
    """Create a rule at home; its identifier."""

    def rule(kind, days=7, **parameters):
        period = {"RetentionPeriodValue": days, "RetentionPeriodUnit": "DAYS"}
        return rbin.create_rule(ResourceType=kind, RetentionPeriod=period, **parameters)["Identifier"]

    return rule


@pytest.fixture
def armed(sandbox, rule):
    """Rules that keep all images and snapshots for a week, and have done so for a while; their identifiers by type."""
    rules = {kind: rule(kind) for kind in KINDS}
    sandbox.clock.run_for(2 * HOUR)
    return rules


@pytest.fixture
def image(take):
    return take(name="web", tags={"Name": "web"}, Description="the site")


@pytest.fixture
def snapshot(home, image, image_of):
    return image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]


def pairs(**tags):
    return [{"ResourceTagKey": key, "ResourceTagValue": value} for key, value in tags.items()]


def images(home, **parameters):
    return home.list_images_in_recycle_bin(**parameters)["Images"]


def snapshots(home, **parameters):
    return home.list_snapshots_in_recycle_bin(**parameters)["Snapshots"]


def tags_of(home, resource):
    found = home.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def stay(binned):
    return binned["RecycleBinExitTime"] - binned["RecycleBinEnterTime"]


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


def test_without_a_rule_all_is_gone_for_good(home, image, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert images(home) == snapshots(home) == []
    with refused("InvalidAMIID.NotFound"):
        home.restore_image_from_recycle_bin(ImageId=image)
    assert tags_of(home, image) == {}


def test_a_rule_keeps_its_own_type_and_region_only(home, recovery, take, copy, rule):
    rule("EC2_IMAGE")
    image = take()
    there = copy(image)
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    recovery.deregister_image(ImageId=there)
    assert (len(images(home)), snapshots(home), images(recovery)) == (1, [], [])


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ([{"ResourceTags": pairs(Name="web")}], 5),
        ([{"ResourceTags": pairs(Name="db", stage="test")}], None),
        ([{"ResourceTags": pairs(Name="db", stage="live")}], 5),
        ([{"ResourceTags": pairs(Name="")}], None),
        ([{"ExcludeResourceTags": pairs(Name="db")}], 5),
        ([{"ExcludeResourceTags": pairs(other="web", Name="web")}], None),
        ([{"days": 9}, {"ResourceTags": pairs(Name="web")}], 9),
        ([{"days": 2}, {"ResourceTags": pairs(Name="web")}, {"ResourceTags": pairs(stage="live"), "days": 3}], 5),
        ([{"ExcludeResourceTags": pairs(Name="web"), "days": 9}, {"ResourceTags": pairs(stage="live")}], 5),
    ],
)
def test_the_longest_rule_that_covers_the_tags_wins(home, take, rule, rules, days):
    for parameters in rules:
        rule("EC2_IMAGE", **({"days": 5} | parameters))
    home.deregister_image(ImageId=take(tags={"Name": "web", "stage": "live"}))
    assert [stay(each) for each in images(home)] == ([days * DAY] if days else [])


def test_an_untagged_resource_evades_a_rule_for_tags(sandbox, home, image, rule):
    rule("EC2_IMAGE", ResourceTags=pairs(Name="web"))
    sandbox.clock.run_for(2 * HOUR)
    home.delete_tags(Resources=[image], Tags=[{"Key": "Name"}])
    home.deregister_image(ImageId=image)
    assert images(home) == []


def test_the_first_rule_protects_nothing_for_an_hour(sandbox, home, rbin, take, rule):
    early, late = take(name="early"), take(name="late")
    first = rule("EC2_IMAGE")
    sandbox.clock.run_for(timedelta(minutes=1))
    rule("EC2_IMAGE", days=9)
    sandbox.clock.run_for(timedelta(minutes=58))
    assert rbin.get_rule(Identifier=first)["Status"] == "available"
    home.deregister_image(ImageId=early)
    assert images(home) == []
    sandbox.clock.run_for(timedelta(minutes=1))
    home.deregister_image(ImageId=late)
    assert [each["ImageId"] for each in images(home)] == [late]


def test_how_long_the_first_rule_takes_can_be_set(sandbox, home, image, rule):
    sandbox.ec2.timing = replace(sandbox.ec2.timing, first_bin_rule=timedelta())
    rule("EC2_IMAGE")
    sandbox.clock.run_for(timedelta(seconds=10))
    home.deregister_image(ImageId=image)
    assert len(images(home)) == 1


@pytest.mark.usefixtures("armed")
def test_a_later_rule_protects_once_it_is_available(sandbox, home, image, rule):
    rule("EC2_IMAGE", days=30)
    sandbox.clock.run_for(timedelta(seconds=10))
    home.deregister_image(ImageId=image)
    assert [stay(each) for each in images(home)] == [30 * DAY]


@pytest.mark.usefixtures("armed")
def test_a_pending_rule_protects_nothing(home, image, rule):
    rule("EC2_IMAGE", days=30)
    home.deregister_image(ImageId=image)
    assert [stay(each) for each in images(home)] == [7 * DAY]


def test_once_all_rules_are_gone_the_next_is_a_first_one(sandbox, home, image, armed, rule):
    sandbox.client("rbin", HOME).delete_rule(Identifier=armed["EC2_IMAGE"])
    rule("EC2_IMAGE")
    sandbox.clock.run_for(timedelta(minutes=59))
    home.deregister_image(ImageId=image)
    assert images(home) == []


def test_a_changed_rule_affects_only_what_enters_later(home, rbin, image, take, armed):
    home.deregister_image(ImageId=image)
    period = {"RetentionPeriodValue": 1, "RetentionPeriodUnit": "DAYS"}
    rbin.update_rule(Identifier=armed["EC2_IMAGE"], RetentionPeriod=period)
    home.deregister_image(ImageId=take(name="later"))
    assert [stay(each) for each in images(home)] == [7 * DAY, DAY]
    rbin.delete_rule(Identifier=armed["EC2_IMAGE"])
    assert len(images(home)) == 2


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
def test_what_is_restored_is_as_it_was(sandbox, home, image, snapshot, image_of):
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [USER]})
    home.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=[USER["UserId"]])
    image_before = image_of(home, image)
    snapshot_before = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    restored = home.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    assert (restored["SnapshotId"], restored["State"], restored["VolumeId"]) == (snapshot, "recovering", snapshot_before["VolumeId"])
    sandbox.clock.run_for(RECOVERY)
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
    sandbox.clock.run_for(RECOVERY)
    home.restore_image_from_recycle_bin(ImageId=image)


@pytest.mark.usefixtures("armed")
def test_a_restored_snapshot_is_no_use_until_it_has_recovered(sandbox, home, image, snapshot, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    home.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    shown = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (shown["State"], shown["Progress"]) == ("recovering", "99%")
    with refused("IncorrectState"):
        home.create_volume(AvailabilityZone=f"{HOME}a", SnapshotId=snapshot)
    sandbox.clock.run_for(RECOVERY)
    home.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot])
    home.create_volume(AvailabilityZone=f"{HOME}a", SnapshotId=snapshot)


def test_an_image_whose_snapshot_is_gone_cannot_be_restored(sandbox, home, image, rule, refused):
    rule("EC2_IMAGE", days=7)
    rule("EBS_SNAPSHOT", days=1)
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


@pytest.mark.usefixtures("armed")
def test_tags_of_the_bin_are_not_tags_of_a_copy(home, recovery, image, copy, image_of):
    home.deregister_image(ImageId=image)
    home.restore_image_from_recycle_bin(ImageId=image)
    assert image_of(recovery, copy(image, CopyImageTags=True))["Tags"] == specification("image", {"Name": "web"})["Tags"]


@pytest.fixture
def volume(sandbox, home):
    """A volume of its own, with a tag."""
    made = home.create_volume(AvailabilityZone=f"{HOME}a", Size=10, TagSpecifications=[specification("volume", {"Name": "data"})])
    sandbox.clock.run_for(HOUR)
    return made["VolumeId"]


def test_a_volume_is_kept_and_comes_back(sandbox, home, rule, volume, refused):
    rule("EBS_VOLUME", days=3)
    sandbox.clock.run_for(2 * HOUR)
    before = home.describe_volumes(VolumeIds=[volume])["Volumes"][0]
    home.delete_volume(VolumeId=volume)
    with refused("InvalidVolume.NotFound"):
        home.describe_volumes(VolumeIds=[volume])
    [kept] = home.list_volumes_in_recycle_bin(VolumeIds=[volume])["Volumes"]
    now = sandbox.clock.now()
    assert {name: kept[name] for name in ("VolumeId", "VolumeType", "State", "Size", "Iops", "AvailabilityZone", "CreateTime")} == {
        name: before[name] for name in ("VolumeId", "VolumeType", "State", "Size", "Iops", "AvailabilityZone", "CreateTime")
    }
    assert (kept["RecycleBinEnterTime"], kept["RecycleBinExitTime"]) == (now, now + 3 * DAY)
    assert home.restore_volume_from_recycle_bin(VolumeId=volume)["Return"] is True
    assert home.describe_volumes(VolumeIds=[volume])["Volumes"] == [before]
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []
    with refused("InvalidVolume.NotFound"):
        home.restore_volume_from_recycle_bin(VolumeId=volume)


def test_a_volume_leaves_the_bin_for_good(sandbox, home, rule, volume):
    rule("EBS_VOLUME", days=1)
    sandbox.clock.run_for(2 * HOUR)
    home.delete_volume(VolumeId=volume)
    sandbox.clock.run_for(DAY + LAG)
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []


def test_other_rules_keep_no_volume(home, armed, volume):
    home.delete_volume(VolumeId=volume)
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []


def test_a_volume_that_goes_with_its_instance_is_not_kept(sandbox, home, rule, launch):
    rule("EBS_VOLUME")
    sandbox.clock.run_for(2 * HOUR)
    home.terminate_instances(InstanceIds=[launch()])
    sandbox.clock.run_for(HOUR)
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []
