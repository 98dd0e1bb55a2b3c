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
