"""How much one run may retire: half of an instance's images, and a number in all."""

from dataclasses import replace

import pytest

from functions.core.record import Reason
from functions.core.retire import judge
from functions.core.retire.limits import most, over, within_half
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from tests import builders
from tests.builders import HOME, RECOVERY, copy_of, instance
from tests.core.retiring import KEEP, old, policy, seen


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
