"""The guard's plan: tables of what was found, and what holds of every plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core import tags
from functions.core.bin.cover import holder
from functions.core.bin.plan import plan, wanted_terms
from functions.core.bin.rule import ResourceType, Rule, Terms
from functions.core.bin.steps import Create, Delete, Lock, Report, Update
from functions.core.config.recycle_bin import RecycleBin

HOME, OTHER = "ap-south-1", "us-east-1"
NOW = datetime(2027, 3, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
IMAGE, SNAPSHOT = ResourceType.IMAGE, ResourceType.SNAPSHOT
OURS = RecycleBin()
REGION = RecycleBin.model_validate({"scope": "region"})
LOCKED = RecycleBin.model_validate({"scope": "region", "lock": "7 days"})
EXCLUDING = RecycleBin.model_validate({"scope": "region", "exclude": {"Environment": "scratch"}})


def right(config, resource_type=IMAGE, rule_id="right", age=30 * DAY, **fields):
    """The rule that a configuration asks for, made `age` ago."""
    [terms] = [terms for terms in wanted_terms(config, HOME) if terms.resource_type is resource_type]
    return Rule(rule_id, terms, available=True, tags={tags.HOME: HOME, tags.CREATED: (NOW - age).isoformat()}, **fields)


def having(rule, **terms):
    return replace(rule, terms=replace(rule.terms, **terms))


def held(rule, state="locked", delay=7, end=None):
    return replace(rule, lock_state=state, unlock_delay=delay, lock_end=end)


def unmarked(rule):
    return replace(rule, tags={})


def steps(config, *rules):
    """What is planned for images, the snapshots' rule being right, in words."""
    snapshots = right(config, SNAPSHOT, "snapshots")
    if config.lock is not None:
        snapshots = held(snapshots)
    found = plan(config, HOME, [*rules, snapshots], NOW)
    assert all(step.resource_type is IMAGE for step in found)
    return [(type(step).__name__, None if isinstance(step, Create) else step.rule.rule_id, str(step.reason)) for step in found]


def young(rule):
    return replace(rule, tags={**rule.tags, tags.CREATED: (NOW - timedelta(hours=23)).isoformat()})


BY_TAG, WHOLE = right(OURS), right(REGION)


@pytest.mark.parametrize(
    ("config", "rules", "expected"),
    [
        (OURS, [], [("Create", None, "missing")]),
        (OURS, [BY_TAG], []),
        (OURS, [replace(BY_TAG, available=False)], []),
        (OURS, [having(BY_TAG, days=7)], [("Update", "right", "drifted")]),
        (OURS, [having(BY_TAG, resource_tags=frozenset({("a", "b")}))], [("Update", "right", "drifted")]),
        (EXCLUDING, [having(right(EXCLUDING), exclusions=frozenset({("a", "b")}))], [("Update", "right", "drifted")]),
        (OURS, [right(OURS, rule_id="b", age=DAY), BY_TAG], [("Delete", "b", "duplicate")]),
        (OURS, [right(OURS, rule_id="b"), BY_TAG], [("Delete", "right", "duplicate")]),
        (OURS, [right(OURS, rule_id="b", age=DAY), having(BY_TAG, days=7)], [("Update", "right", "drifted"), ("Delete", "b", "duplicate")]),
        (OURS, [right(OURS, rule_id="b", age=timedelta(0)), young(BY_TAG)], []),
        (OURS, [right(OURS, rule_id="b", age=DAY), replace(BY_TAG, available=False)], []),
        (OURS, [WHOLE], [("Create", None, "other_scope")]),
        (REGION, [BY_TAG], [("Create", None, "other_scope")]),
        (EXCLUDING, [WHOLE], [("Create", None, "other_scope")]),
        (OURS, [WHOLE, right(OURS, rule_id="new", age=DAY)], [("Delete", "right", "other_scope")]),
        (OURS, [WHOLE, right(OURS, rule_id="new", age=DAY / 2)], []),
        (OURS, [held(WHOLE), right(OURS, rule_id="new", age=DAY)], [("Report", "right", "rule_locked")]),
        (OURS, [held(WHOLE)], [("Create", None, "other_scope"), ("Report", "right", "rule_locked")]),
        (LOCKED, [WHOLE], [("Lock", "right", "lock_missing")]),
        (LOCKED, [replace(WHOLE, lock_state="unlocked", unlock_delay=7)], [("Lock", "right", "lock_missing")]),
        (LOCKED, [replace(WHOLE, available=False)], []),
        (LOCKED, [having(WHOLE, days=7)], [("Update", "right", "drifted")]),
        (LOCKED, [held(WHOLE)], []),
        (LOCKED, [held(WHOLE, delay=14)], [("Report", "right", "rule_locked")]),
        (LOCKED, [held(having(WHOLE, days=7))], [("Report", "right", "rule_locked")]),
        (REGION, [held(WHOLE)], [("Report", "right", "rule_locked")]),
        (LOCKED, [held(WHOLE, "pending_unlock")], [("Report", "right", "unlock_scheduled"), ("Lock", "right", "unlock_scheduled")]),
        (LOCKED, [held(WHOLE, "pending_unlock", 14)], [("Report", "right", "unlock_scheduled")]),
        (LOCKED, [held(having(WHOLE, days=7), "pending_unlock")], [("Report", "right", "unlock_scheduled")]),
        (REGION, [held(WHOLE, "pending_unlock")], [("Report", "right", "unlock_scheduled")]),
        (LOCKED, [WHOLE, held(right(REGION, rule_id="b", age=DAY))], [("Delete", "right", "duplicate")]),
        (LOCKED, [WHOLE, held(having(right(REGION, rule_id="b", age=DAY), days=7))], [("Report", "b", "rule_locked")]),
        (LOCKED, [held(WHOLE), held(right(REGION, rule_id="b", age=DAY))], [("Report", "b", "rule_locked")]),
        (OURS, [BY_TAG, unmarked(right(REGION, rule_id="f"))], [("Report", "f", "foreign_rule")]),
        (OURS, [BY_TAG, unmarked(right(OURS, rule_id="f"))], [("Report", "f", "foreign_rule")]),
        (OURS, [BY_TAG, unmarked(having(right(OURS, rule_id="f"), resource_tags=frozenset({("a", "b")})))], []),
        (OURS, [BY_TAG, unmarked(having(right(REGION, rule_id="f"), exclusions=frozenset({(tags.HOME, HOME)})))], []),
        (OURS, [unmarked(right(OURS, rule_id="f"))], [("Create", None, "missing"), ("Report", "f", "foreign_rule")]),
    ],
)
def test_what_is_found_and_what_is_done(config, rules, expected):
    assert steps(config, *rules) == expected


def test_snapshots_stay_a_day_longer_and_come_first():
    assert [(step.terms.resource_type, step.terms.days) for step in plan(OURS, HOME, [], NOW)] == [(SNAPSHOT, 15), (IMAGE, 14)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (held(having(WHOLE, days=7)), NOW + 7 * DAY),
        (held(having(WHOLE, days=7), delay=30), NOW + 30 * DAY),
        (held(having(WHOLE, days=7), "pending_unlock", end=NOW + 2 * DAY), NOW + 2 * DAY),
    ],
)
def test_a_locked_rule_is_reported_with_the_date_when_it_could_change(rule, expected):
    [report] = [step for step in plan(LOCKED, HOME, [rule, held(right(LOCKED, SNAPSHOT))], NOW) if isinstance(step, Report)]
    assert report.alarming
    assert report.detail["changeable_from"] == expected.isoformat()
    assert report.detail["differs"]["days"] == [7, 14]


def test_a_foreign_rule_alarms_nobody():
    [report] = plan(OURS, HOME, [BY_TAG, right(OURS, SNAPSHOT), unmarked(right(REGION, rule_id="f"))], NOW)
    assert not report.alarming


PAIRS = [(tags.HOME, HOME), (tags.HOME, OTHER), ("Environment", "scratch"), ("Environment", "")]
CONFIGS = st.sampled_from([OURS, REGION, LOCKED, EXCLUDING, RecycleBin.model_validate({"retain": "3 days"})])
SCOPES = st.one_of(
    st.sampled_from([{"resource_tags": frozenset({(tags.HOME, HOME)})}, {}, {"exclusions": frozenset({("Environment", "scratch")})}]),
    st.builds(lambda kind, pairs: {kind: pairs}, st.sampled_from(["resource_tags", "exclusions"]), st.frozensets(st.sampled_from(PAIRS))),
)
TERMS = st.builds(
    lambda resource_type, days, scope: Terms(resource_type, days, **scope),
    st.sampled_from(list(ResourceType)),
    st.sampled_from([1, 3, 4, 14, 15, 90]),
    SCOPES,
)
HOMES = st.sampled_from([HOME, HOME, HOME, HOME, OTHER, None])


@st.composite
def some_rule(draw):
    terms, home, age = draw(TERMS), draw(HOMES), timedelta(hours=draw(st.sampled_from([0, 1, 23, 24, 25, 48, 72])))
    marks = {tags.HOME: home, tags.CREATED: (NOW - age).isoformat()} if home else {}
    rule = Rule("", terms, draw(st.booleans()), tags=marks)
    if terms.resource_tags or terms.exclusions:
        return rule
    state = draw(st.sampled_from([None, None, "locked", "pending_unlock", "unlocked"]))
    return replace(rule, lock_state=state, unlock_delay=draw(st.sampled_from([7, 14])) if state else None)


RULES = st.lists(some_rule(), max_size=6).map(lambda rules: [replace(rule, rule_id=f"rule{n}") for n, rule in enumerate(rules)])
CARRIED = [{}, {tags.HOME: HOME}, {tags.HOME: HOME, "Environment": "scratch"}, {tags.HOME: HOME, "Environment": "prod"}, {"a": "b"}]


def applied(rules, step, now):
    """The rules after one step, as the Recycle Bin would have them."""
    match step:
        case Create():
            made = Rule(f"new{len(rules)}{now:%d}", step.terms, available=False, tags={tags.HOME: HOME, tags.CREATED: now.isoformat()})
            return [*rules, made]
        case Update():
            assert not step.rule.guarded
            assert step.rule.terms.kind is step.terms.kind
            return [replace(rule, terms=step.terms) if rule.rule_id == step.rule.rule_id else rule for rule in rules]
        case Lock():
            [rule] = [rule for rule in rules if rule.rule_id == step.rule.rule_id]
            assert not rule.terms.resource_tags | rule.terms.exclusions
            assert rule.lock_state != "pending_unlock" or rule.unlock_delay == step.delay
            return [held(one, "locked", step.delay) if one is rule else one for one in rules]
        case Delete():
            assert not step.rule.guarded
            return [rule for rule in rules if rule.rule_id != step.rule.rule_id]
    return rules


def settled(rules):
    """The same a good while later: what was pending is available."""
    return [replace(rule, available=True) for rule in rules]


def changing(found):
    return [step for step in found if not isinstance(step, Report)]


def days_held(rules, resource_type, carried):
    found = holder(rules, resource_type, carried)
    return found.terms.days if found else 0


@given(CONFIGS, RULES)
def test_a_plan_that_was_followed_leaves_nothing_to_do_but_what_needs_time(config, rules):
    once = rules
    for step in plan(config, HOME, rules, NOW):
        once = applied(once, step, NOW)
    again = changing(plan(config, HOME, once, NOW))
    assert [step for step in again if isinstance(step, Create | Update)] == []
    now, later = NOW, once
    for _ in range(4):
        now, later = now + DAY, settled(later)
        for step in plan(config, HOME, later, now):
            later = applied(later, step, now)
    assert changing(plan(config, HOME, later, now)) == []


@given(CONFIGS, RULES)
def test_in_the_end_there_is_one_rule_of_ours_for_each_type_that_is_right_or_cannot_be_changed(config, rules):
    now, later = NOW, rules
    for _ in range(5):
        for step in plan(config, HOME, later, now):
            later = applied(later, step, now)
        now, later = now + DAY, settled(later)
    for terms in wanted_terms(config, HOME):
        ours = [rule for rule in later if rule.ours(HOME) and rule.terms.resource_type is terms.resource_type]
        open_ones = [rule for rule in ours if not rule.guarded]
        assert [rule for rule in open_ones if rule.terms != terms] == [] or any(rule.guarded and rule.terms != terms for rule in ours)
        assert len(ours) == 1 or any(rule.guarded for rule in ours)


@given(CONFIGS, RULES)
def test_no_step_changes_a_rule_that_is_not_ours(config, rules):
    for step in changing(plan(config, HOME, rules, NOW)):
        assert isinstance(step, Create) or step.rule.tags[tags.HOME] == HOME


@settings(max_examples=200)
@given(CONFIGS, RULES, st.sampled_from(list(ResourceType)), st.sampled_from(CARRIED))
def test_nothing_is_held_for_fewer_days_than_before_or_as_configured_while_a_plan_is_followed(config, rules, resource_type, carried):
    [terms] = [terms for terms in wanted_terms(config, HOME) if terms.resource_type is resource_type]
    asked = terms.days if terms.hold(carried) else 0
    now, later = NOW, rules
    for _ in range(4):
        for step in plan(config, HOME, later, now):
            least = min(days_held(later, resource_type, carried), asked)
            later = applied(later, step, now)
            assert days_held(later, resource_type, carried) >= least
        now, later = now + DAY, settled(later)


@given(CONFIGS, RULES, st.data())
def test_a_plan_does_not_depend_on_the_order_of_what_was_found(config, rules, data):
    shuffled = data.draw(st.permutations(rules))
    assert changing(plan(config, HOME, rules, NOW)) == changing(plan(config, HOME, shuffled, NOW))
