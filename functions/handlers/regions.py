"""Recovery regions as a sweep finds them: one that is down, or whose key is, holds up no other."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from functions.aws import clients, faults, images, keys
from functions.core import copy
from functions.core.config import Config
from functions.core.night import Night
from functions.core.outcome import Outcome, failed
from functions.core.record import Event, Reason
from functions.core.values import Image, Snapshot
from functions.handlers import log


@dataclass(frozen=True)
class Regions:
    """The recovery regions that answer, and those of them whose key can encrypt. The others are recorded as failed, and left alone."""

    answering: Collection[str]
    usable: Collection[str]


def look(config: Config) -> Regions:
    """Ask every recovery region for its key."""
    refusals = {region: _key_refusal(config, region) for region in config.recovery_regions}
    for region, refusal in refusals.items():
        if refusal is not None:
            log.write(Event.REGION_CHECK, refusal, region=region)
    dark = {region for region, refusal in refusals.items() if refusal is not None and refusal.reason is Reason.UNREACHABLE}
    return Regions(
        answering=[region for region in refusals if region not in dark],
        usable=[region for region, refusal in refusals.items() if refusal is None],
    )


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
        return images.of_slots(clients.ec2_acting(region), config.home_region, slots)[0]
    except faults.AwsFault as fault:
        log.write(Event.REGION_CHECK, _failed(fault, region), region=region)
        return None


def verified(config: Config, nights: Iterable[Night], copies: Mapping[str, Sequence[Image]]) -> Callable[[Image], bool]:
    """Whether a copy of `nights` is available and encrypted under its region's key. A region that cannot be asked verifies none, and is recorded as failed."""
    slots = {night.slot for night in nights}
    snapshots: dict[str, Mapping[str, Snapshot]] = {}
    key_arns: dict[str, str] = {}
    for region in copies:
        try:
            snapshots[region] = images.snapshots_of_slots(clients.ec2_acting(region), config.home_region, slots)
            key_arns[region] = keys.describe(clients.kms(region), config.key_alias(region)).arn
        except faults.AwsFault as fault:
            log.write(Event.REGION_CHECK, _failed(fault, region), region=region)

    def check(image: Image) -> bool:
        if image.state != "available" or image.region not in key_arns:
            return False
        return copy.verify(image, snapshots[image.region], key_arns[image.region]).reason is Reason.VERIFIED

    return check


def _failed(fault: Exception, resource_id: str) -> Outcome:
    seen = faults.outcome(fault)
    return failed(seen.reason, resource_id=resource_id, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
