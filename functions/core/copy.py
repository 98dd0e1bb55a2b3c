"""Copying: what a worker does about one image and one recovery region, and whether the copy is what it should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.core import attempts, naming
from functions.core.config import Config
from functions.core.messages import Copy
from functions.core.night import Night
from functions.core.outcome import Outcome, already, deferred, failed, skipped
from functions.core.record import Reason, Status
from functions.core.values import Image, Key, Snapshot

CONCURRENT_COPIES = 300
"""AMI copies in progress per destination region (EC2 User Guide); not adjustable."""


@dataclass(frozen=True)
class CopyRequest:
    """A CopyImage request: every parameter comes from the source image, the message and the region's key, so that a retry is the same request."""

    source_image_id: str
    name: str
    description: str
    key: str
    token: str
    tags: dict[str, str]
    attempt: int


@dataclass(frozen=True)
class SeenCopies:
    """What a worker sees just before it copies. `now` is AWS's clock."""

    sources: dict[str, Image]
    """By id, in the home region."""
    copies: Sequence[Image]
    """Of these sources, in the recovery region."""
    pending: int
    """Copies in progress in the recovery region, whoever started them."""
    key: Key
    """The recovery region's key."""
    now: datetime


def order(night: Night, instance_id: str, image_id: str, region: str, reason: Reason) -> Copy:
    """The action that copies the image `image_id` of an instance to `region`; a retry is held back."""
    return Copy(
        policy=night.policy.name,
        slot=night.slot,
        instance_id=instance_id,
        night_id=night.night_id,
        not_after=night.copy_until,
        reason=reason,
        delay=attempts.RETRY_DELAY if reason is Reason.RETRY else 0,
        image_id=image_id,
        region=region,
    )


def decide(config: Config, copy: Copy, seen: SeenCopies) -> CopyRequest | Outcome:
    """What to do about `copy`: a request, or the outcome when there is nothing to request."""
    tried = copies_of(config, copy.image_id, seen.copies)
    source = seen.sources.get(copy.image_id)
    refusal = _settled(copy, tried, seen.now) or _unwanted(config, copy) or _unfit(config, copy, source, seen.now)
    if refusal is not None:
        return refusal
    if not seen.key.enabled:
        return deferred(Reason.KEY_UNUSABLE, detail={"key": seen.key.arn, "state": seen.key.state})
    if seen.pending >= CONCURRENT_COPIES:
        return deferred(Reason.COPIES_PENDING, detail={"pending": seen.pending})
    return request(config, seen.sources[copy.image_id], copy.region, attempt=1 + len(tried))


def _settled(copy: Copy, tried: Sequence[Image], now: datetime) -> Outcome | None:
    good = next((image for image in tried if not image.failed), None)
    if good is not None:
        return already(good.image_id)
    return expired(copy, now) or attempts.refusal(tried, now)


def expired(copy: Copy, now: datetime) -> Outcome | None:
    """The refusal to start a copy whose time is over."""
    return skipped(Reason.EXPIRED, detail={"not_after": copy.not_after.isoformat()}) if now > copy.not_after else None


def _unwanted(config: Config, copy: Copy) -> Outcome | None:
    policy = config.policies.get(copy.policy)
    wanted = config.recovery_regions if policy is None else policy.copy_to  # the night of a policy that is gone is still brought to its end
    return None if copy.region in wanted else skipped(Reason.REGION_REMOVED)


def _unfit(config: Config, copy: Copy, source: Image | None, now: datetime) -> Outcome | None:
    if source is None:
        return skipped(Reason.SOURCE_GONE) if attempts.last_call(now, copy.not_after) else deferred(Reason.SOURCE_GONE)
    if not source.ours(config.home_region):
        return failed(Reason.NOT_OURS)
    if source.state == "pending":
        return deferred(Reason.SOURCE_STATE, detail={"state": source.state})
    return None if source.state == "available" else skipped(Reason.SOURCE_STATE, detail={"state": source.state})


def request(config: Config, source: Image, region: str, attempt: int) -> CopyRequest:
    """The CopyImage request for one attempt."""
    return CopyRequest(
        source_image_id=source.image_id,
        name=naming.numbered(source.name, attempt),
        description=source.description,
        key=config.key_alias(region),
        token=naming.copy_token(config.home_region, source.image_id, region, attempt),
        tags=naming.copy_tags(source),
        attempt=attempt,
    )


def copies_of(config: Config, image_id: str, copies: Sequence[Image]) -> list[Image]:
    """Those of `copies` that we made of `image_id`, failed ones too, oldest first."""
    made = [image for image in copies if image.source_image_id == image_id and image.ours(config.home_region)]
    return sorted(made, key=lambda image: image.created)


def resolve_conflict(config: Config, copy: Copy, found: Sequence[Image], reason: Reason, *, last_call: bool) -> Outcome:
    """EC2 says that the token or the name was used: a copy that has not failed means it is done. A name may be one EC2 does not show yet, until the last call."""
    good = next((image for image in copies_of(config, copy.image_id, found) if not image.failed), None)
    if good is not None:
        return already(good.image_id)
    return failed(reason) if last_call or reason is Reason.TOKEN_MISMATCH else deferred(Reason.NAME_SETTLING)


def verify(image: Image, snapshots: Mapping[str, Snapshot], key_arn: str) -> Outcome:
    """Whether an available copy is encrypted under the recovery key `key_arn`, device by device: `already` when it is, deferred while EC2 does not show all."""
    open_devices = [device.snapshot_id for device in image.devices if not device.encrypted]
    if open_devices:
        return failed(Reason.NOT_ENCRYPTED, resource_id=image.image_id, detail={"snapshots": open_devices})
    absent = [device.snapshot_id for device in image.devices if device.snapshot_id not in snapshots]
    if absent:
        return deferred(Reason.SNAPSHOT_ABSENT, resource_id=image.image_id, detail={"snapshots": absent})
    strange = [device.snapshot_id for device in image.devices if snapshots[device.snapshot_id].key_arn != key_arn]
    if strange:
        return failed(Reason.WRONG_KEY, resource_id=image.image_id, detail={"snapshots": strange, "wanted": key_arn})
    return Outcome(Status.ALREADY, Reason.VERIFIED, image.image_id, detail={"key": key_arn, "devices": len(image.devices)})
