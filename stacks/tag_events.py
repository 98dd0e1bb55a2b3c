"""The EventBridge rule on changed tags of instances."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.core import tags
from functions.core.settings import name
from stacks.queue import LetterBox, WorkQueue


class TagsFollowed(events.Rule):
    """Sends every change of a tag that says something to Nightkeep, or was meant to, to its queue."""

    def __init__(self, scope: Construct, *, home: str, tag_key: str, follow_tags: WorkQueue, undelivered: LetterBox) -> None:
        """The rule of the home region."""
        super().__init__(
            scope,
            "TagsFollowed",
            rule_name=name(home, "follow-tags"),
            description="Nightkeep: changed tags of instances",
            event_pattern=tags_changed(tag_key),
            targets=[targets.SqsQueue(follow_tags, dead_letter_queue=undelivered)],
        )


def tags_changed(tag_key: str) -> events.EventPattern:
    """A tag of an instance changed that users write for Nightkeep. Images and snapshots, which Nightkeep tags, are not meant: it would follow itself."""
    keys = [{"equals-ignore-case": key} for key in tags.user_keys(tag_key)]
    detail = {"service": ["ec2"], "resource-type": ["instance"], "changed-tag-keys": keys}
    return events.EventPattern(source=["aws.tag"], detail_type=["Tag Change on Resource"], detail=detail)
