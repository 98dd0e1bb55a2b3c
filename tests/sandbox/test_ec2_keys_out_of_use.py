"""What becomes of copies and images whose key goes out of use meanwhile."""

from datetime import timedelta

import pytest

from tests.sandbox.policies import allow

HOME, RECOVERY = "ap-south-1", "eu-west-1"


@pytest.fixture
def key(sandbox):
    """Make a key in a region; its ARN."""
    return lambda region: sandbox.client("kms", region).create_key()["KeyMetadata"]["Arn"]


@pytest.mark.facts("5.1")
def test_a_key_is_needed_until_a_copy_is_complete(sandbox, recovery, take, copy, key, image_of):
    there, image = key(RECOVERY), take()
    kms = sandbox.client("kms", RECOVERY)
    made = copy(image, Encrypted=True, KmsKeyId=there)
    snapshot = recovery.copy_snapshot(SourceRegion=HOME, SourceSnapshotId=image_snapshot(sandbox, image), Encrypted=True, KmsKeyId=there)[
        "SnapshotId"
    ]
    sandbox.clock.run_for(timedelta(minutes=5))
    kms.disable_key(KeyId=there)
    sandbox.clock.run_for(timedelta(hours=1))
    failed = image_of(recovery, made)
    assert (failed["State"], failed["StateReason"]["Message"]) == ("failed", "Given key ID is not accessible")
    shown = recovery.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (shown["State"], shown["StateMessage"]) == ("error", "Given key ID is not accessible")


def image_snapshot(sandbox, image):
    return sandbox.ec2.store.region(HOME).images[image].snapshot_ids()[0]


@pytest.mark.facts("5.1")
def test_an_image_of_a_volume_whose_key_is_out_of_use_fails(sandbox, home, launch, key, image_of):
    arn = key(HOME)
    volume = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": arn}}
    instance = launch(BlockDeviceMappings=[volume])
    image = home.create_image(InstanceId=instance, Name="in use")["ImageId"]
    sandbox.clock.run_for(timedelta(hours=1))
    assert image_of(home, image)["State"] == "available"
    sandbox.client("kms", HOME).disable_key(KeyId=arn)
    image = home.create_image(InstanceId=instance, Name="out of use")["ImageId"]
    sandbox.clock.run_for(timedelta(hours=1))
    assert image_of(home, image)["State"] == "failed"


@pytest.mark.facts("5.1")
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_snapshots_of_a_volume_whose_key_is_out_of_use_are_in_error(sandbox, home, launch, key, when):
    arn, kms = key(HOME), sandbox.client("kms", HOME)
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10}}
    instance = launch(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": arn}}, data])
    [volume] = home.describe_volumes(Filters=[{"Name": "encrypted", "Values": ["true"]}])["Volumes"]

    def ends(take):
        if when == "before":
            kms.disable_key(KeyId=arn)
        made = take()
        kms.disable_key(KeyId=arn)
        sandbox.clock.run_for(timedelta(hours=1))
        kms.enable_key(KeyId=arn)
        return {(each["State"], each["StateMessage"]) for each in home.describe_snapshots(SnapshotIds=made)["Snapshots"]}

    def several():
        made = home.create_snapshots(InstanceSpecification={"InstanceId": instance})["Snapshots"]
        return [each["SnapshotId"] for each in made]

    expected = {("error", "Given key ID is not accessible")}
    assert ends(lambda: [home.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]]) == expected
    assert ends(several) == expected


@pytest.mark.facts("5.1")
@pytest.mark.parametrize(("allowed", "state"), [(["kms:*"], "completed"), ([], "error")])
def test_who_takes_a_snapshot_needs_the_volumes_key(sandbox, home, launch, key, as_role, allowed, state):
    arn = key(HOME)
    launch(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": arn}}])
    [volume] = home.describe_volumes()["Volumes"]
    rights = [allow("ec2:CreateSnapshot"), *([allow(allowed, arn)] if allowed else [])]
    snapshot = as_role(*rights)("ec2").create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]
    sandbox.clock.run_for(timedelta(hours=1))
    assert home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == state


@pytest.mark.facts("5.1")
def test_an_instance_whose_volumes_key_is_out_of_use_does_not_start(sandbox, home, launch, key):
    arn = key(HOME)
    kms = sandbox.client("kms", HOME)
    volume = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": arn}}
    instance = launch(BlockDeviceMappings=[volume])
    home.stop_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    kms.disable_key(KeyId=arn)
    home.start_instances(InstanceIds=[instance])
    assert state_of(home, instance)["State"]["Name"] == "pending"
    sandbox.clock.run_for(timedelta(minutes=1))
    shown = state_of(home, instance)
    assert (shown["State"]["Name"], shown["StateReason"]["Code"]) == ("stopped", "Client.InternalError")
    never = state_of(home, launch(BlockDeviceMappings=[volume]))
    assert (never["State"]["Name"], never["StateReason"]["Code"], never["BlockDeviceMappings"]) == (
        "terminated",
        "Client.InternalError",
        [],
    )
    kms.enable_key(KeyId=arn)
    home.start_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    started = state_of(home, instance)
    assert (started["State"]["Name"], started.get("StateReason")) == ("running", None)


@pytest.mark.facts("5.1")
def test_who_launches_needs_the_volumes_keys(sandbox, home, key, as_role):
    volume = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": key(HOME)}}
    launcher = as_role(allow(["ec2:RunInstances"]))("ec2")
    answer = launcher.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1, BlockDeviceMappings=[volume])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert state_of(home, answer["Instances"][0]["InstanceId"])["State"]["Name"] == "terminated"


def state_of(home, instance):
    return home.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


@pytest.mark.facts("5.1")
@pytest.mark.parametrize(
    ("allowed", "state"),
    [
        (["kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"], "available"),
        (["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"], "failed"),
        (["kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"], "failed"),
        (["kms:DescribeKey", "kms:CreateGrant"], "failed"),
    ],
)
def test_who_takes_an_image_needs_the_volumes_keys(sandbox, home, launch, key, image_of, as_role, allowed, state):
    arn = key(HOME)
    instance = launch(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": arn}}])
    through_ec2 = {"StringEquals": {"kms:ViaService": f"ec2.{HOME}.amazonaws.com"}}
    taker = as_role(allow("ec2:CreateImage"), allow(allowed, arn, through_ec2))("ec2")
    image = taker.create_image(InstanceId=instance, Name="theirs")["ImageId"]
    sandbox.clock.run_for(timedelta(hours=1))
    assert image_of(home, image)["State"] == state
