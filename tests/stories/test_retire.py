"""Images go down the ladder in both regions, step by step, into the bin."""

from datetime import timedelta

import pytest

from tests.stories.retiring import RETIRING, arm, days, history, in_bin, only_retire, retire
from tests.stories.world import HOME, NIGHTLY, RECOVERY


@pytest.fixture
def fleet(world):
    """Builds a World where nothing but retiring runs, its bin in order for a day, with so many instances."""

    def build(configuration=RETIRING, count=1, **launched):
        story = world(configuration)
        arm(story)
        only_retire(story)
        return story, story.launch(count, **launched)

    return build


def test_with_everything_running_stale_images_are_disabled_and_then_deregistered_into_the_bin(world):
    story = world(RETIRING)
    arm(story)
    story.launch()
    for _ in range(4):
        story.until(13)
    for region in (HOME, RECOVERY):
        assert days(story, region) == {"02": "disabled", "03": "available", "04": "available"}
        assert in_bin(story, region) == (["01"], 1)
    assert [record["status"] for record in story.records("retire.planned")] == ["done"] * 4
    assert story.records(status="failed") == []
    assert story.dead_letters() == []


def test_a_deregistered_image_says_until_when_it_can_be_had_back_and_can(fleet):
    story, [instance] = fleet()
    first = history(story, [instance], 3)[0][instance, HOME]
    retire(story)
    history(story, [instance], 1)
    retire(story)
    [record] = story.records("image.deregister", resource_id=first, status="done")
    bin_entry = story.ec2().list_images_in_recycle_bin(ImageIds=[first])["Images"][0]
    assert record["detail"]["recoverable_until"][:16] == bin_entry["RecycleBinExitTime"].isoformat()[:16]
    assert record["detail"]["tags"]["nightkeep:instance"] == instance
    [snapshot] = record["detail"]["snapshots"]
    story.ec2().restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    story.sandbox.clock.run_for(timedelta(minutes=1))
    story.ec2().restore_image_from_recycle_bin(ImageId=first)
    story.sandbox.clock.run_for(timedelta(minutes=1))
    assert "01" in days(story)


def test_a_rule_of_somebody_else_that_keeps_longer_is_named_and_says_until_when(fleet):
    story, [instance] = fleet()
    for kind in ("EC2_IMAGE", "EBS_SNAPSHOT"):
        story.sandbox.client("rbin", HOME).create_rule(
            ResourceType=kind, RetentionPeriod={"RetentionPeriodValue": 99, "RetentionPeriodUnit": "DAYS"}
        )
    history(story, [instance], 3)
    retire(story)
    history(story, [instance], 1)
    retire(story)
    [record] = story.records("image.deregister", region=HOME, status="done")
    assert len(record["detail"]["foreign_rules"]) == 2
    [entry] = story.ec2().list_images_in_recycle_bin()["Images"]
    assert record["detail"]["recoverable_until"][:16] == entry["RecycleBinExitTime"].isoformat()[:16]
    assert (entry["RecycleBinExitTime"] - entry["RecycleBinEnterTime"]).days == 99


def test_deprecation_comes_first_when_it_is_configured(fleet):
    ladder = 'deprecate = true\ndisable_after = "1 day"\n'
    story, fleet_ids = fleet(RETIRING + ladder)
    history(story, fleet_ids, 3)
    retire(story)
    [first] = story.images(creation_date="2027-03-01*")
    assert first["State"] == "available"
    assert first["DeprecationTime"].startswith("2027-03-03T12:1")
    for state in ("available", "disabled"):
        history(story, fleet_ids, 1)
        retire(story)
        assert days(story)["01"] == state


def test_the_launch_permissions_that_a_disable_takes_away_are_kept(fleet):
    story, [instance] = fleet(RETIRING + "protect_shared = false\n")
    first = history(story, [instance], 3)[0][instance, HOME]
    story.ec2().modify_image_attribute(ImageId=first, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    retire(story)
    assert days(story)["01"] == "disabled"
    assert b'"UserId": "111122223333"' in story.object(f"permissions/{first}.json")


def test_an_image_whose_permissions_cannot_be_kept_stays(fleet):
    story, [instance] = fleet(RETIRING + "protect_shared = false\n")
    first = history(story, [instance], 3)[0][instance, HOME]
    story.ec2().modify_image_attribute(ImageId=first, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    story.sandbox.faults.refuse("s3", "PutObject", HOME, "AccessDenied", status=403)
    retire(story)
    assert days(story)["01"] == "available"
    [record] = story.records("image.disable", region=HOME)
    assert (record["status"], record["reason"]) == ("failed", "permissions_not_kept")


def test_what_somebody_else_disabled_is_marked_and_waits_from_then(fleet):
    story, [instance] = fleet()
    first = history(story, [instance], 3)[0][instance, HOME]
    story.ec2().disable_image(ImageId=first)
    retire(story)
    [record] = story.records("image.mark", resource_id=first)
    assert record["status"] == "done"
    [shown] = story.images(image_id=first)
    assert {tag["Key"]: tag["Value"] for tag in shown["Tags"]}["nightkeep:disabled-at"] == "20270303T1217Z"
    history(story, [instance], 1)
    retire(story)
    assert in_bin(story)[0] == ["01"]


def test_without_keep_nothing_goes(fleet):
    story, fleet_ids = fleet(NIGHTLY)
    history(story, fleet_ids, 4)
    retire(story)
    assert set(days(story).values()) == {"available"}
    assert story.records("retire.planned")[-1]["detail"] == {"keep": 8, "sent": 0}
