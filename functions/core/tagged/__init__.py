"""Following tags: what a change of an instance's tags starts. The event is a hint: the instance and its images as described decide."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from functions.core import selection
from functions.core.config import Config
from functions.core.outcome import skipped
from functions.core.record import Reason
from functions.core.tagged import holds, images, removed
from functions.core.tagged.event import TagEvent
from functions.core.tagged.reaction import Reaction, Seen
from functions.core.values import Instance

PATIENCE = timedelta(hours=1)
"""How long after its event an image may be begun: later ones are the sweep's."""

LEAVING = frozenset({"shutting-down", "terminated"})


def react(config: Config, event: TagEvent, seen: Seen) -> list[Reaction]:
    """Everything that follows from `event`; at least one thing, so that each event has a record."""
    instance = seen.instance
    if instance is None or instance.state in LEAVING:
        return [Reaction(skipped(Reason.INSTANCE_GONE))]
    found = [
        *images.firsts(config, instance, seen, event.time + PATIENCE),
        *images.asked(config, instance, seen, event.time + PATIENCE),
        *holds.reactions(config, instance, seen, event.changed),
        *removed.reactions(config, instance, seen, event.changed),
        *mistakes(config, [instance]),
    ]
    return found or [Reaction(skipped(_why_nothing(config, instance)))]


def _why_nothing(config: Config, instance: Instance) -> Reason:
    refusals = (selection.why_not(config, policy, instance) for policy in config.policies.values())
    return next((refusal for refusal in refusals if refusal is not None), Reason.NOT_SELECTED)


def mistakes(config: Config, instances: Iterable[Instance]) -> Iterator[Reaction]:
    """What looks like a mistake in the tags of `instances`."""
    for finding in selection.findings(config, instances):
        detail = {"value": finding.value, "nearest": finding.nearest}
        yield Reaction(skipped(finding.reason, resource_id=finding.instance_id, detail=detail))
