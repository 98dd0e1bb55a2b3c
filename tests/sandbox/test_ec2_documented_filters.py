"""EC2 API reference: every filter that DescribeImages, DescribeSnapshots, DescribeVolumes and their kin document, and what it finds."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from botocore.session import get_session

pytestmark = pytest.mark.facts("1.11")

HOUR = timedelta(hours=1)


class Listed(HTMLParser):
    """The first code in each item of the outermost list."""

    def __init__(self):
        super().__init__()
        self.depth, self.open, self.names = 0, False, []

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "ul"
        if tag == "li" and self.depth == 1:
            self.names.append("")
        self.open = tag == "code" and self.depth == 1 and self.names[-1] == ""

    def handle_endtag(self, tag):
        self.depth -= tag == "ul"

    def handle_data(self, data):
        if self.open and data.strip():
            self.names[-1], self.open = data.strip(), False


def documented(operation):
    """The filters that the service model's documentation lists."""
    listed = Listed()
    listed.feed(get_session().get_service_model("ec2").operation_model(operation).input_shape.members["Filters"].documentation)
    return ["tag:any" if name.startswith("tag:") or name == "tag" else name for name in listed.names]


@pytest.mark.parametrize(
    ("operation", "call", "number"),
    [
        ("DescribeImages", "describe_images", 53),
        ("DescribeSnapshots", "describe_snapshots", 14),
        ("DescribeVolumes", "describe_volumes", 20),
        ("DescribeVolumesModifications", "describe_volumes_modifications", 11),
        ("DescribeSnapshotTierStatus", "describe_snapshot_tier_status", 3),
        ("DescribeLockedSnapshots", "describe_locked_snapshots", 1),
    ],
)
def test_every_documented_filter_is_known_and_no_other(home, take, refused, operation, call, number):
    take()
    names = documented(operation)
    assert len(names) == number
    for name in names:
        assert "NextToken" not in getattr(home, call)(Filters=[{"Name": name, "Values": ["no such value"]}])
    with refused("InvalidParameterValue"):
        getattr(home, call)(Filters=[{"Name": "no-such-filter", "Values": ["any"]}])


@pytest.fixture
def images(sandbox, home, launch, take):
    """Four images, by what they are: of a server with a data volume, of a Windows server, registered, and failed."""
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 125, "VolumeType": "st1", "Encrypted": True, "DeleteOnTermination": False}}
    of_web, of_windows = launch(BlockDeviceMappings=[data]), launch("ami-0windows")
    web = take("web", instance=of_web, Description="the site", tags={"Name": "web"})
    windows = take("windows", instance=of_windows)
    snapshot = home.describe_images(ImageIds=[web])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    root = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}
    said = {"Architecture": "arm64", "KernelId": "aki-1", "RamdiskId": "ari-1"}
    old = home.register_image(Name="old", RootDeviceName="/dev/sda1", BlockDeviceMappings=[root], **said)["ImageId"]
    sandbox.faults.fail_image(lambda image: image.name == "failed", "Out of luck.")
    failed = take("failed", instance=of_windows)
    return {"web": web, "windows": windows, "old": old, "failed": failed, "snapshot": snapshot, "of_web": of_web}


IMAGES = [
    ("architecture", "arm64", "old"),
    ("block-device-mapping.delete-on-termination", "false", "web"),
    ("block-device-mapping.device-name", "/dev/sdf", "web"),
    ("block-device-mapping.encrypted", "true", "web"),
    ("block-device-mapping.snapshot-id", "{snapshot}", "web old"),
    ("block-device-mapping.volume-size", "125", "web"),
    ("block-device-mapping.volume-type", "st1", "web"),
    ("boot-mode", "*", ""),
    ("creation-date", "2027-03-01T*", "web windows old failed"),
    ("description", "the *", "web"),
    ("ena-support", "false", "old"),
    ("free-tier-eligible", "true", ""),
    ("free-tier-eligible", "false", "web windows old failed"),
    ("hypervisor", "xen", "web windows old failed"),
    ("image-allowed", "*", ""),
    ("image-id", "{old}", "old"),
    ("image-type", "machine", "web windows old failed"),
    ("is-public", "true", ""),
    ("kernel-id", "aki-1", "old"),
    ("manifest-location", "123456789012/web", "web"),
    ("name", "w*", "web windows"),
    ("owner-alias", "amazon", ""),
    ("owner-id", "123456789012", "web windows old failed"),
    ("platform", "windows", "windows failed"),
    ("ramdisk-id", "ari-1", "old"),
    ("root-device-name", "/dev/xvda", "web"),
    ("root-device-type", "ebs", "web windows old failed"),
    ("source-image-id", "ami-0windows", "windows failed"),
    ("source-image-region", "ap-south-1", "web windows failed"),
    ("source-instance-id", "{of_web}", "web"),
    ("sriov-net-support", "simple", ""),
    ("state", "failed", "failed"),
    ("state-reason-code", "Client.*", "failed"),
    ("state-reason-message", "Out of luck.", "failed"),
    ("tag:Name", "web", "web"),
    ("tag-key", "Name", "web"),
    ("virtualization-type", "paravirtual", "old"),
    ("scan-result.finding-scan-date", "*", ""),
    ("image-watermark.watermark-key", "*", ""),
]


def test_what_filters_of_images_find(home, images):
    names = {key: name for name, key in images.items()}
    for name, value, expected in IMAGES:
        answer = home.describe_images(Owners=["self"], Filters=[{"Name": name, "Values": [value.format(**images)]}])
        assert sorted(names[image["ImageId"]] for image in answer["Images"]) == sorted(expected.split()), name


def members(shape):
    """The fields that the service model gives a shape."""
    return set(get_session().get_service_model("ec2").shape_for(shape).members)


OF_NO_IMAGE = {
    *("ImageAllowed", "ImageWatermarks", "InstanceTypeSpecification"),
    *("ProductCodes", "PublicSsmParameterName", "ScanResults"),
}
"""They come with the account's setting for allowed images, watermarks, products and scans; and no public parameter names one of these images."""


def test_every_documented_field_of_an_image_is_shown_but_those_that_no_image_has(sandbox, home, images, launch):
    root = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": images["snapshot"]}}
    said = {"BootMode": "uefi", "TpmSupport": "v2.0", "ImdsSupport": "v2.0", "SriovNetSupport": "simple", "VirtualizationType": "hvm"}
    home.register_image(
        Name="modern", RootDeviceName="/dev/sda1", BlockDeviceMappings=[root], Architecture="x86_64", EnaSupport=True, **said
    )
    launch(images["web"])
    home.enable_image_deprecation(ImageId=images["web"], DeprecateAt=sandbox.clock.now() + HOUR)
    sandbox.clock.run_for(timedelta(days=2))
    shown = {name for image in home.describe_images()["Images"] for name in image}
    assert shown == members("Image") - OF_NO_IMAGE


@pytest.fixture
def snapshots(sandbox, home, recovery, take, launch):
    """Three snapshots in the recovery region, by what they are: copied, copied in time under a key, and pending."""
    source = take()
    snapshot = home.describe_images(ImageIds=[source])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    asked = {"SourceRegion": "ap-south-1", "SourceSnapshotId": snapshot}
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "disk"}]}]
    copied = recovery.copy_snapshot(Description="a copy", TagSpecifications=tags, **asked)["SnapshotId"]
    timed = recovery.copy_snapshot(Encrypted=True, CompletionDurationMinutes=15, **asked)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    recovery.modify_snapshot_attribute(SnapshotId=copied, CreateVolumePermission={"Add": [{"UserId": "210987654321"}]})
    volume = recovery.create_volume(AvailabilityZone="eu-west-1a", Size=30)["VolumeId"]
    sandbox.clock.run_for(timedelta(minutes=1))
    pending = recovery.create_snapshot(VolumeId=volume)["SnapshotId"]
    sandbox.clock.run_for(timedelta(seconds=3))
    return {"copied": copied, "timed": timed, "pending": pending, "volume": volume}


SNAPSHOTS = [
    ("description", "a *", "copied"),
    ("encrypted", "true", "timed"),
    ("owner-alias", "amazon", ""),
    ("owner-id", "123456789012", "copied timed pending"),
    ("progress", "0%", "pending"),
    ("snapshot-id", "{timed}", "timed"),
    ("start-time", "2027-03-01T*", "copied timed pending"),
    ("status", "completed", "copied timed"),
    ("storage-tier", "standard", "copied timed pending"),
    ("tag:Name", "disk", "copied"),
    ("tag-key", "Name", "copied"),
    ("transfer-type", "time-based", "timed"),
    ("transfer-type", "standard", "copied"),
    ("volume-id", "vol-ffffffff", "copied timed"),
    ("volume-id", "{volume}", "pending"),
    ("volume-size", "30", "pending"),
]


def test_what_filters_of_snapshots_find(recovery, snapshots):
    names = {key: name for name, key in snapshots.items()}
    for name, value, expected in SNAPSHOTS:
        answer = recovery.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": name, "Values": [value.format(**snapshots)]}])
        assert sorted(names[each["SnapshotId"]] for each in answer["Snapshots"]) == sorted(expected.split()), name


def test_snapshots_by_owner_and_by_who_may_restore_them(recovery, snapshots):
    names = {key: name for name, key in snapshots.items()}

    def by(**parameters):
        found = recovery.describe_snapshots(**parameters)["Snapshots"]
        return sorted(names.get(each["SnapshotId"], each.get("OwnerAlias")) for each in found)

    mine = ["copied", "pending", "timed"]
    assert by(RestorableByUserIds=["210987654321"]) == ["copied"]
    assert by(RestorableByUserIds=["self"]) == by(OwnerIds=["self"]) == by(OwnerIds=["123456789012"]) == mine
    assert set(by(RestorableByUserIds=["all"])) == set(by(OwnerIds=["amazon"])) == {"amazon"}
    assert set(by()) == {*mine, "amazon"}
    assert by(OwnerIds=["210987654321"]) == []


def test_the_fields_of_a_snapshot(recovery, snapshots):
    shown = {each["SnapshotId"]: each for each in recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    timed, pending = shown[snapshots["timed"]], shown[snapshots["pending"]]
    assert timed["DataEncryptionKeyId"]
    assert timed["KmsKeyId"].startswith("arn:aws:kms:eu-west-1:")
    assert timed["CompletionTime"] - timed["StartTime"] == timedelta(minutes=15)
    assert not {"CompletionTime", "FullSnapshotSizeInBytes", "TransferType", "KmsKeyId", "DataEncryptionKeyId"} & set(pending)


OF_NO_SNAPSHOT = {"AssociatedKmsKeys", "AvailabilityZone", "OutpostArn", "SseType"}


def test_every_documented_field_of_a_snapshot_is_shown_but_those_that_no_snapshot_has(sandbox, recovery, snapshots):
    source = sandbox.client("ec2", "ap-south-1").describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]
    recovery.copy_snapshot(SourceRegion="ap-south-1", SourceSnapshotId=source, Encrypted=True, KmsKeyId="alias/nobodys")
    recovery.modify_snapshot_tier(SnapshotId=snapshots["copied"], StorageTier="archive")
    sandbox.clock.run_for(sandbox.ec2.timing.archive)
    recovery.restore_snapshot_tier(SnapshotId=snapshots["copied"], TemporaryRestoreDays=5)
    sandbox.clock.run_for(timedelta(days=4))
    shown = {name for each in recovery.describe_snapshots()["Snapshots"] for name in each}
    assert shown == members("Snapshot") - OF_NO_SNAPSHOT


@pytest.mark.facts("11.1")
def test_snapshots_come_in_pages(recovery, home, launch, sandbox):
    for _ in range(7):
        launch()
    for volume in home.describe_volumes()["Volumes"]:
        home.create_snapshot(VolumeId=volume["VolumeId"])
    sandbox.clock.run_for(timedelta(seconds=3))
    pages = home.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], PaginationConfig={"PageSize": 5})
    assert [len(page["Snapshots"]) for page in pages] == [5, 2]


@pytest.fixture
def volumes(sandbox, home, launch):
    """A root volume, an encrypted one beside it, and one of a snapshot that is being made."""
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 125, "VolumeType": "st1", "Encrypted": True, "DeleteOnTermination": False}}
    instance = launch(BlockDeviceMappings=[data], Placement={"AvailabilityZone": "ap-south-1a"})
    root, more = (each["VolumeId"] for each in sorted(home.describe_volumes()["Volumes"], key=lambda volume: volume["Size"]))
    snapshot = home.create_snapshot(VolumeId=root)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "new"}]}]
    new = home.create_volume(AvailabilityZone="ap-south-1b", SnapshotId=snapshot, TagSpecifications=tags)["VolumeId"]
    return {"root": root, "more": more, "new": new, "instance": instance, "snapshot": snapshot}


VOLUMES = [
    ("attachment.attach-time", "2027-03-01T12:*", "root more"),
    ("attachment.delete-on-termination", "false", "more"),
    ("attachment.device", "/dev/sdf", "more"),
    ("attachment.instance-id", "{instance}", "root more"),
    ("attachment.status", "attached", "root more"),
    ("availability-zone", "ap-south-1b", "new"),
    ("create-time", "2027-03-01T12:00*", "root more"),
    ("encrypted", "true", "more"),
    ("fast-restored", "true", ""),
    ("multi-attach-enabled", "false", "root more new"),
    ("operator.managed", "false", "root more new"),
    ("operator.principal", "*", ""),
    ("size", "8", "root new"),
    ("snapshot-id", "{snapshot}", "new"),
    ("status", "creating", "new"),
    ("tag:Name", "n*", "new"),
    ("tag-key", "Name", "new"),
    ("volume-id", "{more}", "more"),
    ("volume-type", "st1", "more"),
]


@pytest.mark.facts("11.1")
def test_what_filters_of_volumes_find(home, volumes):
    names = {key: name for name, key in volumes.items()}
    for name, value, expected in VOLUMES:
        answer = home.describe_volumes(Filters=[{"Name": name, "Values": [value.format(**volumes)]}])
        assert sorted(names[each["VolumeId"]] for each in answer["Volumes"]) == sorted(expected.split()), name
