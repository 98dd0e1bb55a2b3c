"""EC2 API reference: RegisterImage."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("1.2")

ROOT = "/dev/xvda"


@pytest.fixture
def snapshot(sandbox, home, launch):
    """A completed snapshot of 8 GiB."""
    launch()
    made = home.create_snapshot(VolumeId=home.describe_volumes()["Volumes"][0]["VolumeId"])["SnapshotId"]
    sandbox.clock.run_for(timedelta(hours=1))
    return made


@pytest.fixture
def register(home, snapshot):
    """Register an image of the snapshot; its id."""

    def register(name="registered", root=None, more=(), **parameters):
        mappings = [{"DeviceName": ROOT, "Ebs": root or {"SnapshotId": snapshot}}, *more]
        return home.register_image(**({"Name": name, "RootDeviceName": ROOT, "BlockDeviceMappings": mappings} | parameters))["ImageId"]

    return register


def test_an_image_is_pending_then_available(sandbox, home, register, image_of, events_of, snapshot):
    image = register()
    assert image_of(home, image)["State"] == "pending"
    sandbox.clock.run_for(sandbox.ec2.timing.registration)
    shown = image_of(home, image)
    assert (shown["State"], shown["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]) == ("available", snapshot)
    assert [(detail["ImageId"], detail["State"]) for _, detail in events_of("EC2 AMI State Change")] == [(image, "available")]
    assert events_of("EBS Snapshot Notification") == []


def test_what_is_not_said_is_old(home, register, image_of):
    """RegisterImage: i386 and paravirtual unless it says otherwise; what the source was licensed for is lost."""
    shown = image_of(home, register())
    assert (shown["Architecture"], shown["VirtualizationType"], shown["EnaSupport"]) == ("i386", "paravirtual", False)
    assert (shown["PlatformDetails"], shown["UsageOperation"]) == ("Linux/UNIX", "RunInstances")
    assert not {"SourceInstanceId", "SourceImageId", "SourceImageRegion"} & set(shown)


def test_what_is_said_is_kept_through_images_and_copies(sandbox, home, recovery, register, take, copy, image_of):
    said = {
        "Architecture": "arm64",
        "VirtualizationType": "hvm",
        "BootMode": "uefi",
        "TpmSupport": "v2.0",
        "ImdsSupport": "v2.0",
        "EnaSupport": True,
        "SriovNetSupport": "simple",
    }
    image = register(**said)
    sandbox.clock.run_for(sandbox.ec2.timing.registration)
    instance = home.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    sandbox.clock.run_for(timedelta(minutes=1))
    made = take(instance=instance, BootModeOverride="uefi")
    for client, each in ((home, image), (home, made), (recovery, copy(made))):
        shown = image_of(client, each)
        assert {name: shown.get(name) for name in said} == said


def test_tags_and_more_devices(home, register, image_of, snapshot):
    tags = [{"Key": "Name", "Value": "web"}]
    more = [
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "Encrypted": True}},
        {"DeviceName": "/dev/sdg", "VirtualName": "ephemeral0"},
    ]
    root = {"SnapshotId": snapshot, "VolumeSize": 30, "DeleteOnTermination": False}
    shown = image_of(home, register(root=root, more=more, TagSpecifications=[{"ResourceType": "image", "Tags": tags}]))
    assert shown["Tags"] == tags
    sizes = {each["DeviceName"]: each.get("Ebs", {}).get("VolumeSize") for each in shown["BlockDeviceMappings"]}
    assert sizes == {ROOT: 30, "/dev/sdf": 20, "/dev/sdg": None}


def test_its_snapshot_is_in_use(home, register, snapshot, refused):
    register()
    with refused("InvalidSnapshot.InUse"):
        home.delete_snapshot(SnapshotId=snapshot)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"name": "night:1"}, "InvalidAMIName.Malformed"),
        ({"Description": "x" * 256}, "InvalidParameterValue"),
        ({"root": {"VolumeSize": 8}}, "InvalidBlockDeviceMapping"),
        ({"root": {"SnapshotId": "snap-0123456789abcdef0"}}, "InvalidSnapshot.NotFound"),
        ({"RootDeviceName": "/dev/sda1"}, "InvalidBlockDeviceMapping"),
        ({"BillingProducts": ["bp-1"]}, "AuthFailure"),
        ({"ImageLocation": "bucket/manifest.xml"}, "UnsupportedSandboxOperation"),
        ({"BootMode": "uefi"}, "InvalidParameterCombination"),
        ({"EnaSupport": True}, "InvalidParameterCombination"),
        ({"VirtualizationType": "hvm", "KernelId": "aki-1"}, "InvalidParameterCombination"),
        ({"VirtualizationType": "hvm", "TpmSupport": "v2.0"}, "InvalidParameterCombination"),
        ({"VirtualizationType": "xen"}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "snapshot", "Tags": [{"Key": "k", "Value": ""}]}]}, "InvalidParameterValue"),
    ],
)
def test_images_that_are_refused(home, register, refused, parameters, code):
    with refused(code):
        register(**parameters)
    assert home.describe_images(Owners=["self"])["Images"] == []


@pytest.mark.parametrize("said", [{"Encrypted": True}, {"Encrypted": False}, {"VolumeSize": 7}])
def test_a_snapshot_is_neither_encrypted_nor_cut(register, snapshot, refused, said):
    with refused("InvalidBlockDeviceMapping"):
        register(root={"SnapshotId": snapshot} | said)


def test_a_name_is_there_once(register, refused):
    register()
    with refused("InvalidAMIName.Duplicate"):
        register()


def test_a_pending_snapshot_is_refused(home, register, launch, refused):
    launch()
    pending = home.create_snapshot(VolumeId=home.describe_volumes()["Volumes"][1]["VolumeId"])["SnapshotId"]
    with refused("IncorrectState"):
        register(root={"SnapshotId": pending})
