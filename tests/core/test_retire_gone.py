"""What an instance that is gone leaves behind, until it has ended and after."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core import tags
from functions.core.record import Reason
from functions.core.retire.memory import Condition
from functions.core.retire.step import Step
from tests.builders import config, image, instance
from tests.core.retiring import KEEP, NOW, disabled, known, night, old, policy, seen, verdicts


@pytest.mark.parametrize(
    ("age", "fields", "steps", "reasons"),
    [
        (0, {}, 0, {Reason.INSTANCE_GONE}),
        (6, {}, 0, {Reason.INSTANCE_GONE}),  # away for less than gone_after
        (7, {}, 6, {Reason.STALE, Reason.AT_LEAST}),
        (8, {}, 6, {Reason.STALE, Reason.AT_LEAST}),
        (89, {}, 6, {Reason.STALE, Reason.AT_LEAST}),
        (91, {}, 8, {Reason.ENDED}),
        (91, {"after_termination": "forever"}, 6, {Reason.STALE, Reason.AT_LEAST}),
        (8, {"after_termination": timedelta(days=8)}, 8, {Reason.ENDED}),
    ],
)
def test_an_instance_that_is_gone(age, fields, steps, reasons):
    home = [old(200 + more) for more in range(8)]  # whenever the last image was made
    gone = known(age, instance().instance_id, condition=Condition.MISSING)
    found = verdicts(policy(keep=KEEP | {"daily": 1}, **fields), seen(home, instances=[], memory=gone)).values()
    assert sum(1 for one in found if one.step is not None) == steps
    assert {one.reason for one in found if one.reason not in {Reason.AT_LEAST, Reason.DAILY}} == reasons - {Reason.AT_LEAST}


def test_an_instance_that_no_run_has_missed_yet_loses_nothing():
    home = [old(200 + more) for more in range(8)]
    assert {one.step for one in verdicts(policy(), seen(home, instances=[])).values()} == {None}
    again = known(300, instance().instance_id, condition=Condition.MISSING)
    there = seen(home, memory=again, instances=[instance(backup="off")])
    assert Reason.ENDED not in {one.reason for one in verdicts(policy(), there).values()}


ENDED = known(91, instance().instance_id, condition=Condition.MISSING)


@pytest.mark.parametrize(("missing", "ended"), [(6, set()), (29, set()), (30, {"nightly"}), (89, {"nightly"}), (90, {"nightly", "other"})])
def test_an_instance_under_two_policies_ends_under_each_at_its_own_time(missing, ended):
    conf = config(
        nightly={"keep": KEEP, "after_termination": timedelta(days=30)}, other={"keep": KEEP, "after_termination": timedelta(days=90)}
    )
    home = [
        image(number, of=instance(), start=night(100 + number), policy=name)
        for number, name in enumerate(["nightly", "nightly", "other", "other"])
    ]
    memory = known(missing, instance().instance_id, condition=Condition.MISSING)
    found = verdicts(conf, seen(home, instances=[], memory=memory)).values()
    assert {one.image.key[0] for one in found if one.reason is Reason.ENDED} == ended
    assert {one.image.key[0] for one in found if one.kept_by == (Reason.AT_LEAST,)} == {"nightly", "other"} - ended


def test_the_calendar_still_holds_what_an_ended_instance_left():
    home = [old(age) for age in (100, 101)]
    found = verdicts(policy(keep={"monthly": 12}), seen(home, instances=[], memory=ENDED))
    assert {age: found[old(age).image_id].reason for age in (100, 101)} == {100: Reason.ENDED, 101: Reason.MONTHLY}


def test_an_instance_that_has_ended_stays_ended_when_its_newest_image_is_disabled():
    home = [disabled(age, 20) for age in (100, 101)]
    assert {one.step for one in verdicts(policy(), seen(home, recovery=[], instances=[], memory=ENDED)).values()} == {Step.DEREGISTER}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tags": {tags.HOLD: "audit"}}, Reason.HELD),
        ({"protected": True}, Reason.PROTECTED),
        ({"public": True}, Reason.SHARED),
        ({"launched": NOW - timedelta(days=30)}, Reason.RECENTLY_LAUNCHED),
        ({}, Reason.ENDED),
    ],
)
def test_the_rails_that_wait_for_nothing_new_hold_what_an_ended_instance_left_too(change, reason):
    one = old(100)
    subject = replace(one, **change | {"tags": one.tags | change.get("tags", {})})
    found = verdicts(policy(), seen([subject], recovery=[], instances=[], memory=ENDED))[subject.image_id]
    assert (found.reason, found.step) == (reason, Step.DISABLE if reason is Reason.ENDED else None)


def test_a_newer_image_that_is_pending_holds_what_an_ended_instance_left():
    wanted = image(200, of=instance(), start=night(99) + timedelta(hours=2), state="pending", policy="other")
    view = seen([old(100), wanted], recovery=[], instances=[], memory=ENDED)
    conf = config(nightly={"keep": KEEP}, other={"keep": KEEP})
    assert verdicts(conf, view)[old(100).image_id].reason is Reason.NEWER_PENDING
