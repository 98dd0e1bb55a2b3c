"""Reboots for images: inside the window, of a group one after the other, and never twice."""

from datetime import timedelta
from itertools import pairwise

from functions.core.reboots.state import NOBODY, Away
from functions.core.record import Reason
from functions.core.settings import REBOOTS
from sandbox.faults import read
from tests.stories.world import HOME, NIGHTLY, start_at

REBOOTING = NIGHTLY + "reboot = true\n"
BOOT = timedelta(minutes=2)


def reboots(story, fleet=None):
    """When Nightkeep rebooted whom, in order: as the instances' own histories say."""
    found = [
        (happening.time, key)
        for key, instance in story.sandbox.ec2.store.region(HOME).instances.items()
        for happening in instance.history
        if happening.what == "rebooted" and happening.cause.startswith("CreateImage") and key in (fleet or [key])
    ]
    return sorted(found)


def one_at_a_time(found):
    """Each of a group had booted for two minutes before the next was rebooted."""
    return all(later - earlier >= BOOT + timedelta(minutes=2) for (earlier, _), (later, _) in pairwise(found))


def told(story, reason):
    return [record["instance_id"] for record in story.records("instance.watch", reason=reason)]


def takes(story, **fields):
    return {record["instance_id"]: record["detail"] for record in story.records("image.take", status="done", **fields)}


def grouped(story, count, name="g", **more):
    return story.launch(count, **{"tags": {"Backup:group": name} | more.pop("tags", {})} | more)


def test_a_group_is_rebooted_one_after_the_other_and_the_ungrouped_at_once(world):
    story = world(REBOOTING)
    group, alone = grouped(story, 3), story.launch(3)
    [stopped] = grouped(story, 1)
    [spared] = grouped(story, 1, tags={"Backup:reboot": "false"})
    story.ec2().stop_instances(InstanceIds=[stopped])
    story.until(5)
    assert [key for _, key in reboots(story, group)] == sorted(group)
    assert one_at_a_time(reboots(story, group))
    assert reboots(story, alone)[-1][0] - reboots(story, alone)[0][0] < timedelta(minutes=1)
    assert sorted(told(story, "back")) == sorted([*group, *alone])
    assert {key: one["consistency"] for key, one in takes(story).items()} == dict.fromkeys([*group, *alone], "rebooted") | {
        stopped: "crash",
        spared: "crash",
    }
    assert all(one["volumes"] == 1 for one in takes(story).values())
    assert takes(story)[stopped]["not_rebooted"] == "instance_state"
    assert "not_rebooted" not in takes(story)[spared]
    story.nights(1)
    assert len(reboots(story)) == 6
    assert story.records(status="failed") == []
    assert story.dead_letters() == []


SCALING = [{"Key": "aws:autoscaling:groupName", "Value": "web"}]


def join_auto_scaling_group(story, fleet):
    """As EC2 Auto Scaling tags its members; nobody else can write such a tag."""
    region = story.sandbox.ec2.store.region(HOME)
    for key in fleet:
        region.tags.put(key, {"aws:autoscaling:groupName": "web"})


def test_members_of_an_auto_scaling_group_are_rebooted_one_after_the_other_and_only_if_the_policy_says_so(world):
    allowed = REBOOTING.replace("policies.nightly", "policies.all") + "reboot_auto_scaling = true\n"
    story = world(REBOOTING + allowed.partition("\n\n")[2].replace("0 2 * *", "0 4 * *"))
    careful, bold = story.launch(2), story.launch(2, backup="all")
    join_auto_scaling_group(story, [*careful, *bold])
    story.until(8)
    assert [key for _, key in reboots(story)] == sorted(bold)
    assert one_at_a_time(reboots(story))
    spared = takes(story, policy="nightly")
    assert {key: one["not_rebooted"] for key, one in spared.items()} == dict.fromkeys(careful, "auto_scaling")
    assert story.records(status="failed") == []


def test_two_policies_that_share_a_group_wait_for_each_other(world):
    other = REBOOTING.partition("\n\n")[2].replace("policies.nightly", "policies.other").replace("0 2 * *", "1 2 * *")
    story = world(f"{REBOOTING}\n{other}")
    fleet = [*grouped(story, 2), *grouped(story, 2, backup="other"), *grouped(story, 1, backup="nightly other")]
    story.until(7)
    assert sorted(key for _, key in reboots(story)) == sorted([*fleet, fleet[-1]])
    assert one_at_a_time(reboots(story))
    assert story.records(status="failed") == []


def test_who_does_not_come_back_rings_and_keeps_its_group_from_being_rebooted_until_it_is_back(world):
    story = world(REBOOTING)
    group = sorted(grouped(story, 3))
    story.sandbox.faults.play(read(f'[[impair]]\ninstance = "{group[0]}"\ntimes = 1\n'))
    story.until(4)
    [late] = story.records("instance.watch", status="failed")
    assert (late["reason"], late["instance_id"], late["policy"]) == ("not_back", group[0], "nightly")
    assert story.metric("Failed", "watch") == 1
    assert [key for _, key in reboots(story)] == group[:1]
    assert {key: one.get("not_rebooted") for key, one in takes(story).items()} == {group[0]: None, **dict.fromkeys(group[1:], "not_back")}
    story.until(3)
    assert len(reboots(story)) == 1  # the next night waits
    mended = story.now
    story.ec2().reboot_instances(InstanceIds=group[:1])
    story.nights(1)
    assert [key for _, key in reboots(story)] == [group[0], *group]
    assert reboots(story)[1][0] > mended + BOOT
    assert one_at_a_time(reboots(story)[1:])
    assert len(story.good(HOME)) == 6


def test_a_watcher_that_dies_after_its_order_or_cannot_send_it_reboots_nobody_twice(world):
    story = world(REBOOTING)
    group = grouped(story, 3)
    story.sandbox.faults.play(
        read(
            '[[die]]\nfunction = "nightkeep-*-watch"\nservice = "sqs"\noperation = "SendMessageBatch"\nonly = 1\n'
            '[[refuse]]\nservice = "sqs"\noperation = "SendMessageBatch"\ncaller = "nightkeep-*-watch"\ncode = "AccessDenied"\nonly = 2\n'
        )
    )
    story.until(7)
    exits = [line for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-watch") if "Runtime exited" in line]
    assert len(exits) == 1
    assert [record["reason"] for record in story.records(status="failed")] == ["aws_refused"]
    assert sorted(key for _, key in reboots(story)) == sorted(group)
    assert one_at_a_time(reboots(story))
    assert {one["consistency"] for one in takes(story).values()} == {"rebooted"}


def test_what_a_watcher_wrote_before_it_died_is_recorded_by_the_next(world):
    story = world(REBOOTING)
    group = grouped(story, 2)
    story.sandbox.faults.play(read('[[die]]\nfunction = "nightkeep-*-watch"\nservice = "s3"\noperation = "PutObject"\nonly = [1, 3]\n'))
    story.until(7)
    exits = [line for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-watch") if "Runtime exited" in line]
    assert len(exits) == 2
    told = {record["request_id"] for record in story.records("vault.write", status="done")}
    writes = [call for call in story.calls("PutObject", service="s3") if call.caller.endswith("-watch")]
    assert len([call for call in writes if call.request_id not in told]) == 2
    assert [record["resource_id"].rpartition("-an/")[2] for record in story.records("vault.write", status="already")] == [REBOOTS] * 2
    assert sorted(key for _, key in reboots(story)) == sorted(group)
    assert one_at_a_time(reboots(story))


def test_a_chain_that_is_lost_is_taken_up_by_the_sweep_and_one_that_is_doubled_reboots_nobody_twice(world):
    story = world(REBOOTING)
    group = grouped(story, 3)
    sqs = story.sandbox.client("sqs", HOME)
    queue = sqs.get_queue_url(QueueName=f"nightkeep-{HOME}-watch")["QueueUrl"]

    def twice(call):
        if call.operation == "SendMessageBatch" and call.caller.endswith("-sweep") and call.parameters["QueueUrl"] == queue:
            sqs.send_message_batch(**call.parameters)

    story.sandbox.gateway.watchers.append(twice)
    story.until(2, 3)
    assert len(reboots(story)) == 1
    sqs.purge_queue(QueueUrl=queue)
    story.until(3, 40)
    assert len(reboots(story)) == 1
    story.until(6)
    assert sorted(key for _, key in reboots(story)) == sorted(group)
    assert one_at_a_time(reboots(story))
    assert story.records(status="failed") == []


def test_who_has_not_had_its_turn_when_the_window_ends_is_taken_without(world):
    story = world(REBOOTING.replace("6 hours", "2 hours"))
    group = sorted(grouped(story, 5))
    story.sandbox.ec2.timing.boot = timedelta(minutes=20)
    story.until(8)
    ends = start_at(4)
    rebooted = [key for _, key in reboots(story)]
    assert rebooted == group[: len(rebooted)]
    assert 0 < len(rebooted) < len(group)
    assert reboots(story)[-1][0] <= ends - timedelta(minutes=30)
    spared = {key: one.get("not_rebooted") for key, one in takes(story).items() if one["consistency"] == "crash"}
    assert spared == dict.fromkeys(group[len(rebooted) :], "window_ends")
    assert len(story.good(HOME)) == 5


def test_a_watcher_that_cannot_write_down_who_is_away_reboots_nobody_and_loses_no_night(world):
    story = world(REBOOTING.replace("6 hours", "2 hours"))
    [alone], group = story.launch(), grouped(story, 2)
    story.sandbox.faults.play(
        read('[[refuse]]\nservice = "s3"\noperation = "PutObject"\ncaller = "nightkeep-*-watch"\ncode = "SlowDown"\n')
    )
    story.until(3, 20)
    assert story.images(HOME) == []
    story.until(6)
    assert reboots(story) == []
    assert {key: one["not_rebooted"] for key, one in takes(story).items()} == dict.fromkeys([alone, *group], "window_ends")
    assert {(record["event"], record["reason"]) for record in story.records(status="failed")} == {("vault.write", "aws_busy")}
    assert story.dead_letters() == []


def test_of_two_watchers_at_once_one_finds_that_the_other_was_first(world):
    """The other one writes between the first one's look and its write, and dies before it has sent its order."""
    story = world(REBOOTING)
    group = sorted(grouped(story, 3))
    written = []

    def be_first(call):
        if not written and call.caller.endswith("-watch") and call.operation == "DescribeInstances":
            night_id, until = f"{HOME}/nightly/{story.slot()}", start_at(8)
            away = Away(
                policy="nightly", slot=story.slot(), night_id=night_id, reason=Reason.SCHEDULED, keys=("group/g",),
                ordered=story.now, until=story.now + timedelta(hours=1),
            )  # fmt: skip
            state = NOBODY.with_ordered(night_id, until, group[1]).with_away(group[1], away)
            bucket = f"nightkeep-{HOME}-{story.sandbox.account}-{HOME}-an"
            written.append(story.sandbox.client("s3", HOME).put_object(Bucket=bucket, Key=REBOOTS, Body=state.model_dump_json()))

    story.sandbox.gateway.watchers.append(be_first)
    story.until(5)
    late = [call for call in story.calls("PutObject", service="s3") if call.error_code is not None]
    assert [call.error_code for call in late] == ["PreconditionFailed"]
    assert [key for _, key in reboots(story)] == [group[1], group[0], group[2]]
    assert one_at_a_time(reboots(story))
    assert story.records(status="failed") == []
