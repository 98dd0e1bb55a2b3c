"""What all regions hold of ours, and the instances it was made of: what retiring is judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.aws import clients, faults, images, instances, keys
from functions.core import copy
from functions.core.config import Config
from functions.core.record import Reason
from functions.core.retire.backup import Seen
from functions.core.retire.memory import Memory
from functions.core.values import Image, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@dataclass(frozen=True)
class Holdings:
    """What was seen, the snapshots of it by region, and why a region could not be."""

    seen: Seen
    snapshots: Mapping[str, Mapping[str, Snapshot]]
    unseen: Mapping[str, Exception]


def look(config: Config, ec2: Callable[[str], EC2Client], memory: Memory, ids: Iterable[str] | None = None) -> Holdings:
    """Everything, or what concerns the instances `ids` only; with the clients that `ec2` gives for a region, and what is remembered.

    Raises what boto3 raises in the home region; a recovery region that cannot be seen is told in `unseen`.
    """
    home, wanted = config.home_region, None if ids is None else sorted(set(ids))
    listed, _ = instances.existing(ec2(home)) if wanted is None else instances.by_id(ec2(home), wanted)
    there = {key: one for key, one in listed.items() if one.state != "terminated"}
    at_home, now = images.of_home(ec2(home), home, wanted)
    held, snapshots = {home: at_home}, {home: images.snapshots_of_home(ec2(home), home, wanted)}
    good = {image.image_id for image in at_home if image.state == "available"}
    unseen: dict[str, Exception] = {}
    for region in config.recovery_regions:
        try:
            held[region], _ = images.of_home(ec2(region), home, wanted)
            snapshots[region] = images.snapshots_of_home(ec2(region), home, wanted)
            key = keys.describe(clients.kms(region), config.key_alias(region)).arn
        except faults.AwsFault as fault:
            held.pop(region, None)
            unseen[region] = fault
            continue
        good |= {image.image_id for image in held[region] if _verified(image, snapshots[region], key)}
    return Holdings(Seen(there, held, frozenset(good), now, memory), snapshots, unseen)


def _verified(image: Image, snapshots: Mapping[str, Snapshot], key_arn: str) -> bool:
    return image.state == "available" and copy.verify(image, snapshots, key_arn).reason is Reason.VERIFIED
