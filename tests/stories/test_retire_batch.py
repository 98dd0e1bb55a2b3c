"""What is in a batch of a worker's together: one order does not undo another, and one image does not keep the others."""

import time
from collections import Counter
from datetime import timedelta
from itertools import accumulate

import pytest

from functions.aws.retiring import SERVES
from sandbox.gateway import UnreachableError
from tests.stories.retiring import RETIRING, days, history, retire, send_hold, send_step
from tests.stories.world import HOME


@pytest.mark.parametrize("hold_first", [True, False])
def test_an_image_that_is_held_in_the_same_batch_takes_no_step(past, hold_first):
    story, [instance], made = past()
    first = made[0][instance, HOME]
    orders = [lambda: send_hold(story, first, instance), lambda: send_step(story, first, "disable", instance)]
    for order in orders if hold_first else reversed(orders):
        order()
    story.until(11)
    assert len({record["function_request_id"] for record in story.records(resource_id=first)}) == 1
    assert [record["reason"] for record in story.records("image.disable", resource_id=first)] == ["held"]
    assert days(story)["01"] == "available"
    [shown] = story.images(image_id=first)
    assert "nightkeep:disabled-at" not in {tag["Key"] for tag in shown["Tags"]}


@pytest.mark.parametrize(
    ("share", "answers_in"),
    [pytest.param("0.02", 0, id="EC2's buckets are small"), pytest.param("1", SERVES + 1, id="EC2 answers late")],
)
def test_what_is_left_when_a_batch_takes_long_is_looked_at_anew(past, share, answers_in):
    story, fleet, made = past(count=4, configuration=RETIRING.replace("[policies", f"api_share = {share}\n\n[policies", 1))
    last = made[0][max(fleet), HOME]

    def hold(call):
        if call.operation == "DisableImage" and call.region == HOME:
            story.sandbox.gateway.watchers.remove(hold)
            story.ec2().create_tags(Resources=[last], Tags=[{"Key": "nightkeep:hold", "Value": "just now"}])
            time.sleep(answers_in)

    story.sandbox.gateway.watchers.append(hold)
    retire(story)
    calls = [call for call in story.calls("DescribeInstances", "DisableImage") if call.caller.endswith("-retire")]
    looks = accumulate(calls, lambda look, call: call if call.operation == "DescribeInstances" else look)
    ages = [
        call.time - look.time for look, call in zip(looks, calls, strict=True) if (call.operation, call.region) == ("DisableImage", HOME)
    ]
    assert len(ages) == 3
    assert max(ages) <= timedelta(seconds=SERVES)
    assert len({record["function_request_id"] for record in story.records("image.disable", region=HOME)}) == 1
    assert [record["reason"] for record in story.records("image.disable", resource_id=last)] == ["held"]
    assert {image["ImageId"] for image in story.images(state="available", creation_date="2027-03-01*")} == {last}


def test_holds_take_their_time_too(past):
    story, fleet, made = past(count=4, configuration=RETIRING.replace("[policies", "api_share = 0.02\n\n[policies", 1))
    for instance in fleet:
        send_hold(story, made[0][instance, HOME], instance)
    story.until(11)
    assert [record["status"] for record in story.records("image.hold")] == ["done"] * 4
    assert looked_at(story) == [3, 1]  # a tag at once and two more in 20 seconds


def looked_at(story):
    """How many instances each look of the worker's was about."""
    looks = [call for call in story.calls("DescribeInstances") if call.caller.endswith("-retire")]
    return [len(look.parameters["Filters"][0]["Values"]) for look in looks]


@pytest.mark.parametrize(
    ("share", "count", "looks"), [pytest.param("1", 3, [3], id="looked at once"), pytest.param("0.02", 24, [2] * 9, id="in time")]
)
def test_a_region_that_does_not_answer_makes_a_look_long_not_old_and_the_worker_ends_in_time(past, share, count, looks):
    two = RETIRING.replace("[policies", f"api_share = {share}\n\n[policies", 1).replace('["eu-west-1"]', '["eu-west-1", "us-east-1"]')
    story, fleet, made = past(count=count, configuration=two)

    def dark(request):
        if request.region != HOME and request.service == "ec2":
            time.sleep(16.8)
            raise UnreachableError(request.region)

    story.sandbox.gateway.guards.append(dark)
    for instance in fleet:
        send_step(story, made[0][instance, HOME], "disable", instance)
    story.until(10, 45)
    assert [line for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-retire") if "timed out" in line] == []
    first = story.records("image.disable")[0]["function_request_id"]
    assert looked_at(story)[: max(2, len(looks))] == looks
    assert {(record["status"], record["reason"]) for record in story.records("image.disable", function_request_id=first)} <= {
        ("skipped", "region_unseen"),
        ("deferred", "out_of_time"),
    }


def test_a_hold_counts_in_its_whole_batch_however_late_its_turn_comes(past):
    story, fleet, made = past(count=4, configuration=RETIRING.replace("[policies", "api_share = 0.02\n\n[policies", 1))
    images = [made[0][instance, HOME] for instance in fleet]
    for image, instance in zip(images, fleet, strict=True):
        send_step(story, image, "disable", instance)
    send_hold(story, images[0], fleet[0])
    story.until(11)
    assert len({record["function_request_id"] for record in story.records("image.disable")}) == 1
    assert [record["reason"] for record in story.records("image.disable", resource_id=images[0])] == ["held"]
    assert {image["ImageId"]: image["State"] for image in story.images(creation_date="2027-03-01*")} == {
        images[0]: "available",
        **dict.fromkeys(images[1:], "disabled"),
    }


def test_a_look_is_about_as_many_steps_as_may_be_taken_by_it(past):
    story, fleet, _ = past(count=4, configuration=RETIRING.replace("[policies", "api_share = 0.02\n\n[policies", 1))
    retire(story)
    about = looked_at(story)
    assert about[0] == 2  # one at once, and another after 20 seconds
    assert max(about) == 3  # one in 20 seconds, and the first two of the other region
    asked = Counter(call.parameters["ImageId"] for call in story.calls("DescribeImageAttribute") if call.caller.endswith("-retire"))
    assert set(asked.values()) == {1}
    assert len(asked) == 2 * len(fleet)


def test_an_image_that_can_carry_no_more_tags_does_not_keep_the_others_of_its_batch(past):
    story, fleet, made = past(count=3)
    [full, *others] = [made[0][instance, HOME] for instance in fleet]
    fill_up(story, full)
    [snapshot] = story.sandbox.ec2.store.region(HOME).images[others[0]].snapshot_ids()
    fill_up(story, snapshot)
    retire(story)
    assert {image["ImageId"]: image["State"] for image in story.images(creation_date="2027-03-01*")} == {
        full: "available",
        **dict.fromkeys(others, "disabled"),
    }
    [record] = story.records("image.disable", resource_id=full)
    assert (record["status"], record["reason"], record["error_code"]) == ("failed", "aws_refused", "TagLimitExceeded")
    assert {record["status"] for image in others for record in story.records("image.disable", resource_id=image)} == {"done"}
    marks = [call for call in story.calls("CreateTags") if call.region == HOME and call.caller.endswith("-retire")]
    assert sorted(len(call.parameters["Resources"]) for call in marks) == [1, 1, 1, 3]
    send_hold(story, others[0], fleet[1])
    story.until(14)
    [record] = story.records("image.hold")
    assert (record["status"], record["detail"]) == ("done", {"snapshots": [], "refused": {snapshot: "TagLimitExceeded"}})


def test_a_mark_that_nobody_could_count_from_is_none_and_keeps_nobody(past):
    story, fleet, made = past(count=2)
    bad, good = (made[0][instance, HOME] for instance in fleet)
    story.ec2().disable_image(ImageId=bad)
    story.ec2().create_tags(Resources=[bad], Tags=[{"Key": "nightkeep:disabled-at", "Value": "99991231T2359Z"}])
    retire(story)
    assert [record["status"] for record in story.records("image.disable", resource_id=good)] == ["done"]
    assert [record["status"] for record in story.records("image.mark", resource_id=bad)] == ["done"]


def fill_up(story, resource):
    """Give an image or snapshot all the tags that it may carry, with those of Nightkeep's."""
    carried = story.ec2().describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    more = [{"Key": f"more-{number}", "Value": ""} for number in range(50 - len(carried))]
    story.ec2().create_tags(Resources=[resource], Tags=more)


def test_whether_sharing_protects_an_image_is_said_by_its_own_policy_whatever_the_order_says(past):
    other = '[policies.other]\nschedule = "cron(0 3 * * ? *)"\nladder = {protect_shared = false}\n'
    story, fleet, made = past(count=2, configuration=f"{RETIRING}\n{other}")
    for instance, policy in zip(fleet, ("other", "unknown"), strict=True):
        share(story, made[0][instance, HOME])
        send_step(story, made[0][instance, HOME], "disable", instance, policy)
    story.until(11)
    assert {image["State"] for image in story.images()} == {"available"}
    assert [record["reason"] for record in story.records("image.disable")] == ["shared", "shared"]
    assert story.records(status="failed") == []


def share(story, image):
    story.ec2().modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]})


def test_a_shared_image_is_not_deprecated_either(past):
    story, fleet, made = past(count=2, configuration=f"{RETIRING}deprecate = true\n")
    shared, other = [made[0][instance, HOME] for instance in fleet]
    share(story, shared)
    retire(story)  # its worker finds it out, the planner of the next run knows to ask
    dates = {image["ImageId"]: image.get("DeprecationTime") for image in story.images(creation_date="2027-03-01*")}
    assert dates[shared] is None
    assert dates[other] is not None
    history(story, fleet, 1)
    retire(story)
    skipped = [record for record in story.records(status="skipped", resource_id=shared) if record["event"] != "image.check"]
    told = [(record["event"], record["reason"]) for record in skipped]
    assert told == [("image.deprecate", "shared"), ("image.retire", "shared")]
