"""`follow_tags`: changed tags of instances start a first image, one on demand, or holds; what lost its protection is told."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, faults, instances
from functions.core import tagged
from functions.core.errors import EventError
from functions.core.outcome import Outcome
from functions.core.record import Event
from functions.core.tagged.event import TagEvent, parse
from functions.core.tagged.reaction import Reaction, Seen
from functions.handlers import batch, firsts, log, tag_reactions
from functions.handlers.deployment import Deployment, load


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Follow a batch of events (EventBridge through SQS); returns the messages to keep. Several of one instance are followed as one."""
    log.count_failed(0)
    deployment = load()
    events = _by_instance(event)
    seen = _observe(deployment, events)
    followed: dict[str, Outcome] = {}
    sent: dict[str, list[Reaction]] = {}

    def work(record: SQSRecord) -> Outcome:
        try:
            key = parse(record.body).instance_id
        except EventError as fault:
            return batch.unreadable(fault)
        if key not in followed:
            followed[key], sent[key] = _follow(deployment, events[key], batch.out_of_time(context) or seen)
        return followed[key]

    response = batch.process(event, context, work)
    firsts.keep(deployment, sent)
    return response


def _by_instance(event: dict[str, Any]) -> dict[str, TagEvent]:
    found: dict[str, TagEvent] = {}
    for record in SQSEvent(event).records:
        try:
            one = parse(record.body)
        except EventError:
            continue  # recorded when its turn comes
        found[one.instance_id] = one.joined(found.get(one.instance_id, one))
    return found


def _observe(deployment: Deployment, ids: Iterable[str]) -> Mapping[str, Seen] | Outcome:
    """One look at the batch's instances and one at their images, or the reason why they cannot be seen now."""
    config = deployment.config
    wanted = list(ids)
    try:
        there, now = instances.by_id(clients.ec2(config.home_region), wanted)
        held, _ = tag_reactions.images_by_instance(config, there.values())
    except faults.AwsFault as fault:
        return faults.unseen(fault)
    return {key: Seen(there.get(key), held.get(key, {}), now) for key in wanted}


def _follow(deployment: Deployment, event: TagEvent, seen: Mapping[str, Seen] | Outcome) -> tuple[Outcome, list[Reaction]]:
    """What became of an instance's events, and what was sent for it."""
    config, key = deployment.config, event.instance_id
    if isinstance(seen, Outcome):
        log.write(Event.INSTANCE_TAG, seen, region=config.home_region, instance_id=key)
        return seen, []
    reactions = tagged.react(config, event, seen[key])
    trouble = tag_reactions.send(deployment, reactions)
    if trouble is not None:
        log.write(Event.INSTANCE_TAG, trouble, region=config.home_region, instance_id=key)
        return trouble, []
    tag_reactions.tell(config, key, reactions)
    return reactions[0].outcome, reactions
