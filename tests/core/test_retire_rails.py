"""The rails: what holds a stale image where it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core import tags
from functions.core.record import Reason
from functions.core.retire.memory import Condition
from functions.core.retire.step import Step
from functions.core.values import Device
from tests.builders import HOME, RECOVERY, config, copy_of, image, instance
from tests.core.retiring import KEEP, NOW, disabled, held, known, night, of, old, policy, seen, verdicts


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"protected": True}, Reason.PROTECTED),
        ({"public": True}, Reason.SHARED),
        ({"launched": NOW - timedelta(days=30)}, Reason.RECENTLY_LAUNCHED),
        ({"launched": NOW - timedelta(days=32)}, Reason.STALE),
    ],
)
def test_rails_that_the_image_shows(fields, reason):
    found = of(old(9, **fields))
    assert (found.reason, found.decision) == (reason, "step" if reason is Reason.STALE else "skip")
    assert of(old(9, public=True), conf=policy(ladder={"protect_shared": False})).step is Step.DISABLE
    assert of(old(9, launched=NOW), conf=policy(ladder={"protect_launched": timedelta(0)})).step is Step.DISABLE


def test_held_images_stay_and_so_do_those_of_an_unknown_policy_and_of_one_that_keeps_all():
    assert (of(held(old(9))).reason, of(held(old(9))).decision) == (Reason.HELD, "skip")
    assert of(held(old(9), why="")).reason is Reason.HELD
    assert of(held(disabled(9, 30))).reason is Reason.HELD
    assert of(held(old(9, state="failed"))).reason is Reason.HELD
    assert of(held(old(0)), others=range(1, 4)).decision == "keep"
    assert of(image(9, of=instance(), start=night(9), policy="dropped")).reason is Reason.POLICY_REMOVED
    assert of(old(9), conf=config(nightly={})).reason is Reason.KEPT_FOREVER


def test_while_an_instance_carries_the_hold_nothing_of_it_goes_though_no_image_is_tagged():
    one = instance()
    holding = [replace(one, tags={**one.tags, tags.hold_key("Backup"): ""})]
    healthy = [old(age) for age in range(4)]
    for stale in (old(9), disabled(9, 30)):
        assert of(stale).decision == "step"
        assert (of(stale, instances=holding).decision, of(stale, instances=holding).reason) == ("skip", Reason.HELD)
    failed = old(9, state="failed")
    wrecks = known(9, failed.image_id, condition=Condition.WRECK)
    assert verdicts(policy(), seen([*healthy, failed], memory=wrecks))[failed.image_id].step is Step.DEREGISTER
    assert verdicts(policy(), seen([*healthy, failed], instances=holding, memory=wrecks))[failed.image_id].reason is Reason.HELD
    assert of(old(0), others=range(1, 4), instances=holding).decision == "keep"


def test_an_instance_whose_newest_image_is_overdue_loses_nothing_anywhere():
    view = seen([old(age) for age in range(1, 9)])
    for region in (HOME, RECOVERY):
        assert {one.reason for one in verdicts(policy(), view, region).values() if one.decision != "keep"} == {Reason.BACKUP_OVERDUE}
    unselected = replace(view, instances={instance().instance_id: instance(backup="off")})
    assert Step.DISABLE in {one.step for one in verdicts(policy(), unselected).values()}


def is_overdue(conf, **fields):
    view = seen([old(age) for age in range(1, 9)], instances=[instance(**fields)])
    return Reason.BACKUP_OVERDUE in {one.reason for one in verdicts(conf, view).values()}


def test_an_instance_that_is_not_imaged_for_what_passes_is_overdue():
    assert is_overdue(policy(), state="stopping")
    assert is_overdue(policy(), state="stopped", root_device="/dev/xvda")  # nothing is attached as that


@pytest.mark.parametrize(
    "fields",
    [
        {"backup": "off"},
        {"backup": None},
        {"backup": None, "tags": {"backup": "nightly"}},
        {"backup": "nigthly"},
        {"backup": "rare"},
        {"tags": {"env": "test"}},
        {"spot": True},
        {"tags": {"aws:autoscaling:groupName": "web"}},
        {"state": "stopped"},
        {"root_device_type": "instance-store"},
    ],
)
def test_an_instance_that_somebody_left_out_is_not_overdue(fields):
    left_out = {"exclude_tags": {"env": "test"}, "spot": False, "auto_scaling": False, "states": ["running"]}
    conf = config(nightly={"keep": KEEP} | left_out, rare={"schedule": "cron(30 1 1 1 ? 2040)"})
    assert is_overdue(conf)
    assert not is_overdue(conf, **fields)


def test_what_is_amiss_under_one_policy_holds_the_images_under_all_of_an_instance():
    conf = config(nightly={"keep": KEEP}, other={"keep": {"newest": 1}})
    both = instance(backup="nightly other")
    ours = [image(age + 50, of=both, start=night(age), policy="other") for age in range(4)]
    late = seen([*(old(age) for age in range(1, 8)), *ours], instances=[both])
    assert {one.reason for one in verdicts(conf, late).values() if one.refused} == {Reason.BACKUP_OVERDUE}
    home = [*(old(age) for age in range(8)), *ours]
    waiting = seen(home, instances=[both], recovery=[copy_of(one, state="pending" if one is home[0] else "available") for one in home])
    assert {one.reason for one in verdicts(conf, waiting, RECOVERY).values() if one.refused} == {Reason.NEWER_PENDING}
    assert {one.step for one in verdicts(conf, waiting, RECOVERY).values()} == {None}
    assert Step.DISABLE in {one.step for one in verdicts(conf, waiting, HOME).values()}


def test_an_image_whose_night_is_still_open_stays():
    conf = policy(keep={"newest": 1}, schedule="cron(30 1,7 * * ? *)")
    found = verdicts(conf, seen([old(0), image(90, of=instance(), start=night(0) + timedelta(hours=6))]))
    assert found[old(0).image_id].reason is Reason.NIGHT_OPEN


def test_a_region_whose_newest_copy_is_pending_loses_nothing_of_that_instance():
    home = [old(age) for age in range(8)]
    copies = [copy_of(one, state="pending" if one is home[0] else "available") for one in home]
    view = seen(home, recovery=copies)
    assert {one.reason for one in verdicts(policy(), view, RECOVERY).values() if one.refused} == {Reason.NEWER_PENDING}
    assert Step.DISABLE in {one.step for one in verdicts(policy(), view, HOME).values()}


def test_an_image_stays_until_every_recovery_region_holds_a_copy_of_it_or_of_a_newer_one():
    home = [old(age) for age in range(8)]
    view = seen(home, recovery=[copy_of(home[7])])
    found = verdicts(policy(), view)
    assert found[home[7].image_id].step is Step.DISABLE
    assert {found[one.image_id].reason for one in home[3:7]} == {Reason.NOT_COPIED}
    assert verdicts(policy(), seen(home, good=[one.image_id for one in home]))[home[7].image_id].reason is Reason.NOT_COPIED
    assert verdicts(policy(), replace(view, images={HOME: home}))[home[7].image_id].reason is Reason.REGION_UNSEEN


def test_copies_under_an_earlier_key_still_fill_periods_and_count_for_at_least_but_are_no_fresh_image():
    home = [old(age) for age in range(31)]
    copies = [copy_of(one) for one in home]
    conf = policy(keep={"daily": 1, "monthly": 2, "at_least": 5})
    kept = [0, 1, 2, 3, 4, 30]  # 30: the first of the month

    def judged(recovery, good):
        found = verdicts(conf, seen(home, recovery=recovery, good={one.image_id for one in [*home, *good]}), RECOVERY)
        return [age for age, one in enumerate(recovery) if found[one.image_id].kept_by], {
            one.reason for one in found.values() if one.refused
        }

    assert judged(copies, copies) == (kept, set())
    assert judged(copies, copies[:1]) == (kept, set())
    assert judged(copies, []) == (kept, {Reason.NO_FRESH_IMAGE})
    plain = [*copies[:2], *(replace(one, devices=(Device("snap-plain", encrypted=False),)) for one in copies[2:])]
    assert judged(plain, copies[:2]) == ([0, 1], set())


def test_without_an_image_to_restore_from_nothing_goes():
    home = [disabled(age, 30) for age in range(8)]
    assert {one.reason for one in verdicts(policy(keep={"newest": 1}), seen(home, good=()), HOME).values() if one.refused} <= {
        Reason.BACKUP_OVERDUE,
        Reason.NO_FRESH_IMAGE,
    }
    view = replace(seen(home, good=()), instances={instance().instance_id: instance(backup="off")})
    assert {one.reason for one in verdicts(policy(keep={"newest": 1}), view).values() if one.refused} == {Reason.NO_FRESH_IMAGE}


def test_an_instance_that_a_policy_without_an_image_selects_loses_nothing():
    conf = config(nightly={"keep": KEEP}, gold={"keep": KEEP})
    view = seen([old(age) for age in range(8)], instances=[instance(backup="gold")])
    assert {one.reason for one in verdicts(conf, view).values() if one.refused} == {Reason.BACKUP_OVERDUE}


def test_many_images_of_one_instance_are_no_more_work_each_than_few():
    asked = []

    class Good(frozenset):
        def __contains__(self, key):
            asked.append(key)
            return super().__contains__(key)

    home = [old(age) for age in reversed(range(200))]
    view = seen(home)
    found = verdicts(policy(), replace(view, good=Good(view.good)))
    assert found[home[0].image_id].step is Step.DISABLE
    assert len(asked) < 5 * len(home)
