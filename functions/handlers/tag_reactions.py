"""What follows from instances' tags, done: actions sent, records written. For tag events and for the sweep, which finds those that were lost."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from functions.aws import clients, faults, images, queue
from functions.core import selection
from functions.core.config import Config
from functions.core.messages import Hold, Take
from functions.core.outcome import Outcome, deferred, failed
from functions.core.record import Event, Reason
from functions.core.tagged.reaction import Reaction
from functions.core.values import Image, Instance
from functions.handlers import log
from functions.handlers.deployment import Deployment


def images_by_instance(config: Config, instances: Iterable[Instance]) -> tuple[dict[str, dict[str, list[Image]]], datetime]:
    """Our images of `instances` by instance and region, and AWS's clock: in the recovery regions only of those that are held. Raises what boto3 raises at home."""
    known = {instance.instance_id: instance for instance in instances}
    home, now = images.of_home(clients.ec2(config.home_region), config.home_region, known)
    held = [key for key, instance in known.items() if selection.hold(config, instance) is not None]
    found: dict[str, dict[str, list[Image]]] = {key: {} for key in known}
    _add(found, config.home_region, home)
    for region in config.recovery_regions if held else ():
        try:
            _add(found, region, images.of_home(clients.ec2_acting(region), config.home_region, held)[0])
        except faults.AwsFault as fault:
            seen = faults.outcome(fault)
            outcome = failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
            log.write(Event.REGION_CHECK, outcome, region=region)
    return found, now


def _add(found: Mapping[str, dict[str, list[Image]]], region: str, held: Iterable[Image]) -> None:
    for image in held:
        found[image.key[1]].setdefault(region, []).append(image)


def send(deployment: Deployment, reactions: Iterable[Reaction]) -> Outcome | None:
    """Send the actions of `reactions` to their workers; the outcome when that cannot be done now."""
    actions = [action for reaction in reactions for action in reaction.actions]
    sqs, settings = clients.sqs(deployment.config.home_region), deployment.settings
    try:
        queue.send(sqs, settings.take_queue, [action for action in actions if isinstance(action, Take)])
        queue.send(sqs, settings.retire_queue, [action for action in actions if isinstance(action, Hold)])
    except faults.AwsFault as fault:
        return faults.unseen(fault)
    except queue.SendError as fault:
        return deferred(Reason.AWS_BUSY, detail={"message": str(fault)})
    return None


def tell(config: Config, instance_id: str, reactions: Sequence[Reaction]) -> None:
    """Write the record of each of `reactions`, and count what lost its protection."""
    for reaction in reactions:
        about = log.about_night(reaction.night) if reaction.night is not None else {"policy": reaction.policy}
        log.write(Event.INSTANCE_TAG, reaction.outcome, region=config.home_region, instance_id=instance_id, **about)
    removed = sum(1 for reaction in reactions if reaction.outcome.reason is Reason.PROTECTION_REMOVED)
    if removed:
        log.count_unprotected(removed)
