"""What becomes of each image, by table and by property."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import tags
from functions.core.record import Reason, Status
from functions.core.retire import judge
from functions.core.retire.action import order, refusal
from functions.core.retire.backup import Seen
from functions.core.retire.ladder import without_old_marks
from functions.core.retire.limits import most, over, within_half
from functions.core.retire.memory import NOTHING, Condition, Memory
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.slot import slot_label
from functions.core.values import Device
from tests import builders
from tests.builders import HOME, RECOVERY, config, copy_of, image, instance

NOW = datetime(2027, 3, 31, 12, tzinfo=UTC)
LAST = datetime(2027, 3, 31, 1, 30, tzinfo=UTC)
KEEP = {"daily": 3, "at_least": 2}


def night(age):
    return LAST - timedelta(days=age)


def old(age, **fields):
    return image(age + 1, of=instance(), start=night(age), **fields)


def known(days, *ids, condition, region=HOME):
    """The memory of runs that have found these ids in a condition for so many days."""
    return Memory(regions={region: {condition: {key: NOW - timedelta(days=days) for key in ids}}})


def seen(home, recovery=None, instances=None, good=None, now=NOW, memory=NOTHING):
    copies = [copy_of(one) for one in home if one.state == "available"] if recovery is None else recovery
    images = {HOME: home, RECOVERY: copies}
    usable = {one.image_id for held in images.values() for one in held if one.state == "available"}
    listed = [instance()] if instances is None else instances
    return Seen({one.instance_id: one for one in listed}, images, frozenset(usable if good is None else good), now, memory)


def policy(**fields):
    return config(nightly={"keep": KEEP} | fields)


def verdicts(conf, view, region=HOME):
    return {verdict.image.image_id: verdict for verdict in judge(conf, view) if verdict.image.region == region}


def of(subject, others=range(4), conf=None, **view):
    """What becomes of `subject` beside the images of the last nights."""
    home = [old(age) for age in others]
    return verdicts(conf or policy(), seen([*home, subject], **view))[subject.image_id]


def disabled(age, days, **fields):
    since = slot_label(NOW - timedelta(days=days))
    one = old(age, state="disabled", **fields)
    return replace(one, tags={**one.tags, tags.DISABLED_AT: since})


def test_fresh_images_are_kept_and_say_by_what():
    found = verdicts(policy(), seen([old(age) for age in range(5)]))
    assert {age: found[old(age).image_id].reason for age in range(5)} == {
        0: Reason.DAILY,
        1: Reason.DAILY,
        2: Reason.DAILY,
        3: Reason.STALE,
        4: Reason.STALE,
    }
    assert found[old(0).image_id].kept_by == (Reason.DAILY, Reason.AT_LEAST)
    assert found[old(4).image_id].step is Step.DISABLE


@pytest.mark.parametrize(
    ("subject", "ladder", "step", "reason"),
    [
        (old(9), {}, Step.DISABLE, Reason.STALE),
        (old(9), {"deprecate": True}, Step.DEPRECATE, Reason.STALE),
        (old(9, deprecated=NOW - timedelta(days=1)), {"deprecate": True}, Step.DISABLE, Reason.STALE),
        (old(9, deprecated=NOW - timedelta(days=1)), {"deprecate": True, "disable_after": timedelta(days=2)}, None, Reason.LADDER_WAITS),
        (old(9, deprecated=NOW - timedelta(days=2)), {"deprecate": True, "disable_after": timedelta(days=2)}, Step.DISABLE, Reason.STALE),
        (old(9, state="disabled"), {}, Step.MARK, Reason.STALE),
        (disabled(9, 13), {}, None, Reason.LADDER_WAITS),
        (disabled(9, 14), {}, Step.DEREGISTER, Reason.STALE),
        (disabled(9, 400), {"deregister_after": "never"}, None, Reason.LADDER_ENDS),
    ],
)
def test_one_rung_after_the_other_each_with_its_delay(subject, ladder, step, reason):
    found = of(subject, conf=policy(ladder=ladder), memory=known(3, subject.image_id, condition=Condition.STALE))
    assert (found.step, found.reason) == (step, reason)


@pytest.mark.parametrize(("days", "due"), [(None, 2), (0, 2), (1, 1), (2, None)])
def test_a_date_from_before_an_image_turned_stale_brings_it_no_further(days, due):
    subject = old(9, deprecated=NOW - timedelta(days=99))
    memory = NOTHING if days is None else known(days, subject.image_id, condition=Condition.STALE)
    found = of(subject, conf=policy(ladder={"deprecate": True, "disable_after": timedelta(days=2)}), memory=memory)
    assert (found.step, found.due) == (None if due else Step.DISABLE, due and NOW + timedelta(days=due))


def test_without_a_memory_a_date_that_somebody_set_disables_nothing():
    assert of(old(9, deprecated=NOW - timedelta(days=99)), conf=policy(ladder={"deprecate": True})).reason is Reason.LADDER_WAITS


def test_a_waiting_image_says_until_when():
    assert of(disabled(9, 13)).due == NOW.replace(second=0) + timedelta(days=1)


def test_the_time_of_disabling_is_believed_only_of_what_is_disabled():
    marked = old(9)
    marked = replace(marked, tags={**marked.tags, tags.DISABLED_AT: slot_label(NOW - timedelta(days=99))})
    assert of(marked).step is Step.DISABLE


def marked(one):
    return replace(one, tags={**one.tags, tags.DISABLED_AT: slot_label(NOW - timedelta(days=99))})


def test_what_somebody_enabled_loses_its_mark_unless_it_is_disabled_in_this_run():
    kept, stale, held_back, disabled_by_us = marked(old(0)), marked(old(9)), marked(held(old(8))), marked(old(9, state="disabled"))
    view = seen([kept, old(1), old(2), old(3), held_back, stale, replace(disabled_by_us, image_id="ami-disabled")])
    found = {one.image.image_id: one.step for one in without_old_marks(judge(policy(), view)) if one.image.region == HOME}
    assert (found[kept.image_id], found[held_back.image_id]) == (Step.UNMARK, Step.UNMARK)
    assert (found[stale.image_id], found["ami-disabled"]) == (Step.DISABLE, Step.DEREGISTER)
    assert found[old(1).image_id] is None
    emptied = replace(kept, tags={**kept.tags, tags.DISABLED_AT: ""})
    assert without_old_marks([Verdict(emptied, Reason.DAILY)])[0].step is None
    assert without_old_marks([Verdict(kept, Reason.NOT_OURS, refused=True)])[0].step is None


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


def held(one, why="audit"):
    return replace(one, tags={**one.tags, tags.HOLD: why})


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


def test_each_region_is_judged_by_what_it_holds_and_keeps():
    home = [old(age) for age in range(8)]
    conf = policy(keep_in={RECOVERY: {"newest": 1}})
    kept = {region: [one for one in verdicts(conf, seen(home), region).values() if one.kept_by] for region in (HOME, RECOVERY)}
    assert (len(kept[HOME]), len(kept[RECOVERY])) == (3, 1)


def test_a_region_that_is_no_longer_copied_to_is_judged_only_when_it_is_named_in_retire_only():
    home = [old(age) for age in range(8)]
    dropped = policy(copy_to=[])
    assert {one.reason for one in verdicts(dropped, seen(home), RECOVERY).values()} == {Reason.REGION_REMOVED}
    still = policy(copy_to=[], retire_only=[RECOVERY])
    assert Step.DISABLE in {one.step for one in verdicts(still, seen(home), RECOVERY).values()}


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


def test_another_homes_images_are_not_seen_as_ours():
    assert judge(policy(), seen([image(9, start=night(9), home="us-east-1")], recovery=[])) == []


def test_what_carries_our_tag_and_is_not_ours_is_skipped_with_its_reason_and_never_steps():
    renamed, unsourced = old(9, name="golden"), copy_of(old(9), source_image_id="ami-0other")
    untagged = replace(old(8), tags={tags.HOME: HOME})
    view = seen([old(age) for age in range(4)] + [renamed, untagged], recovery=[*(copy_of(old(age)) for age in range(4)), unsourced])
    for region, subjects in ((HOME, [renamed, untagged]), (RECOVERY, [unsourced])):
        found = verdicts(policy(), view, region)
        assert {(one.reason, one.decision) for one in (found[each.image_id] for each in subjects)} == {(Reason.NOT_OURS, "skip")}
    ordered = order(HOME, Verdict(replace(renamed, state="disabled"), Reason.STALE, Step.DISABLE), NOW)
    assert refusal(ordered, verdicts(policy(), view)[renamed.image_id], NOW).reason is Reason.NOT_OURS


def test_images_of_a_removed_policy_or_region_stay_with_that_reason_and_so_do_wrecks():
    for state in ("available", "disabled", "failed"):
        dropped = image(9, of=instance(), start=night(9), policy="dropped", state=state)
        assert (of(dropped).reason, of(dropped).decision) == (Reason.POLICY_REMOVED, "keep")
        copies = [*(copy_of(old(age)) for age in range(4)), copy_of(old(9), state=state)]
        found = verdicts(policy(copy_to=[]), seen([old(age) for age in range(4)], recovery=copies), RECOVERY)
        assert {(one.reason, one.decision) for one in found.values()} == {(Reason.REGION_REMOVED, "keep")}


def test_at_most_half_of_an_instances_images_step_at_once_the_oldest():
    view = seen([old(age) for age in range(20)])
    found = within_half(judge(policy(), view))
    at_home = [one for one in found if one.image.region == HOME]
    stepping = [one.image.image_id for one in at_home if one.step is not None]
    assert set(stepping) == {old(age).image_id for age in range(10, 20)}
    assert {one.reason for one in at_home if one.refused} == {Reason.HALF_OF_INSTANCE}


@pytest.mark.parametrize(
    ("stale", "others", "reason", "steps"),
    [
        (1, [], Reason.STALE, 0),
        (1, ["available"], Reason.STALE, 1),
        (2, ["available"], Reason.STALE, 1),
        (2, ["disabled", "disabled"], Reason.STALE, 2),
        (4, ["available"], Reason.STALE, 2),
        (1, ["pending"], Reason.STALE, 0),
        (1, ["failed"], Reason.STALE, 0),
        (1, [], Reason.ENDED, 1),
        (1, ["failed"], Reason.ENDED, 1),
        (2, [], Reason.ENDED, 1),
        (3, [], Reason.ENDED, 1),
        (4, [], Reason.ENDED, 2),
        (1, ["available"], Reason.ENDED, 1),
    ],
)
def test_half_of_an_instances_images_is_rounded_down_but_the_last_one_of_an_ended_instance_goes(stale, others, reason, steps):
    going = [Verdict(old(age), reason, Step.DISABLE) for age in range(20, 20 + stale)]
    staying = [Verdict(old(age, state=state), Reason.DAILY) for age, state in enumerate(others)]
    elsewhere = [Verdict(copy_of(old(age)), Reason.DAILY) for age in range(9)]
    strange = [Verdict(old(age), Reason.NOT_OURS, refused=True) for age in range(40, 49)]
    found = within_half([*going, *staying, *elsewhere, *strange])
    oldest = {old(age).image_id for age in range(20 + stale - steps, 20 + stale)}
    assert {one.image.image_id for one in found if one.step} == oldest


def test_a_run_is_limited_by_twice_what_is_selected_or_by_the_configuration():
    view = seen([old(age) for age in range(60)], instances=[instance(number) for number in range(1, 13)])
    assert most(policy(), view) == 24
    assert most(policy(), replace(view, instances={})) == 20
    limited = builders.config(nightly={"keep": KEEP}).model_copy(update={"retire_limit": 5})
    assert most(limited, view) == 5
    found = within_half(judge(policy(), view))
    assert over(found, (), 24) == {(HOME, Step.DISABLE): 30, (RECOVERY, Step.DISABLE): 30}
    assert over(found, (), 30) == {}


@pytest.mark.parametrize(
    ("step", "subject", "status", "reason"),
    [
        (Step.DISABLE, old(9), None, None),
        (Step.DISABLE, old(9, state="disabled"), Status.ALREADY, Reason.EXISTS),
        (Step.DEPRECATE, old(9, deprecated=NOW), Status.ALREADY, Reason.EXISTS),
        (Step.MARK, disabled(9, 1), Status.ALREADY, Reason.EXISTS),
        (Step.UNMARK, disabled(9, 1), Status.SKIPPED, Reason.LADDER_WAITS),
        (Step.UNMARK, old(1), Status.ALREADY, Reason.EXISTS),
        (Step.DEREGISTER, disabled(9, 1), Status.SKIPPED, Reason.LADDER_WAITS),
        (Step.DEREGISTER, old(9), Status.SKIPPED, Reason.NOT_DUE),
        (Step.DISABLE, old(1), Status.SKIPPED, Reason.DAILY),
        (Step.DEREGISTER, None, Status.ALREADY, Reason.EXISTS),
        (Step.DISABLE, None, Status.SKIPPED, Reason.SOURCE_GONE),
    ],
)
def test_a_worker_judges_anew(step, subject, status, reason):
    ordered = order(HOME, Verdict(subject or old(9), Reason.STALE, step), NOW)
    verdict = None if subject is None else of(subject, others=(0, 2, 3))
    found = refusal(ordered, verdict, NOW)
    assert (found and found.status, found and found.reason) == (status, reason)


def test_an_order_about_an_image_that_is_not_ours_is_refused():
    ordered = order(HOME, Verdict(old(9), Reason.STALE, Step.DEREGISTER), NOW)
    assert refusal(ordered, None, NOW, is_there=True).reason is Reason.NOT_OURS


def test_an_order_expires():
    ordered = order(HOME, Verdict(old(9), Reason.STALE, Step.DISABLE), NOW)
    assert refusal(ordered, of(old(9)), NOW + timedelta(hours=12)) is None
    assert refusal(ordered, of(old(9)), NOW + timedelta(hours=13)).reason is Reason.EXPIRED


states = st.sampled_from(["available", "available", "available", "disabled", "pending", "failed"])


@st.composite
def worlds(draw):
    ages = draw(st.lists(st.integers(0, 120), unique=True, max_size=25))
    home = [disabled(age, draw(st.integers(0, 40))) if draw(st.booleans()) else old(age, state=draw(states)) for age in ages]
    copies = [copy_of(one, state=draw(states)) for one in home if draw(st.booleans())]
    there = draw(st.sampled_from([[], [instance()], [instance(backup="off")]]))
    return seen(home, recovery=copies, instances=there)


keeps = st.fixed_dictionaries({"daily": st.integers(1, 30), "weekly": st.none() | st.integers(1, 20), "at_least": st.integers(1, 4)})


@given(worlds(), keeps)
def test_no_step_ever_leaves_an_instance_without_its_newest_good_image(view, keep):
    found = judge(policy(keep=keep, after_termination="forever"), view)
    for region, images in view.images.items():
        good = sorted((one for one in images if one.image_id in view.good), key=lambda one: one.key[2])
        newest = {one.image_id for one in good[-keep["at_least"] :]}
        assert not newest & {one.image.image_id for one in found if one.image.region == region and one.step is not None}


@given(worlds(), keeps)
def test_every_image_gets_one_verdict_and_the_same_one_again(view, keep):
    conf = policy(keep=keep)
    found = judge(conf, view)
    assert sorted(one.image.image_id for one in found) == sorted(one.image_id for images in view.images.values() for one in images)
    assert judge(conf, replace(view, images={region: list(reversed(images)) for region, images in view.images.items()})) == found


def test_an_instance_that_a_policy_without_an_image_selects_loses_nothing():
    conf = config(nightly={"keep": KEEP}, gold={"keep": KEEP})
    view = seen([old(age) for age in range(8)], instances=[instance(backup="gold")])
    assert {one.reason for one in verdicts(conf, view).values() if one.refused} == {Reason.BACKUP_OVERDUE}
