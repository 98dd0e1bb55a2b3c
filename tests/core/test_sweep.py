"""What a sweep finds missing, when it repairs, and how it judges a night."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import sweep
from functions.core.reboots.chains import LAST_PART
from functions.core.reboots.state import NOBODY, Away
from functions.core.record import Reason
from functions.core.sweep import Holdings
from functions.core.values import Attached, Snapshot
from tests.builders import RECOVERY, SLOT, config, copy_of, image, instance, night

CONF = config()
DAY = timedelta(days=1)
TONIGHT, LAST_NIGHT = night(), night(start=SLOT - DAY)


def missing(home, copies, nights=(LAST_NIGHT, TONIGHT)):
    wanted = sweep.candidates(CONF, nights, Holdings(home, {RECOVERY: copies}), RECOVERY)
    return [(order.slot, order.image_id) for order in wanted]


def test_a_source_without_copy_is_missing_newest_slot_first():
    old, new = image(1, start=SLOT - DAY), image(2)
    assert missing([old, new], []) == [(TONIGHT.slot, new.image_id), (LAST_NIGHT.slot, old.image_id)]


@pytest.mark.parametrize("state", ["pending", "available", "disabled"])
def test_a_copy_that_has_not_failed_is_not_missing(state):
    assert missing([image()], [copy_of(image(), state=state)]) == []


def test_a_failed_copy_is_missing():
    assert missing([image()], [copy_of(image(), state="failed")]) == [(TONIGHT.slot, image().image_id)]


@pytest.mark.parametrize(
    ("keep", "in_region", "sent"),
    [
        (None, None, True),
        ({"newest": 1}, None, False),
        ({"newest": 2}, None, True),
        ({"newest": 2}, {"newest": 1}, False),
        ({"daily": 1}, None, False),
        ({"daily": 2}, None, True),
        ({"younger_than": DAY}, None, False),
    ],
)
def test_a_copy_that_its_region_would_not_keep_is_not_sent(keep, in_region, sent):
    conf = config(nightly={"keep": keep, "keep_in": {RECOVERY: in_region} if in_region else {}})
    old, new = image(1, attempt=1, start=SLOT - DAY), image(1, attempt=2)

    def orders(copies):
        return [order.slot for order in sweep.candidates(conf, [LAST_NIGHT, TONIGHT], Holdings([old, new], {RECOVERY: copies}), RECOVERY)]

    assert orders([copy_of(new, state="pending")]) == [LAST_NIGHT.slot]
    assert orders([]) == ([TONIGHT.slot, LAST_NIGHT.slot] if sent else [TONIGHT.slot])


def test_what_is_older_than_the_newest_good_copy_there_is_not_sent():
    old, new = image(1, attempt=1, start=SLOT - DAY), image(1, attempt=2)
    assert missing([old, new], [copy_of(new)]) == []
    assert missing([old, new], [copy_of(new, state="pending")]) == [(LAST_NIGHT.slot, old.image_id)]


@pytest.mark.parametrize("source", [image(state="pending"), image(state="failed"), image(state="disabled"), image(home="us-east-1")])
def test_only_available_images_of_ours_are_copied(source):
    assert missing([source], []) == []


def test_a_region_that_could_not_be_asked_is_sent_nothing():
    assert sweep.candidates(CONF, [TONIGHT], Holdings([image()], {}), RECOVERY) == ()


def test_a_source_counts_as_missing_half_an_hour_after_its_last_snapshot():
    source = image()
    orders = sweep.candidates(CONF, [TONIGHT], Holdings([source], {RECOVERY: []}), RECOVERY)
    done = SLOT + timedelta(hours=2)
    snapshot = source.devices[0].snapshot_id
    snapshots = {snapshot: Snapshot(snapshot, "completed", False, None, done)}
    assert sweep.settled(orders, [source], snapshots, done + timedelta(minutes=29)) == ()
    assert sweep.settled(orders, [source], snapshots, done + timedelta(minutes=30)) == orders


def test_each_repair_age_falls_to_exactly_one_sweep():
    conf = config(nightly={"flexible_start": "15 minutes", "window": "13 hours"})
    tonight = night(conf)
    sweeps = [SLOT.replace(minute=41) + timedelta(hours=hour) for hour in range(-2, 48)]
    repairs = [at - tonight.begun for at in sweeps if tonight.repair_due(at)]
    ages = [timedelta(hours=hours) for hours in (1, 3, 6, 13 - 1.5, 12, 13 + 6, 13 + 18)]
    assert all(age <= late < age + timedelta(hours=1) for age, late in zip(ages, repairs, strict=True))
    assert [tonight.is_first_repair(at) for at in sweeps if tonight.repair_due(at)] == [True, *[False] * 6]


def test_a_short_windows_first_repair_is_its_last_too():
    tonight = night(config(nightly={"window": "2 hours"}))
    sweeps = [SLOT.replace(minute=41) + timedelta(hours=hour) for hour in range(5)]
    assert [tonight.is_first_repair(at) for at in sweeps if tonight.repair_due(at) and at <= tonight.take_until] == [True]


@pytest.mark.parametrize("minutes", [120, 135, 150, 360])
def test_whenever_a_night_begins_a_sweep_repairs_it_while_a_chain_can_be_taken_up(minutes):
    conf = config(nightly={"window": f"{minutes} minutes"})
    for minute in range(60):
        tonight = replace(night(conf), start=SLOT.replace(minute=minute))
        sweeps = [SLOT.replace(minute=41) + timedelta(hours=hour) for hour in range(8)]
        assert any(tonight.is_first_repair(at) and at <= tonight.take_until - LAST_PART for at in sweeps)


REBOOTING = config(nightly={"reboot": True})
FLEET = [instance(number, tags={"Backup:group": "g"} if number < 4 else {}) for number in range(1, 6)]
IDS = [one.instance_id for one in FLEET]


def lacking(reboots, home=()):
    missing = sweep.missing_takes(REBOOTING, night(REBOOTING), FLEET, home, reboots)
    assert not any(order.may_reboot for order in missing.takes)
    return [order.instance_id for order in missing.takes], sorted(missing.rebooting)


def test_what_the_watcher_has_not_ordered_is_left_to_it_and_what_it_has_is_taken_without_a_reboot():
    tonight, other = night(REBOOTING), night(config(other={}), "other")
    away = Away(
        policy="nightly", slot=tonight.slot, night_id=tonight.night_id, reason=Reason.SCHEDULED, keys=("group/g",), ordered=SLOT, until=SLOT
    )
    ordered = NOBODY.with_ordered(tonight.night_id, SLOT, IDS[0], IDS[1], IDS[2])
    assert lacking(None) == (IDS, [])
    assert lacking(NOBODY) == ([], IDS)
    assert lacking(ordered) == (IDS[:3], IDS[3:])
    assert lacking(ordered.with_away(IDS[0], away)) == (IDS[1:3], [IDS[0], *IDS[3:]])
    assert lacking(ordered.with_away(IDS[0], away), [image(1), image(2), image(4)]) == ([IDS[2]], [IDS[0], IDS[4]])
    assert lacking(ordered.with_away(IDS[0], away.model_copy(update={"late": True})))[0] == IDS[:3]
    assert lacking(ordered.with_away(IDS[0], away.model_copy(update={"night_id": other.night_id})))[0] == IDS[:3]


def takes(instances, home):
    verdict = sweep.judge_takes(CONF, TONIGHT, instances, home)
    return verdict.reason, verdict.missing


def test_takes_are_judged_by_what_exists():
    both = [instance(1), instance(2)]
    images = [image(1), image(2, state="pending")]
    assert takes(both, images) == (Reason.OK, ())
    assert takes(both, images[:1]) == (Reason.PARTIAL, (both[1].instance_id,))
    assert takes(both, [replace(made, state="failed") for made in images])[0] is Reason.NOTHING_MADE
    assert takes(both, [image(1, start=SLOT - DAY)])[0] is Reason.NOTHING_MADE
    assert takes([instance(1, backup="off")], []) == (Reason.NO_INSTANCES, ())


@pytest.mark.parametrize(
    ("made", "restarted", "missing"),
    [
        (timedelta(hours=5), timedelta(hours=5), False),  # the last sweep that looks for it comes after 4:30
        (timedelta(hours=4), timedelta(hours=4), True),
        (-DAY, timedelta(hours=5), True),  # only started again
    ],
)
def test_who_was_made_too_late_for_the_night_is_not_missing(made, restarted, missing):
    root = Attached("/dev/xvda", "vol-1", SLOT + made)
    late = instance(2, attached=(root,), root_device="/dev/xvda", launched=SLOT + restarted)
    assert takes([instance(1), late], [image(1)]) == ((Reason.PARTIAL, (late.instance_id,)) if missing else (Reason.OK, ()))
    assert takes([instance(1), late], [image(1), image(2)]) == (Reason.OK, ())


def copies(home, held, verified=lambda held: held.state == "available"):
    verdict = sweep.judge_copies(CONF, TONIGHT, Holdings(home, {RECOVERY: held}), verified)
    return verdict.reason, verdict.counts[f"uncopied to {RECOVERY}"]


def test_copies_are_judged_by_what_is_available_and_verified():
    images = [image(1), image(2)]
    held = [copy_of(made) for made in images]
    assert copies(images, held) == (Reason.OK, 0)
    assert copies(images, held[:1]) == (Reason.PARTIAL, 1)
    assert copies(images, [held[0], replace(held[1], state="pending")]) == (Reason.PARTIAL, 1)
    assert copies(images, held, verified=lambda held: False) == (Reason.PARTIAL, 2)
    assert copies([replace(images[0], state="pending")], [held[0]]) == (Reason.PARTIAL, 0)


states = st.sampled_from(["available", "pending", "failed", "disabled", None])


@given(st.lists(st.tuples(states, states), max_size=12))
def test_what_the_sweep_sends_is_what_is_missing_and_sending_it_leaves_nothing(pairs):
    home = [image(number, state=source) for number, (source, _) in enumerate(pairs) if source]
    by_number = {made.image_id: made for made in home}
    copies = [copy_of(by_number[image(number).image_id], state=held) for number, (source, held) in enumerate(pairs) if held and source]
    orders = sweep.candidates(CONF, [TONIGHT], Holdings(home, {RECOVERY: copies}), RECOVERY)
    made = [copy_of(by_number[order.image_id], state="pending", attempt=2) for order in orders]
    assert sweep.candidates(CONF, [TONIGHT], Holdings(home, {RECOVERY: copies + made}), RECOVERY) == ()
    assert len({order.image_id for order in orders}) == len(orders)


def test_a_copy_of_a_policy_that_is_gone_is_still_missing():
    gone = config(other={})
    wanted = sweep.candidates(gone, [TONIGHT], Holdings([image()], {RECOVERY: []}), RECOVERY)
    assert [order.image_id for order in wanted] == [image().image_id]
