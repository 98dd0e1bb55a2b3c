"""Things that happen twice, or in the middle of a night, double nothing."""

from datetime import timedelta

from sandbox.faults import read
from tests.stories.world import HOME, NIGHTLY, RECOVERY


def one_each(story, instances, nights=1):
    assert len(story.images(HOME)) == len(instances) * nights
    assert len(story.images(RECOVERY)) == len(instances) * nights
    assert story.records(status="failed") == []
    assert story.dead_letters() == []


def test_a_slot_run_twice(world):
    story = world()
    fleet = story.launch(3)
    story.until(2, 1)
    story.send_slot()
    story.until(3)
    story.send_slot()
    story.nights(1)
    one_each(story, fleet)
    assert len(story.records("image.take", status="already")) == 6


def test_every_event_delivered_twice(world):
    story = world()
    story.sandbox.faults.double_event(lambda event: True)
    fleet = story.launch(3)
    story.nights(1)
    one_each(story, fleet)
    assert len(story.records("image.copy", status="already")) == 3


def test_every_message_delivered_twice(world):
    story = world()
    fleet = story.launch(3)
    sqs = story.sandbox.client("sqs", HOME)

    def again(call):
        if call.operation == "SendMessageBatch" and call.caller.startswith("nightkeep-"):
            sqs.send_message_batch(**call.parameters)

    story.sandbox.gateway.watchers.append(again)
    story.nights(1)
    one_each(story, fleet)


def test_a_template_edited_in_mid_night(world):
    story = world()
    fleet = story.launch(3)
    story.until(2, 7)
    story.deploy(NIGHTLY + 'name_tag = "renamed {instance_id}"\ndescription = "another"\n')
    story.send_slot()
    story.nights(1)
    one_each(story, fleet)


def test_a_policy_added_and_a_deployment_in_mid_night(world):
    story = world()
    fleet = story.launch(3)
    for minute in (1, 6, 12):
        story.until(2, minute)
        story.deploy(NIGHTLY + f'\n[policies.weekly]\nschedule = "cron(0 {minute} ? * SUN *)"\n')
    story.nights(1)
    one_each(story, fleet)


def test_a_function_that_dies_after_its_call_leaves_one_image(world):
    story = world()
    fleet = story.launch(2)
    deaths = [f'[[die]]\nservice = "ec2"\noperation = "{operation}"\ntimes = 2\n' for operation in ("CreateImage", "CopyImage")]
    story.sandbox.faults.play(read("".join(deaths)))
    story.nights(2)
    exits = [
        line for part in ("take", "copy") for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-{part}") if "Runtime exited" in line
    ]
    assert len(exits) == 4
    one_each(story, fleet, nights=2)


def test_a_planner_that_dies_while_it_keeps_its_night_keeps_it_whole_when_it_is_started_again(world):
    story = world()
    fleet = story.launch(2)
    story.sandbox.faults.play(
        read('[[die]]\nfunction = "nightkeep-*-take-images"\nservice = "s3"\noperation = "PutObject"\nonly = [1, 5]\n')
    )
    story.nights(1)
    exits = [line for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-take-images") if "Runtime exited" in line]
    assert len(exits) == 2
    assert story.manifest(story.slot(), RECOVERY)["takes"] == 2
    kept = story.records("vault.write", slot=story.slot())
    found = {record["resource_id"].rpartition("/")[2] for record in kept if record["status"] == "already"}
    assert found == {"plan-0001.jsonl.gz", "config-0001.jsonl.gz"}
    one_each(story, fleet)


def test_the_sweep_repairs_only_at_its_ages(world):
    story = world()
    story.launch(2)
    story.sandbox.faults.lose_event(lambda event: event["detail-type"] == "EC2 AMI State Change")
    story.until(3, 40)
    assert story.images(RECOVERY) == []
    story.sandbox.clock.run_for(timedelta(hours=1))
    assert len(story.images(RECOVERY)) == 2
