"""What is judged by remembering the runs before: instances that are missing, old marks, shared images, and a memory that is lost."""

import json

import pytest

from tests.stories.retiring import KEEP, RETIRING, arm, days, history, only_retire, opt_out, orphan, remembered, retire
from tests.stories.world import HOME, NIGHTLY, RECOVERY

ENDING = NIGHTLY.replace("window", 'gone_after = "2 days"\nafter_termination = "3 days"\nwindow') + KEEP
ALONE = RETIRING.replace('copy_to = ["eu-west-1"]', "")


@pytest.fixture
def opted_out(world):
    """A World in which nothing but retiring runs, its bin in order, and so many instances that opted out after three nights."""

    def build(count=1, configuration=RETIRING, regions=(RECOVERY,)):
        story = world(configuration)
        arm(story)
        only_retire(story)
        fleet = story.launch(count)
        made = history(story, fleet, 3, regions=regions)
        opt_out(story, fleet)
        return story, fleet, made

    return build


def test_an_instance_that_opted_out_long_ago_loses_nothing_to_one_wrong_listing_and_ends_only_in_its_time(opted_out):
    story, [instance], _ = opted_out(configuration=ENDING)
    story.until(13, days=5)
    left = {"02": "available", "03": "available"}
    assert days(story) == days(story, RECOVERY) == left
    there = story.sandbox.ec2.store.region(HOME).instances
    hidden = there.pop(instance)  # a listing that leaves it out: EC2 shows things late, and sometimes not
    story.until(13)
    assert remembered(story, "missing") == {instance: "2027-03-09T12:00:00Z"}
    there[instance] = hidden
    story.until(13)
    assert remembered(story, "missing") == {}
    story.ec2().terminate_instances(InstanceIds=[instance])
    story.until(13, days=2)
    assert days(story) == days(story, RECOVERY) == left
    story.until(13)
    assert remembered(story, "missing") == {instance: "2027-03-11T12:00:00Z"}
    assert days(story) == days(story, RECOVERY) == {"02": "disabled", "03": "available"}
    assert {record["reason"] for record in story.records("image.disable", status="done")} == {"stale", "ended"}


def test_what_somebody_enabled_and_then_disabled_himself_waits_from_then(opted_out):
    story, [instance], made = opted_out(configuration=ALONE, regions=())
    first = made[0][instance, HOME]
    retire(story)
    story.ec2().enable_image(ImageId=first)
    story.ec2().create_tags(Resources=[first], Tags=[{"Key": "nightkeep:hold", "Value": "looking at it"}])
    story.until(13)
    [unmarked] = story.records("image.unmark")
    assert (unmarked["status"], unmarked["reason"], unmarked["resource_id"]) == ("done", "held", first)
    story.ec2().disable_image(ImageId=first)
    story.ec2().delete_tags(Resources=[first], Tags=[{"Key": "nightkeep:hold"}])
    story.until(13, days=2)
    steps = [
        (record["event"], record["timestamp"][8:10])
        for record in story.records(resource_id=first, status="done")
        if record["event"].startswith("image.")
    ]
    assert steps == [
        ("image.mark", "03"),
        ("image.disable", "03"),
        ("image.unmark", "04"),
        ("image.mark", "05"),
        ("image.deregister", "06"),
    ]


def test_shared_images_refuse_one_run_and_then_count_no_more(opted_out):
    story, fleet, made = opted_out(3, configuration=f"retire_limit = 2\n{ALONE}", regions=())
    shared = [made[0][instance, HOME] for instance in fleet[:2]]
    for image in shared:
        story.ec2().modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    retire(story)
    assert story.records("retire.planned")[-1]["reason"] == "plan_refused"
    story.until(13)
    story.sandbox.faults.refuse("ec2", "DescribeImageAttribute", HOME, "UnauthorizedOperation", status=403)
    story.until(13)
    assert [record["status"] for record in story.records("retire.planned")][-3:] == ["failed", "done", "done"]
    gone = [record["resource_id"] for record in story.records("image.disable", status="done")]
    assert gone == [made[0][fleet[2], HOME]]
    held = story.records("image.retire", reason="shared")
    assert sorted(record["resource_id"] for record in held) == sorted(shared * 2)
    assert held[0]["detail"] == {"with": [{"UserId": "111122223333"}]}
    assert held[-1]["detail"] == {"with": ["not known: UnauthorizedOperation"]}


def test_a_worker_judges_an_orphan_anew_whoever_orders(opted_out):
    story, [instance], _ = opted_out()
    left = orphan(story, instance)
    retire(story)
    about = {"policy": "nightly", "slot": "20270301T0200Z", "instance_id": instance, "night_id": "x", "reason": "orphan"}
    order = {"version": 1, "verb": "delete-snapshot", **about, "snapshot_id": left, "region": HOME, "not_after": "2027-04-01T00:00:00Z"}
    sqs = story.sandbox.client("sqs", HOME)
    url = sqs.get_queue_url(QueueName=f"nightkeep-{HOME}-retire")["QueueUrl"]
    for days_later, reason in ((0, "orphan"), (7, "image_in_bin")):
        story.until(14, days=days_later)
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(order))
        story.until(15)
        assert story.records("snapshot.delete", night_id="x")[-1]["reason"] == reason


def test_a_memory_that_is_not_understood_is_reported_and_begins_anew(opted_out):
    story, [instance], _ = opted_out()
    left = orphan(story, instance, "20270303T0200Z")
    story.until(13, days=5)
    vault = f"nightkeep-{HOME}-{story.sandbox.account}-{HOME}-an"
    story.sandbox.client("s3", HOME).put_object(Bucket=vault, Key="retire/memory.json", Body=b'{"version": 2}')
    story.until(13, days=1)
    [failed] = story.records("vault.read", status="failed")
    assert (failed["reason"], failed["resource_id"]) == ("unknown_message", f"{vault}/retire/memory.json")
    assert story.metric("Failed", "retire-images") == 1
    assert remembered(story, "orphan") == {left: "2027-03-09T12:00:00Z"}
    assert story.records("snapshot.delete", status="done") == []


@pytest.mark.parametrize(("refused", "event"), [("GetObject", "vault.read"), ("PutObject", "vault.write")])
def test_while_the_memory_cannot_be_read_or_written_nothing_that_waits_is_due(opted_out, refused, event):
    story, [instance], _ = opted_out()
    left = orphan(story, instance, "20270303T0200Z")
    story.until(13, days=6)
    orphan(story, instance, "20270303T0200Z")  # there is something new to write
    story.sandbox.faults.refuse("s3", refused, HOME, "AccessDenied", status=403)
    story.until(13)
    assert {(record["event"], record["reason"]) for record in story.records(status="failed")} == {(event, "aws_refused")}
    assert story.metric("Failed", "retire-images") == 1
    assert story.records("retire.planned")[-1]["status"] == "done"
    assert story.records("snapshot.delete", status="done") == []
    story.sandbox.faults.clear()
    story.until(13)
    assert [record["resource_id"] for record in story.records("snapshot.delete", status="done")] == [left]
