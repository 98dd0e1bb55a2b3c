"""Recycle Bin: locks of rules, their delays, and the events of them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.conftest import HOME

pytestmark = [pytest.mark.facts("2.1"), pytest.mark.facts("2.5")]

DAY = timedelta(days=1)
WEEK = {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}
MONTH = {"UnlockDelay": {"UnlockDelayValue": 30, "UnlockDelayUnit": "DAYS"}}
CHANGES = [
    lambda rbin, identifier: rbin.delete_rule(Identifier=identifier),
    lambda rbin, identifier: rbin.update_rule(Identifier=identifier, Description="another"),
]


@pytest.fixture
def create(rbin):
    def create(**parameters):
        period = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
        return rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=period, Description="all images", **parameters)["Identifier"]

    return create


@pytest.fixture
def told(sandbox):
    """The lock events so far: what each says happened, after "Recycle Bin Rule"."""

    def told():
        return [event["detail-type"].removeprefix("Recycle Bin Rule ") for event in events(sandbox)]

    return told


def events(sandbox):
    return [event for event in sandbox.events.happened if event["source"] == "aws.rbin"]


def state(rbin, identifier):
    return rbin.get_rule(Identifier=identifier).get("LockState")


def test_a_rule_that_was_never_locked_has_no_lock_state(rbin, create):
    assert not {"LockState", "LockConfiguration", "LockEndTime"} & set(rbin.get_rule(Identifier=create()))


@pytest.mark.parametrize("change", CHANGES)
def test_a_locked_rule_cannot_change(rbin, create, told, refused, change):
    identifier = create(LockConfiguration=WEEK)
    with refused("ConflictException") as caught:
        change(rbin, identifier)
    assert caught.value.response["Reason"] == "INVALID_RULE_STATE"
    assert state(rbin, identifier) == "locked"
    assert told() == ["Locked", "Change Attempted"]


@pytest.mark.parametrize("change", CHANGES)
def test_nor_can_one_whose_delay_is_running(sandbox, rbin, create, refused, change):
    identifier = create(LockConfiguration=WEEK)
    rbin.unlock_rule(Identifier=identifier)
    sandbox.clock.run_for(7 * DAY - timedelta(seconds=1))
    with refused("ConflictException"):
        change(rbin, identifier)
    sandbox.clock.run_for(timedelta(seconds=1))
    change(rbin, identifier)


def test_a_locked_rule_can_be_tagged(rbin, create):
    identifier = create(LockConfiguration=WEEK)
    arn = rbin.get_rule(Identifier=identifier)["RuleArn"]
    rbin.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert rbin.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_unlocking_takes_its_delay(sandbox, rbin, create):
    identifier = create()
    assert rbin.lock_rule(Identifier=identifier, LockConfiguration=MONTH)["LockState"] == "locked"
    unlocked = rbin.unlock_rule(Identifier=identifier)
    assert (unlocked["LockState"], unlocked["LockEndTime"]) == ("pending_unlock", datetime(2027, 3, 31, 12, 0, tzinfo=UTC))
    sandbox.clock.run_for(30 * DAY)
    rule = rbin.get_rule(Identifier=identifier)
    assert (rule["LockState"], "LockEndTime" in rule) == ("unlocked", False)


def test_a_notice_a_day_until_the_day_before(sandbox, rbin, create, told):
    identifier = create(LockConfiguration=WEEK)
    rbin.unlock_rule(Identifier=identifier)
    sandbox.clock.run_for(30 * DAY)
    assert told() == ["Locked", "Unlock Scheduled", *["Unlocking Notice"] * 6, "Unlocked"]
    assert [event["time"][:10] for event in events(sandbox)[1:]] == [f"2027-03-0{day}" for day in range(1, 9)]


def test_relocking_ends_the_delay(sandbox, rbin, create, told):
    identifier = create(LockConfiguration=WEEK)
    rbin.unlock_rule(Identifier=identifier)
    sandbox.clock.run_for(timedelta(days=2, hours=1))
    rbin.lock_rule(Identifier=identifier, LockConfiguration=WEEK)
    sandbox.clock.run_for(30 * DAY)
    assert state(rbin, identifier) == "locked"
    assert told() == ["Locked", "Unlock Scheduled", "Unlocking Notice", "Unlocking Notice", "Locked"]
    rbin.unlock_rule(Identifier=identifier)
    sandbox.clock.run_for(6 * DAY)
    assert state(rbin, identifier) == "pending_unlock"
    sandbox.clock.run_for(DAY)
    assert state(rbin, identifier) == "unlocked"


def test_the_delay_can_change_only_after_it_has_run_out(sandbox, rbin, create, refused):
    identifier = create(LockConfiguration=WEEK)
    with refused("ConflictException"):
        rbin.lock_rule(Identifier=identifier, LockConfiguration=MONTH)
    rbin.unlock_rule(Identifier=identifier)
    with refused("ConflictException"):
        rbin.lock_rule(Identifier=identifier, LockConfiguration=MONTH)
    sandbox.clock.run_for(7 * DAY)
    assert rbin.lock_rule(Identifier=identifier, LockConfiguration=MONTH)["LockConfiguration"] == MONTH


@pytest.mark.parametrize("tags", [{"ResourceTags": [{"ResourceTagKey": "a"}]}, {"ExcludeResourceTags": [{"ResourceTagKey": "a"}]}])
def test_only_rules_for_a_whole_region_can_be_locked(rbin, create, refused, tags):
    with refused("ValidationException"):
        create(LockConfiguration=WEEK, **tags)
    with refused("ValidationException"):
        rbin.lock_rule(Identifier=create(**tags), LockConfiguration=WEEK)


def test_only_locked_rules_can_be_unlocked(rbin, create, refused):
    identifier = create()
    with refused("ConflictException"):
        rbin.unlock_rule(Identifier=identifier)
    rbin.lock_rule(Identifier=identifier, LockConfiguration=WEEK)
    rbin.unlock_rule(Identifier=identifier)
    with refused("ConflictException"):
        rbin.unlock_rule(Identifier=identifier)


def test_a_delay_lasts_30_days_at_most(rbin, create, refused):
    with refused("ValidationException"):
        rbin.lock_rule(Identifier=create(), LockConfiguration={"UnlockDelay": {"UnlockDelayValue": 31, "UnlockDelayUnit": "DAYS"}})


def test_the_events_are_as_documented(sandbox, rbin, create):
    identifier = create(LockConfiguration=MONTH)
    rbin.unlock_rule(Identifier=identifier)
    locked, scheduled = events(sandbox)
    about = {
        "detail-version": " 1.0.0",
        "rule-id": identifier,
        "rule-description": "all images",
        "unlock-delay-period": "30 days",
    }
    assert {name: value for name, value in locked.items() if name != "id"} == {
        "version": "0",
        "detail-type": "Recycle Bin Rule Locked",
        "source": "aws.rbin",
        "account": "123456789012",
        "time": "2027-03-01T12:00:00Z",
        "region": HOME,
        "resources": [f"arn:aws:rbin:{HOME}:123456789012:rule/{identifier}"],
        "detail": about | {"api-name": "CreateRule"},
    }
    assert scheduled["detail"] == about | {"scheduled-unlock-time": "2027-03-31T12:00:00Z"}


def test_the_other_events_say_as_much(sandbox, rbin, create, refused):
    identifier = create(LockConfiguration=WEEK)
    for change in CHANGES:
        with refused("ConflictException"):
            change(rbin, identifier)
    rbin.unlock_rule(Identifier=identifier)
    sandbox.clock.run_for(7 * DAY)
    about = {"detail-version": " 1.0.0", "rule-id": identifier, "rule-description": "all images", "unlock-delay-period": "7 days"}
    ends = about | {"scheduled-unlock-time": "2027-03-08T12:00:00Z"}
    _, deleting, updating, _, *notices, unlocked = (event["detail"] for event in events(sandbox))
    assert [deleting, updating] == [about | {"api-name": name} for name in ("DeleteRule", "UpdateRule")]
    assert [*notices, unlocked] == [ends] * 7


def test_nothing_is_told_of_rules_without_locks(rbin, create, told):
    identifier = create()
    rbin.update_rule(Identifier=identifier, Description="another")
    rbin.delete_rule(Identifier=identifier)
    assert told() == []


def test_an_event_can_be_lost(sandbox, create, told):
    sandbox.faults.lose_event(lambda event: event["source"] == "aws.rbin")
    create(LockConfiguration=WEEK)
    assert told() == []
