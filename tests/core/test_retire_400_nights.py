"""Four hundred nights, judged every day, leave exactly what a table says in both regions."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count

from functions.core import config, tags
from functions.core.retire import judge
from functions.core.retire.backup import Seen
from functions.core.retire.limits import most, over, within_half
from functions.core.retire.memory import NOTHING
from functions.core.retire.observed import remembered
from functions.core.retire.step import Step
from functions.core.slot import slot_label
from tests.builders import copy_of, image, instance
from tests.four_hundred_nights import ENDED, FIRST, HOME, LAST, LIVES, MISSED, POLICIES, RECOVERY, TERMINATED


def test_four_hundred_nights_judged_every_day_leave_exactly_what_the_table_says_in_both_regions():
    lives, ends = instance(1), instance(2)
    held, numbers, memory = {HOME: {}, RECOVERY: {}}, count(1), NOTHING
    changes = {day: config.parse(tomllib.loads(text), "nightkeep.toml") for day, text in POLICIES.items()}
    for day in (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)):
        if day not in MISSED:
            take(held, [lives, ends] if day <= TERMINATED else [lives], datetime.combine(day, time(2), UTC), numbers)
        there = {one.instance_id: one for one in ([lives, ends] if day < TERMINATED else [lives])}
        conf = changes[max(change for change in changes if change <= day)]
        memory = retire(conf, there, held, memory, datetime.combine(day, time(12), UTC))
    for one, table in ((lives, LIVES), (ends, ENDED)):
        for region, wanted in table.items():
            left = {f"{each.taken:%Y-%m-%d}": each.state for each in held[region].values() if each.key[1] == one.instance_id}
            assert left.items() ^ wanted.items() == set(), f"{one.instance_id} in {region}"


def take(held, fleet, start, numbers):
    """A night: an image of each instance, and its copy."""
    for one in fleet:
        made = image(next(numbers), of=one, start=start)
        for each in (made, copy_of(made)):
            held[each.region][each.image_id] = each


def retire(conf, there, held, memory, now):
    """A day's run: each step is taken at once. What the next run is to know."""
    good = frozenset(each.image_id for images in held.values() for each in images.values() if each.state == "available")
    seen = Seen(there, {region: list(images.values()) for region, images in held.items()}, good, now, memory)
    judged = judge(conf, seen)
    verdicts = within_half(judged)
    assert over(verdicts, (), most(conf, seen)) == {}
    for verdict in verdicts:
        images, image_id = held[verdict.image.region], verdict.image.image_id
        if verdict.step is Step.DISABLE:
            images[image_id] = replace(verdict.image, state="disabled", tags=verdict.image.tags | {tags.DISABLED_AT: slot_label(now)})
        elif verdict.step is Step.DEREGISTER:
            del images[image_id]
    return remembered(conf, seen, judged, verdicts, ())
