"""Four hundred nights leave exactly what a table says: classes of the calendar, two changes of policy, three missed nights, an instance that is terminated."""

import json
from datetime import date, timedelta

import pytest

from tests.stories.retiring import arm, night, only_retire
from tests.stories.world import HOME, NIGHTLY, RECOVERY, start_at

FIRST, LAST = date(2027, 3, 1), date(2028, 4, 3)
TERMINATED = date(2027, 9, 16)
MISSED = {date(2027, 11, 1), date(2028, 1, 1), date(2028, 3, 20)}
"""The first night of a month, of a year and of a month, of a week."""


def policy(home, recovery):
    table = NIGHTLY.replace("window", f'after_termination = "120 days"\nkeep = {{ {home} }}\nkeep_in.eu-west-1 = {{ {recovery} }}\nwindow')
    return f'{table}\n[policies.nightly.ladder]\nderegister_after = "1 day"\n'


POLICIES = {
    FIRST: policy("daily = 7, weekly = 4, monthly = 12, yearly = 3, at_least = 2", "newest = 3, monthly = 2, yearly = 1"),
    date(2027, 7, 28): policy("daily = 3, weekly = 2, monthly = 2, yearly = 1, at_least = 2", "newest = 3, monthly = 2, yearly = 1"),
    date(2027, 12, 5): policy("daily = 5, weekly = 3, monthly = 12, yearly = 3, at_least = 2", "newest = 3, monthly = 6, yearly = 1"),
}

LIVES = {
    HOME: {
        "2027-03-01": "available",  # the first of 2027; March to October went with the first change
        "2027-11-02": "available",  # the first of November, since the 1st was missed
        "2027-12-01": "available",
        "2028-01-02": "available",  # the first of January and of 2028, since the 1st was missed
        "2028-02-01": "available",
        "2028-03-01": "available",
        "2028-03-13": "disabled",  # the Monday of four weeks, this one among them: stale since today, a Monday
        "2028-03-21": "available",  # the first of its week, since the Monday was missed
        "2028-03-27": "available",  # Monday
        "2028-03-29": "disabled",  # five days ago: stale since today
        "2028-03-30": "available",
        "2028-03-31": "available",
        "2028-04-01": "available",
        "2028-04-02": "available",
        "2028-04-03": "available",
    },
    RECOVERY: {
        "2027-11-02": "available",
        "2027-12-01": "available",
        "2028-01-02": "available",
        "2028-02-01": "available",
        "2028-03-01": "available",
        "2028-03-31": "disabled",  # the fourth newest: stale since today
        "2028-04-01": "available",
        "2028-04-02": "available",
        "2028-04-03": "available",
    },
}
ENDED = {
    HOME: {
        "2027-03-01": "available",  # the first of 2027
        "2027-09-15": "available",  # the newest but one until the second change, and since then September's first
    },
    RECOVERY: {},  # three stayed for 120 days, one of them as September's until March
}


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
