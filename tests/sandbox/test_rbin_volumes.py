"""Recycle Bin: which volumes are kept, and how they come back."""

import pytest

from tests.sandbox.binned import DAY, HOUR, LAG
from tests.sandbox.conftest import HOME, specification

pytestmark = [pytest.mark.facts("2.2"), pytest.mark.facts("1.14"), pytest.mark.usefixtures("prompt")]


@pytest.fixture
def volume(sandbox, home):
    """A volume of its own, with a tag."""
    made = home.create_volume(AvailabilityZone=f"{HOME}a", Size=10, TagSpecifications=[specification("volume", {"Name": "data"})])
    sandbox.clock.run_for(HOUR)
    return made["VolumeId"]


def test_a_volume_is_kept_and_comes_back(sandbox, home, bin_rule, volume, refused):
    bin_rule("EBS_VOLUME", days=3)
    sandbox.clock.run_for(2 * HOUR)
    before = home.describe_volumes(VolumeIds=[volume])["Volumes"][0]
    home.delete_volume(VolumeId=volume)
    with refused("InvalidVolume.NotFound"):
        home.describe_volumes(VolumeIds=[volume])
    [kept] = home.list_volumes_in_recycle_bin(VolumeIds=[volume])["Volumes"]
    now = sandbox.clock.now()
    assert {name: kept[name] for name in ("VolumeId", "VolumeType", "State", "Size", "Iops", "AvailabilityZone", "CreateTime")} == {
        name: before[name] for name in ("VolumeId", "VolumeType", "State", "Size", "Iops", "AvailabilityZone", "CreateTime")
    }
    assert (kept["RecycleBinEnterTime"], kept["RecycleBinExitTime"]) == (now, now + 3 * DAY)
    assert home.restore_volume_from_recycle_bin(VolumeId=volume)["Return"] is True
    assert home.describe_volumes(VolumeIds=[volume])["Volumes"] == [before]
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []
    with refused("InvalidVolume.NotFound"):
        home.restore_volume_from_recycle_bin(VolumeId=volume)


def test_a_volume_leaves_the_bin_for_good(sandbox, home, bin_rule, volume):
    bin_rule("EBS_VOLUME", days=1)
    sandbox.clock.run_for(2 * HOUR)
    home.delete_volume(VolumeId=volume)
    sandbox.clock.run_for(DAY + LAG)
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []


def test_other_rules_keep_no_volume(home, armed, volume):
    home.delete_volume(VolumeId=volume)
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []


def test_a_volume_that_goes_with_its_instance_is_not_kept(sandbox, home, bin_rule, launch):
    bin_rule("EBS_VOLUME")
    sandbox.clock.run_for(2 * HOUR)
    home.terminate_instances(InstanceIds=[launch()])
    sandbox.clock.run_for(HOUR)
    assert home.list_volumes_in_recycle_bin()["Volumes"] == []
