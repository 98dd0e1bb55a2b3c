"""An event, rules for it, and what gets to their targets."""

import json
from datetime import timedelta

import pytest

from tests.sandbox.apps import ACCOUNT, HOME, att, queue, queue_policy

EVENT = {
    "source": "aws.ec2",
    "detail-type": "EC2 AMI State Change",
    "resources": ["arn:x"],
    "detail": {"ImageId": "ami-1", "State": "available"},
}
PATTERN = {"source": ["aws.ec2"], "detail": {"State": ["available"]}}


@pytest.fixture
def happen(sandbox):
    """Let an event come up, and some minutes pass."""

    def happen(event=EVENT, region=HOME, minutes=5):
        sandbox.events.emit(region, event)
        sandbox.clock.run_for(timedelta(minutes=minutes))

    return happen


@pytest.fixture
def messages(sandbox):
    """What is in a queue, bodies and attributes."""

    def messages(name, region=HOME):
        sqs = sandbox.client("sqs", region)
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0).get(
            "Messages", []
        )

    return messages


def rule(target, pattern=PATTERN, **properties):
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {"EventPattern": pattern, "State": "ENABLED", "Targets": [{"Id": "T", **target}], **properties},
    }


def to_queue(name="inbox", **target):
    return {
        "Inbox": queue(name),
        "Policy": queue_policy("Inbox", "events.amazonaws.com", att("Rule")),
        "Rule": rule({"Arn": att("Inbox"), **target}),
    }


QUEUE = f"arn:aws:sqs:{HOME}:{ACCOUNT}:q"


@pytest.fixture
def put_rule(sandbox):
    """Put a rule, then targets to it, which need only an id and what is told here."""
    events = sandbox.client("events", HOME)

    def put_rule(*targets, pattern=PATTERN):
        events.put_rule(Name="rule", EventPattern=pattern if isinstance(pattern, str) else json.dumps(pattern))
        events.put_targets(Rule="rule", Targets=[{"Id": str(number), "Arn": QUEUE, **target} for number, target in enumerate(targets)])

    return put_rule
