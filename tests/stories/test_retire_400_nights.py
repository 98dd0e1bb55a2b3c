"""Four hundred nights leave on the sandbox exactly what the table says, in both regions. In tests/core the same nights are judged every day."""

import json
from datetime import timedelta

import pytest

from tests.four_hundred_nights import ENDED, FIRST, LAST, LIVES, MISSED, POLICIES, TERMINATED
from tests.stories.retiring import arm, night, only_retire
from tests.stories.world import HOME, start_at


@pytest.mark.slow
def test_four_hundred_nights_leave_exactly_what_the_table_says_in_both_regions(world):
    story = world(POLICIES[FIRST], start=start_at())
    arm(story)
    lives, ends = story.launch(2)
    stop(story)
    day = FIRST
    while day <= LAST:
        fleet = [lives] if day > TERMINATED else [lives, ends]
        night(story, [] if day in MISSED else fleet)
        story.until(12)
        if day in POLICIES and day != FIRST:
            story.deploy(POLICIES[day])
        if day == TERMINATED:
            story.ec2().terminate_instances(InstanceIds=[ends])
        if is_due(day):
            retire(story)
        day += timedelta(days=1)
    assert (LAST - FIRST).days == 399
    for instance, table in ((lives, LIVES), (ends, ENDED)):
        for region, wanted in table.items():
            left = found(story, instance, region)
            assert left.items() ^ wanted.items() == set(), f"{instance} in {region}"
    assert story.records(status="failed") == []


def is_due(day):
    """Whether there is a run: daily before each change and at the end, else, to save time, every fifth day, which leaves the same in the end."""
    return day.toordinal() % 5 == 0 or any(0 <= (after - day).days < 10 for after in (*POLICIES, LAST))


def stop(story):
    """Let nothing run by itself."""
    only_retire(story)
    story.sandbox.client("scheduler", HOME).delete_schedule(Name=f"nightkeep-{HOME}-retire-images")


def retire(story):
    """A run, as its schedule starts it."""
    payload = json.dumps({"time": story.now.isoformat()})
    story.sandbox.client("lambda", HOME).invoke(FunctionName=f"nightkeep-{HOME}-retire-images", InvocationType="Event", Payload=payload)
    story.sandbox.clock.run_for(timedelta(minutes=5))


def found(story, instance, region):
    """The state of each image of an instance, by the date of its slot."""
    images = story.images(region, **{"tag:nightkeep:instance": instance})
    labels = {image["Name"].rsplit("/", 1)[-1]: image["State"] for image in images}
    return {f"{label[:4]}-{label[4:6]}-{label[6:8]}": state for label, state in labels.items()}
