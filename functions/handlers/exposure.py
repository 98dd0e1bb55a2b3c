"""Telling, once a day, what of instances and images is exposed. Findings are no failures; that they cannot be looked for is one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from functions.aws import clients, faults, instances, keys, permissions
from functions.core import exposure
from functions.core.config import Config
from functions.core.outcome import Outcome, failed
from functions.core.record import Event
from functions.core.values import Image, Instance
from functions.handlers import log
from functions.handlers.lost_tags import DAILY
from functions.handlers.repair import Seen


def tell_instances(config: Config, seen: Seen) -> None:
    """In one sweep a day, record whose volumes are not encrypted, or are under AWS's own key."""
    if seen.at.hour != DAILY:
        return
    try:
        for instance, outcome in _exposed(config, seen.instances):
            log.write(Event.INSTANCE_CHECK, outcome, region=config.home_region, instance_id=instance.instance_id)
    except faults.AwsFault as fault:
        log.write(Event.INSTANCE_CHECK, _failed(fault), region=config.home_region)


def _exposed(config: Config, listed: Sequence[Instance]) -> Iterator[tuple[Instance, Outcome]]:
    """A page of volumes at a time. Raises what boto3 raises."""
    aws_key: list[str | None] = []
    for start in range(0, len(listed), instances.PAGE):
        page = listed[start : start + instances.PAGE]
        volumes = instances.volumes_of(clients.ec2(config.home_region), (one.instance_id for one in page))
        if not aws_key and any(volume.encrypted for volume in volumes.values()):
            aws_key.append(keys.of_aws(clients.kms(config.home_region)))
        for instance in page:
            outcome = exposure.of_instance(config, instance, volumes, next(iter(aws_key), None))
            if outcome is not None:
                yield instance, outcome


def tell_images(images: Iterable[Image], now: datetime) -> None:
    """Record which of `images`, all that are ours, are public, and of the day's share, in each region, which are shared."""
    private: dict[str, list[Image]] = {}
    for image in images:
        outcome = exposure.of_public(image)
        if outcome is not None:
            _tell(image, outcome)
        elif image.state == "available":
            private.setdefault(image.region, []).append(image)
    for region, some in private.items():
        try:
            for image in exposure.share(some, now):
                outcome = exposure.of_permissions(image, permissions.of_any(clients.ec2(region), image.image_id))
                if outcome is not None:
                    _tell(image, outcome)
        except faults.AwsFault as fault:
            log.write(Event.IMAGE_CHECK, _failed(fault), region=region)


def _tell(image: Image, outcome: Outcome) -> None:
    policy, instance_id, slot = image.key
    log.write(Event.IMAGE_CHECK, outcome, region=image.region, policy=policy, slot=slot, instance_id=instance_id)


def _failed(fault: Exception) -> Outcome:
    seen = faults.outcome(fault)
    return failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
