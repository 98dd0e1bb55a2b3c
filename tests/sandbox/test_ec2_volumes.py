"""EC2 API reference: volumes, CreateSnapshots; Amazon EBS user guide: encryption by default."""

from datetime import timedelta

import pytest

from sandbox.ec2.records import GIB

ZONE = "ap-south-1a"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.facts("11.1")


@pytest.fixture
def create(sandbox, home):
    """Create a volume and let it be available; its id."""

    def create(**parameters):
        volume = home.create_volume(**({"AvailabilityZone": ZONE, "Size": 10} | parameters))["VolumeId"]
        sandbox.clock.run_for(MINUTE)
        return volume

    return create


@pytest.fixture
def instance(launch):
    return launch(Placement={"AvailabilityZone": ZONE})


def shown(client, volume):
    return client.describe_volumes(VolumeIds=[volume])["Volumes"][0]


def root_of(client, instance):
    return client.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"][0]["VolumeId"]


def test_a_volume_is_creating_then_available(sandbox, home):
    made = home.create_volume(AvailabilityZone=ZONE, Size=10)
    assert (made["State"], made["VolumeType"], made["Iops"], made["Encrypted"]) == ("creating", "gp2", 100, False)
    sandbox.clock.run_for(MINUTE)
    assert shown(home, made["VolumeId"])["State"] == "available"


def test_a_volume_of_a_snapshot_has_its_size_key_and_blocks(sandbox, home, create):
    source = create(Size=20, Encrypted=True)
    sandbox.ec2.write("ap-south-1", source, 5 * GIB)
    snapshot = home.create_snapshot(VolumeId=source)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    restored = home.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot)["VolumeId"]
    sandbox.clock.run_for(MINUTE)
    volume = shown(home, restored)
    assert (volume["Size"], volume["KmsKeyId"], volume["SnapshotId"]) == (20, shown(home, source)["KmsKeyId"], snapshot)
    again = home.create_snapshot(VolumeId=restored)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    both = home.describe_snapshots(SnapshotIds=[snapshot, again])["Snapshots"]
    assert [each["FullSnapshotSizeInBytes"] for each in both] == [5 * GIB, 5 * GIB]


def test_a_volume_of_an_encrypted_snapshot_stays_encrypted(sandbox, home, create, refused):
    snapshot = home.create_snapshot(VolumeId=create(Encrypted=True))["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    with refused("InvalidParameterCombination"):
        home.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot, Encrypted=False)
    assert home.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot, Encrypted=True)["Encrypted"] is True


def test_more_cannot_be_written_than_there_is_room(sandbox, create):
    with pytest.raises(ValueError, match="too few"):
        sandbox.ec2.write("ap-south-1", create(), 11 * GIB)


def test_the_same_token_gives_the_same_volume(create, refused):
    assert create(ClientToken="t") == create(ClientToken="t")
    with refused("IdempotentParameterMismatch"):
        create(ClientToken="t", Size=11)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"AvailabilityZone": "eu-west-1a"}, "InvalidZone.NotFound"),
        ({"Size": 16_385}, "InvalidParameterValue"),
        ({"Size": 100, "VolumeType": "sc1"}, "InvalidParameterValue"),
        ({"VolumeType": "io1"}, "MissingParameter"),
        ({"VolumeType": "gp2", "Throughput": 125}, "InvalidParameterCombination"),
        ({"VolumeType": "gp3", "Iops": 2999}, "InvalidParameterValue"),
        ({"KmsKeyId": "alias/nights"}, "InvalidParameterDependency"),
        ({"SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"OutpostArn": "arn"}, "UnsupportedSandboxOperation"),
        ({"TagSpecifications": [{"ResourceType": "snapshot", "Tags": [{"Key": "k", "Value": ""}]}]}, "InvalidParameterValue"),
    ],
)
def test_volumes_that_are_refused(home, create, refused, parameters, code):
    with refused(code):
        create(**parameters)
    assert home.describe_volumes()["Volumes"] == []


def test_a_volume_is_attached_and_detached(sandbox, home, create, instance, take, image_of):
    volume = create()
    assert home.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")["State"] == "attaching"
    assert shown(home, volume)["Attachments"][0]["State"] == "attaching"
    sandbox.clock.run_for(MINUTE)
    assert (shown(home, volume)["State"], shown(home, volume)["Attachments"][0]["State"]) == ("in-use", "attached")
    data = image_of(home, take(instance=instance))["BlockDeviceMappings"][1]
    assert (data["DeviceName"], data["Ebs"]["DeleteOnTermination"]) == ("/dev/sdf", False)
    assert home.detach_volume(VolumeId=volume)["State"] == "detaching"
    assert shown(home, volume)["State"] == "in-use"
    sandbox.clock.run_for(MINUTE)
    assert shown(home, volume)["State"] == "available"
    home.delete_volume(VolumeId=volume)


@pytest.mark.parametrize(
    ("device", "elsewhere", "code"),
    [("/dev/xvda", False, "InvalidParameterValue"), ("/dev/sdf", True, "InvalidVolume.ZoneMismatch")],
)
def test_attachments_that_are_refused(home, create, instance, refused, device, elsewhere, code):
    volume = create(AvailabilityZone="ap-south-1b" if elsewhere else ZONE)
    with refused(code):
        home.attach_volume(VolumeId=volume, InstanceId=instance, Device=device)
    assert shown(home, volume)["State"] == "available"


def test_what_is_attached_stays_so(home, create, instance, refused):
    root = root_of(home, instance)
    for code, operation, parameters in (
        ("VolumeInUse", home.delete_volume, {}),
        ("VolumeInUse", home.attach_volume, {"InstanceId": instance, "Device": "/dev/sdf"}),
        ("OperationNotPermitted", home.detach_volume, {}),
        ("InvalidAttachment.NotFound", home.detach_volume, {"Device": "/dev/sdf"}),
    ):
        with refused(code):
            operation(VolumeId=root, **parameters)
    with refused("IncorrectState"):
        home.detach_volume(VolumeId=create())


@pytest.mark.facts("1.1")
def test_an_instance_without_its_root_volume_gives_no_image(sandbox, home, instance, refused):
    home.stop_instances(InstanceIds=[instance])
    sandbox.clock.run_for(MINUTE)
    home.detach_volume(VolumeId=root_of(home, instance))
    sandbox.clock.run_for(MINUTE)
    with refused("IncorrectState"):
        home.create_image(InstanceId=instance, Name="rootless")


@pytest.mark.facts("1.1")
def test_a_grown_volume_makes_a_larger_image(sandbox, home, instance, take, image_of, refused):
    root = root_of(home, instance)
    asked = home.modify_volume(VolumeId=root, Size=50)["VolumeModification"]
    assert (asked["ModificationState"], asked["OriginalSize"], asked["TargetSize"]) == ("modifying", 8, 50)
    assert shown(home, root)["Size"] == 8
    sandbox.clock.run_for(MINUTE)
    assert home.describe_volumes_modifications(VolumeIds=[root])["VolumesModifications"][0]["ModificationState"] == "optimizing"
    assert image_of(home, take(instance=instance))["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 50
    sandbox.clock.run_for(2 * HOUR)
    assert home.describe_volumes_modifications()["VolumesModifications"][0]["ModificationState"] == "completed"
    with refused("VolumeModificationRateExceeded"):
        home.modify_volume(VolumeId=root, Size=60)
    sandbox.clock.run_for(4 * HOUR)
    with refused("InvalidParameterValue"):
        home.modify_volume(VolumeId=root, Size=49)
    home.modify_volume(VolumeId=root, VolumeType="io2", Iops=500)


@pytest.mark.facts("1.16", "3.2")
def test_snapshots_of_an_instance_are_of_one_moment(sandbox, home, create, instance, events_of):
    """EventBridge gets one event for all of them."""
    home.attach_volume(VolumeId=create(TagSpecifications=tagged("volume", "data")), InstanceId=instance, Device="/dev/sdf")
    asked = {
        "InstanceSpecification": {"InstanceId": instance},
        "CopyTagsFromSource": "volume",
        "TagSpecifications": tagged("snapshot", "all"),
    }
    made = home.create_snapshots(Description="both", **asked)["Snapshots"]
    assert {(each["State"], each["StartTime"], each["Description"]) for each in made} == {("pending", sandbox.clock.now(), "both")}
    assert [{tag["Key"] for tag in each["Tags"]} for each in made] == [{"all"}, {"data", "all"}]
    sandbox.clock.run_for(HOUR)
    [(_, detail)] = events_of("EBS Multi-Volume Snapshots Completion Status")
    assert (detail["event"], detail["result"]) == ("createSnapshots", "succeeded")
    assert [each["status"] for each in detail["snapshots"]] == ["completed", "completed"]
    assert len(home.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "status", "Values": ["completed"]}])["Snapshots"]) == 2


def tagged(kind, key):
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": ""}]}]


@pytest.mark.facts("1.16")
def test_volumes_are_left_out_by_what_they_are(sandbox, home, create, instance, refused):
    data, root = create(), root_of(home, instance)
    home.attach_volume(VolumeId=data, InstanceId=instance, Device="/dev/sdf")

    def of(**excluded):
        return [each["VolumeId"] for each in home.create_snapshots(InstanceSpecification={"InstanceId": instance, **excluded})["Snapshots"]]

    assert of(ExcludeBootVolume=True) == [data]
    assert of(ExcludeDataVolumeIds=[data]) == [root]
    for refusal in ([root], [create()], [f"vol-{number:017x}" for number in range(41)]):
        with refused("InvalidParameterValue"):
            of(ExcludeDataVolumeIds=refusal)
    with refused("InvalidParameterValue"):
        of(ExcludeBootVolume=True, ExcludeDataVolumeIds=[data])


@pytest.mark.facts("1.16")
def test_a_volumes_rate_holds_for_all_of_them(home, instance, refused):
    home.create_snapshots(InstanceSpecification={"InstanceId": instance})
    with refused("SnapshotCreationPerVolumeRateExceeded"):
        home.create_snapshots(InstanceSpecification={"InstanceId": instance})


@pytest.mark.facts("1.3")
def test_encryption_by_default_is_of_new_volumes_and_copies(sandbox, home, launch, create, take, copy, recovery, image_of):
    image, older = take(), create()
    assert home.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    default = home.get_ebs_default_kms_key_id()["KmsKeyId"]
    assert shown(home, root_of(home, launch()))["KmsKeyId"] == shown(home, create())["KmsKeyId"] == default
    assert shown(home, older)["Encrypted"] is False
    snapshot = home.create_snapshot(VolumeId=older)["SnapshotId"]
    sandbox.clock.run_for(timedelta(seconds=3))
    assert home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["Encrypted"] is False
    recovery.enable_ebs_encryption_by_default()
    ebs = image_of(recovery, copy(image))["BlockDeviceMappings"][0]["Ebs"]
    assert ebs["Encrypted"] is True
    recovery.disable_ebs_encryption_by_default()
    assert image_of(recovery, copy(image, name="another"))["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is False


@pytest.mark.facts("1.3")
def test_the_default_key_can_be_chosen(sandbox, recovery, take, copy, image_of, refused):
    aws = recovery.get_ebs_default_kms_key_id()["KmsKeyId"]
    mine = sandbox.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    assert recovery.modify_ebs_default_kms_key_id(KmsKeyId=mine)["KmsKeyId"] == mine
    copy(take(), Encrypted=True)
    assert recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["KmsKeyId"] == mine
    with refused("InvalidParameterValue"):
        recovery.modify_ebs_default_kms_key_id(KmsKeyId="alias/nobodys")
    assert recovery.reset_ebs_default_kms_key_id()["KmsKeyId"] == recovery.get_ebs_default_kms_key_id()["KmsKeyId"] == aws
