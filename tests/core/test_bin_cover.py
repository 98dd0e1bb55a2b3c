"""What the bin covers: tables of rules, resources and reasons."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.core import tags
from functions.core.bin.cover import holder, of_image, of_snapshot
from functions.core.bin.rule import ResourceType, Rule, Terms
from functions.core.config.recycle_bin import RecycleBin
from tests import builders

HOME = "ap-south-1"
NOW = datetime(2027, 3, 28, 12, tzinfo=UTC)
CONFIG = builders.config(nightly={})
IMAGE, SNAPSHOT = ResourceType.IMAGE, ResourceType.SNAPSHOT
OURS = {tags.HOME: HOME}
PAIR = (tags.HOME, HOME)


def terms(resource_type=IMAGE, days=14, pairs=(PAIR,), exclusions=()):
    return Terms(resource_type, days, frozenset(pairs), frozenset(exclusions))


def rule(rule_id, *given, age=timedelta(days=30), home=HOME, available=True, **more):
    marks = {} if home is None else {tags.HOME: home, tags.CREATED: (NOW - age).isoformat()}
    return Rule(rule_id, terms(*given, **more), available, tags=marks)


def foreign(rule_id, *given, **more):
    return rule(rule_id, *given, home=None, **more)


REGION = {"pairs": ()}


@pytest.mark.parametrize(
    ("rules", "carried", "expected"),
    [
        ([], OURS, None),
        ([rule("a")], OURS, "a"),
        ([rule("a")], {}, None),
        ([rule("a")], {tags.HOME: "eu-west-1"}, None),
        ([rule("a")], {tags.HOME.upper(): HOME}, None),
        ([rule("a", available=False)], OURS, None),
        ([rule("a", SNAPSHOT)], OURS, None),
        ([rule("a", IMAGE, 7), rule("b", IMAGE, 8)], OURS, "b"),
        ([rule("a", IMAGE, 8), rule("b", IMAGE, 7)], OURS, "a"),
        ([rule("a"), foreign("b", IMAGE, 90, **REGION)], OURS, "b"),
        ([rule("a"), foreign("b", IMAGE, 90, available=False, **REGION)], OURS, "a"),
        ([rule("a"), foreign("b", IMAGE, 90, pairs=[("x", "y")])], OURS, "a"),
        ([rule("a"), foreign("b", IMAGE, 90, pairs=[("x", "y"), PAIR])], OURS, "b"),
        ([rule("a", **REGION)], {}, "a"),
        ([rule("a", **REGION, exclusions=[("x", "y")])], {"x": "y"}, None),
        ([rule("a", **REGION, exclusions=[("x", "y")])], {"x": "z"}, "a"),
        ([rule("a", **REGION, exclusions=[("x", "y")]), rule("b", IMAGE, 1, **REGION)], {"x": "y"}, "b"),
        ([rule("a", pairs=[("x", "")])], {"x": "y"}, None),
        ([rule("a", pairs=[("x", "")])], {"x": ""}, "a"),
        ([rule("a", **REGION, exclusions=[("x", "")])], {"x": "y"}, None),
        ([rule("a", **REGION, exclusions=[("x", "")])], {"z": "y"}, "a"),
    ],
)
def test_the_longest_of_the_rules_that_hold_a_resource_holds_it(rules, carried, expected):
    found = holder(rules, IMAGE, carried)
    assert (found and found.rule_id) == expected


BOTH = (rule("i"), rule("s", SNAPSHOT, 15))
ELSEWHERE = (rule("other-i", pairs=[("x", "y")]), rule("other-s", SNAPSHOT, 15, pairs=[("x", "y")]))
"""Settled rules of ours that hold nothing of these."""
HOURS = timedelta(hours=23)
TWO = {"snap-1": OURS, "snap-2": OURS}


@pytest.mark.parametrize(
    ("rules", "snapshots", "why", "named"),
    [
        ([], TWO, "no_rule_of_ours", {"resource_type": "EC2_IMAGE"}),
        ([rule("i")], TWO, "no_rule_of_ours", {"resource_type": "EBS_SNAPSHOT"}),
        ([foreign("i", **REGION), foreign("s", SNAPSHOT, 15, **REGION)], TWO, "no_rule_of_ours", {}),
        ([rule("i", home="eu-west-1", **REGION), BOTH[1]], TWO, "no_rule_of_ours", {}),
        ([rule("i", age=timedelta(hours=23)), BOTH[1]], TWO, "rule_too_young", {"trusted_from": "2027-03-28T13:00:00+00:00"}),
        ([BOTH[0], rule("s", SNAPSHOT, 15, age=timedelta(hours=23))], TWO, "rule_too_young", {"resource_type": "EBS_SNAPSHOT"}),
        ([*BOTH, rule("later", age=-timedelta(days=1))], {"snap-1": {}}, "not_held", {"resources": ["snap-1"]}),
        (BOTH, {"snap-1": OURS, "snap-2": None}, "snapshot_unseen", {"resources": ["snap-2"]}),
        ([rule("i", available=False), BOTH[1]], TWO, "not_held", {"resources": ["ami-1"]}),
        ([rule("i", pairs=[("x", "y")]), BOTH[1]], TWO, "not_held", {"resources": ["ami-1"]}),
        (BOTH, {"snap-1": OURS, "snap-2": {"a": "b"}}, "not_held", {"resources": ["snap-2"]}),
        ([BOTH[0], rule("s", SNAPSHOT, 13)], TWO, "held_too_short", {"resources": ["snap-1", "snap-2"], "days": 13, "needed": 14}),
        ([*BOTH, foreign("long", IMAGE, 90, **REGION)], TWO, "held_too_short", {"days": 15, "needed": 90, "foreign_rules": ["long"]}),
        ([*ELSEWHERE, rule("young", age=HOURS)], TWO, "not_held", {"resources": ["snap-1", "snap-2"]}),
        (
            [*ELSEWHERE, rule("young", age=HOURS), rule("too", SNAPSHOT, 15, age=timedelta(hours=1))],
            TWO,
            "rule_too_young",
            {"resources": ["ami-1", "snap-1", "snap-2"], "trusted_from": "2027-03-29T11:00:00+00:00"},
        ),
        ([*BOTH[:1], ELSEWHERE[1], rule("young", SNAPSHOT, 15, age=HOURS)], TWO, "rule_too_young", {"resources": ["snap-1", "snap-2"]}),
    ],
)
def test_why_an_image_and_its_snapshots_could_not_be_had_back(rules, snapshots, why, named):
    cover = of_image(CONFIG, rules, ("ami-1", OURS), snapshots, NOW)
    assert cover.until is None
    assert cover.detail.items() >= ({"why": why} | named).items()


@pytest.mark.parametrize(
    ("rules", "snapshots", "days", "used", "others"),
    [
        (BOTH, TWO, 14, ["i", "s"], []),
        ([rule("i"), rule("s", SNAPSHOT, 14)], TWO, 14, ["i", "s"], []),
        (BOTH, {}, 14, ["i"], []),
        ([*BOTH, rule("young", IMAGE, 15, age=HOURS)], TWO, 14, ["i", "s"], []),
        ([*BOTH, rule("day", IMAGE, 15, age=timedelta(hours=24))], TWO, 15, ["day", "s"], []),
        ([*BOTH, rule("young", IMAGE, 90, age=HOURS, home="eu-west-1", **REGION)], TWO, 14, ["i", "s"], []),
        ([*BOTH, foreign("f", SNAPSHOT, 90, **REGION)], TWO, 14, ["f", "i"], ["f"]),
        ([*BOTH, foreign("f", SNAPSHOT, 90, **REGION), foreign("g", IMAGE, 90, **REGION)], TWO, 90, ["f", "g"], ["f", "g"]),
    ],
)
def test_until_when_an_image_could_be_had_back_and_by_which_rules(rules, snapshots, days, used, others):
    cover = of_image(CONFIG, rules, ("ami-1", OURS), snapshots, NOW)
    assert cover.until == NOW + timedelta(days=days)
    assert cover.detail == {"recoverable_until": cover.until.isoformat(), "rules": used, "foreign_rules": others}


def test_what_rules_hold_for_fewer_days_than_the_configuration_promises_is_not_covered():
    promising = CONFIG.model_copy(update={"recycle_bin": RecycleBin(retain=timedelta(days=15))})
    found = of_image(promising, BOTH, ("ami-1", OURS), TWO, NOW)
    assert (found.until, found.detail["why"], found.detail["resources"]) == (None, "held_too_short", ["ami-1"])
    assert (found.detail["days"], found.detail["needed"]) == (14, 15)
    longer = [*BOTH, foreign("f", SNAPSHOT, 90, **REGION), foreign("g", IMAGE, 90, **REGION)]
    assert of_image(promising, longer, ("ami-1", OURS), TWO, NOW).until == NOW + timedelta(days=90)
    assert of_snapshot(promising, [rule("s", SNAPSHOT, 15)], "snap-1", OURS, NOW).until == NOW + timedelta(days=15)
    assert of_snapshot(promising, [rule("s", SNAPSHOT, 14)], "snap-1", OURS, NOW).detail["why"] == "held_too_short"


def test_a_snapshot_alone():
    assert of_snapshot(CONFIG, BOTH, "snap-1", OURS, NOW).until == NOW + timedelta(days=15)
    assert of_snapshot(CONFIG, BOTH, "snap-1", {}, NOW).detail == {"why": "not_held", "resources": ["snap-1"]}
    assert of_snapshot(CONFIG, BOTH[:1], "snap-1", OURS, NOW).detail["why"] == "no_rule_of_ours"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({tags.HOME: HOME, tags.CREATED: "2027-03-01T00:00:00+00:00"}, True),
        ({tags.HOME: HOME, tags.CREATED: "2027-03-01T00:00:00Z"}, True),
        ({tags.HOME: "eu-west-1", tags.CREATED: "2027-03-01T00:00:00+00:00"}, False),
        ({tags.HOME: HOME}, False),
        ({tags.HOME: HOME, tags.CREATED: "yesterday"}, False),
        ({tags.HOME: HOME, tags.CREATED: "2027-03-01T00:00:00"}, False),
        ({tags.CREATED: "2027-03-01T00:00:00+00:00"}, False),
        ({}, False),
    ],
)
def test_a_rule_is_ours_by_both_of_its_tags(marks, expected):
    assert Rule("a", terms(), available=True, tags=marks).ours(HOME) is expected
