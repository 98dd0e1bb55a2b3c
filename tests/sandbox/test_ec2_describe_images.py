"""EC2 API reference: DescribeImages, DescribeSnapshots, DescribeVolumes."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("1.11")
HOUR = timedelta(hours=1)


def by(client, name, *values, **parameters):
    answer = client.describe_images(Owners=["self"], Filters=[{"Name": name, "Values": list(values)}], **parameters)
    return [image["ImageId"] for image in answer["Images"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "nightkeep/nightly/*"),
        ("name", "nightkeep/nightly/i-1"),
        ("state", "available"),
        ("tag:nightkeep:slot", "20270301T0130Z"),
        ("tag-key", "nightkeep:*"),
        ("creation-date", "2027-03-01T*"),
        ("is-public", "false"),
        ("owner-id", "123456789012"),
        ("root-device-type", "ebs"),
        ("block-device-mapping.encrypted", "false"),
    ],
)
def test_filters(home, launch, take, name, value):
    image = take(name="nightkeep/nightly/i-1", tags={"nightkeep:slot": "20270301T0130Z"})
    assert by(home, name, value) == [image]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Nightkeep/*"),
        ("state", "pending"),
        ("tag:nightkeep:slot", "2027"),
        ("creation-date", "2027-03-02*"),
        ("is-public", "true"),
        ("source-instance-id", "i-0123456789abcdef0"),
        ("image-id", "ami-0123456789abcdef0"),
    ],
)
def test_filters_that_nothing_passes(home, take, name, value):
    take(name="nightkeep/nightly/i-1", tags={"nightkeep:slot": "20270301T0130Z"})
    assert by(home, name, value) == []


def test_images_of_an_instance(home, launch, take):
    one, other = launch(), launch()
    image = take(name="one", instance=one)
    take(name="other", instance=other)
    assert by(home, "source-instance-id", one) == [image]


def test_images_of_a_snapshot(home, take, image_of):
    image = take()
    take(name="another")
    snapshot = image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert by(home, "block-device-mapping.snapshot-id", snapshot) == [image]


def test_copies_of_an_image(sandbox, recovery, take, copy):
    source = take()
    image = copy(source)
    sandbox.clock.run_for(HOUR)
    assert by(recovery, "source-image-id", source) == [image]
    assert by(recovery, "source-image-region", "ap-south-1") == [image]


def test_a_missing_id_fails_the_whole_describe(home, take, refused):
    with refused("InvalidAMIID.NotFound"):
        home.describe_images(ImageIds=[take(), "ami-0123456789abcdef0"])


def test_a_missing_id_in_a_filter_is_just_not_found(home, take):
    image = take()
    assert by(home, "image-id", image, "ami-0123456789abcdef0") == [image]


def test_200_filter_values_at_most(home, refused):
    with refused("FilterLimitExceeded"):
        by(home, "image-id", *(f"ami-{number:017x}" for number in range(201)))


def test_a_new_image_is_shown_after_seconds_only(sandbox, home, launch, refused):
    """DescribeImages is eventually consistent."""
    image = home.create_image(InstanceId=launch(), Name="web")["ImageId"]
    assert by(home, "name", "web") == []
    with refused("InvalidAMIID.NotFound"):
        home.describe_images(ImageIds=[image])
    sandbox.clock.run_for(timedelta(seconds=3))
    assert home.describe_images(ImageIds=[image])["Images"][0]["Name"] == "web"
    assert by(home, "name", "web") == [image]


def test_the_lag_can_be_changed(sandbox, home, launch):
    sandbox.ec2.timing.visibility_lag = timedelta()
    image = home.create_image(InstanceId=launch(), Name="web")["ImageId"]
    assert by(home, "name", "web") == [image]


def test_disabled_images_are_hidden_unless_asked_for(home, take):
    image = take()
    home.disable_image(ImageId=image)
    assert by(home, "name", "an image") == []
    assert by(home, "name", "an image", IncludeDisabled=True) == [image]


def test_own_deprecated_images_are_always_shown(sandbox, home, take):
    image = take()
    home.enable_image_deprecation(ImageId=image, DeprecateAt=sandbox.clock.now() + HOUR)
    sandbox.clock.run_for(HOUR)
    assert by(home, "name", "an image", IncludeDeprecated=False) == [image]


def test_amazons_images_are_not_the_accounts(home, take):
    image = take()
    assert [each["ImageId"] for each in home.describe_images(Owners=["self"])["Images"]] == [image]
    assert "ami-0linux" in [each["ImageId"] for each in home.describe_images(Owners=["amazon"])["Images"]]
    assert home.describe_images(Owners=["210987654321"])["Images"] == []


def test_a_public_image_says_its_root(home, image_of):
    assert image_of(home, "ami-0instancestore")["RootDeviceType"] == "instance-store"
    assert image_of(home, "ami-0windows")["Platform"] == "windows"


def test_pages_do_not_shift_while_images_come(sandbox, home, take, launch):
    instance = launch()
    for number in range(7):
        take(name=f"image {number}", instance=instance)
    first = home.describe_images(Owners=["self"], MaxResults=5)
    home.create_image(InstanceId=instance, Name="image 7", NoReboot=True)
    sandbox.clock.run_for(timedelta(minutes=1))
    assert len(home.describe_images(Owners=["self"])["Images"]) == 8
    second = home.describe_images(Owners=["self"], MaxResults=5, NextToken=first["NextToken"])
    names = [image["Name"] for page in (first, second) for image in page["Images"]]
    assert sorted(names) == [f"image {number}" for number in range(7)]
    assert "NextToken" not in second


def test_a_token_can_be_used_again(home, take):
    for number in range(6):
        take(name=f"image {number}")
    token = home.describe_images(Owners=["self"], MaxResults=5)["NextToken"]
    answers = [home.describe_images(Owners=["self"], MaxResults=5, NextToken=token)["Images"] for _ in range(2)]
    assert answers[0] == answers[1] != []


def test_a_token_is_for_the_same_call_and_ends_after_an_hour(sandbox, home, recovery, take, refused):
    for number in range(6):
        take(name=f"image {number}")
    asked = {"Owners": ["self"], "Filters": [{"Name": "name", "Values": ["image*"]}]}
    began, token = sandbox.clock.now(), home.describe_images(**asked, MaxResults=5)["NextToken"]
    others = [
        lambda: recovery.describe_images(**asked, MaxResults=5, NextToken=token),
        lambda: home.describe_instances(MaxResults=5, NextToken=token),
        lambda: home.describe_images(**asked, IncludeDisabled=True, MaxResults=5, NextToken=token),
        lambda: home.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": ["*"]}], MaxResults=5, NextToken=token),
    ]
    for other in others:
        with refused("InvalidNextToken"):
            other()
    sandbox.clock.run_until(began + timedelta(minutes=59))
    assert len(home.describe_images(**asked, MaxResults=100, NextToken=token)["Images"]) == 1
    sandbox.clock.run_until(began + timedelta(hours=1))
    with refused("InvalidNextToken"):
        home.describe_images(**asked, MaxResults=5, NextToken=token)


@pytest.mark.parametrize("token", ["x", "xxxxx", "!!", "\u00e9", "MTow", "OTk5OjA=", "/w=="])
def test_what_is_no_token_is_refused_and_recorded(sandbox, home, refused, token):
    with refused("InvalidNextToken"):
        home.describe_images(Owners=["self"], MaxResults=5, NextToken=token)
    assert [(call.operation, call.error_code) for call in sandbox.gateway.calls] == [("DescribeImages", "InvalidNextToken")]


def test_pages_by_id_go_on_when_one_of_the_images_is_gone(sandbox, home, take, launch):
    images = [take(name=f"image {number}") for number in range(7)]
    home.run_instances(ImageId=images[0], MinCount=1, MaxCount=1)
    first = home.describe_images(ImageIds=images, MaxResults=5)
    home.deregister_image(ImageId=images[0])
    sandbox.clock.run_for(timedelta(minutes=5))
    second = home.describe_images(ImageIds=images, MaxResults=5, NextToken=first["NextToken"])
    assert {each["ImageId"] for each in first["Images"] + second["Images"]} >= set(images[1:])


def test_a_snapshot_is_pending_then_completed(sandbox, home, launch, refused):
    home.create_image(InstanceId=launch(), Name="web")
    began = sandbox.clock.now()
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    [snapshot] = sandbox.ec2.store.region("ap-south-1").snapshots
    with refused("InvalidSnapshot.NotFound"):
        home.describe_snapshots(SnapshotIds=[snapshot])
    sandbox.clock.run_for(timedelta(seconds=3))
    pending = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (pending["State"], pending["Progress"], pending["StartTime"]) == ("pending", "0%", began)
    assert "CompletionTime" not in pending
    sandbox.clock.run_for(HOUR)
    completed = home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]
    assert (completed["State"], completed["Progress"], completed["VolumeSize"]) == ("completed", "100%", 8)
    assert completed["CompletionTime"] > completed["StartTime"]
    assert 0 < completed["FullSnapshotSizeInBytes"] < 8 * 2**30


@pytest.mark.parametrize(("name", "value"), [("status", "completed"), ("description", "Created by CreateImage(*"), ("tag-key", "Name")])
def test_filters_of_snapshots(home, take, name, value):
    take(TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "disk"}]}])
    assert len(home.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": name, "Values": [value]}])["Snapshots"]) == 1


def test_snapshots_of_a_volume(home, launch, take):
    take(instance=launch())
    volume = home.describe_volumes()["Volumes"][0]["VolumeId"]
    take(name="of another")
    assert len(home.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [volume]}])["Snapshots"]) == 1


def test_snapshots_of_nobody_else(home, take):
    take()
    assert home.describe_snapshots(OwnerIds=["210987654321"])["Snapshots"] == []


def test_a_missing_snapshot_id(home, refused):
    with refused("InvalidSnapshot.NotFound"):
        home.describe_snapshots(SnapshotIds=["snap-0123456789abcdef0"])


def test_volumes_come_in_pages(home):
    home.run_instances(ImageId="ami-0linux", MinCount=7, MaxCount=7)
    pages = home.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["Volumes"]) for page in pages] == [5, 2]


def test_a_missing_volume_id(home, refused):
    with refused("InvalidVolume.NotFound"):
        home.describe_volumes(VolumeIds=["vol-0123456789abcdef0"])
