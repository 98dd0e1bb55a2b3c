"""The ladder: one step after the other, each with its delay, from the times that are believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core import tags
from functions.core.record import Reason
from functions.core.retire import judge
from functions.core.retire.ladder import without_old_marks
from functions.core.retire.memory import NOTHING, Condition
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.slot import slot_label
from tests.builders import HOME
from tests.core.retiring import NOW, disabled, held, known, of, old, policy, seen


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
