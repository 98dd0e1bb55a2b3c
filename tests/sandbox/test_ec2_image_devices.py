"""EC2 API reference: the block device mappings of CreateImage, and what else it refuses."""

import pytest

pytestmark = pytest.mark.facts("1.1")

ENCRYPTED = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "Encrypted": True}}
PLAIN = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10}}
ROOT = "/dev/xvda"


def ebs(device, **said):
    return {"DeviceName": device, "Ebs": said}


@pytest.fixture
def mapped(home, launch, take, image_of):
    """The devices of an image that was asked to have these mappings, by name."""

    def mapped(*mappings, of=PLAIN, **launched):
        instance = launch(BlockDeviceMappings=[of], **launched)
        image = image_of(home, take(instance=instance, BlockDeviceMappings=list(mappings)))
        return {each["DeviceName"]: each.get("Ebs") or each["VirtualName"] for each in image["BlockDeviceMappings"]}

    return mapped


@pytest.mark.parametrize(
    ("mapping", "of", "expected"),
    [
        (ebs("/dev/sdf", DeleteOnTermination=False), PLAIN, {"DeleteOnTermination": False}),
        (ebs("/dev/sdf", DeleteOnTermination=True), PLAIN, {"DeleteOnTermination": True}),
        (ebs("/dev/sdf", Encrypted=False), PLAIN, {"Encrypted": False}),
        (ebs("/dev/sdf", Encrypted=False), ENCRYPTED, {"Encrypted": True}),
        (ebs("/dev/sdf", Encrypted=True), ENCRYPTED, {"Encrypted": True}),
        (ebs("/dev/sdg", VolumeSize=20), PLAIN, {"VolumeSize": 20, "VolumeType": "gp2", "Encrypted": False}),
        (ebs("/dev/sdg", VolumeSize=20, Encrypted=True), PLAIN, {"VolumeSize": 20, "Encrypted": True}),
        (ebs("/dev/sdg", VolumeSize=20, VolumeType="io2", Iops=500), PLAIN, {"VolumeType": "io2", "Iops": 500}),
        (ebs("/dev/sdg", VolumeSize=20, VolumeType="gp3", Throughput=250), PLAIN, {"VolumeType": "gp3", "Throughput": 250}),
    ],
)
def test_devices_that_are_changed_or_added(mapped, mapping, of, expected):
    shown = mapped(mapping, of=of)[mapping["DeviceName"]]
    assert {name: shown[name] for name in expected} == expected


def test_a_new_device_starts_empty(mapped):
    assert "SnapshotId" not in mapped(ebs("/dev/sdg", VolumeSize=20))["/dev/sdg"]


def test_a_new_device_can_start_from_a_snapshot(home, take, image_of, mapped):
    snapshot = image_of(home, take("another"))["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    shown = mapped(ebs("/dev/sdg", SnapshotId=snapshot))["/dev/sdg"]
    assert (shown["SnapshotId"], shown["VolumeSize"], shown["Encrypted"]) == (snapshot, 8, False)
    assert home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"


def test_instance_store_is_mapped_unless_it_is_nvme(mapped):
    store = {"DeviceName": "/dev/sdh", "VirtualName": "ephemeral0"}
    assert mapped(store, InstanceType="m3.medium")["/dev/sdh"] == "ephemeral0"


def test_nvme_instance_store_is_ignored(mapped):
    store = {"DeviceName": "/dev/sdh", "VirtualName": "ephemeral0"}
    assert set(mapped(store, InstanceType="m5d.large")) == {ROOT, "/dev/sdf"}


def test_a_device_that_is_left_out_has_no_snapshot(home, mapped):
    assert set(mapped({"DeviceName": "/dev/sdf", "NoDevice": ""}, {"DeviceName": "/dev/sdz", "NoDevice": ""})) == {ROOT}
    assert len(home.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 1


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (ebs("/dev/sdf", VolumeSize=20), "InvalidBlockDeviceMapping"),
        (ebs("/dev/sdf", VolumeType="gp2"), "InvalidBlockDeviceMapping"),
        (ebs("/dev/sdf", Iops=5000), "InvalidBlockDeviceMapping"),
        (ebs("/dev/sdf", SnapshotId="snap-0123456789abcdef0"), "InvalidBlockDeviceMapping"),
        (ebs("/dev/sdf", Encrypted=True), "InvalidParameterCombination"),
        (ebs("/dev/sdf", KmsKeyId="alias/nights"), "InvalidParameterCombination"),
        (ebs("/dev/sdg", VolumeSize=1, KmsKeyId="alias/nights", Encrypted=True), "InvalidParameterCombination"),
        (ebs("/dev/sdg", VolumeSize=1, AvailabilityZone="ap-south-1a"), "InvalidParameterCombination"),
        (ebs("/dev/sdg", VolumeSize=1, OutpostArn="arn"), "InvalidParameterCombination"),
        (ebs("/dev/sdg", DeleteOnTermination=True), "MissingParameter"),
        (ebs("/dev/sdg", VolumeSize=0), "MissingParameter"),
        (ebs("/dev/sdg", VolumeSize=20_000, VolumeType="gp2"), "InvalidParameterValue"),
        (ebs("/dev/sdg", VolumeSize=100, VolumeType="st1"), "InvalidParameterValue"),
        (ebs("/dev/sdg", VolumeSize=100, VolumeType="io1"), "MissingParameter"),
        (ebs("/dev/sdg", VolumeSize=100, VolumeType="gp3", Throughput=2001), "InvalidParameterValue"),
        (ebs("/dev/sdg", VolumeSize=100, VolumeType="gp2", Iops=3000), "InvalidParameterCombination"),
        (ebs("/dev/sdg", SnapshotId="snap-0123456789abcdef0"), "InvalidSnapshot.NotFound"),
        ({"DeviceName": ROOT, "NoDevice": ""}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdf", "VirtualName": "ephemeral0"}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdg", "VirtualName": "disk0"}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdg", "VirtualName": "ephemeral0", "Ebs": {"VolumeSize": 1}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdg"}, "InvalidBlockDeviceMapping"),
        ({"Ebs": {"VolumeSize": 1}}, "MissingParameter"),
    ],
)
def test_mappings_that_are_refused(home, launch, refused, mapping, code):
    instance = launch(BlockDeviceMappings=[PLAIN])
    with refused(code):
        home.create_image(InstanceId=instance, Name="refused", BlockDeviceMappings=[mapping])
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == home.describe_images(Owners=["self"])["Images"] == []


def test_a_snapshots_device_says_nothing_of_encryption_and_is_not_smaller(home, take, image_of, launch, refused):
    snapshot = image_of(home, take())["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    for said in ({"Encrypted": False}, {"Encrypted": True}, {"VolumeSize": 7}):
        with refused("InvalidBlockDeviceMapping"):
            home.create_image(InstanceId=launch(), Name="refused", BlockDeviceMappings=[ebs("/dev/sdg", SnapshotId=snapshot, **said)])


def test_a_device_is_mapped_once(home, launch, refused):
    with refused("InvalidBlockDeviceMapping"):
        home.create_image(InstanceId=launch(), Name="refused", BlockDeviceMappings=[ebs("/dev/sdg", VolumeSize=1)] * 2)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"SnapshotLocation": "regional"}, "InvalidParameterValue"),
        ({"SnapshotLocation": "local"}, "InvalidParameterValue"),
        ({"BootModeOverride": "uefi"}, "InvalidParameterCombination"),
        ({"Description": "x" * 256}, "InvalidParameterValue"),
        ({"Description": "nächtlich"}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "image", "Tags": [{"Key": "k" * 128, "Value": ""}]}]}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "image", "Tags": [{"Key": "k", "Value": "v" * 257}]}]}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "snapshot", "Tags": [{"Key": "aws:k", "Value": ""}]}]}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "k", "Value": ""}]}]}, "InvalidParameterValue"),
        (
            {"TagSpecifications": [{"ResourceType": "image", "Tags": [{"Key": f"k{number}", "Value": ""} for number in range(51)]}]},
            "TagLimitExceeded",
        ),
    ],
)
def test_parameters_that_are_refused(home, launch, refused, parameters, code):
    with refused(code):
        home.create_image(InstanceId=launch(), Name="refused", **parameters)


def test_tags_and_descriptions_may_be_that_long(take):
    tags = [{"Key": "k" * 127, "Value": "v" * 256}, *({"Key": f"k{number}", "Value": ""} for number in range(49))]
    take(Description="x" * 255, TagSpecifications=[{"ResourceType": "image", "Tags": tags}])


@pytest.mark.facts("11.5")
def test_after_its_reboot_an_instance_is_initializing_for_two_minutes(sandbox, home, launch):
    """DescribeInstanceStatus is all there is to tell: the state stays running."""
    instance = launch()
    sandbox.clock.run_for(sandbox.ec2.timing.boot)

    def status():
        shown = home.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]
        return shown["InstanceState"]["Name"], shown["InstanceStatus"]["Status"]

    assert status() == ("running", "ok")
    home.create_image(InstanceId=instance, Name="rebooting")
    assert status() == ("running", "initializing")
    sandbox.clock.run_for(sandbox.ec2.timing.boot)
    assert status() == ("running", "ok")


@pytest.mark.facts("4.4")
def test_images_without_a_reboot_at_once(sandbox, home, launch, refused):
    instance = launch()
    for number in range(5):
        home.create_image(InstanceId=instance, Name=f"image {number}", NoReboot=True)
        sandbox.clock.run_for(sandbox.ec2.timing.snapshot_rate)
    with refused("ConcurrentCreateImageNoRebootLimitExceeded"):
        home.create_image(InstanceId=instance, Name="one too many", NoReboot=True)


@pytest.mark.facts("1.3")
def test_an_image_names_the_image_its_instance_was_launched_from(home, take, image_of):
    image = image_of(home, take())
    assert (image["SourceImageId"], image["SourceImageRegion"]) == ("ami-0linux", "ap-south-1")


@pytest.mark.facts("1.12")
def test_ancestry_goes_back_to_the_first_image(sandbox, home, recovery, take, copy):
    image = take()
    copied = copy(image)
    sandbox.clock.run_for(sandbox.ec2.timing.of_copy(2**40))
    entries = recovery.get_image_ancestry(ImageId=copied)["ImageAncestryEntries"]
    assert [entry["ImageId"] for entry in entries] == [copied, image, "ami-0linux"]
    assert [entry.get("SourceImageRegion") for entry in entries] == ["ap-south-1", "ap-south-1", None]
    assert entries[-1]["ImageOwnerAlias"] == "amazon"
    home.deregister_image(ImageId=image)
    entries = recovery.get_image_ancestry(ImageId=copied)["ImageAncestryEntries"]
    assert [entry["ImageId"] for entry in entries] == [copied]
