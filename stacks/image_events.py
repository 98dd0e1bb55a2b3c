"""EventBridge rules on EC2's "AMI State Change" events."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.core.settings import name
from stacks.queue import LetterBox, WorkQueue

MEANS = "images that became available or failed"


class ImagesFollowed(events.Rule):
    """Sends every image that became available or failed, here or in a recovery region, to the follow queue."""

    def __init__(self, scope: Construct, *, home: str, follow: WorkQueue, undelivered: LetterBox) -> None:
        """The rule of the home region."""
        super().__init__(
            scope,
            "ImagesFollowed",
            rule_name=name(home, "follow"),
            description=f"Nightkeep: {MEANS}",
            event_pattern=image_settled(),
            targets=[targets.SqsQueue(follow, dead_letter_queue=undelivered)],
        )


def image_settled() -> events.EventPattern:
    """An image became available or failed."""
    return events.EventPattern(source=["aws.ec2"], detail_type=["EC2 AMI State Change"], detail={"State": ["available", "failed"]})
