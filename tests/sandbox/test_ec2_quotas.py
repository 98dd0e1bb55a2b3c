"""What an account may have at once: EC2's and EBS's quotas."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from sandbox.ec2.quotas import MIB, Quotas

pytestmark = pytest.mark.facts("4.2")

DATA = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 125, "VolumeType": "st1"}}]


@pytest.fixture
def quotas(sandbox):
    return sandbox.ec2.quotas


@pytest.fixture
def volume(home, launch):
    """The root volume of a new instance."""

    def volume(**parameters):
        return volumes_of(home, launch(**parameters))[0]

    return volume


def volumes_of(client, instance):
    """Its volumes, /dev/xvda before /dev/sdf."""
    shown = client.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    return [each["VolumeId"] for each in sorted(shown, key=lambda one: one["Attachments"][0]["Device"], reverse=True)]


def create(client, instance, name):
    return client.create_image(InstanceId=instance, Name=name, NoReboot=True)["ImageId"]


def test_the_quotas_are_awss_by_default():
    assert asdict(Quotas()) == {
        "images": 50_000,
        "public_images": 5,
        "sharing_entities": 1_000,
        "image_copies": 300,
        "snapshots": 100_000,
        "snapshot_copies": 20,
        "pending_snapshots": 100,
        "of_a_volume": 5,
        "of_a_slow_volume": 1,
        "without_reboot": 5,  # AWS names no number
        "archived_of_a_volume": 25,
        "archiving": 25,
        "restoring": 5,
        "copy_throughput": 2_000 * MIB,
        "one_copy_throughput": 500 * MIB,
    }


def test_pending_snapshots_are_100_in_each_region_and_room_comes_with_time(sandbox, home, launch, refused):
    made = home.run_instances(ImageId="ami-0linux", MinCount=101, MaxCount=101)["Instances"]
    sandbox.clock.run_for(sandbox.ec2.timing.launch)
    instances = [each["InstanceId"] for each in made]
    for instance in instances[:100]:
        create(home, instance, f"image of {instance}")
    with refused("PendingSnapshotLimitExceeded"):
        create(home, instances[100], "one too many")
    with refused("PendingSnapshotLimitExceeded"):
        home.create_snapshot(VolumeId=volumes_of(home, instances[100])[0])
    sandbox.clock.run_for(sandbox.ec2.timing.of_image(2**33))
    assert create(home, instances[100], "one too many")


def test_all_volumes_of_an_image_must_have_room(home, launch, quotas, refused):
    one, two = launch(), launch(BlockDeviceMappings=DATA)
    quotas.pending_snapshots = 2
    create(home, one, "of one volume")
    with refused("PendingSnapshotLimitExceeded"):
        create(home, two, "of two volumes")
    home.create_image(InstanceId=two, Name="of one of two", BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "NoDevice": ""}])


def test_a_refused_image_leaves_nothing(home, launch, quotas, refused):
    quotas.pending_snapshots = 0
    instance = launch()
    with refused("PendingSnapshotLimitExceeded"):
        home.create_image(InstanceId=instance, Name="refused")
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == home.describe_images(Owners=["self"])["Images"] == []
    assert home.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]["InstanceState"]["Name"] == "running"


def test_five_snapshots_of_a_volume_at_once(sandbox, home, volume, refused):
    busy = volume()
    for _ in range(5):
        home.create_snapshot(VolumeId=busy)
        sandbox.clock.run_for(sandbox.ec2.timing.snapshot_rate)
    with refused("ConcurrentSnapshotLimitExceeded"):
        home.create_snapshot(VolumeId=busy)
    home.create_snapshot(VolumeId=volume())


def test_one_snapshot_of_a_slow_volume_at_once(sandbox, home, launch, refused):
    instance = launch(BlockDeviceMappings=DATA)
    home.create_snapshot(VolumeId=volumes_of(home, instance)[1])
    sandbox.clock.run_for(sandbox.ec2.timing.snapshot_rate)
    with refused("ConcurrentSnapshotLimitExceeded"):
        create(home, instance, "too soon")


def test_snapshots_in_error_hold_their_volumes_room_until_they_are_deleted(sandbox, home, launch, refused):
    instance = launch()
    sandbox.faults.fail_image(lambda _: True)
    for number in range(5):
        create(home, instance, f"image {number}")
        sandbox.clock.run_for(sandbox.ec2.timing.of_image(2**33))
    with refused("ConcurrentSnapshotLimitExceeded"):
        create(home, instance, "one more")
    wreck = home.describe_images(Owners=["self"])["Images"][0]
    home.deregister_image(ImageId=wreck["ImageId"])
    home.delete_snapshot(SnapshotId=wreck["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])
    assert create(home, instance, "one more")


def test_snapshots_in_a_region(home, volume, quotas, refused):
    full = volume()
    home.create_snapshot(VolumeId=full)
    quotas.snapshots = 1
    with refused("SnapshotLimitExceeded"):
        home.create_snapshot(VolumeId=volume())


def test_copies_of_snapshots_count_in_their_region(take, copy, quotas, refused):
    image = take()
    quotas.snapshots = 0
    with refused("SnapshotLimitExceeded"):
        copy(image)


def test_images_in_a_region_count_in_whatever_state_and_in_the_recycle_bin(sandbox, home, launch, take, refused):
    home.disable_image(ImageId=take("disabled"))
    create(home, launch(), "pending")
    sandbox.ec2.retention = lambda *_: timedelta(days=7)
    home.deregister_image(ImageId=take("in the bin"))
    sandbox.ec2.quotas.images = 3
    with refused("ResourceLimitExceeded"):
        create(home, launch(), "one too many")


def test_images_copied_at_once(take, copy, quotas, refused):
    image = take()
    quotas.image_copies = 2
    copy(image, "first copy")
    copy(image, "second copy")
    with refused("ResourceLimitExceeded"):
        copy(image, "third copy")


def test_images_being_copied_leave_no_room_for_copies_of_snapshots_but_for_one_another(
    sandbox, home, recovery, take, copy, image_of, refused
):
    image = take()
    snapshot = image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    for number in range(19):
        copy(image, f"copy {number}")
    recovery.copy_snapshot(SourceRegion="ap-south-1", SourceSnapshotId=snapshot)
    with refused("ResourceLimitExceeded"):
        recovery.copy_snapshot(SourceRegion="ap-south-1", SourceSnapshotId=snapshot)
    copy(image, "copy 19")
    sandbox.clock.run_for(timedelta(hours=1))
    recovery.copy_snapshot(SourceRegion="ap-south-1", SourceSnapshotId=snapshot)


def test_public_images(home, take, launch, quotas, refused):
    first, second = take("first image"), take("second image")
    quotas.public_images = 1
    home.disable_image_block_public_access()
    public = {"Add": [{"Group": "all"}]}
    home.modify_image_attribute(ImageId=first, LaunchPermission=public)
    with refused("ResourceLimitExceeded"):
        home.modify_image_attribute(ImageId=second, LaunchPermission=public)
    home.modify_image_attribute(ImageId=first, LaunchPermission={"Remove": [{"Group": "all"}]})
    home.modify_image_attribute(ImageId=second, LaunchPermission=public)


def test_an_image_is_shared_with_1000_at_most(home, take, refused):
    image, users = take(), [{"UserId": f"{number:012}"} for number in range(1001)]
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": users[:1000]})
    with refused("ResourceLimitExceeded"):
        home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": users[1000:]})


def test_1000_resources_are_tagged_at_once(home, refused):
    ids = [f"i-{number:017x}" for number in range(1001)]
    with refused("InvalidParameterValue"):
        home.create_tags(Resources=ids, Tags=[{"Key": "Team", "Value": "a"}])


def test_50_tags_on_a_resource(home, launch, refused):
    instance = launch(tags={f"key {number}": "" for number in range(50)})
    with refused("TagLimitExceeded"):
        home.create_tags(Resources=[instance], Tags=[{"Key": "key 50", "Value": ""}])


def test_service_quotas_tells_them(sandbox, quotas, refused):
    client = sandbox.client("service-quotas", "eu-west-1")
    quotas.pending_snapshots = 7
    [pending, throughput] = [client.get_service_quota(ServiceCode="ebs", QuotaCode=code)["Quota"] for code in ("L-94D7AB7D", "L-E137849C")]
    assert (pending["QuotaName"], pending["Value"], pending["Adjustable"]) == ("Pending snapshots per account", 7.0, False)
    assert throughput["Value"] == 2000.0
    assert client.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["QuotaName"] == "VPCs per Region"
    for service, code in (("ebs", "L-00000000"), ("vpc", "L-00000000"), ("s3", "L-94D7AB7D")):
        with refused("NoSuchResourceException"):
            client.get_service_quota(ServiceCode=service, QuotaCode=code)
