"""Amazon EC2, EBS and tag events as EventBridge gets them."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("3.1", "3.2", "3.3", "3.4")
IMAGES, SNAPSHOTS = "EC2 AMI State Change", "EBS Snapshot Notification"
TAGS, INSTANCES = "Tag Change on Resource", "EC2 Instance State-change Notification"


def test_an_image_becoming_available(take, events_of):
    image = take()
    (region, event), *others = [each for each in events_of.whole if each[1]["detail-type"] == IMAGES]
    assert (region, others) == ("ap-south-1", [])
    assert event["source"] == "aws.ec2"
    assert event["resources"] == [f"arn:aws:ec2:ap-south-1::image/{image}"]
    detail = event["detail"]
    assert (detail["ImageId"], detail["State"], detail["ErrorMessage"]) == (image, "available", "")


def test_an_images_event_names_the_request_that_made_it(sandbox, take, events_of):
    take()
    created = next(call for call in sandbox.gateway.calls if call.operation == "CreateImage")
    assert events_of(IMAGES)[0][1]["RequestId"] == created.request_id


def test_a_failed_image_says_why(sandbox, take, events_of):
    sandbox.faults.fail_image(lambda _: True, "Out of luck.")
    take()
    assert [(detail["State"], detail["ErrorMessage"]) for _, detail in events_of(IMAGES)] == [("failed", "Out of luck.")]


def test_a_copys_event_is_the_destinations(sandbox, take, copy, events_of):
    image = copy(take())
    sandbox.clock.run_for(timedelta(hours=1))
    assert [(region, detail["ImageId"]) for region, detail in events_of(IMAGES)][1:] == [("eu-west-1", image)]


def test_disabling_enabling_and_deregistering(home, take, events_of):
    image = take()
    home.disable_image(ImageId=image)
    home.enable_image(ImageId=image)
    home.deregister_image(ImageId=image)
    assert [detail["State"] for _, detail in events_of(IMAGES)] == ["available", "disabled", "available", "deregistered"]


def test_snapshots_of_an_image(take, home, events_of):
    take()
    snapshot = home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]
    (_, detail), *_ = events_of(SNAPSHOTS)
    assert (detail["event"], detail["result"]) == ("createSnapshot", "succeeded")
    assert detail["snapshot_id"] == f"arn:aws:ec2::ap-south-1:snapshot/{snapshot['SnapshotId']}"
    assert detail["source"] == f"arn:aws:ec2::ap-south-1:volume/{snapshot['VolumeId']}"


def test_snapshots_of_a_copy_are_the_destinations(sandbox, home, take, copy, events_of):
    copy(take())
    sandbox.clock.run_for(timedelta(hours=1))
    source = home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]
    region, detail = events_of(SNAPSHOTS)[-1]
    assert (region, detail["event"], detail["source"]) == ("eu-west-1", "copySnapshot", f"arn:aws:ec2::ap-south-1:snapshot/{source}")


def test_tags_of_a_launch_are_a_change(launch, events_of):
    instance = launch(tags={"Backup": "nightly"})
    (_, event) = next(each for each in events_of.whole if each[1]["detail-type"] == TAGS)
    assert (event["source"], event["resources"]) == ("aws.tag", [f"arn:aws:ec2:ap-south-1:123456789012:instance/{instance}"])
    assert (event["detail"]["service"], event["detail"]["resource-type"], event["detail"]["version"]) == ("ec2", "instance", 1)


def test_a_tag_event_has_all_tags_and_the_changed_keys(home, launch, events_of):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    home.create_tags(Resources=[instance], Tags=[{"Key": "Name", "Value": "web"}, {"Key": "Backup", "Value": "weekly"}])
    _, detail = events_of(TAGS)[-1]
    assert (detail["changed-tag-keys"], detail["version"]) == (["Backup"], 2)
    assert detail["tags"] == {"Backup": "weekly", "Name": "web"}


def test_a_removed_key_is_changed_and_not_among_the_tags(home, launch, events_of):
    instance = launch(tags={"Backup": "nightly"})
    home.delete_tags(Resources=[instance], Tags=[{"Key": "Backup"}])
    _, detail = events_of(TAGS)[-1]
    assert (detail["changed-tag-keys"], detail["tags"]) == (["Backup"], {})


def test_tags_that_change_nothing_are_no_event(home, launch, events_of):
    instance = launch(tags={"Backup": "nightly"})
    home.create_tags(Resources=[instance], Tags=[{"Key": "Backup", "Value": "nightly"}])
    assert len(events_of(TAGS)) == 1


def test_an_instances_states(sandbox, home, launch, events_of):
    instance = launch()
    home.terminate_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    states = [(detail["instance-id"], detail["state"]) for _, detail in events_of(INSTANCES)]
    assert states == [(instance, state) for state in ("pending", "running", "shutting-down", "terminated")]
