"""What becomes of each image, by table and by property."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from functions.core import tags
from functions.core.record import Reason
from functions.core.retire import judge
from functions.core.retire.action import order, refusal
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from tests.builders import HOME, RECOVERY, copy_of, image, instance
from tests.core.retiring import NOW, night, of, old, policy, seen, verdicts, worlds


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
