"""Event buses: what a rule cannot deliver is tried again, or becomes a dead letter."""

import json
from datetime import timedelta

import pytest

from tests.sandbox.apps import ACCOUNT, HOME, RECOVERY, att, queue, queue_policy, role
from tests.sandbox.event_rules import EVENT, rule, to_queue


@pytest.mark.facts("3.7")
def test_without_the_queues_leave_it_is_a_dead_letter(sandbox, app, happen, messages):
    resources = to_queue(DeadLetterConfig={"Arn": att("Dead")})
    resources |= {"Dead": queue("dead"), "DeadPolicy": queue_policy("Dead", "events.amazonaws.com", att("Rule"))}
    resources["Policy"] = queue_policy("Inbox", "events.amazonaws.com", "arn:aws:events:eu-west-1:123456789012:rule/another")
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    happen()
    assert messages("inbox") == []
    [dead] = messages("dead")
    assert json.loads(dead["Body"])["detail"] == EVENT["detail"]
    assert dead["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert dead["MessageAttributes"]["RULE_ARN"]["StringValue"].startswith(f"arn:aws:events:{HOME}:{ACCOUNT}:rule/")


@pytest.mark.facts("3.7")
def test_a_failure_without_dead_letter_queue_is_listed(sandbox, app, happen):
    resources = to_queue()
    del resources["Policy"]
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    happen()
    [(source, reason)] = sandbox.events.dead_letters.dropped
    assert ":rule/" in source
    assert "NO_PERMISSIONS" in reason


@pytest.mark.facts("3.7")
def test_a_queue_under_the_default_sqs_key_gets_nothing(sandbox, app, happen, messages):
    resources = to_queue()
    resources["Inbox"]["Properties"]["KmsMasterKeyId"] = "alias/aws/sqs"
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    happen()
    assert messages("inbox") == []


@pytest.mark.facts("3.7")
def test_a_target_that_is_not_there_yet_is_no_reason_to_try_again(sandbox, put_rule, happen):
    put_rule({"RetryPolicy": {"MaximumRetryAttempts": 185}})
    happen(minutes=60 * 25)
    [(_, reason)] = sandbox.events.dead_letters.dropped
    assert "RESOURCE_NOT_FOUND" in reason


@pytest.mark.facts("3.7")
@pytest.mark.parametrize(
    ("policy", "hours", "arrived", "condition"),
    [
        ({}, 3, 1, None),
        ({}, 25, 0, "MaximumEventAgeInSeconds"),
        ({"MaximumEventAgeInSeconds": 3600}, 3, 0, "MaximumEventAgeInSeconds"),
        ({"MaximumRetryAttempts": 5}, 3, 0, "MaximumRetryAttempts"),
    ],
)
def test_a_target_out_of_reach_is_tried_again_then_it_is_a_dead_letter(sandbox, app, happen, messages, policy, hours, arrived, condition):
    bus = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"
    target = {"Arn": bus, "RoleArn": att("Role"), "DeadLetterConfig": {"Arn": att("Dead")}, "RetryPolicy": policy}
    resources = {
        "Role": role((["events:PutEvents"], bus), service="events.amazonaws.com"),
        "Rule": rule(target),
        "Dead": queue("dead"),
        "DeadPolicy": queue_policy("Dead", "events.amazonaws.com", att("Rule")),
    }
    app.stack("Home", to_queue())
    app.stack("Recovery", resources, region=RECOVERY)
    sandbox.deploy(app.write())
    now = sandbox.clock.now()
    sandbox.faults.unreachable(HOME, between=(now, now + timedelta(hours=hours)))
    happen(region=RECOVERY, minutes=60 * 26)
    dead = messages("dead", RECOVERY)
    assert len(messages("inbox")) == arrived
    assert [one["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] for one in dead] == ([condition] if condition else [])
