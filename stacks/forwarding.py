"""How a recovery region's events get home."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.core.settings import name
from stacks.arns import arn
from stacks.queue import LetterBox
from stacks.role import Permission, Role, for_this_account


class Forwarding(Construct):
    """Sends the recovery region's own events to the home region's bus; not those that another home forwards here, which would go on for ever."""

    def __init__(self, scope: Construct, *, home: str, undelivered: LetterBox) -> None:
        """No rule yet, for the deployment of `home`."""
        super().__init__(scope, "Forwarding")
        self._home, self._undelivered, self._region = home, undelivered, Stack.of(self).region
        bus = arn("events", home, "event-bus/default")
        self._bus = events.EventBus.from_event_bus_arn(self, "HomeBus", bus)
        self._role = Role(
            self,
            name=name(home, f"forward-{self._region}"),
            trusts=for_this_account("events"),
            may=(Permission(sid="Forward", actions=("events:PutEvents",), resources=(bus,)),),
        )

    def forward(self, what: str, pattern: events.EventPattern, *, means: str) -> None:
        """Forward what matches `pattern`; `means` says in a few words what that is."""
        events.Rule(
            self,
            what.title(),
            rule_name=name(self._home, f"forward-{what}"),
            description=f"Nightkeep: {means}, to {self._home}",
            event_pattern=events.EventPattern(
                source=pattern.source, detail_type=pattern.detail_type, detail=pattern.detail, region=[self._region]
            ),
            targets=[targets.EventBus(self._bus, role=self._role.without_policy_updates(), dead_letter_queue=self._undelivered)],
        )
