"""EventBridge rules on EC2's "AMI State Change" events."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.core.settings import name
from stacks.arns import arn
from stacks.queue import LetterBox, WorkQueue
from stacks.role import Permission, Role, for_this_account


class ImagesFollowed(events.Rule):
    """Sends every image that became available or failed, here or in a recovery region, to the follow queue."""

    def __init__(self, scope: Construct, *, home: str, follow: WorkQueue, undelivered: LetterBox) -> None:
        """The rule of the home region."""
        super().__init__(
            scope,
            "ImagesFollowed",
            rule_name=name(home, "follow"),
            description="Nightkeep: images that became available or failed",
            event_pattern=_image_settled(),
            targets=[targets.SqsQueue(follow, dead_letter_queue=undelivered)],
        )


class ImagesForwarded(Construct):
    """Sends the recovery region's own events to the home region's bus; not those that another home forwards here, which would go on for ever."""

    def __init__(self, scope: Construct, *, home: str, undelivered: LetterBox) -> None:
        """The rule of a recovery region."""
        super().__init__(scope, "ImagesForwarded")
        region = Stack.of(self).region
        bus = arn("events", home, "event-bus/default")
        role = Role(
            self,
            name=name(home, f"forward-{region}"),
            trusts=for_this_account("events"),
            may=(Permission(sid="Forward", actions=("events:PutEvents",), resources=(bus,)),),
        )
        home_bus = events.EventBus.from_event_bus_arn(self, "HomeBus", bus)
        events.Rule(
            self,
            "Rule",
            rule_name=name(home, "forward"),
            description=f"Nightkeep: images that became available or failed, to {home}",
            event_pattern=_image_settled(region=[region]),
            targets=[targets.EventBus(home_bus, role=role.without_policy_updates(), dead_letter_queue=undelivered)],
        )


def _image_settled(*, region: list[str] | None = None) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.ec2"],
        detail_type=["EC2 AMI State Change"],
        detail={"State": ["available", "failed"]},
        region=region,
    )
