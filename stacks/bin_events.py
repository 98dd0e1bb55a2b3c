"""EventBridge rules on what calls for a look at the Recycle Bin's rules: something happened to them, or a deployment finished."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.core.settings import name
from stacks.forwarding import Forwarding
from stacks.function import Function
from stacks.queue import LetterBox

CHANGED = "what happened to rules of the Recycle Bin"
DEPLOYED = "deployments of Nightkeep that finished"
FINISHED = ["CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]


class BinWatched(Construct):
    """Starts `guard_bin` on such events of the home region, and on those that recovery regions forward."""

    def __init__(self, scope: Construct, *, home: str, guard_bin: Function, undelivered: LetterBox) -> None:
        """The rules of the home region."""
        super().__init__(scope, "BinWatched")
        for what, pattern, means in (("rules", rule_changed(), CHANGED), ("stacks", deployed(home), DEPLOYED)):
            events.Rule(
                self,
                what.title(),
                rule_name=name(home, f"guard-{what}"),
                description=f"Nightkeep: {means}",
                event_pattern=pattern,
                targets=[targets.LambdaFunction(guard_bin.function, dead_letter_queue=undelivered)],
            )


def forward(forwarding: Forwarding, home: str) -> None:
    """Let a recovery region tell of them."""
    forwarding.forward("rules", rule_changed(), means=CHANGED)
    forwarding.forward("stacks", deployed(home), means=DEPLOYED)


def rule_changed() -> events.EventPattern:
    """The Recycle Bin tells of a lock; or CloudTrail, where a trail logs, of a call that changed a rule."""
    return events.EventPattern(source=["aws.rbin"])


def deployed(home: str) -> events.EventPattern:
    """A stack of the deployment of `home` is there, or is as it should be again."""
    stacks = (f"Nightkeep-{home}", f"Nightkeep-{home}-recovery")
    return events.EventPattern(
        source=["aws.cloudformation"],
        detail_type=["CloudFormation Stack Status Change"],
        detail={"stack-id": [{"wildcard": f"*:stack/{stack}/*"} for stack in stacks], "status-details": {"status": FINISHED}},
    )
