"""Asynchronous invocations: how often they are tried, and where those go that failed."""

import json
from datetime import timedelta

import pytest

from tests.sandbox.apps import HOME, att, queue
from tests.sandbox.worker import invoke_config

FAILING = {"main": "import time\ndef handler(e, c):\n    print(int(time.time()))\n    raise ValueError('no')\n"}


@pytest.mark.facts("4.5")
def test_async_failures_are_tried_three_times_then_go_to_the_destination(sandbox, deploy, invoke):
    deploy(FAILING, Failed=queue("failed"), Config=invoke_config(DestinationConfig={"OnFailure": {"Destination": att("Failed")}}))
    begun = int(sandbox.clock.now().timestamp())
    invoke({"a": 1}, kind="Event")
    sandbox.clock.run_for(timedelta(minutes=10))
    times = [int(line) - begun for line in sandbox.functions.logs("worker") if line.isdigit()]
    assert times == [0, 60, 180]
    url = sandbox.client("sqs", HOME).get_queue_url(QueueName="failed")["QueueUrl"]
    [message] = sandbox.client("sqs", HOME).receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"]["errorMessage"] == "no"
    assert record["responseContext"]["functionError"] == "Unhandled"


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(
    ("settings", "times"),
    [
        ({}, [0, 60, 180]),
        ({"MaximumRetryAttempts": 1}, [0, 60]),
        ({"MaximumRetryAttempts": 0}, [0]),
        ({"MaximumEventAgeInSeconds": 60}, [0, 60]),
    ],
)
def test_how_often_and_how_long_an_event_is_tried(sandbox, deploy, invoke, settings, times):
    deploy(FAILING, Config=invoke_config(**settings))
    begun = int(sandbox.clock.now().timestamp())
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(hours=1))
    assert [int(line) - begun for line in sandbox.functions.logs("worker") if line.isdigit()] == times


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(
    "settings",
    [
        {"MaximumRetryAttempts": 3},
        {"MaximumEventAgeInSeconds": 21_601},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:ap-south-1:123456789012:nobodys"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sns:ap-south-1:123456789012:topic"}}},
    ],
)
def test_settings_of_asynchronous_invocation_that_cannot_be(deploy, settings):
    with pytest.raises(Exception, match="InvalidParameterValueException"):
        deploy(FAILING, Config=invoke_config(**settings))


@pytest.mark.facts("4.5")
def test_a_dead_letter_queue_gets_the_event_itself(sandbox, deploy, invoke):
    deploy(FAILING, Dead=queue("dead"), properties={"DeadLetterConfig": {"TargetArn": att("Dead")}})
    invoke({"a": 1}, kind="Event")
    sandbox.clock.run_for(timedelta(minutes=10))
    sqs = sandbox.client("sqs", HOME)
    [message] = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"], MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == '{"a": 1}'
    assert set(message["MessageAttributes"]) == {"RequestID", "ErrorCode", "ErrorMessage"}
