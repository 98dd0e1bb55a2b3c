"""What becomes of images when the world changes under a worker, when one dies, or when an answer or an order is lost or doubled."""

from datetime import timedelta

from sandbox.faults import read
from sandbox.gateway import ApiError
from tests.stories.retiring import days, history, in_bin, retire, send_hold
from tests.stories.world import HOME, RECOVERY


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
