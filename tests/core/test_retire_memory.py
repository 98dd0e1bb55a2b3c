"""What is remembered from run to run, by table and by property."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import tags
from functions.core.errors import EventError
from functions.core.record import Reason
from functions.core.retire import judge
from functions.core.retire.memory import NOTHING, Condition, Memory, parse
from functions.core.retire.observed import remembered
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import orphans
from functions.core.values import Snapshot
from tests.builders import HOME, RECOVERY, copy_of, image, instance
from tests.core import retiring
from tests.core.retiring import KEEP, disabled, held, known, night, old, policy, seen

NOW = datetime(2027, 3, 31, 12, 17, 3, tzinfo=UTC)
HOUR = NOW.replace(minute=0, second=0)
GONE = instance().instance_id
UNSEEN = "us-east-1"

runs = st.lists(
    st.dictionaries(
        st.sampled_from([HOME, RECOVERY]),
        st.dictionaries(st.sampled_from(list(Condition)), st.frozensets(st.sampled_from("abc")), max_size=5),
    ),
    max_size=12,
)


def after(found, memory=NOTHING, days=0):
    unseen = {HOME, RECOVERY} - found.keys()
    return memory.renewed(found, unseen, NOW + timedelta(days=days))


def told(memory):
    return {
        (region, condition, key): since
        for region, conditions in memory.regions.items()
        for condition, ids in conditions.items()
        for key, since in ids.items()
    }


def test_what_is_new_counts_from_its_hour_what_holds_on_counts_on_and_what_is_over_is_forgotten():
    first = after({HOME: {Condition.STALE: ["a", "b"]}, RECOVERY: {Condition.ORPHAN: ["s"]}})
    assert first.since(Condition.STALE, HOME, "a") == HOUR
    assert first.since(Condition.STALE, RECOVERY, "a") is first.since(Condition.ORPHAN, HOME, "s") is None
    second = after({HOME: {Condition.STALE: ["b", "c"]}}, first, days=1)
    later = HOUR + timedelta(days=1)
    assert told(second) == {
        (HOME, Condition.STALE, "b"): HOUR,
        (HOME, Condition.STALE, "c"): later,
        (RECOVERY, Condition.ORPHAN, "s"): HOUR,  # that region was not seen
    }
    third = after({HOME: {Condition.STALE: ["a"]}, RECOVERY: {}}, second, days=2)
    assert told(third) == {(HOME, Condition.STALE, "a"): HOUR + timedelta(days=2)}


@given(runs, st.randoms())
def test_it_is_stable_under_repeats_and_reordering_and_survives_being_written(found, random):
    memory = NOTHING
    for day, run in enumerate(found):
        memory = after(run, memory, day)
        shuffled = {
            region: {condition: random.sample(sorted(ids), len(ids)) for condition, ids in reversed(conditions.items())}
            for region, conditions in reversed(run.items())
        }
        assert after(run, memory, day + 1) == after(shuffled, memory, day) == memory
        assert parse(memory.model_dump_json().encode()) == memory


@given(runs, st.sets(st.integers(0, 11)))
def test_nothing_counts_from_earlier_because_the_memory_was_lost(found, lost):
    whole = lossy = NOTHING
    for day, run in enumerate(found):
        whole, lossy = after(run, whole, day), after(run, NOTHING if day in lost else lossy, day)
        for key, since in told(lossy).items():
            assert told(whole)[key] <= since


@given(runs)
def test_only_what_a_run_found_is_remembered_of_the_regions_that_it_saw(found):
    memory = NOTHING
    for day, run in enumerate(found):
        memory = after(run, memory, day)
        wanted = {(region, condition, key) for region, conditions in run.items() for condition, ids in conditions.items() for key in ids}
        assert {key for key in told(memory) if key[0] in run} == wanted
        assert all(since <= NOW + timedelta(days=day) for since in told(memory).values())


@pytest.mark.parametrize(
    "document",
    [b"", b"no JSON", b"[]", b'{"version": 2, "regions": {}}', b'{"regions": {"x": {"strange": {}}}}', b'{"regions": {"x": {"stale": {"a": "2027-01-01T00:00:00"}}}}'],
)  # fmt: skip
def test_a_document_of_another_form_is_refused(document):
    with pytest.raises(EventError):
        parse(document)


def run(view, conf=None, final=None, found=()):
    judged = judge(conf or policy(), view)
    return told(remembered(conf or policy(), view, judged, judged if final is None else final, found))


def test_a_run_remembers_what_it_found():
    failed = image(90, of=instance(), start=night(9), state="failed")
    home = [*(old(age) for age in range(5)), held(old(6)), disabled(8, 3), failed]
    left = Snapshot("snap-left", "completed", encrypted=False, key_arn=None, completed=None, tags=old(20).tags)
    view = seen(home, recovery=[copy_of(one) for one in home[:3]])
    found = run(view, found=tuple(orphans(policy(), view, {HOME: {"snap-left": left}})))
    assert found.keys() == {
        (HOME, Condition.STALE, old(3).image_id),
        (HOME, Condition.STALE, old(4).image_id),
        (HOME, Condition.STALE, old(6).image_id),  # a hold keeps nothing fresh
        (HOME, Condition.READY, old(3).image_id),
        (HOME, Condition.READY, old(4).image_id),
        (HOME, Condition.WRECK, failed.image_id),
        (HOME, Condition.ORPHAN, "snap-left"),
    }


def test_what_is_shared_stays_ready_and_what_something_else_holds_does_not():
    view = seen([old(age) for age in range(5)], recovery=[])
    final = [Verdict(old(3), Reason.SHARED, refused=True), Verdict(old(4), Reason.REFERENCED, refused=True)]
    ready = {key for key in run(view, final=final) if key[1] is Condition.READY}
    assert ready == {(HOME, Condition.READY, old(3).image_id)}


def test_an_instance_is_missing_while_there_are_images_of_it_or_may_be_where_nobody_could_look():
    view = seen([old(age) for age in range(3)], instances=[])
    assert (HOME, Condition.MISSING, GONE) in run(view)
    assert (HOME, Condition.MISSING, GONE) not in run(replace(view, instances={GONE: instance(backup="off")}))
    before = replace(view, images={HOME: [], RECOVERY: []}, memory=known(3, GONE, condition=Condition.MISSING))
    assert run(before) == {}
    unseen = replace(before, images={HOME: []})
    assert run(unseen).keys() == {(HOME, Condition.MISSING, GONE)}
    assert run(replace(unseen, instances={GONE: instance()})) == {}


def test_an_instance_is_missing_while_there_is_an_orphan_of_it():
    left = Snapshot("snap-left", "completed", encrypted=False, key_arn=None, completed=None, tags=old(20).tags)
    unnamed = replace(left, snapshot_id="snap-unnamed", tags={**left.tags, tags.INSTANCE: ""})
    view = seen([], instances=[])
    found = tuple(orphans(policy(), view, {HOME: {one.snapshot_id: one for one in (left, unnamed)}}))
    assert {key for key in run(view, found=found) if key[1] is Condition.MISSING} == {(HOME, Condition.MISSING, GONE)}
    there = replace(view, instances={GONE: instance()})
    assert Condition.MISSING not in {key[1] for key in run(there, found=found)}


memories = st.builds(
    lambda regions: Memory(regions=regions),
    st.fixed_dictionaries(
        {
            region: st.dictionaries(
                st.sampled_from(list(Condition)),
                st.dictionaries(
                    st.sampled_from([GONE, *(old(age).image_id for age in range(8)), *(copy_of(old(age)).image_id for age in range(8))]),
                    st.integers(0, 120).map(lambda days: retiring.NOW - timedelta(days=days)),
                ),
            )
            for region in (HOME, RECOVERY)
        }
    ),
)


@given(retiring.worlds(), memories, st.booleans())
def test_losing_the_memory_never_makes_more_due(view, memory, deprecate):
    conf = policy(keep=KEEP, ladder={"deprecate": deprecate})
    steps = {one.image.image_id: one.step for one in judge(conf, replace(view, memory=memory)) if one.step is not None}
    without = {one.image.image_id: one.step for one in judge(conf, view) if one.step is not None}
    assert without.items() <= steps.items()
    assert Step.DEREGISTER not in {one.step for one in judge(conf, view) if one.image.failed}


@given(retiring.worlds(), memories)
def test_an_orphan_that_no_run_remembers_stays(view, memory):
    left = Snapshot("snap-left", "completed", encrypted=False, key_arn=None, completed=None, tags=old(20).tags)
    assert [orphan.refusal.reason for orphan in orphans(policy(), replace(view, memory=memory), {HOME: {"snap-left": left}})] == [
        Reason.ORPHAN
    ]
