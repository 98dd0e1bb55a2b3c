"""What a queue says of its messages."""

from datetime import timedelta

import pytest

from sandbox.account import Sandbox

pytestmark = pytest.mark.own
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible")


def test_messages_are_counted_by_whether_they_wait_can_be_received_or_are_in_flight():
    with Sandbox() as sandbox:
        sqs = sandbox.client("sqs", "ap-south-1")
        url = sqs.create_queue(QueueName="a")["QueueUrl"]

        def counts():
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            return [int(found[name]) for name in COUNTS]

        sqs.send_message_batch(
            QueueUrl=url, Entries=[{"Id": str(each), "MessageBody": "x", "DelaySeconds": each * 10} for each in range(4)]
        )
        assert counts() == [1, 3, 0]
        sandbox.clock.run_for(timedelta(seconds=15))
        assert counts() == [2, 2, 0]
        first, second = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)["Messages"]
        assert counts() == [0, 2, 2]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=5)
        assert counts() == [0, 2, 1]
        sandbox.clock.run_for(timedelta(seconds=20))
        assert counts() == [3, 0, 0]
