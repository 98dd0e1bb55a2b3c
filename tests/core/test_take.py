"""Who a night images, and what a worker does about one of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import creating, take
from functions.core.creating import Create, Seen
from functions.core.outcome import Outcome
from functions.core.record import Reason, Status
from tests.builders import SLOT, config, image, instance, night

CONF = config()


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (instance(backup="off"), Reason.OPTED_OUT),
        (instance(backup="nightly off"), Reason.OPTED_OUT),
        (instance(backup="Nightly"), Reason.UNKNOWN_POLICY),
        (instance(backup=""), Reason.UNKNOWN_POLICY),
        (instance(backup=None, tags={"backup": "nightly"}), Reason.TAG_KEY_CASE),
        (instance(root_device_type="instance-store"), Reason.INSTANCE_STORE_ROOT),
        (instance(state="pending"), Reason.INSTANCE_STATE),
        (instance(state="stopping"), Reason.INSTANCE_STATE),
    ],
)
def test_a_skip_says_why(made, reason):
    plan = take.plan(CONF, night(), [made])
    assert plan.takes == ()
    assert [skip.reason for skip in plan.skips] == [reason]


@pytest.mark.parametrize("made", [instance(), instance(state="stopped"), instance(backup="nightly weekly"), instance(backup="  nightly ")])
def test_a_selected_instance_is_taken(made):
    plan = take.plan(CONF, night(), [made])
    assert [action.instance_id for action in plan.takes] == [made.instance_id]
    assert plan.takes[0].not_after == SLOT + timedelta(hours=6)


def test_another_policys_instance_is_skipped_as_such():
    conf = config(nightly={}, weekly={"schedule": "cron(0 5 ? * 1 *)"})
    plan = take.plan(conf, night(conf), [instance(backup="weekly")])
    assert [skip.reason for skip in plan.skips] == [Reason.OTHER_POLICY]


def test_policies_that_share_a_moment_take_an_instance_five_minutes_apart():
    conf = config(alpha={}, beta={"schedule": "cron(33 1 * * ? *)"}, gamma={"schedule": "cron(30 9 * * ? *)"})
    everything = instance(backup="alpha beta gamma")
    starts = {"alpha": SLOT, "beta": SLOT + timedelta(minutes=3), "gamma": SLOT + timedelta(hours=8)}
    delays = {name: take.plan(conf, night(conf, name, start), [everything]).takes[0].delay for name, start in starts.items()}
    assert delays == {"alpha": 0, "beta": 300, "gamma": 0}


def test_of_two_policies_the_one_with_the_later_slot_waits_whatever_its_name():
    conf = config(alpha={"schedule": "cron(34 1 * * ? *)"}, beta={})
    both = instance(backup="alpha beta")
    starts = {"alpha": SLOT + timedelta(minutes=4), "beta": SLOT}
    delays = {name: take.plan(conf, night(conf, name, start), [both]).takes[0].delay for name, start in starts.items()}
    assert delays == {"alpha": 300, "beta": 0}


instances = st.lists(
    st.builds(
        instance,
        number=st.integers(1, 50),
        backup=st.sampled_from([None, "", "off", "nightly", "nightly off", "weekly", "Nightly", "weekly nightly", "unheard-of"]),
        state=st.sampled_from(["running", "stopped", "pending", "stopping"]),
        root_device_type=st.sampled_from(["ebs", "instance-store"]),
    ),
    unique_by=lambda made: made.instance_id,
)


@given(instances)
def test_every_instance_stands_in_the_plan_exactly_once(made):
    plan = take.plan(CONF, night(), made)
    assert sorted([*(action.instance_id for action in plan.takes), *(skip.instance_id for skip in plan.skips)]) == sorted(
        one.instance_id for one in made
    )


@given(instances)
def test_the_same_state_gives_the_same_plan(made):
    assert take.plan(CONF, night(), made) == take.plan(CONF, night(), list(made))


@given(instances)
def test_a_plan_applied_is_empty_when_made_again(made):
    plan = take.plan(CONF, night(), made)
    by_id = {one.instance_id: one for one in made}
    taken = [image(number, of=by_id[action.instance_id], state="pending") for number, action in enumerate(plan.takes)]
    assert take.plan(CONF, night(), made, images=taken).takes == ()


def the_take(conf=CONF):
    return take.plan(conf, night(conf), [instance()]).takes[0]


def seen(*images, after=timedelta(hours=1), found=None):
    made = found or instance()
    return Seen({made.instance_id: made}, images, SLOT + after)


def test_a_worker_requests_what_the_policy_says():
    decision = creating.decide(CONF, the_take(), seen())
    assert isinstance(decision, Create)
    assert decision.name == f"nightkeep/nightly/{instance().instance_id}/20270328T0130Z"
    assert decision.no_reboot
    assert decision.attempt == 1


@pytest.mark.parametrize("state", ["available", "pending", "disabled"])
def test_an_image_of_the_slot_means_already_even_when_disabled(state):
    decision = creating.decide(CONF, the_take(), seen(image(state=state)))
    assert decision == Outcome(Status.ALREADY, Reason.EXISTS, image().image_id)


def test_another_homes_image_of_the_same_slot_does_not_count():
    assert isinstance(creating.decide(CONF, the_take(), seen(image(home="us-east-1"))), Create)


def test_past_its_window_a_take_changes_nothing():
    decision = creating.decide(CONF, the_take(), seen(after=timedelta(hours=6, seconds=1)))
    assert (decision.status, decision.reason) == (Status.SKIPPED, Reason.EXPIRED)


def test_a_failed_image_leads_to_the_next_attempt_under_another_name_without_reboot():
    conf = config(nightly={"reboot": True})
    decision = creating.decide(conf, the_take(conf), seen(image(state="failed", age=timedelta(minutes=30))))
    assert isinstance(decision, Create)
    assert decision.attempt == 2
    assert decision.name.endswith(".2")
    assert decision.no_reboot


@pytest.mark.parametrize(("wrecks", "minutes", "waits"), [(1, 14, True), (1, 15, False), (2, 59, True), (2, 60, False)])
def test_the_next_attempt_waits_longer_each_time(wrecks, minutes, waits):
    failed_ones = [image(attempt=attempt, state="failed", age=timedelta(minutes=attempt)) for attempt in range(1, wrecks + 1)]
    decision = creating.decide(CONF, the_take(), seen(*failed_ones, after=timedelta(minutes=wrecks + minutes)))
    assert isinstance(decision, Outcome) is waits


def test_three_failed_attempts_are_the_end():
    wrecks = [
        image(attempt=attempt, state="failed", state_reason="volume on fire", age=timedelta(minutes=attempt)) for attempt in (1, 2, 3)
    ]
    decision = creating.decide(CONF, the_take(), seen(*wrecks))
    assert (decision.status, decision.reason, decision.detail) == (
        Status.FAILED,
        Reason.ATTEMPTS_EXHAUSTED,
        {"last": wrecks[-1].image_id, "state_reason": "volume on fire"},
    )


def test_an_image_of_the_instance_minutes_ago_defers():
    other = image(policy="weekly", age=timedelta(minutes=58))
    decision = creating.decide(CONF, the_take(), seen(other))
    assert (decision.status, decision.reason) == (Status.DEFERRED, Reason.TOO_SOON)


@pytest.mark.parametrize(
    ("found", "status", "reason"),
    [
        (instance(state="stopping"), Status.DEFERRED, Reason.INSTANCE_STATE),
        (instance(state="pending"), Status.DEFERRED, Reason.INSTANCE_STATE),
        (instance(state="shutting-down"), Status.SKIPPED, Reason.INSTANCE_STATE),
        (instance(backup="off"), Status.SKIPPED, Reason.NOT_SELECTED),
        (instance(backup="weekly"), Status.SKIPPED, Reason.NOT_SELECTED),
        (instance(number=2), Status.SKIPPED, Reason.INSTANCE_GONE),
    ],
)
def test_a_worker_looks_again_before_it_acts(found, status, reason):
    decision = creating.decide(CONF, the_take(), seen(found=found))
    assert (decision.status, decision.reason) == (status, reason)


def test_a_policy_removed_since_the_plan_is_not_taken():
    decision = creating.decide(config(weekly={}), the_take(), seen())
    assert (decision.status, decision.reason) == (Status.SKIPPED, Reason.POLICY_REMOVED)


@pytest.mark.parametrize(
    ("policy", "tag", "reboots"),
    [(False, None, False), (True, None, True), (False, "true", True), (True, "false", False), (True, "yes", False), (False, "TRUE", False)],
)
def test_the_instances_tag_overrides_the_policys_reboot(policy, tag, reboots):
    conf = config(nightly={"reboot": policy})
    made = instance(tags={} if tag is None else {"Backup:reboot": tag})
    [planned] = take.plan(conf, night(conf), [made]).takes
    assert planned.may_reboot is reboots
    decision = creating.decide(conf, planned.model_copy(update={"may_reboot": True}), seen(found=made))
    assert decision.no_reboot is not reboots


@pytest.mark.parametrize(
    ("allowed", "state", "spared"),
    [(False, "running", Reason.AUTO_SCALING), (True, "running", None), (True, "stopped", Reason.INSTANCE_STATE)],
)
@pytest.mark.parametrize("tag", [None, "true"])
def test_members_of_auto_scaling_groups_are_rebooted_only_if_the_policy_says_so(allowed, state, spared, tag):
    conf = config(nightly={"reboot": tag is None, "reboot_auto_scaling": allowed})
    made = instance(state=state, tags={"aws:autoscaling:groupName": "web"} | ({"Backup:reboot": tag} if tag else {}))
    [planned] = take.plan(conf, night(conf), [made]).takes
    decision = creating.decide(conf, planned.model_copy(update={"may_reboot": True, "spared": None}), seen(found=made))
    assert (planned.may_reboot, planned.spared) == (not decision.no_reboot, decision.spared) == (spared is None, spared)


@pytest.mark.parametrize("may_reboot", [True, False])
def test_what_may_have_been_taken_before_reboots_nothing_even_when_no_image_is_in_sight(may_reboot):
    conf = config(nightly={"reboot": True})
    decision = creating.decide(conf, the_take(conf).model_copy(update={"may_reboot": may_reboot}), seen())
    assert decision.no_reboot is not may_reboot


def duplicate(found, *, last_call=False):
    create = creating.decide(CONF, the_take(), seen())
    outcome = creating.resolve_duplicate(CONF, create, found, last_call=last_call)
    return outcome.status, outcome.reason


def test_a_duplicate_name_is_looked_up():
    assert duplicate([image()]) == (Status.ALREADY, Reason.EXISTS)
    assert duplicate([replace(image(), tags={})]) == (Status.FAILED, Reason.NAME_TAKEN)
    assert duplicate([]) == (Status.DEFERRED, Reason.NAME_SETTLING)
    assert duplicate([image(state="failed")]) == (Status.DEFERRED, Reason.NAME_SETTLING)
    assert duplicate([], last_call=True) == (Status.FAILED, Reason.NAME_TAKEN)
