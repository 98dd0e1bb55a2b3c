"""Tag events, late, repeated and in any order: what they may never do."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.creating import Create, decide
from functions.core.creating import Seen as SeenByWorker
from functions.core.messages import Take
from functions.core.tagged import lost, react
from functions.core.tagged.event import TagEvent
from functions.core.tagged.reaction import Seen
from functions.core.values import Image
from tests.builders import HOME, SLOT, config, instance

CONF = config(nightly={"reboot": True}, weekly={"reboot": True, "schedule": "cron(0 3 ? * SUN *)"})
KEYS = ("Backup", "Backup:now", "Backup:reboot", "Backup:hold", "Name")
AFTER = SLOT + timedelta(hours=7)
"""Both policies' windows are open or just over, and their next slots are far."""

tags = st.fixed_dictionaries(
    {"Backup": st.sampled_from(["nightly", "weekly", "nightly weekly", "off", "nigthly"])},
    optional={"Backup:now": st.sampled_from(["one", "two"]), "Backup:reboot": st.just("true"), "Backup:hold": st.just("audit")},
)
events = st.lists(
    st.tuples(
        st.sets(st.sampled_from(KEYS), min_size=1),  # what changed
        st.integers(0, 90),  # how many minutes before it comes it was sent
        st.booleans(),  # whether its takes are delivered twice
        st.booleans(),  # whether EC2 shows yet what was made before
    ),
    min_size=1,
    max_size=6,
)


def followed(carried, happened, at=AFTER):
    """The names of the images that EC2 is asked for, and those that it makes: a name it knows is refused."""
    one = instance(tags=carried)
    made, asked = {}, []
    for number, (changed, minutes, doubled, shown) in enumerate(happened):
        now = at + timedelta(minutes=10 * number)
        event = TagEvent.model_validate(
            {"time": now - timedelta(minutes=minutes), "resources": [one.instance_id], "detail": {"changed-tag-keys": changed}}
        )
        images = list(made.values()) if shown else []
        reactions = react(CONF, event, Seen(one, {HOME: images}, now))
        assert reactions
        orders = [action for reaction in reactions for action in reaction.actions if isinstance(action, Take)]
        for order in orders * (2 if doubled else 1):
            assert not order.may_reboot
            decision = decide(CONF, order, SeenByWorker({one.instance_id: one}, images, now))
            if isinstance(decision, Create):
                assert decision.no_reboot
                asked.append(decision.name)
                image = Image(f"ami-{len(made)}", HOME, decision.name, "available", now - timedelta(minutes=6), decision.tags)
                made.setdefault(decision.name, image)
    return asked, made


@settings(max_examples=25, deadline=None)
@given(tags, events)
def test_no_key_has_a_second_image_and_nothing_is_rebooted(carried, happened):
    _, made = followed(carried, happened)
    assert all(count == 1 for count in Counter(image.key for image in made.values()).values())
    wanted = {"nightly", "weekly"} & set(carried["Backup"].split()) if carried["Backup"] != "off" else set()
    assert {image.key[0] for image in made.values() if not image.on_demand} <= wanted
    assert len([image for image in made.values() if not image.on_demand]) <= len(wanted)


@settings(max_examples=25, deadline=None)
@given(tags, events, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_nothing_and_each_again_asks_for_nothing(carried, happened, random):
    timely = [(changed, 0, doubled, True) for changed, _, doubled, _ in happened]
    shuffled = random.sample(timely, len(timely))
    asked, made = followed(carried, timely)
    assert followed(carried, shuffled)[1].keys() == made.keys()
    assert len(asked) == len(set(asked)) or any(doubled for _, _, doubled, _ in timely)
    assert followed(carried, timely * 2)[1].keys() == made.keys()


def test_another_label_is_another_key_and_the_same_one_is_not():
    first = {"Backup": "off", "Backup:now": "one"}
    assert len(followed(first, [({"Backup:now"}, 0, True, False)] * 3)[1]) == 1
    assert {name.rpartition("/")[2] for name in followed(first | {"Backup:now": "two"}, [({"Backup:now"}, 0, False, True)])[1]} == {
        "now-two"
    }


def test_a_recent_image_of_the_policy_is_first_image_enough():
    one = instance()
    _, made = followed({"Backup": "nightly"}, [({"Backup"}, 0, False, True)])
    [image] = made.values()
    later = SLOT + timedelta(days=1, hours=7)
    event = TagEvent.model_validate({"time": later, "resources": [one.instance_id], "detail": {"changed-tag-keys": ["Backup"]}})
    yesterday = replace(image, created=later - timedelta(hours=23))
    assert not [action for reaction in react(CONF, event, Seen(one, {HOME: [yesterday]}, later)) for action in reaction.actions]
    older = replace(image, created=later - timedelta(hours=25))
    assert [action for reaction in react(CONF, event, Seen(one, {HOME: [older]}, later)) for action in reaction.actions]


@pytest.mark.parametrize(
    ("policy", "hours"),
    [
        ({}, [2]),
        ({"flexible_start": timedelta(minutes=90)}, [4]),
        ({"schedule": "cron(0 */2 * * ? *)", "window": timedelta(hours=2)}, [*range(0, 24, 2)]),
    ],
)
def test_each_night_is_compared_with_the_one_before_by_one_sweep(policy, hours):
    conf = config(nightly=policy)
    midnight = SLOT.replace(hour=0, minute=41)
    sweeps = [midnight + timedelta(hours=hour) for hour in range(24)]
    compared = [(at.hour, night.start, before.start) for at in sweeps for night, before in lost.last_two(conf, at)]
    assert [hour for hour, *_ in compared] == hours
    assert len({start for _, start, _ in compared}) == len(hours)
    assert all(before < start for _, start, before in compared)
