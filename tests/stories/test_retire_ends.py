"""What becomes of images when their instance, policy or region goes, when runs are too large or interrupted, and of what is left over."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.faults import read
from sandbox.gateway import ApiError
from tests.stories.retiring import KEEP, RETIRING, arm, days, history, in_bin, only_retire, opt_out, orphan, retire, send_hold
from tests.stories.world import HOME, NIGHTLY, RECOVERY


@pytest.fixture
def past(world):
    """A World in which nothing but retiring runs, its bin in order, and so many instances with so many nights each."""

    def build(nights=3, count=1, configuration=RETIRING):
        story = world(configuration)
        arm(story)
        only_retire(story)
        fleet = story.launch(count)
        return story, fleet, history(story, fleet, nights)

    return build


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


def test_the_worker_refuses_when_the_world_changed_since_the_plan(past):
    story, _, made = past()
    sent = []

    def hold(call):
        if call.operation == "SendMessageBatch" and call.caller.endswith("-retire-images"):
            sent.append(call)
            for region in (HOME, RECOVERY):
                [image] = [made[0][key] for key in made[0] if key[1] == region]
                story.ec2(region).create_tags(Resources=[image], Tags=[{"Key": "nightkeep:hold", "Value": "just now"}])

    story.sandbox.gateway.watchers.append(hold)
    retire(story)
    assert len(sent) == 1
    assert set(days(story).values()) == set(days(story, RECOVERY).values()) == {"available"}
    assert [record["reason"] for record in story.records("image.disable")] == ["held", "held"]


def test_a_worker_that_dies_between_marking_and_disabling_is_taken_up_by_the_message(past):
    story, _, _ = past()
    died = set()

    def die(call):
        what = (call.operation, call.region)
        if call.operation in {"CreateTags", "DisableImage"} and call.caller.endswith("-retire") and what not in died:
            died.add(what)
            raise SystemExit  # the function's process is gone: nothing after the call has happened

    story.sandbox.gateway.watchers.append(die)
    story.until(22)
    assert len(died) == 4
    assert days(story)["01"] == days(story, RECOVERY)["01"] == "disabled"
    assert {record["status"] for record in story.records("image.disable")} == {"already"}
    assert story.dead_letters() == []


def test_a_worker_that_dies_after_deregistering_has_told_before_all_that_the_bin_does_not(past):
    story, [instance], made = past()
    retire(story)
    story.sandbox.faults.play(read('[[die]]\nfunction = "nightkeep-*-retire"\nservice = "ec2"\noperation = "DeregisterImage"\nonly = 1'))
    history(story, [instance], 1)
    story.until(22)
    told = {region: records_of(story, made[0][instance, region]) for region in (HOME, RECOVERY)}
    assert sorted([status for status, _ in records] for records in told.values()) == [["planned", "already"], ["planned", "done"]]
    for region, records in told.items():
        assert records[0][1].keys() >= {"recoverable_until", "rules", "tags", "snapshots"}
        assert records[0][1]["tags"]["nightkeep:instance"] == instance
        ec2 = story.ec2(region)
        for snapshot in records[0][1]["snapshots"]:
            ec2.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
        story.sandbox.clock.run_for(timedelta(minutes=1))
        ec2.restore_image_from_recycle_bin(ImageId=made[0][instance, region])


def test_an_answer_to_a_deregistration_that_is_lost_is_no_second_one(past):
    story, [instance], made = past()
    retire(story)
    lost = set()

    def lose(call):
        if call.operation == "DeregisterImage" and call.error_code is None and call.region not in lost:
            lost.add(call.region)
            raise ApiError("InternalError", "The answer is lost.", 500)

    story.sandbox.gateway.watchers.append(lose)
    history(story, [instance], 1)
    story.until(22)
    for region in (HOME, RECOVERY):
        image = made[0][instance, region]
        assert [call.error_code for call in story.calls("DeregisterImage") if call.region == region] == [None, "InvalidAMIID.Unavailable"]
        assert [status for status, _ in records_of(story, image)] == ["planned", "already"]
        assert in_bin(story, region) == (["01"], 1)
    assert story.dead_letters() == []
    assert story.records(status="failed") == []


def records_of(story, image):
    """What was told of an image's deregistration: each status, with the detail."""
    return [(record["status"], record["detail"]) for record in story.records("image.deregister", resource_id=image)]


def test_an_image_that_vanished_meanwhile_does_not_keep_the_others_of_its_batch(past):
    story, fleet, made = past(count=3)
    [gone, *others] = [made[0][instance, HOME] for instance in fleet]
    vanish(story, "CreateTags", gone)
    story.until(22)
    assert {image["ImageId"]: image["State"] for image in story.images(creation_date="2027-03-01*")} == dict.fromkeys(others, "disabled")
    assert [(record["status"], record["reason"]) for record in story.records("image.disable", resource_id=gone)] == [
        ("deferred", "aws_busy"),
        ("skipped", "source_gone"),
    ]
    assert {record["status"] for image in others for record in story.records("image.disable", resource_id=image)} == {"done"}
    marks = [call for call in story.calls("CreateTags") if call.region == HOME]
    assert [(call.error_code, len(call.parameters["Resources"])) for call in marks] == [("InvalidAMIID.NotFound", 3), (None, 2)]


def test_a_snapshot_that_is_missing_does_not_keep_an_image_from_being_held(past):
    story, [instance], made = past()
    newest = made[-1][instance, HOME]
    [snapshot] = story.sandbox.ec2.store.region(HOME).images[newest].snapshot_ids()
    vanish(story, "CreateTags", snapshot)
    send_hold(story, newest, instance)
    story.until(11)
    [record] = story.records("image.hold")
    assert (record["status"], record["detail"]) == ("done", {"snapshots": [], "missing": [snapshot]})
    [shown] = story.images(image_id=newest)
    assert {"Key": "nightkeep:hold", "Value": "audit"} in shown["Tags"]


def vanish(story, operation, resource):
    """Let an image or snapshot be gone for good just before a function of ours makes a call."""
    store = story.sandbox.ec2.store.region(HOME)

    def guard(request):
        if request.operation == operation and request.caller.name.startswith("nightkeep-") and request.region == HOME:
            if resource in store.images:
                store.remove_image(store.images[resource])
                store.forget_image(resource)
            elif resource in store.snapshots:
                store.remove_snapshot(store.snapshots[resource])

    story.sandbox.gateway.guards.append(guard)


def test_every_order_delivered_twice_is_done_once(past):
    story, fleet, _ = past()
    sqs = story.sandbox.client("sqs", HOME)

    def again(call):
        if call.operation == "SendMessageBatch" and call.caller.startswith("nightkeep-"):
            sqs.send_message_batch(**call.parameters)

    story.sandbox.gateway.watchers.append(again)
    retire(story)
    history(story, fleet, 1)
    retire(story)
    for operation in ("DisableImage", "DeregisterImage"):
        ids = [call.parameters["ImageId"] for call in story.calls(operation)]
        assert len(ids) == len(set(ids)) > 0
    assert in_bin(story)[0] == in_bin(story, RECOVERY)[0] == ["01"]
    assert story.records(status="failed") == []


def test_an_image_that_two_share_leaves_its_snapshot_until_the_last_one_goes(past):
    story, [instance], made = past(configuration=f'{RETIRING}\n[recycle_bin]\nretain = "8 days"\n')
    opt_out(story, [instance])
    store = story.sandbox.ec2.store.region(HOME)  # RegisterImage is what does this, and the sandbox has none
    image = store.images[made[0][instance, HOME]]
    store.add_image(replace(image, id="ami-0theirs", name="theirs"))
    [snapshot] = image.snapshot_ids()
    story.until(13, days=1)
    [record] = story.records("image.deregister", region=HOME, status="done")
    assert record["detail"]["snapshots"] == {snapshot: "skipped"}
    story.until(13, days=8)
    assert story.records("snapshot.delete", resource_id=snapshot)[-1]["reason"] == "referenced"
    assert snapshot in store.snapshots
    story.ec2().deregister_image(ImageId="ami-0theirs")
    story.until(13)
    assert [record["resource_id"] for record in story.records("snapshot.delete", status="done")] == [snapshot]


def test_a_snapshot_that_could_not_be_deleted_is_reported_found_again_and_deleted_once_its_image_has_left_the_bin(past):
    story, fleet, _ = past(configuration=f'{RETIRING}\n[recycle_bin]\nretain = "8 days"\n')
    story.sandbox.ec2.permit = refusing(story.sandbox.ec2.permit)
    opt_out(story, fleet)
    story.until(13, days=1)
    [left] = story.records("snapshot.delete", status="failed")
    assert (left["reason"], left["error_code"]) == ("snapshots_left", "missing-permissions")
    assert story.records("image.deregister", region=left["region"], status="done")[0]["detail"]["snapshots"] == {
        left["resource_id"]: "missing-permissions"
    }
    story.until(13, days=7)
    why = [record["reason"] for record in story.records("snapshot.delete", status="skipped")]
    assert why == ["orphan"] * 7 + ["image_in_bin"]
    story.until(13)
    [gone] = story.records("snapshot.delete", status="done")
    assert gone["resource_id"] == left["resource_id"]


def refusing(permit):
    """Refuses to delete the first snapshot."""
    once = iter([True])

    def permit_others(request):
        if request.operation == "DeleteSnapshot" and next(once, False):
            raise ApiError("UnauthorizedOperation", "Not this one.", 403)
        permit(request)

    return permit_others


def test_wrecks_are_reported_when_their_night_is_over_and_then_deregistered(past):
    story, [instance], _ = past(nights=1)
    failing = iter([True])
    story.sandbox.faults.fail_image(lambda image: next(failing, False))
    history(story, [instance], 1, regions=())
    retire(story)
    opt_out(story, [instance])
    story.until(13)
    assert days(story)["02"] == "failed"
    [reported] = story.records("image.retire")
    assert (reported["reason"], reported["detail"]) == ("wreck", {"due": "2027-03-04T00:00:00+00:00"})
    story.until(13)
    assert "02" not in days(story)
    [record] = story.records("image.deregister", status="done")
    assert record["reason"] == "wreck"
    assert record["detail"]["recoverable_until"]


def test_orphans_are_reported_at_once_and_deleted_when_they_were_seen_for_a_week_and_would_be_kept(past):
    story, [instance], _ = past(nights=1)
    left = orphan(story, instance)
    story.until(13, days=6)
    waiting = story.records("snapshot.delete", resource_id=left)
    assert [(record["status"], record["reason"]) for record in waiting] == [("skipped", "orphan")] * 7
    assert {record["detail"]["due"] for record in waiting} == {"2027-03-08T12:00:00+00:00"}
    story.until(13)
    assert story.records("snapshot.delete")[-1]["reason"] == "backup_overdue"  # nothing goes while nights fail
    opt_out(story, [instance])
    story.sandbox.faults.refuse("ec2", "ListImagesInRecycleBin", HOME, "UnauthorizedOperation", status=403)
    story.until(13)
    unsure = story.records("snapshot.delete")[-1]
    assert (unsure["reason"], unsure["detail"]) == ("image_in_bin", {"images": ["not known: UnauthorizedOperation"]})
    story.sandbox.faults.clear()
    story.until(13)
    [record] = story.records("snapshot.delete", status="done")
    assert (record["reason"], record["resource_id"]) == ("orphan", left)
    assert in_bin(story)[1] == 1
