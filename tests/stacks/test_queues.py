"""Queues lose nothing, give nothing up for being deferred, and are read by nobody else."""

from datetime import timedelta

import pytest

from functions.aws import queue as deferring
from functions.core.reboots import chains, look
from stacks import queue as deployed

HOME = "nightkeep-ap-south-1"
WORK = ["take", "follow", "follow-tags", "copy-eu-west-1", "copy-us-east-1"]


@pytest.mark.parametrize(
    ("during", "expected"),
    [
        (timedelta(0), 1),
        (timedelta(seconds=30), 2),
        (timedelta(seconds=31), 3),
        (timedelta(seconds=30 + 60 + 120 + 240 + 480), 6),
        (timedelta(seconds=30 + 60 + 120 + 240 + 480 + 900), 7),
        (timedelta(days=100), 1000),
    ],
)
def test_deferring_for_so_long_takes_so_many_receives(during, expected):
    assert deployed.receives(during) == expected


LONGEST = (24 + 24 + 24) * 3600
"""Flexible start, window and the copies' time, as long as any policy may have them."""


@pytest.mark.parametrize("part", WORK)
def test_a_message_can_be_deferred_until_its_time_is_over_whatever_is_deployed_meanwhile(home, part):
    redrive = home.named("SQS::Queue", "QueueName")[f"{HOME}-{part}"]["RedrivePolicy"]
    delays, waited, count = iter([30, 60, 120, 240, 480]), 0, 1
    while waited < LONGEST:
        waited += next(delays, 900)
        count += 1
    assert redrive["maxReceiveCount"] >= count
    assert redrive["deadLetterTargetArn"].endswith(f":{HOME}-{part}-dead")


def test_every_queue_is_encrypted_keeps_messages_for_14_days_and_refuses_plain_http(stack):
    queues = stack.named("SQS::Queue", "QueueName")
    closed = set()
    for policy in stack.all("SQS::QueuePolicy").values():
        (deny,) = [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        closed.update(policy["Properties"]["Queues"])
    assert closed == set(queues)
    for properties in queues.values():
        assert properties["SqsManagedSseEnabled"] is True
        assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_only_event_rules_of_ours_are_let_in_by_the_queues_themselves(stack):
    for policy in stack.all("SQS::QueuePolicy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] == {"Service": "events.amazonaws.com"}
                assert "rule/nightkeep-ap-south-1-" in statement["Condition"]["ArnEquals"]["aws:SourceArn"]


@pytest.mark.parametrize("part", WORK)
def test_a_queue_waits_six_times_as_long_as_its_function_may_run_and_gathers(home, part):
    functions = home.named("Lambda::Function", "FunctionName").items()
    (timeout,) = {function["Timeout"] for name, function in functions if name != f"{HOME}-watch"}
    assert timeout == 600
    assert home.named("SQS::Queue", "QueueName")[f"{HOME}-{part}"]["VisibilityTimeout"] == 6 * timeout + 300  # and the batching window


@pytest.mark.parametrize(
    ("queue", "function", "batch", "gather"),
    [
        ("take", "take", 100, 5),
        ("follow", "follow-images", 200, 120),
        ("follow-tags", "follow-tags", 100, 15),
        ("retire", "retire", 50, 30),
        ("watch", "watch", 100, 5),
        ("copy-eu-west-1", "copy", 100, 180),
        ("copy-us-east-1", "copy", 100, 180),
    ],
)
def test_a_queue_is_worked_off_in_batches_by_two(home, queue, function, batch, gather):
    mapping = home.named("Lambda::EventSourceMapping", "EventSourceArn")[f"arn:aws:sqs:ap-south-1:123456789012:{HOME}-{queue}"]
    assert mapping["FunctionName"] == f"{HOME}-{function}"
    assert mapping["BatchSize"] == batch
    assert mapping["MaximumBatchingWindowInSeconds"] == gather
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_chain_is_looked_at_every_two_minutes_for_as_long_as_it_may_take(home):
    queue = home.named("SQS::Queue", "QueueName")[f"{HOME}-watch"]
    timeout = home.named("Lambda::Function", "FunctionName")[f"{HOME}-watch"]["Timeout"]
    assert timeout + 5 < queue["VisibilityTimeout"] == look.APART.total_seconds()  # and the batching window
    assert queue["RedrivePolicy"]["maxReceiveCount"] * look.APART > chains.LONGEST_WATCH + look.PATIENCE


def test_the_delays_are_those_that_the_functions_use():
    assert timedelta(seconds=deferring.delay(1)) == deployed.FIRST_DELAY
    assert timedelta(seconds=deferring.delay(1000)) == deployed.LONGEST_DELAY
