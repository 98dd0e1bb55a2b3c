"""What becomes of images when their instance, policy or region goes or somebody holds them, and how many go in a run."""

from collections import Counter

import pytest

from tests.stories.retiring import KEEP, RETIRING, days, history, in_bin, only_retire, retire
from tests.stories.world import HOME, NIGHTLY, RECOVERY


def redeploy(story, configuration):
    story.deploy(configuration)
    only_retire(story)


ENDING = NIGHTLY.replace("window", 'gone_after = "2 days"\nafter_termination = "5 days"\nwindow') + KEEP


def test_a_terminated_instances_images_age_by_the_calendar_and_end_after_their_time(past):
    story, [instance], _ = past(configuration=ENDING.replace("newest = 2", "weekly = 2, at_least = 2"))
    story.ec2().terminate_instances(InstanceIds=[instance])
    retire(story)
    assert set(days(story).values()) == {"available"}  # 01, a Monday, is its week's; 02 and 03 are the newest
    assert story.records("image.retire") == []
    story.until(13, days=4)
    assert days(story) == days(story, RECOVERY) == {"01": "available", "02": "disabled", "03": "available"}
    story.until(13, days=1)
    assert {record["reason"] for record in story.records("image.disable", status="done")} == {"ended"}
    story.until(13, days=10)
    assert days(story) == days(story, RECOVERY) == {}
    assert in_bin(story)[0] == ["01", "02", "03"]


def test_with_forever_the_newest_images_of_a_terminated_instance_stay(past):
    story, [instance], _ = past(configuration=ENDING.replace('"5 days"', '"forever"'))
    story.ec2().terminate_instances(InstanceIds=[instance])
    story.until(13, days=9)
    assert days(story) == days(story, RECOVERY) == {"02": "available", "03": "available"}
    assert in_bin(story)[0] == ["01"]


def test_an_instance_that_is_missing_only_since_yesterday_loses_nothing(past):
    story, [instance], _ = past(configuration=ENDING)
    story.ec2().terminate_instances(InstanceIds=[instance])
    retire(story)
    assert {record["reason"] for record in story.records("image.retire")} == {"instance_gone"}
    assert set(days(story).values()) == {"available"}


@pytest.mark.parametrize("change", ["off", "untagged"])
def test_an_instance_that_opts_out_keeps_its_newest_images_and_loses_the_stale(past, change):
    story, [instance], _ = past(configuration=RETIRING.replace("newest = 2", "daily = 2, at_least = 2"))
    if change == "off":
        story.ec2().create_tags(Resources=[instance], Tags=[{"Key": "Backup", "Value": "off"}])
    else:
        story.ec2().delete_tags(Resources=[instance], Tags=[{"Key": "Backup"}])
    story.until(13, days=9)
    assert days(story) == days(story, RECOVERY) == {"02": "available", "03": "available"}


def test_a_policy_that_is_removed_keeps_its_images_and_judges_them_when_it_is_back(past):
    story, fleet, _ = past()
    redeploy(story, RETIRING.replace("nightly", "other"))
    retire(story)
    assert set(days(story).values()) == {"available"}
    redeploy(story, RETIRING)
    history(story, fleet, 1)
    retire(story)
    assert days(story)["01"] == "disabled"


def test_a_region_that_is_removed_keeps_its_copies(past):
    story, fleet, _ = past()
    redeploy(story, RETIRING.replace('copy_to = ["eu-west-1"]', ""))
    retire(story)
    history(story, fleet, 1, regions=())
    retire(story)
    assert "01" not in days(story)
    assert set(days(story, RECOVERY).values()) == {"available"}


def test_a_region_named_in_retire_only_is_still_judged(past):
    story, [instance], _ = past()
    redeploy(story, RETIRING.replace("copy_to", "retire_only"))
    history(story, [instance], 1, regions=())
    retire(story)
    story.until(13, days=1)
    assert days(story, RECOVERY) == {"02": "available", "03": "available"}
    assert days(story) == {"02": "disabled", "03": "available", "04": "available"}


def test_a_held_image_stays_until_it_is_released(past):
    story, fleet, made = past(nights=2)
    first = made[0][fleet[0], HOME]
    story.ec2().create_tags(Resources=[first], Tags=[{"Key": "nightkeep:hold", "Value": "before the upgrade"}])
    history(story, fleet, 2)
    retire(story)
    assert days(story)["01"] == "available"
    assert {record["reason"] for record in story.records("image.retire", resource_id=first)} == {"held"}
    story.ec2().delete_tags(Resources=[first], Tags=[{"Key": "nightkeep:hold"}])
    history(story, fleet, 1)
    retire(story)
    assert days(story)["01"] == "disabled"


def test_a_run_over_its_limit_is_refused_whole_and_rings(past):
    story, _, _ = past(count=3, configuration=f"retire_limit = 2\n{RETIRING}")
    retire(story)
    planned = story.records("retire.planned")[-1]
    assert (planned["status"], planned["reason"]) == ("failed", "plan_refused")
    assert planned["detail"]["over"] == {f"{HOME} disable": 3, f"{RECOVERY} disable": 3}
    assert story.metric("Failed", "retire-images") == 1
    assert set(days(story).values()) == {"available"}
    assert story.records("image.disable") == []


def test_what_rails_hold_does_not_count_against_the_limit(past):
    story, fleet, made = past(count=3, configuration=f"retire_limit = 2\n{RETIRING}")
    for region in (HOME, RECOVERY):
        story.ec2(region).create_tags(Resources=[made[0][fleet[0], region]], Tags=[{"Key": "nightkeep:hold", "Value": ""}])
    retire(story)
    assert Counter(image["State"] for image in story.images(creation_date="2027-03-01*")) == {"available": 1, "disabled": 2}


def test_at_most_half_of_an_instances_images_step_in_a_run(past):
    story, fleet, _ = past(nights=8, configuration=RETIRING.replace("newest = 2", "newest = 8"))
    redeploy(story, RETIRING)
    retire(story)
    assert Counter(days(story).values()) == {"disabled": 4, "available": 4}
    assert {record["reason"] for record in story.records("image.retire")} == {"half_of_instance"}
    history(story, fleet, 1)
    retire(story)
    assert in_bin(story)[0] == ["01", "02", "03", "04"]
    history(story, fleet, 1)
    retire(story)
    assert Counter(days(story).values()) == {"disabled": 3, "available": 3}
