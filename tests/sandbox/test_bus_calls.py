"""EventBridge's calls: PutEvents, PutRule, PutTargets and TestEventPattern, and what they refuse."""

import json
from datetime import timedelta

import pytest

from tests.sandbox.apps import ACCOUNT, HOME, RECOVERY
from tests.sandbox.event_rules import EVENT, PATTERN, QUEUE, to_queue

ENTRY = {"Source": "mine", "DetailType": "x", "Detail": json.dumps({"State": "available"})}


@pytest.mark.facts("3.7")
def test_put_events_go_the_same_way(sandbox, app, messages):
    resources = to_queue()
    resources["Rule"]["Properties"]["EventPattern"] = {"source": ["mine"]}
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    bad = [{"Detail": "nonsense"}, {"Detail": "[]"}, {"Source": "aws.ec2"}, {"DetailType": ""}, {"DetailType": "x" * 129}]
    answer = sandbox.client("events", HOME).put_events(
        Entries=[ENTRY, *(ENTRY | more for more in bad), ENTRY | {"EventBusName": "nobodys"}]
    )
    sandbox.clock.run_for(timedelta(minutes=1))
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == [
        None,
        "MalformedDetail",
        "MalformedDetail",
        "NotAuthorizedForSourceException",
        "InvalidArgument",
        "InvalidArgument",
        None,
    ]
    assert answer["FailedEntryCount"] == 5
    [message] = messages("inbox")
    assert json.loads(message["Body"])["id"] == answer["Entries"][0]["EventId"]


@pytest.mark.facts("3.7")
@pytest.mark.parametrize("entries", [[ENTRY] * 11, [ENTRY | {"Detail": json.dumps({"a": "x" * 1_048_576})}]])
def test_put_events_has_its_limits(sandbox, entries, refused):
    with refused("ValidationException"):
        sandbox.client("events", HOME).put_events(Entries=entries)


@pytest.mark.facts("3.7")
@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("InvalidEventPatternException", "nonsense"),
        ("InvalidEventPatternException", {"source": "aws.ec2"}),
        ("InvalidEventPatternException", {"source": [{"starts": "x"}]}),
        ("InvalidEventPatternException", {}),
        ("ValidationException", {"source": ["x" * 4096]}),
    ],
)
def test_patterns_that_put_rule_refuses(put_rule, refused, code, pattern):
    with refused(code):
        put_rule({}, pattern=pattern)


@pytest.mark.facts("3.7")
@pytest.mark.parametrize(
    "target",
    [
        {"Arn": f"arn:aws:sqs:{RECOVERY}:{ACCOUNT}:q"},
        {"Input": "{}", "InputPath": "$.detail"},
        {"Input": "not JSON"},
        {"InputTransformer": {"InputTemplate": "<nothing>"}},
        {"InputTransformer": {"InputPathsMap": {"a": "detail"}, "InputTemplate": "<a>"}},
        {"RetryPolicy": {"MaximumRetryAttempts": 186}},
        {"RetryPolicy": {"MaximumEventAgeInSeconds": 86_401}},
        {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{RECOVERY}:{ACCOUNT}:q"}},
        {"DeadLetterConfig": {"Arn": f"{QUEUE}.fifo"}},
    ],
)
def test_targets_that_put_targets_refuses(put_rule, refused, target):
    with refused("ValidationException"):
        put_rule(target)


@pytest.mark.facts("3.7")
def test_a_rule_has_five_targets_at_most(put_rule, refused):
    put_rule({}, {}, {}, {}, {})
    put_rule({"Input": "{}"})
    with refused("LimitExceededException"):
        put_rule({}, {"Id": "6"})


@pytest.mark.own
@pytest.mark.parametrize("service", ["logs", "states"])
def test_what_rules_do_not_deliver_to_is_said_at_once(put_rule, refused, service):
    with refused("UnsupportedSandboxOperation"):
        put_rule({"Arn": f"arn:aws:{service}:{HOME}:{ACCOUNT}:x"})


@pytest.mark.own
def test_rules_on_a_schedule_are_not_there(sandbox, refused):
    with refused("UnsupportedSandboxOperation"):
        sandbox.client("events", HOME).put_rule(Name="rule", ScheduleExpression="rate(1 hour)")


@pytest.mark.own
def test_rules_for_calls_that_only_read_are_not_there(sandbox, refused):
    """CloudTrail's events of them would never come: the rule would wait for what AWS sends."""
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    with refused("UnsupportedSandboxOperation"):
        sandbox.client("events", HOME).put_rule(Name="rule", EventPattern=json.dumps(PATTERN), State=state)
    assert sandbox.client("events", HOME).list_rules()["Rules"] == []


@pytest.mark.facts("3.7")
def test_test_event_pattern(sandbox, refused):
    test = sandbox.client("events", HOME).test_event_pattern
    event = {"id": "1", "account": ACCOUNT, "time": "t", "region": HOME, **EVENT}
    answers = [test(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"] for pattern in (PATTERN, {"source": ["x"]})]
    assert answers == [True, False]
    with refused("InvalidEventPatternException"):
        test(EventPattern="[]", Event=json.dumps(event))
    for bad in ("nonsense", "[]", json.dumps(EVENT)):
        with refused("ValidationException"):
            test(EventPattern=json.dumps(PATTERN), Event=bad)


@pytest.mark.facts("3.7")
@pytest.mark.parametrize("event", ["300", "300.0", "3.0e2"])
@pytest.mark.parametrize("pattern", ["300", "300.0", "3.0e2"])
def test_numbers_are_the_same_by_their_spelling(sandbox, pattern, event):
    events = sandbox.client("events", HOME)
    parts = dict.fromkeys(("id", "source", "detail-type", "account", "time", "region"), "x") | {"resources": []}
    whole = f'{json.dumps(parts)[:-1]}, "detail": {{"a": {event}}}}}'
    found = [
        events.test_event_pattern(EventPattern=f'{{"detail": {{"a": [{condition}]}}}}', Event=whole)["Result"]
        for condition in (pattern, f'{{"anything-but": {pattern}}}', f'{{"numeric": ["=", {pattern}]}}')
    ]
    assert found == [pattern == event, pattern != event, True]


@pytest.mark.facts("3.7")
def test_numbers_keep_their_spelling_on_the_bus(sandbox, app, messages):
    app.stack("Test", to_queue())
    sandbox.deploy(app.write())
    events = sandbox.client("events", HOME)
    events.put_rule(Name=events.list_rules()["Rules"][0]["Name"], EventPattern='{"detail": {"a": [3.0e2]}}')
    events.put_events(Entries=[ENTRY | {"Detail": f'{{"a": {number}, "id": "{number}"}}'} for number in ("300", "300.0", "3.0e2")])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert [json.loads(message["Body"])["detail"] for message in messages("inbox")] == [{"a": 300.0, "id": "3.0e2"}]


@pytest.mark.facts("3.7", "12.1")
def test_a_bad_pattern_fails_the_deployment(sandbox, app):
    resources = to_queue()
    resources["Rule"]["Properties"]["EventPattern"] = {"detail": {"State": [{"starts": "x"}]}}
    app.stack("Test", resources)
    with pytest.raises(Exception, match="Unrecognized match type starts"):
        sandbox.deploy(app.write())
