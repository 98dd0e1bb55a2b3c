"""Event buses: rules deliver to queues, functions and other regions' buses, with the rights they were given."""

import json

import pytest

from tests.sandbox.apps import ACCOUNT, HOME, RECOVERY, att, function, role
from tests.sandbox.event_rules import EVENT, PATTERN, rule, to_queue


@pytest.mark.facts("3.7")
def test_a_matching_event_gets_to_the_queue_whole(sandbox, app, happen, messages):
    app.stack("Test", to_queue())
    sandbox.deploy(app.write())
    happen()
    [message] = messages("inbox")
    body = json.loads(message["Body"])
    assert body["detail"] == EVENT["detail"]
    assert body["account"] == ACCOUNT
    assert body["region"] == HOME
    assert body["version"] == "0"
    assert set(body) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}


@pytest.mark.facts("3.7")
def test_what_does_not_match_does_not(sandbox, app, happen, messages):
    app.stack("Test", to_queue())
    sandbox.deploy(app.write())
    happen(EVENT | {"detail": {"State": "pending"}})
    assert messages("inbox") == []


@pytest.mark.facts("3.7")
def test_a_disabled_rule_is_still(sandbox, app, happen, messages):
    resources = to_queue()
    resources["Rule"]["Properties"]["State"] = "DISABLED"
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    happen()
    assert messages("inbox") == []


@pytest.mark.facts("3.7")
def test_input_and_its_transformer(sandbox, app, happen, messages):
    transformer = {
        "InputPathsMap": {"id": "$.detail.ImageId", "all": "$.detail"},
        "InputTemplate": '{"image": <id>, "said": "it is <id>", "whole": <all>}',
    }
    app.stack("Test", to_queue(InputTransformer=transformer))
    app.stack("Other", to_queue("other", Input='{"constant": 1}'))
    sandbox.deploy(app.write())
    happen()
    assert json.loads(messages("inbox")[0]["Body"]) == {"image": "ami-1", "said": "it is ami-1", "whole": EVENT["detail"]}
    assert messages("other")[0]["Body"] == '{"constant": 1}'


@pytest.mark.facts("3.7")
def test_events_go_to_another_regions_bus_as_they_are(sandbox, app, happen, messages):
    bus = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"
    app.stack("Home", to_queue())
    app.stack(
        "Recovery",
        {
            "Role": role((["events:PutEvents"], bus), service="events.amazonaws.com"),
            "Rule": rule({"Arn": bus, "RoleArn": att("Role")}, PATTERN | {"region": [RECOVERY]}),
        },
        region=RECOVERY,
    )
    sandbox.deploy(app.write())
    happen(EVENT | {"id": "the-same", "region": RECOVERY}, region=RECOVERY)
    [message] = messages("inbox")
    assert (json.loads(message["Body"])["region"], json.loads(message["Body"])["id"]) == (RECOVERY, "the-same")


@pytest.mark.facts("3.7")
def test_another_regions_bus_needs_a_role_that_may(sandbox, app, happen, messages):
    bus = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"
    app.stack("Home", to_queue())
    app.stack(
        "Recovery", {"Role": role(service="events.amazonaws.com"), "Rule": rule({"Arn": bus, "RoleArn": att("Role")})}, region=RECOVERY
    )
    sandbox.deploy(app.write())
    happen(region=RECOVERY)
    assert messages("inbox") == []
    assert sandbox.events.dead_letters.dropped


@pytest.mark.facts("3.7")
def test_functions_need_a_permission(sandbox, app, happen):
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "Worker"},
        "Principal": "events.amazonaws.com",
        "SourceArn": att("Rule"),
    }
    resources = {
        "Role": role(),
        "Worker": function(app.code(main="import json\ndef handler(e, c):\n    print(json.dumps(e))\n"), "Role", "worker"),
        "Rule": rule({"Arn": att("Worker")}),
    }
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    happen()
    assert sandbox.functions.records("worker") == []
    app.stack("Test", resources | {"Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission}})
    sandbox.deploy(app.write())
    happen()
    assert sandbox.functions.records("worker")[0]["detail"] == EVENT["detail"]
<<<<<<< HEAD
=======


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


QUEUE = f"arn:aws:sqs:{HOME}:{ACCOUNT}:q"


@pytest.fixture
def put(sandbox):
    """Put a rule, then targets to it, which need only an id and what is told here."""
    events = sandbox.client("events", HOME)

    def put(*targets, pattern=PATTERN):
        events.put_rule(Name="rule", EventPattern=pattern if isinstance(pattern, str) else json.dumps(pattern))
        events.put_targets(Rule="rule", Targets=[{"Id": str(number), "Arn": QUEUE, **target} for number, target in enumerate(targets)])

    return put


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
def test_patterns_that_put_rule_refuses(put, refused, code, pattern):
    with refused(code):
        put({}, pattern=pattern)


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
def test_targets_that_put_targets_refuses(put, refused, target):
    with refused("ValidationException"):
        put(target)


@pytest.mark.facts("3.7")
def test_a_rule_has_five_targets_at_most(put, refused):
    put({}, {}, {}, {}, {})
    put({"Input": "{}"})
    with refused("LimitExceededException"):
        put({}, {"Id": "6"})


@pytest.mark.own
@pytest.mark.parametrize("service", ["logs", "states"])
def test_what_rules_do_not_deliver_to_is_said_at_once(put, refused, service):
    with refused("UnsupportedSandboxOperation"):
        put({"Arn": f"arn:aws:{service}:{HOME}:{ACCOUNT}:x"})


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


@pytest.mark.facts("3.7")
def test_a_target_that_is_not_there_yet_is_no_reason_to_try_again(sandbox, put, happen):
    put({"RetryPolicy": {"MaximumRetryAttempts": 185}})
    happen(minutes=60 * 25)
    [(_, reason)] = sandbox.events.dead_letters.dropped
    assert "RESOURCE_NOT_FOUND" in reason


@pytest.mark.facts("3.7", "12.1")
def test_a_bad_pattern_fails_the_deployment(sandbox, app):
    resources = to_queue()
    resources["Rule"]["Properties"]["EventPattern"] = {"detail": {"State": [{"starts": "x"}]}}
    app.stack("Test", resources)
    with pytest.raises(Exception, match="Unrecognized match type starts"):
        sandbox.deploy(app.write())


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
>>>>>>> list
