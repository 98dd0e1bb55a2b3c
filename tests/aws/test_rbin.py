"""Retention rules read back from the Recycle Bin as they were written."""

from datetime import timedelta

import pytest

from functions.aws import clients, rbin
from functions.core import tags
from functions.core.bin.cover import holder
from functions.core.bin.rule import ResourceType, Terms
from functions.core.bin.steps import Create, Delete, Lock, Update
from functions.core.record import Reason
from sandbox.account import Sandbox

HOME, REGION = "ap-south-1", "eu-west-1"
IMAGE, SNAPSHOT = ResourceType.IMAGE, ResourceType.SNAPSHOT
PAIRS = frozenset({(tags.HOME, HOME), ("a", "b")})


@pytest.fixture
def sandbox():
    cached = (clients._session, clients.rbin)
    for each in cached:
        each.cache_clear()
    with Sandbox() as opened:
        yield opened
    for each in cached:
        each.cache_clear()


def done(sandbox, step):
    outcome = rbin.change(REGION, HOME, step, sandbox.clock.now())
    assert (outcome.status, outcome.reason, bool(outcome.request_id)) == ("done", step.reason, True)
    return outcome


@pytest.mark.parametrize(
    "terms",
    [Terms(IMAGE, 14, PAIRS), Terms(SNAPSHOT, 365), Terms(SNAPSHOT, 1, exclusions=PAIRS)],
    ids=["by tags", "the whole region", "with exclusions"],
)
def test_what_was_made_is_read_and_changed_and_deleted(sandbox, terms):
    made = done(sandbox, Create(terms, Reason.MISSING)).resource_id
    [rule], now = rbin.rules(REGION)
    assert now == sandbox.clock.now()
    assert (rule.rule_id, rule.terms, rule.available, rule.created) == (made, terms, False, now)
    assert rule.ours(HOME)
    sandbox.clock.run_for(timedelta(minutes=1))
    changed = Terms(terms.resource_type, 7, *(frozenset([*pairs][:1]) for pairs in (terms.resource_tags, terms.exclusions)))
    assert "days" in done(sandbox, Update(rule, Reason.DRIFTED, changed)).detail["differs"]
    [rule], _ = rbin.rules(REGION)
    assert (rule.rule_id, rule.terms, rule.available) == (made, changed, True)
    done(sandbox, Delete(rule, Reason.DUPLICATE))
    assert rbin.rules(REGION)[0] == []


def test_a_lock_is_read_with_its_delay_and_its_end(sandbox):
    done(sandbox, Create(Terms(IMAGE, 14), Reason.MISSING))
    [rule], now = rbin.rules(REGION)
    assert (rule.lock_state, rule.unlock_delay, rule.lock_end, rule.guarded) == (None, None, None, False)
    done(sandbox, Lock(rule, Reason.LOCK_MISSING, 9))
    [rule], _ = rbin.rules(REGION)
    assert (rule.lock_state, rule.unlock_delay, rule.changeable_from(now)) == ("locked", 9, now + timedelta(days=9))
    sandbox.client("rbin", REGION).unlock_rule(Identifier=rule.rule_id)
    [rule], _ = rbin.rules(REGION)
    assert (rule.lock_state, rule.unlock_delay, rule.lock_end) == ("pending_unlock", 9, now + timedelta(days=9))


def test_everybodys_rules_of_all_pages_are_read_but_those_for_volumes(sandbox):
    client = sandbox.client("rbin", REGION)
    for resource_type, count in (("EC2_IMAGE", 60), ("EBS_SNAPSHOT", 1), ("EBS_VOLUME", 1)):
        for _ in range(count):
            client.create_rule(ResourceType=resource_type, RetentionPeriod={"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"})
    found, _ = rbin.rules(REGION)
    assert [rule.terms.resource_type for rule in found] == [SNAPSHOT, *[IMAGE] * 60]
    assert not any(rule.ours(HOME) for rule in found)


PLACES = [
    Terms(IMAGE, 3, frozenset({("a", "b")})),
    Terms(IMAGE, 9, frozenset({("a", "c"), ("d", "e")})),
    Terms(IMAGE, 5, exclusions=frozenset({("a", "b"), ("scratch", "yes")})),
    Terms(SNAPSHOT, 7, frozenset({("a", "")})),
    Terms(SNAPSHOT, 4),
]
CARRIED = [{}, {"a": "b"}, {"a": "c"}, {"a": ""}, {"a": "b", "d": "e"}, {"d": "e", "scratch": "yes"}, {"scratch": "yes"}, {"A": "b"}]


@pytest.mark.parametrize("carried", CARRIED, ids=str)
def test_what_holds_a_resource_is_what_the_bin_goes_by(sandbox, carried):
    for terms in PLACES:
        done(sandbox, Create(terms, Reason.MISSING))
    sandbox.clock.run_for(timedelta(days=1))
    found, _ = rbin.rules(REGION)
    for resource_type in ResourceType:
        rule, kept = holder(found, resource_type, carried), sandbox.rbin.retention(REGION, resource_type, carried)
        assert (rule and timedelta(days=rule.terms.days)) == kept


def test_a_rule_that_went_while_it_was_looked_at_is_none(sandbox):
    done(sandbox, Create(Terms(IMAGE, 14), Reason.MISSING))
    done(sandbox, Create(Terms(IMAGE, 7), Reason.MISSING))
    sandbox.faults.refuse("rbin", "GetRule", REGION, "ResourceNotFoundException", status=404, times=1)
    assert [rule.terms.days for rule in rbin.rules(REGION)[0]] == [7]


def test_what_is_refused_is_an_outcome_and_what_is_gone_is_deleted(sandbox):
    done(sandbox, Create(Terms(IMAGE, 14), Reason.MISSING))
    [rule], now = rbin.rules(REGION)
    done(sandbox, Delete(rule, Reason.DUPLICATE))
    again = rbin.change(REGION, HOME, Delete(rule, Reason.DUPLICATE), now)
    assert (again.status, again.resource_id) == ("already", rule.rule_id)
    refused = rbin.change(REGION, HOME, Update(rule, Reason.DRIFTED, Terms(IMAGE, 7)), now)
    assert (refused.status, refused.reason, refused.error_code) == ("failed", "aws_refused", "ResourceNotFoundException")
    assert (refused.resource_id, refused.detail["differs"]) == (rule.rule_id, {"days": [14, 7]})
    sandbox.faults.unreachable(REGION)
    assert rbin.change(REGION, HOME, Create(Terms(IMAGE, 7), Reason.MISSING), now).reason == "unreachable"
