"""EC2 API reference: LockSnapshot, UnlockSnapshot, DescribeLockedSnapshots; what snapshots are in the archive and out of it."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("1.15")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def image(take):
    return take()


@pytest.fixture
def lock(home, snapshot):
    def lock(mode="governance", **parameters):
        return home.lock_snapshot(SnapshotId=snapshot, LockMode=mode, **({"LockDuration": 7} | parameters))

    return lock


@pytest.fixture
def free(home, image):
    """The image's snapshot is in use no longer."""
    home.deregister_image(ImageId=image)


def state(client):
    return [each["LockState"] for each in client.describe_locked_snapshots()["Snapshots"]]


def test_governance_can_be_lifted(sandbox, home, snapshot, lock, free, refused):
    answer = lock()
    assert (answer["LockState"], answer["LockDuration"], answer["LockExpiresOn"]) == ("governance", 7, sandbox.clock.now() + 7 * DAY)
    with refused("OperationNotPermitted"):
        home.delete_snapshot(SnapshotId=snapshot)
    lock(LockDuration=1)
    home.unlock_snapshot(SnapshotId=snapshot)
    assert state(home) == []
    home.delete_snapshot(SnapshotId=snapshot)


def test_a_lock_expires(sandbox, home, snapshot, lock, free):
    lock("compliance")
    sandbox.clock.run_for(7 * DAY)
    assert state(home) == ["expired"]
    home.delete_snapshot(SnapshotId=snapshot)


def test_compliance_cools_off_and_can_only_be_extended_then(sandbox, home, snapshot, lock, refused):
    answer = lock("compliance", CoolOffPeriod=24)
    assert (answer["LockState"], answer["CoolOffPeriodExpiresOn"]) == ("compliance-cooloff", sandbox.clock.now() + DAY)
    home.unlock_snapshot(SnapshotId=snapshot)
    lock("compliance", CoolOffPeriod=24)
    sandbox.clock.run_for(DAY)
    assert state(home) == ["compliance"]
    for refusal in (
        lambda: home.unlock_snapshot(SnapshotId=snapshot),
        lambda: lock(LockDuration=100),
        lambda: lock("compliance", LockDuration=1),
    ):
        with refused("OperationNotPermitted"):
            refusal()
    assert lock("compliance", LockDuration=30)["LockExpiresOn"] == sandbox.clock.now() + 30 * DAY


def test_a_date_can_be_given(sandbox, home, snapshot):
    until = sandbox.clock.now() + 10 * DAY + HOUR
    answer = home.lock_snapshot(SnapshotId=snapshot, LockMode="governance", ExpirationDate=until)
    assert (answer["LockExpiresOn"], answer["LockDuration"]) == (until, 11)


def test_the_days_of_a_pending_snapshot_begin_when_it_completes(sandbox, home, launch):
    launch()
    pending = home.create_snapshot(VolumeId=home.describe_volumes()["Volumes"][0]["VolumeId"])["SnapshotId"]
    assert "LockExpiresOn" not in home.lock_snapshot(SnapshotId=pending, LockMode="governance", LockDuration=1)
    sandbox.clock.run_for(HOUR)
    completed = home.describe_snapshots(SnapshotIds=[pending])["Snapshots"][0]["CompletionTime"]
    [locked] = home.describe_locked_snapshots(SnapshotIds=[pending])["Snapshots"]
    assert (locked["LockDurationStartTime"], locked["LockExpiresOn"]) == (completed, completed + DAY)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"LockDuration": None}, "InvalidParameterCombination"),
        ({"ExpirationDate": "2027-04-01T00:00:00Z"}, "InvalidParameterCombination"),
        ({"LockDuration": 36_501}, "InvalidParameterValue"),
        ({"LockDuration": None, "ExpirationDate": "2027-02-01T00:00:00Z"}, "InvalidParameterValue"),
        ({"CoolOffPeriod": 1}, "InvalidParameterCombination"),
        ({"LockMode": "compliance", "CoolOffPeriod": 73}, "InvalidParameterValue"),
        ({"LockMode": "forever"}, "InvalidParameterValue"),
    ],
)
def test_locks_that_are_refused(home, snapshot, refused, parameters, code):
    asked = {"SnapshotId": snapshot, "LockMode": "governance", "LockDuration": 7} | parameters
    with refused(code):
        home.lock_snapshot(**{name: value for name, value in asked.items() if value is not None})
    assert state(home) == []


def test_what_is_not_locked_cannot_be_unlocked_and_what_is_made_cannot_be_locked(sandbox, home, snapshot, launch, image_of, refused):
    with refused("IncorrectState"):
        home.unlock_snapshot(SnapshotId=snapshot)
    made = home.create_image(InstanceId=launch(), Name="pending")["ImageId"]
    sandbox.clock.run_for(sandbox.ec2.timing.snapshots_shown)
    pending = image_of(home, made)
    with refused("IncorrectState"):
        home.lock_snapshot(SnapshotId=pending["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"], LockMode="governance", LockDuration=7)


def test_an_image_can_go_without_its_locked_snapshot(home, image, snapshot, lock):
    lock()
    answer = home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": snapshot, "ReturnCode": "client-error"}]
    assert state(home) == ["governance"]


def test_locks_are_filtered_by_state(home, lock):
    lock()

    def by(*states):
        return len(home.describe_locked_snapshots(Filters=[{"Name": "lock-state", "Values": list(states)}])["Snapshots"])

    assert (by("governance", "expired"), by("compliance")) == (1, 0)


@pytest.fixture
def archived(sandbox, home, image, snapshot):
    home.disable_image(ImageId=image)
    home.modify_snapshot_tier(SnapshotId=snapshot, StorageTier="archive")
    sandbox.clock.run_for(DAY)


def tier(client, snapshot):
    [shown] = client.describe_snapshot_tier_status(Filters=[{"Name": "snapshot-id", "Values": [snapshot]}])["SnapshotTierStatuses"]
    return shown["StorageTier"], shown.get("LastTieringOperationStatus")


def test_snapshots_are_archived_once_all_their_images_are_disabled(sandbox, home, image, snapshot, refused):
    assert tier(home, snapshot) == ("standard", None)
    with refused("IncorrectState"):
        home.modify_snapshot_tier(SnapshotId=snapshot, StorageTier="archive")
    home.disable_image(ImageId=image)
    home.modify_snapshot_tier(SnapshotId=snapshot, StorageTier="archive")
    assert tier(home, snapshot) == ("standard", "archival-in-progress")
    sandbox.clock.run_for(DAY)
    assert tier(home, snapshot) == ("archive", "archival-completed")
    assert home.describe_snapshots(Filters=[{"Name": "storage-tier", "Values": ["archive"]}])["Snapshots"][0]["SnapshotId"] == snapshot


@pytest.mark.facts("1.6")
def test_an_image_is_enabled_once_its_snapshots_are_back_for_good(sandbox, home, image, snapshot, archived, refused):
    with refused("IncorrectState"):
        home.enable_image(ImageId=image)
    home.restore_snapshot_tier(SnapshotId=snapshot, TemporaryRestoreDays=5)
    sandbox.clock.run_for(3 * DAY)
    assert tier(home, snapshot) == ("standard", "temporary-restore-completed")
    with refused("IncorrectState"):
        home.enable_image(ImageId=image)
    home.restore_snapshot_tier(SnapshotId=snapshot, PermanentRestore=True)
    assert tier(home, snapshot) == ("standard", "permanent-restore-completed")
    home.enable_image(ImageId=image)


def test_a_temporary_restore_ends(sandbox, home, snapshot, archived):
    assert home.restore_snapshot_tier(SnapshotId=snapshot, TemporaryRestoreDays=2)["IsPermanentRestore"] is False
    sandbox.clock.run_for(3 * DAY)
    shown = home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (shown["StorageTier"], shown["RestoreExpiryTime"]) == ("standard", sandbox.clock.now() + 2 * DAY)
    home.restore_snapshot_tier(SnapshotId=snapshot, TemporaryRestoreDays=4)
    sandbox.clock.run_for(3 * DAY)
    assert tier(home, snapshot)[0] == "standard"
    sandbox.clock.run_for(DAY)
    assert tier(home, snapshot)[0] == "archive"


def test_what_is_archived_is_out_of_use(home, recovery, snapshot, archived, refused):
    copying = {"SourceRegion": "ap-south-1", "SourceSnapshotId": snapshot}
    sharing = {"Add": [{"UserId": "210987654321"}]}
    for refusal in (
        lambda: recovery.copy_snapshot(**copying),
        lambda: home.create_volume(SnapshotId=snapshot, AvailabilityZone="ap-south-1a"),
        lambda: home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission=sharing),
        lambda: home.modify_snapshot_tier(SnapshotId=snapshot, StorageTier="archive"),
    ):
        with refused("IncorrectState"):
            refusal()


@pytest.mark.parametrize("days", [{}, {"TemporaryRestoreDays": 3, "PermanentRestore": True}])
def test_a_restore_is_for_some_days_or_for_good(home, snapshot, archived, refused, days):
    with refused("InvalidParameterCombination"):
        home.restore_snapshot_tier(SnapshotId=snapshot, **days)


def test_only_what_is_archived_is_restored(home, snapshot, refused):
    with refused("IncorrectState"):
        home.restore_snapshot_tier(SnapshotId=snapshot, PermanentRestore=True)


@pytest.mark.facts("4.2")
def test_quotas_of_the_archive(sandbox, home, snapshot, archived, refused):
    sandbox.ec2.quotas.restoring = 0
    with refused("ResourceLimitExceeded"):
        home.restore_snapshot_tier(SnapshotId=snapshot, PermanentRestore=True)
    volume = home.describe_volumes()["Volumes"][0]["VolumeId"]
    other = home.create_snapshot(VolumeId=volume)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    sandbox.ec2.quotas.archived_of_a_volume = 1
    with refused("ResourceLimitExceeded"):
        home.modify_snapshot_tier(SnapshotId=other, StorageTier="archive")
    sandbox.ec2.quotas.archived_of_a_volume = 2
    sandbox.ec2.quotas.archiving = 1
    home.modify_snapshot_tier(SnapshotId=other, StorageTier="archive")
    sandbox.ec2.quotas.archived_of_a_volume = 3
    another = home.create_snapshot(VolumeId=volume)["SnapshotId"]
    sandbox.clock.run_for(HOUR)
    with refused("ResourceLimitExceeded"):
        home.modify_snapshot_tier(SnapshotId=another, StorageTier="archive")
    sandbox.clock.run_for(DAY)
    home.modify_snapshot_tier(SnapshotId=another, StorageTier="archive")
