"""EC2 API reference: what RunInstances launches, of which images, and what becomes known of it."""

from datetime import timedelta

import pytest

from sandbox.gateway import ApiError, Caller

HOME = "ap-south-1"
AUTO_SCALING = Caller("autoscaling.amazonaws.com")


def run(client, image, **parameters):
    return client.run_instances(ImageId=image, **({"MinCount": 1, "MaxCount": 1} | parameters))["Instances"][0]


def volumes(client, instance):
    """An instance's volumes, /dev/xvda before /dev/sdf."""
    shown = client.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    return sorted(shown, key=lambda volume: volume["Attachments"][0]["Device"], reverse=True)


@pytest.mark.facts("1.6")
def test_a_disabled_image_cannot_be_launched_until_it_is_enabled(home, take, refused):
    image = take()
    home.disable_image(ImageId=image)
    with refused("InvalidAMIID.Unavailable") as caught:
        run(home, image)
    assert caught.value.response["Error"]["Message"] == f"AMI '{image}' is disabled, and cannot be run"
    home.enable_image(ImageId=image)
    assert run(home, image)["ImageId"] == image


@pytest.mark.facts("4.4")
def test_pending_failed_and_deregistered_images_cannot_be_launched(sandbox, home, launch, take, refused):
    instance, gone = launch(), take("gone")
    sandbox.faults.fail_image(lambda _: True)
    image = home.create_image(InstanceId=instance, Name="to fail")["ImageId"]
    with refused("InvalidAMIID.Unavailable"):
        run(home, image)
    sandbox.clock.run_for(timedelta(hours=2))
    with refused("InvalidAMIID.Unavailable"):
        run(home, image)
    home.deregister_image(ImageId=gone)
    with refused("InvalidAMIID.NotFound"):
        run(home, gone)


@pytest.mark.facts("2.2")
def test_an_image_in_the_recycle_bin_cannot_be_launched(sandbox, home, take, refused):
    sandbox.ec2.retention = lambda *_: timedelta(days=7)
    image = take()
    home.deregister_image(ImageId=image)
    with refused("InvalidAMIID.NotFound"):
        run(home, image)
    home.restore_image_from_recycle_bin(ImageId=image)
    assert run(home, image)["ImageId"] == image


@pytest.mark.facts("11.5")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ImageId": "web"}, "InvalidAMIID.Malformed"),
        ({"MinCount": 2}, "InvalidParameterValue"),
        ({"MinCount": 0}, "InvalidParameterValue"),
        ({"UserData": "x" * 16385}, "InvalidParameterValue"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 7}}]}, "InvalidBlockDeviceMapping"),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-0123456789abcdef0"}}]},
            "InvalidSnapshot.NotFound",
        ),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 120, "VolumeType": "st1"}}]}, "InvalidParameterValue"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "VolumeType": "io2"}}]}, "MissingParameter"),
    ],
)
def test_what_cannot_be_launched(home, refused, wrong, code):
    with refused(code):
        home.run_instances(**({"ImageId": "ami-0linux", "MinCount": 1, "MaxCount": 1} | wrong))
    assert home.describe_instances()["Reservations"] == home.describe_volumes()["Volumes"] == []


@pytest.mark.facts("11.1")
def test_a_volume_is_made_of_what_is_complete_and_stays_encrypted(sandbox, home, launch, refused):
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "Encrypted": True}}
    source = volumes(home, launch(BlockDeviceMappings=[data]))[1]
    snapshot = home.create_snapshot(VolumeId=source["VolumeId"])["SnapshotId"]
    with refused("IncorrectState"):
        run(home, "ami-0linux", BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": snapshot}}])
    sandbox.clock.run_for(timedelta(hours=1))
    with refused("InvalidParameterCombination"):
        run(home, "ami-0linux", BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": snapshot, "Encrypted": False}}])
    made = run(home, "ami-0linux", BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": snapshot, "VolumeType": "gp2"}}])
    volume = volumes(home, made["InstanceId"])[1]
    assert (volume["SnapshotId"], volume["Iops"], volume["Encrypted"]) == (snapshot, 100, True)


@pytest.mark.facts("11.5")
def test_an_image_or_a_template_is_needed(home, refused):
    with refused("MissingParameter"):
        home.run_instances(MinCount=1, MaxCount=1)


@pytest.mark.facts("11.5")
def test_an_instances_volumes_are_what_the_images_snapshots_hold(sandbox, home, launch, take):
    key = sandbox.client("kms", HOME).create_key()["KeyMetadata"]["Arn"]
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "VolumeType": "io2", "Iops": 500, "Encrypted": True, "KmsKeyId": key}}
    source = launch(BlockDeviceMappings=[data])
    image = take(instance=source)
    root, copied = volumes(home, run(home, image)["InstanceId"])
    assert (root["Size"], root["Encrypted"]) == (8, False)
    assert (copied["Size"], copied["VolumeType"], copied["Iops"], copied["KmsKeyId"]) == (20, "io2", 500, key)
    snapshots = [each["Ebs"]["SnapshotId"] for each in home.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"]]
    assert [root["SnapshotId"], copied["SnapshotId"]] == snapshots
    written = [sandbox.ec2.store.region(HOME).volumes[each["VolumeId"]].written_bytes for each in (*volumes(home, source), root, copied)]
    assert written[:2] == written[2:]


@pytest.mark.facts("11.5")
def test_a_launch_repeated_with_its_token_launches_nothing_more(home, refused):
    first = run(home, "ami-0linux", ClientToken="once")
    assert run(home, "ami-0linux", ClientToken="once")["InstanceId"] == first["InstanceId"]
    with refused("IdempotentParameterMismatch"):
        run(home, "ami-0windows", ClientToken="once")


@pytest.mark.facts("1.11")
def test_an_images_last_launch_is_known_to_its_owner_a_day_later(sandbox, home, take, image_of):
    image, instant = take(), sandbox.clock.now()
    run(home, image)
    sandbox.clock.run_for(timedelta(hours=23))
    assert "LastLaunchedTime" not in image_of(home, image)
    sandbox.clock.run_for(timedelta(hours=1))
    assert image_of(home, image)["LastLaunchedTime"] == instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    attribute = home.describe_image_attribute(ImageId=image, Attribute="lastLaunchedTime")["LastLaunchedTime"]["Value"]
    assert attribute == image_of(home, image)["LastLaunchedTime"]
    assert "LastLaunchedTime" not in image_of(home, "ami-0linux")


@pytest.mark.facts("11.5")
def test_a_copy_was_never_launched(sandbox, launch, take, copy):
    image = take()
    launch(image)
    sandbox.clock.run_for(timedelta(days=2))
    copied = sandbox.client("ec2", "eu-west-1").describe_images(ImageIds=[copy(image)])["Images"][0]
    assert "LastLaunchedTime" not in copied


@pytest.mark.facts("11.5")
def test_spot_instances(sandbox, home, refused):
    instance = run(home, "ami-0linux", InstanceMarketOptions={"MarketType": "spot"})
    assert instance["InstanceLifecycle"] == "spot"
    assert instance["SpotInstanceRequestId"].startswith("sir-")
    assert "InstanceLifecycle" not in run(home, "ami-0linux")
    sandbox.clock.run_for(timedelta(minutes=1))
    with refused("UnsupportedOperation"):
        home.stop_instances(InstanceIds=[instance["InstanceId"]])


@pytest.mark.facts("1.1")
def test_only_a_service_of_awss_gives_system_tags(sandbox, home):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "web"}]}]
    parameters = {"ImageId": "ami-0linux", "MinCount": 1, "MaxCount": 1, "TagSpecifications": tags}
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("ec2", "RunInstances", HOME, parameters)
    assert caught.value.code == "InvalidParameterValue"
    sandbox.gateway.call("ec2", "RunInstances", HOME, parameters, AUTO_SCALING)
    found = home.describe_instances(Filters=[{"Name": "tag:aws:autoscaling:groupName", "Values": ["web"]}])["Reservations"]
    assert [tag["Key"] for tag in found[0]["Instances"][0]["Tags"]] == ["aws:autoscaling:groupName"]


@pytest.mark.facts("1.9", "11.5")
def test_the_image_of_an_instance_is_known_after_it_is_deregistered(home, launch, take, refused):
    image = take("the image")
    instance, other = launch(image), launch()
    home.deregister_image(ImageId=image)
    shown = home.describe_instance_image_metadata(InstanceIds=[instance])["InstanceImageMetadata"]
    metadata = shown[0]["ImageMetadata"]
    assert (metadata["ImageId"], metadata["Name"], metadata["State"], metadata["IsPublic"]) == (image, "the image", "deregistered", False)
    amazons = [{"Name": "owner-alias", "Values": ["amazon"]}, {"Name": "instance-id", "Values": [instance, other]}]
    public = home.describe_instance_image_metadata(Filters=amazons)["InstanceImageMetadata"]
    assert [(each["InstanceId"], each["ImageMetadata"]["State"]) for each in public] == [(other, "available")]
    with refused("InvalidInstanceID.NotFound"):
        home.describe_instance_image_metadata(InstanceIds=["i-0123456789abcdef0"])


@pytest.mark.facts("11.5")
def test_image_metadata_in_pages(home):
    home.run_instances(ImageId="ami-0linux", MinCount=5, MaxCount=5)
    pages = home.get_paginator("describe_instance_image_metadata").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["InstanceImageMetadata"]) for page in pages] == [2, 2, 1]
