"""What came of the nights: read back from EC2, from the vault and from the functions' records, not from what the demo meant to do."""

import gzip
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.account import HOME, KEY_ALIAS, POLICY, RECOVERY, Account
from demo.nights import Night
from demo.recovery import Recovered

FUNCTIONS = ("take-images", "follow-images", "follow-tags", "sweep", "guard-bin", "take", "watch", "copy", "retire-images", "retire")
CARING = ("-sweep", "-guard-bin", "-retire-images", "-retire")
Record = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """An image or a copy as EC2 reports it or, once it is deregistered, as its record does; `keys` are those of its encrypted snapshots. `source` is what it was made of."""

    id: str
    instance: str
    slot: str
    state: str
    source: str
    volumes: int
    encrypted: int
    keys: frozenset[str]
    until: str = ""
    """Of one that was deregistered: until when it can be had back."""

    @property
    def is_gone(self) -> bool:
        """Whether it was deregistered."""
        return bool(self.until)

    @property
    def is_good(self) -> bool:
        """Whether it can be restored from, or could before it was retired."""
        return self.state in {"available", "disabled", "retired"}


@dataclass(frozen=True)
class Planned:
    """What a night's plan in the vault says, by instance: who is taken, and why the others are not."""

    takes: frozenset[str]
    skips: dict[str, str]


@dataclass(frozen=True)
class Facts:
    """What is known at the end; slots are in order, one for each night of `nights`."""

    nights: tuple[Night, ...]
    slots: tuple[str, ...]
    plans: tuple[Planned, ...]
    images: tuple[Image, ...]
    copies: tuple[Image, ...]
    recovery_key: str
    records: tuple[Record, ...]
    calls: Counter[tuple[str, bool]]
    """EC2 calls by slot and whether they were made to look after things: by a sweep, or by retiring."""
    times: dict[str, datetime]
    """When AWS answered a request, by its id."""
    in_bin: frozenset[str]
    """Images in the Recycle Bin, of both regions."""
    recovered: Recovered | None

    def wanted(self) -> set[tuple[str, str]]:
        """The (instance, slot) pairs that a tag asked for and that can be had."""
        return {(one.id, slot) for night, slot in zip(self.nights, self.slots, strict=False) for one in night.fleet if one.is_wanted}

    def imaged(self) -> set[tuple[str, str]]:
        """The pairs of which there is, or was until it was retired, a good image at home."""
        return {(image.instance, image.slot) for image in self.images if image.is_good}

    def copied(self) -> set[tuple[str, str]]:
        """The pairs of which there is, or was until it was retired, a good copy, each of its volumes encrypted under the recovery key."""
        return {(copy.instance, copy.slot) for copy in self.copies if copy.is_good and self.is_safe(copy)}

    def is_safe(self, copy: Image) -> bool:
        """Whether every volume of `copy` is encrypted, and under the recovery key. Of one that is retired its verification tells."""
        if copy.state == "retired":
            return any((one["event"], one["status"], one["resource_id"]) == ("image.verify", "already", copy.id) for one in self.records)
        return copy.encrypted == copy.volumes > 0 and copy.keys == {self.recovery_key}


def gather(account: Account, nights: list[Night], recovered: Recovered | None) -> Facts:
    """Ask the account for all of it."""
    records = sorted(
        (line for name in FUNCTIONS for line in account.records(f"nightkeep-{HOME}-{name}") if "event" in line),
        key=lambda line: str(line["timestamp"]),
    )
    slots = sorted({record["slot"] for record in records if record["event"] == "night.planned"})
    calls = [call for call in account.calls(service="ec2") if call["caller"].startswith("nightkeep-")]
    read_plan = _vault(account)
    key = account.client("kms", RECOVERY).describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]["Arn"]
    return Facts(
        nights=tuple(nights),
        slots=tuple(slots),
        plans=tuple(read_plan(slot) for slot in slots),
        images=_images(account, HOME, records),
        copies=_images(account, RECOVERY, records),
        recovery_key=str(key),
        records=tuple(records),
        calls=_counted(calls, slots),
        times={call["request_id"]: datetime.fromisoformat(call["time"]) for call in calls},
        in_bin=frozenset(image for region in (HOME, RECOVERY) for image in _in_bin(account, region)),
        recovered=recovered,
    )


def _in_bin(account: Account, region: str) -> Iterator[str]:
    for page in account.client("ec2", region).get_paginator("list_images_in_recycle_bin").paginate():
        yield from (image["ImageId"] for image in page["Images"])


def _images(account: Account, region: str, records: list[Record]) -> tuple[Image, ...]:
    ec2 = account.client("ec2", region)
    ours = [{"Name": "tag:nightkeep:home", "Values": [HOME]}]
    found = [
        image
        for page in ec2.get_paginator("describe_images").paginate(Owners=["self"], IncludeDisabled=True, Filters=ours)
        for image in page["Images"]
    ]
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=ours)
    keys = {snapshot["SnapshotId"]: snapshot.get("KmsKeyId", "") for page in pages for snapshot in page["Snapshots"]}
    there = [_image(image, keys) for image in found]
    known = {image.id for image in there}
    gone = [
        _gone(record) for record in records if (record["event"], record["status"], record["region"]) == ("image.deregister", "done", region)
    ]
    return tuple(
        sorted(
            [*there, *(image for image in gone if image.id not in known)],
            key=lambda image: (image.slot, image.instance, image.state != "failed"),
        )
    )


def _gone(record: Record) -> Image:
    """An image that was deregistered: failed ones, and those that were kept no more."""
    tags, state = record["detail"]["tags"], "failed" if record["reason"] == "wreck" else "retired"
    source, until = tags.get("nightkeep:source", record["instance_id"]), record["detail"]["recoverable_until"]
    return Image(record["resource_id"], record["instance_id"], record["slot"], state, source, 0, 0, frozenset(), until)


def _image(image: dict[str, Any], keys: dict[str, str]) -> Image:
    tags = {tag["Key"]: tag["Value"] for tag in image["Tags"]}
    volumes = [mapping["Ebs"] for mapping in image["BlockDeviceMappings"] if "Ebs" in mapping]
    return Image(
        id=image["ImageId"],
        instance=tags["nightkeep:instance"],
        slot=tags["nightkeep:slot"],
        state=image["State"],
        source=image.get("SourceInstanceId") or image.get("SourceImageId", ""),
        volumes=len(volumes),
        encrypted=sum(volume["Encrypted"] for volume in volumes),
        keys=frozenset(keys[volume["SnapshotId"]] for volume in volumes if volume["Encrypted"]),
    )


def _vault(account: Account) -> Callable[[str], Planned]:
    """Reads a night's plan in the home vault, given its slot."""
    s3 = account.client("s3", HOME)
    bucket = f"nightkeep-{HOME}-{account.client('sts', HOME).get_caller_identity()['Account']}-{HOME}-an"

    def plan(slot: str) -> Planned:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"nights/{POLICY}/{slot}/plan-")["Contents"]
        parts = [s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed]
        decided = [json.loads(line) for part in parts for line in gzip.decompress(part).splitlines()]
        takes = frozenset(one["instance_id"] for one in decided if one.get("verb") == "take")
        return Planned(takes, {one["instance_id"]: one["reason"] for one in decided if one["instance_id"] not in takes})

    return plan


def _counted(calls: list[dict[str, Any]], slots: list[str]) -> Counter[tuple[str, bool]]:
    """A call belongs to the last slot before it; what came before the first slot is nobody's."""
    counts: Counter[tuple[str, bool]] = Counter()
    for call in calls:
        before = bisect_right(slots, datetime.fromisoformat(call["time"]).strftime("%Y%m%dT%H%MZ"))
        if before:
            counts[slots[before - 1], call["caller"].endswith(CARING)] += 1
    return counts
