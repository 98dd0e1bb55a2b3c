"""Recovery regions as a sweep finds them: one that is down, or whose key is, holds up no other."""

from collections.abc import Iterable, Iterator, Sequence

from functions.aws import clients, faults, images, keys
from functions.core.config import Config
from functions.core.outcome import Outcome, failed
from functions.core.record import Event, Reason
from functions.core.values import Image
from functions.handlers import log


def usable(config: Config) -> Iterator[str]:
    """The recovery regions whose key can encrypt; the others are recorded as failed, and nothing is sent there."""
    for region in config.recovery_regions:
        refusal = _key_refusal(config, region)
        if refusal is None:
            yield region
        else:
            log.write(Event.REGION_CHECK, refusal, region=region)


def _key_refusal(config: Config, region: str) -> Outcome | None:
    alias = config.key_alias(region)
    try:
        key = keys.describe(clients.kms(region), alias)
    except faults.AwsFault as fault:
        return _failed(fault, alias)
    return None if key.enabled else failed(Reason.KEY_UNUSABLE, resource_id=key.arn, detail={"alias": alias, "state": key.state})


def images_of(config: Config, region: str, slots: Iterable[str]) -> Sequence[Image] | None:
    """Our copies of `slots` in `region`, or None when it could not be asked, which is recorded as failed."""
    try:
        return images.of_slots(clients.ec2(region), config.home_region, slots)[0]
    except faults.AwsFault as fault:
        log.write(Event.REGION_CHECK, _failed(fault, region), region=region)
        return None


def _failed(fault: Exception, resource_id: str) -> Outcome:
    seen = faults.outcome(fault)
    return failed(seen.reason, resource_id=resource_id, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
