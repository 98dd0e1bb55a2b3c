"""EC2 API reference: CopyImage's other parameters, CopySnapshot; Amazon EBS user guide: time-based and incremental copies."""

from datetime import timedelta

import pytest

from sandbox.ec2.records import GIB

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOME = "ap-south-1"
SNAPSHOTS = "EBS Snapshot Notification"


@pytest.fixture
def volume(home, launch):
    """The volume of a new instance of 500 GiB."""
    instance = launch(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 500}}])
    return home.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"][0]["VolumeId"]


@pytest.fixture
def shoot(sandbox, home, volume):
    """Take a snapshot of the volume, with so many GiB written, and let it complete; its id."""

    def shoot(gib=100, **parameters):
        sandbox.ec2.write(HOME, volume, gib * GIB)
        snapshot = home.create_snapshot(VolumeId=volume, **parameters)["SnapshotId"]
        sandbox.clock.run_for(2 * HOUR)
        return snapshot

    return shoot


@pytest.fixture
def carry(sandbox, recovery):
    """Copy a snapshot from home to the recovery region, and wait until describes show the copy; its id."""

    def carry(snapshot, **parameters):
        made = recovery.copy_snapshot(SourceRegion=HOME, SourceSnapshotId=snapshot, **parameters)["SnapshotId"]
        sandbox.clock.run_for(sandbox.ec2.timing.visibility_lag)
        return made

    return carry


@pytest.fixture
def key(sandbox):
    return sandbox.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]


def shown(client, snapshot):
    return client.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]


@pytest.mark.facts("1.3")
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"DestinationOutpostArn": "arn:aws:outposts:eu-west-1:123456789012:outpost/op-1"}, "UnsupportedSandboxOperation"),
        ({"DestinationAvailabilityZone": "eu-west-1-lon-1a"}, "UnsupportedSandboxOperation"),
        ({"SnapshotCopyCompletionDurationMinutes": 0}, "InvalidParameterValue"),
        ({"SnapshotCopyCompletionDurationMinutes": 20}, "InvalidParameterValue"),
        ({"SnapshotCopyCompletionDurationMinutes": 2895}, "InvalidParameterValue"),
        ({"ClientToken": "x" * 65}, "InvalidParameterValue"),
        ({"ClientToken": "nächtlich"}, "InvalidParameterValue"),
        ({"Description": "x" * 256}, "InvalidParameterValue"),
        ({"Name": "night:1"}, "InvalidAMIName.Malformed"),
        ({"KmsKeyId": "alias/nights"}, "InvalidParameterDependency"),
        ({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "k", "Value": ""}]}]}, "InvalidParameterValue"),
        ({"SourceImageId": "ami-0instancestore"}, "InvalidRequest"),
    ],
)
def test_copies_that_are_refused(recovery, take, refused, parameters, code):
    asked = {"SourceRegion": HOME, "SourceImageId": take(), "Name": "a copy"} | parameters
    with refused(code):
        recovery.copy_image(**asked)
    assert recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


@pytest.mark.facts("1.3")
def test_a_failed_image_cannot_be_copied(sandbox, take, copy, refused):
    sandbox.faults.fail_image(lambda _: True)
    with refused("InvalidAMIID.Unavailable"):
        copy(take())


@pytest.mark.facts("1.3")
def test_amazons_image_can_be_copied(sandbox, recovery, copy, image_of):
    image = copy("ami-0linux")
    sandbox.clock.run_for(HOUR)
    device = image_of(recovery, image)["BlockDeviceMappings"][0]["Ebs"]
    assert shown(recovery, device["SnapshotId"])["OwnerId"] == "123456789012"


@pytest.mark.facts("1.3")
def test_neither_deprecation_nor_protection_is_copied(sandbox, home, recovery, take, copy, image_of):
    image = take()
    home.enable_image_deprecation(ImageId=image, DeprecateAt=sandbox.clock.now() + HOUR)
    home.enable_image_deregistration_protection(ImageId=image)
    copied = image_of(recovery, copy(image))
    assert "DeprecationTime" not in copied
    assert copied["DeregistrationProtection"] == "disabled"


@pytest.mark.facts("1.4")
def test_a_copy_of_a_snapshot(sandbox, recovery, shoot, carry):
    tags = [{"Key": "Name", "Value": "disk"}]
    source = shoot(TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}])
    copied = shown(recovery, carry(source, Description="a copy"))
    assert (copied["State"], copied["VolumeId"], copied["VolumeSize"], "Tags" in copied) == ("pending", "vol-ffffffff", 500, False)
    assert (copied["TransferType"], copied["Description"]) == ("standard", "a copy")
    assert "FullSnapshotSizeInBytes" not in copied
    sandbox.clock.run_until(copied["StartTime"] + sandbox.ec2.timing.of_copy(100 * GIB))
    done = shown(recovery, copied["SnapshotId"])
    assert (done["State"], done["FullSnapshotSizeInBytes"], done["CompletionTime"]) == ("completed", 100 * GIB, sandbox.clock.now())


@pytest.mark.facts("1.4")
def test_each_call_makes_a_copy_with_the_tags_it_gives(recovery, shoot, carry):
    source, tags = shoot(), [{"Key": "Name", "Value": "copy"}]
    first, second = (carry(source, TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}]) for _ in range(2))
    assert first != second
    assert shown(recovery, second)["Tags"] == tags


@pytest.mark.facts("1.4")
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"SourceSnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"Encrypted": False}, "InvalidParameterValue"),
        ({"KmsKeyId": "alias/nights"}, "InvalidParameterDependency"),
        ({"CompletionDurationMinutes": 16}, "InvalidParameterValue"),
        ({"DestinationOutpostArn": "arn"}, "UnsupportedSandboxOperation"),
    ],
)
def test_copies_of_snapshots_that_are_refused(recovery, shoot, refused, parameters, code):
    with refused(code):
        recovery.copy_snapshot(**({"SourceRegion": HOME, "SourceSnapshotId": shoot()} | parameters))


@pytest.mark.facts("1.4")
def test_a_pending_snapshot_cannot_be_copied(home, volume, carry, refused):
    with refused("IncorrectState"):
        carry(home.create_snapshot(VolumeId=volume)["SnapshotId"])


@pytest.mark.facts("1.4")
def test_20_copies_at_once_per_destination(sandbox, shoot, carry, refused):
    source = shoot()
    for _ in range(20):
        carry(source)
    with refused("ResourceLimitExceeded"):
        carry(source)
    sandbox.clock.run_for(HOUR)
    carry(source)


@pytest.mark.facts("1.4")
def test_a_key_that_cannot_be_used_ends_in_error(sandbox, recovery, shoot, carry, events_of):
    copied = carry(shoot(), Encrypted=True, KmsKeyId="alias/nobodys")
    assert shown(recovery, copied)["State"] == "pending"
    sandbox.clock.run_for(HOUR)
    failed = shown(recovery, copied)
    assert (failed["State"], failed["StateMessage"]) == ("error", "Given key ID is not accessible")
    assert "CompletionTime" not in failed
    assert events_of(SNAPSHOTS)[-1][1]["result"] == "failed"


@pytest.mark.facts("1.4")
def test_a_copy_can_encrypt_and_stays_encrypted(sandbox, home, recovery, shoot, carry, key):
    copied = carry(shoot(), Encrypted=True, KmsKeyId=key)
    sandbox.clock.run_for(HOUR)
    assert shown(recovery, copied)["KmsKeyId"] == key
    back = home.copy_snapshot(SourceRegion="eu-west-1", SourceSnapshotId=copied)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    assert shown(home, back)["KmsKeyId"].startswith("arn:aws:kms:ap-south-1:")


@pytest.fixture
def night(sandbox, shoot, carry, events_of):
    """Take a snapshot and copy it; the copy, and whether it was incremental."""

    def night(**parameters):
        copied = carry(shoot(), **parameters)
        sandbox.clock.run_for(2 * HOUR)
        return copied, events_of(SNAPSHOTS)[-1][1]["incremental"]

    return night


@pytest.mark.facts("1.4")
def test_a_copy_is_incremental_while_the_last_one_is_there(recovery, night, key):
    _, full = night()
    second, incremental = night()
    assert (full, incremental) == ("false", "true")
    recovery.delete_snapshot(SnapshotId=second)
    assert night()[1] == "false", "the first copy is there, but not the most recent one"
    assert night(Encrypted=True, KmsKeyId=key)[1] == "false"
    assert night(Encrypted=True, KmsKeyId=key)[1] == "true"


@pytest.mark.facts("1.4")
def test_a_copy_is_full_when_the_last_one_is_archived(sandbox, recovery, night):
    recovery.modify_snapshot_tier(SnapshotId=night()[0], StorageTier="archive")
    sandbox.clock.run_for(sandbox.ec2.timing.archive)
    assert night()[1] == "false"


@pytest.mark.facts("1.4")
def test_an_incremental_copy_is_quicker(sandbox, recovery, shoot, carry):
    first = carry(shoot(400))
    sandbox.clock.run_for(4 * HOUR)
    second = carry(shoot(400))
    sandbox.clock.run_for(HOUR)
    times = [shown(recovery, each)["CompletionTime"] - shown(recovery, each)["StartTime"] for each in (first, second)]
    assert times == [sandbox.ec2.timing.of_copy(400 * GIB), sandbox.ec2.timing.of_copy(40 * GIB)]


@pytest.mark.facts("1.5")
def test_a_time_based_copy_takes_the_time_asked_for(sandbox, recovery, shoot, carry, events_of):
    copied = carry(shoot(100), CompletionDurationMinutes=15)
    sandbox.clock.run_for(15 * MINUTE)
    done = shown(recovery, copied)
    assert (done["State"], done["TransferType"], done["CompletionDurationMinutes"]) == ("completed", "time-based", 15)
    detail = events_of(SNAPSHOTS)[-1][1]
    assert (detail["transferType"], detail["completionDurationStartTime"]) == ("time-based", detail["startTime"].replace("Z", ".000Z"))
    assert "missedCompletionDurationCause" not in detail


@pytest.mark.facts("1.5")
def test_one_copy_carries_500_mib_a_second(sandbox, recovery, shoot, carry, events_of):
    copied = carry(shoot(500), CompletionDurationMinutes=15)
    sandbox.clock.run_for(15 * MINUTE)
    assert shown(recovery, copied)["State"] == "pending"
    [(region, missed)] = events_of("EBS Copy Snapshot Missed Completion Duration")
    assert (region, missed["event"], missed["startTime"]) == ("eu-west-1", "copySnapshot", f"{shown_start(recovery, copied)}")
    sandbox.clock.run_for(3 * MINUTE)
    assert shown(recovery, copied)["State"] == "completed"
    assert events_of(SNAPSHOTS)[-1][1]["missedCompletionDurationCause"]


def shown_start(client, snapshot):
    return shown(client, snapshot)["StartTime"].strftime("%a %b %d %H:%M:%S UTC %Y")


@pytest.mark.facts("1.5")
def test_a_pair_of_regions_carries_2000_mib_a_second(sandbox, home, launch, carry, refused):
    instance = launch(BlockDeviceMappings=[disk(letter) for letter in "fghij"])
    for volume in home.describe_volumes(Filters=[{"Name": "size", "Values": ["500"]}])["Volumes"]:
        sandbox.ec2.write(HOME, volume["VolumeId"], 500 * GIB)
    made = home.create_snapshots(InstanceSpecification={"InstanceId": instance, "ExcludeBootVolume": True})["Snapshots"]
    sandbox.clock.run_for(12 * HOUR)
    *four, fifth = [each["SnapshotId"] for each in made]
    for snapshot in four:
        carry(snapshot, CompletionDurationMinutes=15)
    with refused("ResourceLimitExceeded"):
        carry(fifth, CompletionDurationMinutes=15)
    carry(fifth)
    sandbox.clock.run_for(HOUR)
    carry(fifth, CompletionDurationMinutes=15)


def disk(letter):
    return {"DeviceName": f"/dev/sd{letter}", "Ebs": {"VolumeSize": 500}}


@pytest.mark.facts("1.5")
def test_a_second_copy_of_a_snapshot_begins_when_the_first_is_complete(sandbox, recovery, shoot, carry):
    source = shoot(10)
    first, second = carry(source, CompletionDurationMinutes=15), carry(source, CompletionDurationMinutes=15)
    sandbox.clock.run_for(15 * MINUTE)
    assert [shown(recovery, each)["State"] for each in (first, second)] == ["completed", "pending"]
    sandbox.clock.run_for(15 * MINUTE)
    assert shown(recovery, second)["State"] == "completed"


@pytest.mark.facts("1.5")
def test_an_images_snapshots_each_take_the_time_asked_for(sandbox, recovery, take, launch, copy, image_of):
    instance = launch(BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 100}}])
    image = copy(take(instance=instance), SnapshotCopyCompletionDurationMinutes=45)
    sandbox.clock.run_for(44 * MINUTE)
    assert image_of(recovery, image)["State"] == "pending"
    sandbox.clock.run_for(MINUTE)
    assert image_of(recovery, image)["State"] == "available"
    for snapshot in recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"]:
        assert (snapshot["TransferType"], snapshot["CompletionDurationMinutes"]) == ("time-based", 45)


@pytest.mark.facts("1.4")
@pytest.mark.parametrize("stay", [timedelta(days=7), None])
def test_a_copy_fails_whose_source_is_deleted_before_it_is_complete(sandbox, home, recovery, shoot, carry, events_of, stay):
    sandbox.ec2.retention = lambda *_: stay
    snapshot = shoot()
    made = carry(snapshot)
    home.delete_snapshot(SnapshotId=snapshot)
    sandbox.clock.run_for(2 * HOUR)
    assert (shown(recovery, made)["State"], shown(recovery, made)["StateMessage"]) == ("error", "Source snapshot ID is not valid")
    [(region, detail)] = [each for each in events_of(SNAPSHOTS) if each[1]["event"] == "copySnapshot"]
    assert (region, detail["result"], detail["cause"]) == ("eu-west-1", "failed", "Source snapshot ID is not valid")


@pytest.mark.facts("1.3")
def test_a_copy_of_an_image_fails_whose_source_goes_with_its_snapshots_before_it_is_complete(sandbox, home, recovery, take, copy, image_of):
    image, other = take(), take("another image")
    failed, made = copy(image), copy(other, "another copy")
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    home.deregister_image(ImageId=other)
    sandbox.clock.run_for(HOUR)
    assert image_of(recovery, failed)["StateReason"]["Message"] == "Source snapshot ID is not valid"
    assert image_of(recovery, made)["State"] == "available"
