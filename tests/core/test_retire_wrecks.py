"""What is left behind: images that failed, and snapshots that no image names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core import tags
from functions.core.record import Reason
from functions.core.retire.limits import over
from functions.core.retire.memory import NOTHING, Condition, Memory
from functions.core.retire.step import Step
from functions.core.retire.wrecks import of_slot, orphans
from functions.core.values import Snapshot
from tests.builders import HOME, RECOVERY, config, copy_of, image, instance
from tests.core.retiring import KEEP, LAST, NOW, known, night, old, policy, seen, verdicts


def test_a_wreck_goes_when_its_slot_has_a_good_image_or_is_over():
    failed = {"state": "failed", "attempt": 1}
    last, replaced, over = (
        image(1, start=LAST, **failed),
        image(2, of=instance(), start=night(1), **failed),
        image(3, of=instance(), start=night(9), **failed),
    )
    again = image(2, of=instance(), start=night(1), attempt=2)
    home, opted_out = [last, replaced, again, over], [instance(backup="off")]
    found = verdicts(policy(), seen(home, instances=opted_out))
    assert (found[last.image_id].decision, found[last.image_id].reason) == ("keep", Reason.IMAGE_FAILED)
    for days, step, due in ((None, None, 0.5), (0.25, None, 0.25), (0.5, Step.DEREGISTER, None), (9, Step.DEREGISTER, None)):
        memory = NOTHING if days is None else known(days, replaced.image_id, over.image_id, condition=Condition.WRECK)
        found = verdicts(policy(), seen(home, instances=opted_out, memory=memory))
        for one in (replaced, over):
            verdict = found[one.image_id]
            assert (verdict.step, verdict.reason, verdict.due) == (step, Reason.WRECK, due and NOW + timedelta(days=due))


@pytest.mark.parametrize(
    ("fields", "others", "reason"),
    [
        ({"protected": True}, [old(0)], Reason.PROTECTED),
        ({}, [old(1)], Reason.BACKUP_OVERDUE),
        ({}, [old(0), image(95, of=instance(), start=LAST + timedelta(hours=7), state="pending")], Reason.NEWER_PENDING),
    ],
)
def test_rails_hold_a_wreck_too(fields, others, reason):
    broken = image(99, of=instance(), start=night(9), state="failed", **fields)
    view = seen([*others, broken], memory=known(9, broken.image_id, condition=Condition.WRECK))
    assert (verdicts(policy(), view)[broken.image_id].reason, verdicts(policy(), view)[broken.image_id].decision) == (reason, "skip")


def test_orphans_are_snapshots_of_ours_that_no_image_names():
    one = old(20)
    ours = {**one.tags}

    def snapshot(name, days=8, **tagged):
        return Snapshot(
            name, "completed", encrypted=False, key_arn=None, completed=None, started=NOW - timedelta(days=days), tags=ours | tagged
        )

    listed = [
        snapshot(one.devices[0].snapshot_id),
        snapshot("snap-orphan"),
        snapshot("snap-young", days=0),
        replace(snapshot("snap-pending"), state="pending"),
        replace(snapshot("snap-binned"), state="recoverable"),
        snapshot("snap-held", **{tags.HOLD: "x"}),
        snapshot("snap-other", **{tags.HOME: "us-east-1"}),
        snapshot("snap-strange", **{tags.SLOT: "some day"}),
    ]
    found = orphans(policy(), seen([one], recovery=[]), {HOME: {each.snapshot_id: each for each in listed}})
    assert [(each.region, each.snapshot.snapshot_id) for each in found] == [(HOME, "snap-orphan"), (HOME, "snap-young")]


def orphan_of(snapshot_age, view, conf=None, memory=None, region=HOME):
    """Why a snapshot of a night that old stays, when it was seen as an orphan a week ago."""
    view = replace(view, memory=known(7, "snap-left", condition=Condition.ORPHAN, region=region) if memory is None else memory)
    tagged = old(snapshot_age).tags
    left = Snapshot("snap-left", "completed", encrypted=False, key_arn=None, completed=None, started=night(snapshot_age), tags=tagged)
    [found] = orphans(conf or policy(), view, {region: {left.snapshot_id: left}})
    return found.refusal and found.refusal.reason


def test_an_orphan_goes_only_where_images_of_its_instance_are_kept_and_nothing_holds_them():
    healthy = [old(age) for age in range(4)]
    assert orphan_of(20, seen(healthy)) is None
    assert orphan_of(20, seen([])) is Reason.BACKUP_OVERDUE
    assert orphan_of(20, seen([], instances=[instance(backup="off")])) is Reason.NO_FRESH_IMAGE
    assert orphan_of(20, seen(healthy), config(nightly={})) is Reason.KEPT_FOREVER
    assert orphan_of(20, seen(healthy), config(other={"keep": KEEP})) is Reason.POLICY_REMOVED
    assert orphan_of(20, seen(healthy), policy(copy_to=[]), region=RECOVERY) is Reason.REGION_REMOVED
    assert orphan_of(20, seen(healthy), policy(copy_to=[], retire_only=[RECOVERY]), region=RECOVERY) is None
    assert orphan_of(20, seen([old(age) for age in range(3, 8)])) is Reason.BACKUP_OVERDUE
    assert orphan_of(20, seen(healthy, recovery=[])) is Reason.NOT_COPIED


@pytest.mark.parametrize(
    ("missing", "fields", "reason"),
    [
        (None, {}, Reason.INSTANCE_GONE),
        (6, {}, Reason.INSTANCE_GONE),
        (7, {}, Reason.NO_FRESH_IMAGE),
        (89, {}, Reason.NO_FRESH_IMAGE),
        (90, {}, None),
        (7, {"after_termination": timedelta(days=1)}, None),
        (400, {"after_termination": "forever"}, Reason.NO_FRESH_IMAGE),
        (400, {"keep": None}, Reason.KEPT_FOREVER),
        (400, {"keep": KEEP | {"monthly": 2}}, Reason.MONTHLY),
        (400, {"keep": KEEP | {"newest": 1}}, None),
    ],
)
@pytest.mark.parametrize("elsewhere", [[], [copy_of(old(21))]])
def test_what_the_last_image_of_an_instance_left_behind_goes_once_that_has_ended(missing, fields, reason, elsewhere):
    gone = {} if missing is None else {Condition.MISSING: {instance().instance_id: NOW - timedelta(days=missing)}}
    memory = Memory(regions={HOME: {Condition.ORPHAN: {"snap-left": NOW - timedelta(days=7)}} | gone})
    view = seen([], recovery=elsewhere, instances=[])
    assert orphan_of(20, view, policy(**fields), memory) is reason


@pytest.mark.parametrize(
    ("ages", "reason"),
    [
        (range(14), Reason.MONTHLY),  # nothing is left of the month before
        ([*range(14), 33], None),
        ([*range(14), 50], None),
    ],
)
def test_an_orphan_that_is_all_that_is_left_of_a_period_stays(ages, reason):
    conf = policy(keep=KEEP | {"monthly": 2})
    assert orphan_of(40, seen([old(age) for age in ages]), conf) is reason
    disabled_first = [*(old(age) for age in range(14)), old(33, state="disabled")]
    assert orphan_of(40, seen(disabled_first), conf) is Reason.MONTHLY
    assert orphan_of(32, seen(disabled_first), conf) is None
    assert orphan_of(70, seen([old(age) for age in ages]), conf) is None


def test_an_orphan_of_a_night_of_which_there_is_an_image_is_kept_by_nothing():
    opted_out, conf = [instance(backup="off")], policy(keep={"newest": 9}, copy_to=[])
    for state, reason in (("available", None), ("disabled", None), ("failed", Reason.NEWEST), ("pending", Reason.NEWEST)):
        again = image(90, of=instance(), start=night(20), attempt=2, state=state)
        assert orphan_of(20, seen([again, old(21)], instances=opted_out), conf) is reason


def test_an_orphan_waits_from_the_run_that_saw_it_first_however_old_it_is():
    healthy = seen([old(age) for age in range(4)])
    assert orphan_of(20, healthy, memory=NOTHING) is Reason.ORPHAN
    assert orphan_of(20, healthy, memory=known(6.9, "snap-left", condition=Condition.ORPHAN)) is Reason.ORPHAN


def test_an_image_in_the_bin_is_of_a_snapshots_slot_by_its_name():
    left = Snapshot("snap-left", "completed", encrypted=False, key_arn=None, completed=None, tags=old(20).tags)
    name = old(20).name
    named = {"ami-a": name, "ami-b": f"{name}.2", "ami-c": f"{name}.x", "ami-d": old(21).name, "ami-e": ""}
    assert of_slot(left, named) == ["ami-a", "ami-b"]


def test_too_many_orphans_refuse_the_run():
    healthy = seen([old(age) for age in range(4)])
    left = Snapshot("snap-left", "completed", encrypted=False, key_arn=None, completed=None, started=night(20), tags=old(20).tags)
    many = {f"snap-{number}": replace(left, snapshot_id=f"snap-{number}") for number in range(21)}
    healthy = replace(healthy, memory=known(7, *many, condition=Condition.ORPHAN))
    assert over([], list(orphans(policy(), healthy, {HOME: many})), 20) == {(HOME, "delete"): 21}


def test_while_an_instance_carries_the_hold_its_orphans_stay():
    one, healthy = instance(), [old(age) for age in range(4)]
    holding = [replace(one, tags={**one.tags, tags.hold_key("Backup"): ""})]
    assert orphan_of(20, seen(healthy)) is None
    assert orphan_of(20, seen(healthy, instances=holding)) is Reason.HELD
