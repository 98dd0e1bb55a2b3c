"""EC2 API reference: DeregisterImage, DisableImage, EnableImage, deprecation, deregistration protection, image attributes, DeleteSnapshot."""

from datetime import UTC, datetime, timedelta

import pytest

DAY, LAG = timedelta(days=1), timedelta(seconds=3)
USER = {"UserId": "210987654321"}


def snapshots_of(image):
    return [mapping["Ebs"]["SnapshotId"] for mapping in image["BlockDeviceMappings"]]


def permissions(client, image):
    return client.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"]


@pytest.mark.facts("1.9")
def test_a_deregistered_image_is_gone_and_its_snapshots_stay(sandbox, home, take, image_of, refused):
    image = take()
    home.deregister_image(ImageId=image)
    sandbox.clock.run_for(LAG)
    with refused("InvalidAMIID.NotFound"):
        home.describe_images(ImageIds=[image])
    assert len(home.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 1


@pytest.mark.facts("1.9")
def test_a_deregistered_image_is_shown_as_such_for_some_seconds(sandbox, home, take):
    image = take(name="web", tags={"Name": "web"})
    home.deregister_image(ImageId=image)
    by_tag = {"Owners": ["self"], "Filters": [{"Name": "tag:Name", "Values": ["web"]}]}
    assert [(each["ImageId"], each["State"]) for each in home.describe_images(**by_tag)["Images"]] == [(image, "deregistered")]
    assert home.describe_images(ImageIds=[image])["Images"][0]["State"] == "deregistered"
    sandbox.clock.run_for(LAG)
    assert home.describe_images(**by_tag)["Images"] == []


@pytest.mark.facts("1.9")
def test_the_id_of_a_deregistered_image_is_no_error_while_an_instance_runs_from_it(sandbox, home, take, refused):
    image = take()
    instance = home.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    home.deregister_image(ImageId=image)
    sandbox.clock.run_for(LAG)
    other = take(name="another")
    assert home.describe_images(ImageIds=[image])["Images"] == []
    assert [each["ImageId"] for each in home.describe_images(ImageIds=[image, other])["Images"]] == [other]
    home.terminate_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    with refused("InvalidAMIID.NotFound"):
        home.describe_images(ImageIds=[image])


@pytest.mark.facts("4.4")
def test_an_image_is_deregistered_once(sandbox, home, take, refused):
    image = take()
    home.deregister_image(ImageId=image)
    with refused("InvalidAMIID.Unavailable"):
        home.deregister_image(ImageId=image)
    sandbox.clock.run_for(LAG)
    with refused("InvalidAMIID.NotFound"):
        home.deregister_image(ImageId=image)


@pytest.mark.facts("1.9")
def test_a_deregistered_images_name_is_free_some_seconds_later(sandbox, home, take, refused):
    home.deregister_image(ImageId=take(name="web"))
    with refused("InvalidAMIName.Duplicate"):
        home.create_image(InstanceId=an_instance(home), Name="web")
    sandbox.clock.run_for(LAG)
    take(name="web")


def an_instance(home):
    """An instance that is there."""
    return home.describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]


@pytest.mark.facts("1.9")
def test_snapshots_go_with_the_image_if_asked(home, take, image_of):
    image = take()
    snapshots = snapshots_of(image_of(home, image))
    answer = home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": key, "ReturnCode": "success"} for key in snapshots]
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


@pytest.mark.facts("1.9")
def test_a_snapshot_that_another_image_uses_is_skipped(sandbox, home, launch, take, image_of):
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10}}
    image = take(instance=launch(BlockDeviceMappings=[data]))
    own, shared = snapshots_of(image_of(home, image))
    root = {"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": shared}}
    other = home.register_image(Name="another", RootDeviceName="/dev/sdf", BlockDeviceMappings=[root])["ImageId"]
    sandbox.clock.run_for(timedelta(hours=1))

    def results(image):
        answer = home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
        return {each["SnapshotId"]: each["ReturnCode"] for each in answer["DeleteSnapshotResults"]}

    assert results(image) == {own: "success", shared: "skipped"}
    assert [each["SnapshotId"] for each in home.describe_snapshots(OwnerIds=["self"])["Snapshots"]] == [shared]
    assert results(other) == {shared: "success"}


@pytest.mark.facts("1.9")
@pytest.mark.parametrize(("code", "result"), [("InternalError", "internal-error"), ("InvalidSnapshot.InUse", "client-error")])
def test_a_snapshot_whose_deletion_fails_stays_and_the_image_goes(sandbox, home, take, image_of, code, result):
    image = take()
    (snapshot,) = snapshots_of(image_of(home, image))
    status = 500 if code == "InternalError" else 400
    sandbox.faults.refuse("ec2", "DeleteSnapshot", "ap-south-1", code, status=status)
    answer = home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert (answer["Return"], answer["DeleteSnapshotResults"]) == (True, [{"SnapshotId": snapshot, "ReturnCode": result}])
    assert [each["SnapshotId"] for each in home.describe_snapshots(OwnerIds=["self"])["Snapshots"]] == [snapshot]


@pytest.mark.facts("1.9", "3.1")
def test_a_pending_image_can_be_deregistered(sandbox, home, launch, events_of):
    home.deregister_image(ImageId=home.create_image(InstanceId=launch(), Name="web")["ImageId"])
    sandbox.clock.run_for(DAY)
    assert [detail["State"] for _, detail in events_of("EC2 AMI State Change")] == ["deregistered"]


@pytest.mark.facts("1.9")
def test_a_snapshot_in_use_cannot_be_deleted(home, take, image_of, refused):
    image = take()
    snapshot = snapshots_of(image_of(home, image))[0]
    with refused("InvalidSnapshot.InUse") as caught:
        home.delete_snapshot(SnapshotId=snapshot)
    assert image in caught.value.response["Error"]["Message"]
    home.deregister_image(ImageId=image)
    home.delete_snapshot(SnapshotId=snapshot)
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


@pytest.mark.facts("1.16")
def test_a_snapshot_can_be_taken_of_a_volume(sandbox, home, launch):
    launch()
    volume = home.describe_volumes()["Volumes"][0]["VolumeId"]
    assert home.create_snapshot(VolumeId=volume)["State"] == "pending"
    sandbox.clock.run_for(DAY)
    assert home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["State"] == "completed"


@pytest.mark.facts("1.16")
def test_a_volume_gives_a_snapshot_every_15_seconds(home, launch, refused):
    launch()
    volume = home.describe_volumes()["Volumes"][0]["VolumeId"]
    home.create_snapshot(VolumeId=volume)
    with refused("SnapshotCreationPerVolumeRateExceeded"):
        home.create_snapshot(VolumeId=volume)


@pytest.mark.facts("1.6")
def test_disabling_takes_launch_permissions_for_good(home, take, image_of):
    image = take()
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [USER]})
    home.disable_image(ImageId=image)
    assert image_of(home, image, IncludeDisabled=True)["State"] == "disabled"
    home.enable_image(ImageId=image)
    assert image_of(home, image)["State"] == "available"
    assert permissions(home, image) == []


@pytest.mark.facts("1.6")
def test_a_disabled_image_cannot_be_launched(home, take, refused):
    image = take()
    home.disable_image(ImageId=image)
    with refused("InvalidAMIID.Unavailable"):
        home.run_instances(ImageId=image, MinCount=1, MaxCount=1)


@pytest.mark.facts("1.10")
def test_launch_permissions_are_added_and_removed(home, take):
    image = take()
    home.modify_image_attribute(ImageId=image, Attribute="launchPermission", OperationType="add", UserIds=["210987654321", "111111111111"])
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": [{"UserId": "111111111111"}]})
    assert permissions(home, image) == [USER]


@pytest.mark.facts("1.10")
def test_resetting_shares_with_nobody(home, take):
    image = take()
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    home.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    assert home.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == []


@pytest.mark.facts("1.10")
def test_a_group_makes_an_image_public(home, take, image_of):
    image = take()
    home.disable_image_block_public_access()
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    assert image_of(home, image)["Public"] is True


@pytest.mark.facts("1.10")
def test_a_malformed_account_is_refused(home, take, refused):
    with refused("InvalidAMIAttributeItemValue"):
        home.modify_image_attribute(ImageId=take(), LaunchPermission={"Add": [{"UserId": "mine"}]})


@pytest.mark.facts("1.7")
def test_deprecation_is_rounded_to_the_minute(home, take, image_of):
    image = take()
    home.enable_image_deprecation(ImageId=image, DeprecateAt=datetime(2027, 4, 1, 12, 0, 31, tzinfo=UTC))
    assert image_of(home, image)["DeprecationTime"] == "2027-04-01T12:01:00.000Z"
    home.disable_image_deprecation(ImageId=image)
    assert "DeprecationTime" not in image_of(home, image)


@pytest.mark.facts("1.7")
@pytest.mark.parametrize("days", [-1, 11 * 365])
def test_deprecation_in_the_past_or_too_far_off_is_refused(sandbox, home, take, refused, days):
    with refused("InvalidParameterValue"):
        home.enable_image_deprecation(ImageId=take(), DeprecateAt=sandbox.clock.now() + days * DAY)


@pytest.mark.facts("1.8")
def test_a_protected_image_cannot_be_deregistered(home, take, image_of, refused):
    image = take()
    home.enable_image_deregistration_protection(ImageId=image)
    assert image_of(home, image)["DeregistrationProtection"] == "enabled-without-cooldown"
    with refused("OperationNotPermitted"):
        home.deregister_image(ImageId=image)
    home.disable_image_deregistration_protection(ImageId=image)
    home.deregister_image(ImageId=image)


@pytest.mark.facts("1.8")
def test_protection_with_cooldown_lasts_a_day_longer(sandbox, home, take, image_of, refused):
    image = take()
    home.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)
    home.disable_image_deregistration_protection(ImageId=image)
    assert image_of(home, image)["DeregistrationProtection"].startswith("disabled after 2027-")
    with refused("OperationNotPermitted"):
        home.deregister_image(ImageId=image)
    sandbox.clock.run_for(DAY)
    assert image_of(home, image)["DeregistrationProtection"] == "disabled"
    home.deregister_image(ImageId=image)


@pytest.mark.facts("1.8")
@pytest.mark.parametrize("is_running", [False, True])
def test_a_cooldown_is_not_shaken_off_by_enabling_without(sandbox, home, take, refused, is_running):
    image = take()
    home.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)
    if is_running:
        home.disable_image_deregistration_protection(ImageId=image)
    home.enable_image_deregistration_protection(ImageId=image)
    home.disable_image_deregistration_protection(ImageId=image)
    sandbox.clock.run_for(timedelta(hours=23))
    with refused("OperationNotPermitted"):
        home.deregister_image(ImageId=image)
    sandbox.clock.run_for(timedelta(hours=1))
    home.enable_image_deregistration_protection(ImageId=image)
    home.disable_image_deregistration_protection(ImageId=image)
    home.deregister_image(ImageId=image)


@pytest.mark.facts("1.3")
def test_encryption_by_default_is_off(home):
    assert home.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
