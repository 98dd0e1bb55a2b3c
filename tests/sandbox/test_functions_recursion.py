"""Functions that feed themselves are stopped."""

from datetime import timedelta

import pytest

from tests.sandbox.apps import HOME, att, function, queue, role
from tests.sandbox.worker import invoke_config

ECHOING = """
import boto3, time
def handler(event, context):
    print("round")
    time.sleep(1)
    SEND
"""
LOOPS = {
    "queue": "boto3.client('sqs').send_message(QueueUrl='https://sqs.ap-south-1.amazonaws.com/123456789012/loop', MessageBody='again')",
    "batch": "boto3.client('sqs').send_message_batch(QueueUrl='https://sqs.ap-south-1.amazonaws.com/123456789012/loop', Entries=[{'Id': '1', 'MessageBody': 'again'}])",
    "invoke": "boto3.client('lambda').invoke(FunctionName='worker', InvocationType='Event', Payload='{}')",
    "topic": "boto3.client('sns').publish(TopicArn='arn:aws:sns:ap-south-1:123456789012:loop', Message='again')",
}


@pytest.fixture
def loop(sandbox, app, invoke):
    """Deploy a worker that feeds itself in one of the ways of LOOPS, and what it feeds itself by."""

    def loop(how, **more):
        redrive = {"deadLetterTargetArn": att("Dead"), "maxReceiveCount": 2}
        app.stack(
            "Test",
            {
                "Dead": queue("dead"),
                "Loop": queue("loop", RedrivePolicy=redrive),
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "loop"}},
                "Role": role((["sqs:*", "lambda:*", "sns:*"], "*")),
                "Worker": function(app.code(main=ECHOING.replace("SEND", LOOPS[how])), "Role", "worker"),
                "Config": invoke_config(DestinationConfig={"OnFailure": {"Destination": att("Dead")}}),
                "Mapping": {
                    "Type": "AWS::Lambda::EventSourceMapping",
                    "Properties": {"EventSourceArn": att("Loop"), "FunctionName": {"Ref": "Worker"}},
                },
                **more,
            },
        )
        sandbox.deploy(app.write())
        sns = sandbox.client("sns", HOME)
        sns.subscribe(TopicArn=f"arn:aws:sns:{HOME}:123456789012:loop", Protocol="sqs", Endpoint=f"arn:aws:sqs:{HOME}:123456789012:loop")

    return loop


def dead_letters(sandbox):
    sqs = sandbox.client("sqs", HOME)
    return sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"], MaxNumberOfMessages=10).get("Messages", [])


@pytest.mark.facts("4.3")
@pytest.mark.parametrize("how", LOOPS)
def test_a_function_that_feeds_itself_is_stopped_after_16_rounds(sandbox, loop, invoke, how):
    loop(how)
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(hours=1))
    assert sandbox.functions.logs("worker").count("round") == 16
    [dead] = dead_letters(sandbox)
    assert ("RecursiveInvocation" if how == "invoke" else "again") in dead["Body"]


@pytest.mark.facts("4.3")
def test_each_start_is_a_chain_of_its_own(sandbox, loop, invoke):
    loop("queue")
    for _ in range(3):
        invoke({}, kind="Event")
        sandbox.clock.run_for(timedelta(minutes=5))
    assert sandbox.functions.logs("worker").count("round") == 48
    assert len(dead_letters(sandbox)) == 3


@pytest.mark.facts("4.3")
def test_a_function_may_be_allowed_to_feed_itself(sandbox, loop, invoke):
    loop("invoke")
    client = sandbox.client("lambda", HOME)
    assert client.get_function_recursion_config(FunctionName="worker")["RecursiveLoop"] == "Terminate"
    client.put_function_recursion_config(FunctionName="worker", RecursiveLoop="Allow")
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(seconds=30))
    assert sandbox.functions.logs("worker").count("round") == 31
