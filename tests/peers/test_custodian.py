"""Cloud Custodian, as it comes from PyPI, on the sandbox: what it does ends as AWS documents it."""

from datetime import timedelta

import pytest


@pytest.mark.facts("1.3")
def test_copies(remote, recovery, custodian, launch, take, snapshots_of):
    [image] = take(launch(), "web")
    copying = {"type": "copy", "region": "eu-west-1", "encrypt": True, "key-id": "alias/aws/ebs"}
    assert custodian(actions=[copying]) == {image}
    remote.run_for(timedelta(hours=1))
    [copy] = copies(recovery, image)
    assert (copy["State"], copy["Name"], copy["Description"]) == ("available", "test_copies web", "web")
    assert copy["SourceImageRegion"] == "ap-south-1"
    assert {mapping["Ebs"]["Encrypted"] for mapping in copy["BlockDeviceMappings"]} == {True}
    assert not copy.get("Tags")  # it does not ask for them, and AWS copies none unasked
    [snapshot] = recovery.describe_snapshots(SnapshotIds=snapshots_of(copy))["Snapshots"]
    assert (snapshot["State"], snapshot["Encrypted"]) == ("completed", True)
    # its second run has no token by which AWS would know the first: the name is taken
    assert custodian(actions=[copying], fails="InvalidAMIName.Duplicate") == {image}
    custodian(actions=[{"type": "copy", "region": "eu-west-1", "name": "in the clear"}])
    remote.run_for(timedelta(hours=1))
    encrypted = {one["Name"]: one["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] for one in copies(recovery, image)}
    assert encrypted == {"test_copies web": True, "in the clear": False}


def copies(client, image):
    return client.describe_images(Filters=[{"Name": "source-image-id", "Values": [image]}])["Images"]


@pytest.mark.facts("1.6", "1.11")
def test_sees_disabled_images_only_when_it_asks(home, custodian, launch, take):
    shown, hidden = take(launch(), "shown", "hidden")
    home.disable_image(ImageId=hidden)
    assert custodian() == {shown}
    assert custodian({"State": "disabled"}, query=[{"IncludeDisabled": True}]) == {hidden}


@pytest.mark.facts("1.11")
def test_filters_by_age_and_use(remote, custodian, launch, take):
    source = launch()
    old, used = take(source, "old", "used")
    launch(used)
    remote.run_for(timedelta(days=35))
    [fresh] = take(source, "fresh")
    assert custodian({"type": "image-age", "days": 30, "op": "ge"}) == {old, used}
    assert custodian({"type": "unused", "value": True}) == {old, fresh}
    assert custodian({"type": "unused", "value": False}) == {used}


@pytest.mark.facts("1.7", "1.10")
def test_deprecates_shares_and_marks(home, custodian, launch, take, image_of):
    [image] = take(launch(), "web")
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    sharing = {"type": "set-permissions", "remove": ["111122223333"], "add": ["444455556666"]}
    marking = {"type": "mark-for-op", "op": "deregister", "days": 4}
    assert custodian({"type": "cross-account"}, actions=[sharing, marking, {"type": "set-deprecation", "age": 3000}]) == {image}
    assert permissions(home, image) == [{"UserId": "444455556666"}]
    found = image_of(home, image)
    assert found["DeprecationTime"] > "2034"
    assert {tag["Key"] for tag in found["Tags"]} == {"kept-by", "maid_status"}
    custodian(actions=["remove-launch-permissions", "set-deprecation"])
    assert permissions(home, image) == []
    assert "DeprecationTime" not in image_of(home, image)


def permissions(client, image):
    return client.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"]


@pytest.mark.facts("1.8", "1.9", "2.2")
def test_deregisters(remote, home, custodian, launch, take, image_of, snapshots_of):
    images = take(launch(), "first", "second")
    snapshots = {snapshot for image in images for snapshot in snapshots_of(image_of(home, image))}
    for kind in ("EC2_IMAGE", "EBS_SNAPSHOT"):
        period = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
        remote.client("rbin", "ap-south-1").create_rule(ResourceType=kind, RetentionPeriod=period)
    remote.run_for(timedelta(hours=1))
    removing = {"type": "deregister", "delete-snapshots": True}
    home.enable_image_deregistration_protection(ImageId=images[1])
    custodian({"ImageId": images[1]}, actions=[removing], fails="OperationNotPermitted) when calling the DeregisterImage operation")
    assert image_of(home, images[1])["State"] == "available"
    home.disable_image_deregistration_protection(ImageId=images[1])
    assert custodian(actions=[removing]) == set(images)
    remote.run_for(timedelta(minutes=1))
    assert [image_of(home, image) for image in images] == [None, None]
    assert {one["ImageId"] for one in home.list_images_in_recycle_bin()["Images"]} >= set(images)
    assert {one["SnapshotId"] for one in home.list_snapshots_in_recycle_bin()["Snapshots"]} >= snapshots
