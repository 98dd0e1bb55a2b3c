"""EC2 API reference: CreateImage."""

from datetime import timedelta

import pytest

from sandbox.ec2.records import GIB

pytestmark = pytest.mark.facts("1.1")

DATA = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 100, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": False}}


def test_an_image_has_a_snapshot_of_each_volume(home, launch, take, image_of):
    image = image_of(home, take(instance=launch(BlockDeviceMappings=[DATA])))
    root, data = image["BlockDeviceMappings"]
    assert (root["DeviceName"], root["Ebs"]["VolumeSize"], root["Ebs"]["Encrypted"]) == ("/dev/xvda", 8, False)
    assert (data["DeviceName"], data["Ebs"]["VolumeSize"], data["Ebs"]["Encrypted"]) == ("/dev/sdf", 100, True)
    assert data["Ebs"]["DeleteOnTermination"] is False
    assert image["RootDeviceName"] == "/dev/xvda"


def test_an_images_snapshots_are_not_of_one_moment(sandbox, home, launch):
    """CreateSnapshots documents that of its own, CreateImage says nothing: whoever needs one moment must not rely on an image."""
    began = sandbox.clock.now()
    home.create_image(InstanceId=launch(BlockDeviceMappings=[DATA]), Name="web")
    sandbox.clock.run_for(timedelta(minutes=1))
    root, data = sorted(each["StartTime"] for each in home.describe_snapshots(OwnerIds=["self"])["Snapshots"])
    assert began <= root < data


def test_an_image_names_its_instance(home, launch, take, image_of):
    instance = launch()
    assert image_of(home, take(instance=instance))["SourceInstanceId"] == instance


def test_an_image_is_pending_then_available(sandbox, home, launch, image_of):
    image = home.create_image(InstanceId=launch(), Name="web")["ImageId"]
    assert image_of(home, image)["State"] == "pending"
    sandbox.clock.run_for(timedelta(hours=1))
    assert image_of(home, image)["State"] == "available"


@pytest.mark.facts("1.11")
def test_which_snapshots_a_new_image_has_is_known_later(sandbox, home, launch, image_of):
    image = home.create_image(InstanceId=launch(), Name="web")["ImageId"]
    assert "SnapshotId" not in image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]
    [snapshot] = home.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    of_snapshot = [{"Name": "block-device-mapping.snapshot-id", "Values": [snapshot["SnapshotId"]]}]
    assert home.describe_images(Filters=of_snapshot)["Images"] == []
    sandbox.clock.run_for(sandbox.ec2.timing.snapshots_shown)
    [found] = home.describe_images(Filters=of_snapshot)["Images"]
    assert (found["ImageId"], found["State"]) == (image, "pending")
    assert found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == snapshot["SnapshotId"]


@pytest.mark.parametrize("end", ["terminate_instances", "reboot_instances"])
def test_an_image_fails_whose_instance_ends_or_reboots_while_it_is_made(sandbox, home, launch, take, image_of, end):
    instance = launch()
    made = take(instance=instance)
    image = home.create_image(InstanceId=instance, Name="web")["ImageId"]
    getattr(home, end)(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(hours=1))
    failed = image_of(home, image)
    assert (failed["State"], failed["StateReason"]["Code"]) == ("failed", "Client.InstanceTerminated")
    assert image_of(home, made)["State"] == "available"


def test_more_written_bytes_take_longer(sandbox, home, launch, image_of):
    slow, quick = launch(), launch()
    volumes = sandbox.ec2.store.region("ap-south-1").volumes
    next(volume for volume in volumes.values() if volume.attachment.instance_id == slow).written_bytes = 500 * GIB
    images = [home.create_image(InstanceId=instance, Name=f"of {instance}")["ImageId"] for instance in (slow, quick)]
    sandbox.clock.run_for(timedelta(hours=1))
    assert [image_of(home, image)["State"] for image in images] == ["pending", "available"]


def test_snapshots_say_what_made_them(home, launch, take):
    instance = launch()
    image = take(instance=instance)
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["Description"] == f"Created by CreateImage({instance}) for {image}"


def test_tags_are_given_in_the_creating_call(home, take, image_of):
    specifications = [
        {"ResourceType": "image", "Tags": [{"Key": "Name", "Value": "web"}]},
        {"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "disk"}]},
    ]
    image = take(TagSpecifications=specifications)
    assert image_of(home, image)["Tags"] == [{"Key": "Name", "Value": "web"}]
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["Tags"] == [{"Key": "Name", "Value": "disk"}]


def test_only_images_and_snapshots_can_be_tagged(home, launch, refused):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]
    with refused("InvalidParameterValue"):
        home.create_image(InstanceId=launch(), Name="web", TagSpecifications=tags)


def test_aws_tags_are_refused_and_nothing_is_created(home, launch, refused):
    tags = [{"ResourceType": "image", "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "web"}]}]
    with refused("InvalidParameterValue"):
        home.create_image(InstanceId=launch(), Name="web", TagSpecifications=tags)
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


def test_a_name_is_there_once(home, launch, refused):
    instance = launch()
    home.create_image(InstanceId=instance, Name="nightkeep/nightly")
    with refused("InvalidAMIName.Duplicate"):
        home.create_image(InstanceId=instance, Name="nightkeep/nightly")


def test_a_name_is_free_in_another_region(take, copy):
    copy(take(name="web"), name="web")


def test_a_failed_image_keeps_its_name(sandbox, home, launch, take, refused):
    sandbox.faults.fail_image(lambda image: image.name == "web")
    take(name="web")
    with refused("InvalidAMIName.Duplicate"):
        home.create_image(InstanceId=launch(), Name="web")


@pytest.mark.parametrize("name", ["x" * 129, "night:01", "night+1", "nächtlich", "a\tb"])
def test_names_that_are_malformed(home, launch, refused, name):
    with refused("InvalidAMIName.Malformed"):
        home.create_image(InstanceId=launch(), Name=name)


@pytest.mark.parametrize("name", ["abc", "x" * 128, "n/i g-h.t_(1) [2] '3' @4"])
def test_names_that_are_well_formed(home, launch, name):
    assert home.create_image(InstanceId=launch(), Name=name)["ImageId"]


def test_a_running_instance_is_rebooted(sandbox, home, launch):
    instance = launch()
    image = home.create_image(InstanceId=instance, Name="web")["ImageId"]
    assert [(each.what, each.cause) for each in history(sandbox, instance)][1:] == [("rebooted", f"CreateImage {image}")]
    assert home.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]["InstanceState"]["Name"] == "running"


def test_no_reboot_reboots_nothing(sandbox, home, launch):
    instance = launch()
    home.create_image(InstanceId=instance, Name="web", NoReboot=True)
    assert [each.what for each in history(sandbox, instance)] == ["started"]


def test_a_stopped_instance_stays_stopped(sandbox, home, launch):
    instance = launch()
    home.stop_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    home.create_image(InstanceId=instance, Name="web")
    assert [each.what for each in history(sandbox, instance)] == ["started", "stopped"]


def history(sandbox, instance):
    return sandbox.ec2.store.region("ap-south-1").instances[instance].history


def test_a_stopping_instance_is_refused(home, launch, refused):
    instance = launch()
    home.stop_instances(InstanceIds=[instance])
    with refused("IncorrectState"):
        home.create_image(InstanceId=instance, Name="web")


def test_an_instance_store_root_is_refused(home, launch, refused):
    with refused("UnsupportedOperation"):
        home.create_image(InstanceId=launch("ami-0instancestore"), Name="web")


def test_an_instance_that_does_not_exist(home, refused):
    with refused("InvalidInstanceID.NotFound"):
        home.create_image(InstanceId="i-0123456789abcdef0", Name="web")


def test_a_second_image_within_15_seconds_fails_later(sandbox, home, launch, image_of):
    """Amazon EBS: a volume takes a snapshot every 15 seconds at most."""
    instance = launch()
    first, second = (home.create_image(InstanceId=instance, Name=name)["ImageId"] for name in ("first", "second"))
    assert image_of(home, second)["State"] == "pending"
    sandbox.clock.run_for(timedelta(hours=1))
    assert [image_of(home, image)["State"] for image in (first, second)] == ["available", "failed"]
    assert "rate" in image_of(home, second)["StateReason"]["Message"]


def test_a_second_image_after_15_seconds_succeeds(sandbox, home, launch, image_of):
    instance = launch()
    home.create_image(InstanceId=instance, Name="first")
    sandbox.clock.run_for(timedelta(seconds=15))
    second = home.create_image(InstanceId=instance, Name="second")["ImageId"]
    sandbox.clock.run_for(timedelta(hours=1))
    assert image_of(home, second)["State"] == "available"


def test_a_device_can_be_left_out(home, launch, take, image_of):
    image = take(instance=launch(BlockDeviceMappings=[DATA]), BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "NoDevice": ""}])
    assert [each["DeviceName"] for each in image_of(home, image)["BlockDeviceMappings"]] == ["/dev/xvda"]


def test_a_volume_cannot_be_grown(home, launch, refused):
    larger = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50}}
    with refused("InvalidBlockDeviceMapping"):
        home.create_image(InstanceId=launch(), Name="web", BlockDeviceMappings=[larger])


def test_an_image_can_be_made_to_fail(sandbox, home, take, image_of):
    sandbox.faults.fail_image(lambda image: image.name == "web", "The disk is on fire.")
    failed = image_of(home, take(name="web"))
    assert (failed["State"], failed["StateReason"]["Message"]) == ("failed", "The disk is on fire.")
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["State"] == "error"
