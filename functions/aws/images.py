"""Images and snapshots as EC2 describes them. Always by filter: DescribeImages by ImageIds fails whole when one id is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.aws.clients import answered_at
from functions.core import tags
from functions.core.room import Pending
from functions.core.values import Device, Image, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

VALUES = 200
"""EC2 takes at most 200 filter values in one request."""

SLOTS = 50
"""Of them for slots, when a request names slots: more are open at once only with very many schedules."""

UNPROTECTED = "disabled"
"""DescribeImages' DeregistrationProtection of an image that may be deregistered; anything else counts as protected."""

GONE = "deregistered"
"""State of an image that DescribeImages may still show for a while."""


def of_slots(ec2: EC2Client, home: str, slots: Iterable[str], instances: Iterable[str] = ()) -> tuple[list[Image], datetime]:
    """Our images of `slots` (of `instances` only, when any are given), failed and disabled ones too, and AWS's clock.

    Of their tags only ours, so that a sweep of a large fleet fits its memory.
    """
    found: list[Image] = []
    at = datetime.min.replace(tzinfo=UTC)
    for some_slots in _parts(slots, SLOTS):
        for some_instances in _parts(instances, VALUES - SLOTS - 1) if instances else [[]]:
            narrowed = {f"tag:{tags.INSTANCE}": some_instances} if some_instances else {}
            filters = {f"tag:{tags.HOME}": [home], f"tag:{tags.SLOT}": some_slots} | narrowed
            part, at = described(ec2, filters, prefix=tags.PREFIX)
            found += part
    return found, at


def of_home(ec2: EC2Client, home: str, instances: Iterable[str] | None = None) -> tuple[list[Image], datetime]:
    """Our images (of `instances`, when they are given), in whatever state, with their tags that are ours, and AWS's clock."""
    found: list[Image] = []
    at = datetime.min.replace(tzinfo=UTC)
    for narrowed in _narrowed(instances):
        part, at = described(ec2, {f"tag:{tags.HOME}": [home]} | narrowed, prefix=tags.PREFIX)
        found += part
    return found, at


def _narrowed(instances: Iterable[str] | None) -> Iterator[dict[str, list[str]]]:
    """Filters for our images or snapshots of `instances`, within EC2's number of values."""
    if instances is None:
        yield {}
    else:
        yield from ({f"tag:{tags.INSTANCE}": part} for part in _parts(instances, VALUES - 1))


def _parts(values: Iterable[str], size: int) -> Iterator[list[str]]:
    ordered = sorted(set(values))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def by_id(ec2: EC2Client, ids: Iterable[str]) -> tuple[dict[str, Image], datetime]:
    """The images of up to 200 `ids` that exist, by id, and AWS's clock."""
    found, at = described(ec2, {"image-id": sorted(set(ids))})
    return {image.image_id: image for image in found}, at


def described(ec2: EC2Client, filters: Mapping[str, list[str]], *, prefix: str = "") -> tuple[list[Image], datetime]:
    """The account's images that match `filters`, all pages, with their tags that start with `prefix`; and AWS's clock at the last."""
    wanted: Any = [{"Name": name, "Values": values} for name, values in filters.items()]
    pages = ec2.get_paginator("describe_images").paginate(
        Owners=["self"], IncludeDisabled=True, IncludeDeprecated=True, Filters=wanted, PaginationConfig={"PageSize": 1000}
    )
    region = ec2.meta.region_name
    images: list[Image] = []
    at = datetime.min.replace(tzinfo=UTC)
    for page in pages:
        images.extend(_image(raw, region, prefix) for raw in page["Images"] if raw["State"] != GONE)
        at = answered_at(page)
    return images, at


def _image(raw: Any, region: str, prefix: str) -> Image:
    return Image(
        image_id=raw["ImageId"],
        region=region,
        name=raw.get("Name", ""),
        state=raw["State"],
        created=datetime.fromisoformat(raw["CreationDate"]),
        tags={tag["Key"]: tag["Value"] for tag in raw.get("Tags", ()) if tag["Key"].startswith(prefix)},
        description=raw.get("Description", ""),
        source_image_id=raw.get("SourceImageId"),
        source_instance_id=raw.get("SourceInstanceId"),
        source_region=raw.get("SourceImageRegion"),
        devices=tuple(_devices(raw.get("BlockDeviceMappings", ()))),
        state_reason=raw.get("StateReason", {}).get("Message", ""),
        deprecated=_time(raw.get("DeprecationTime")),
        protected=raw.get("DeregistrationProtection", UNPROTECTED) != UNPROTECTED,
        public=bool(raw.get("Public")),
        launched=_time(raw.get("LastLaunchedTime")),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _devices(mappings: Iterable[Any]) -> Iterator[Device]:
    for mapping in mappings:
        ebs = mapping.get("Ebs", {})
        if "SnapshotId" in ebs:
            yield Device(ebs["SnapshotId"], bool(ebs.get("Encrypted")))


def pending_snapshots(ec2: EC2Client) -> Pending:
    """The account's pending snapshots in the region, whoever started them."""
    wanted: Any = [{"Name": "status", "Values": ["pending"]}]
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=wanted, PaginationConfig={"PageSize": 1000})
    ages = [answered_at(page) - raw["StartTime"] for page in pages for raw in page["Snapshots"]]
    return Pending(len(ages), sum(ages, timedelta()) / max(len(ages), 1))


def snapshots(ec2: EC2Client, ids: Iterable[str]) -> dict[str, Snapshot]:
    """The snapshots of `ids` that exist, by id; 200 ids a call."""
    found: dict[str, Snapshot] = {}
    for part in _parts(ids, VALUES):
        found |= _snapshots(ec2, {"snapshot-id": part})
    return found


def snapshots_of_slots(ec2: EC2Client, home: str, slots: Iterable[str]) -> dict[str, Snapshot]:
    """Our snapshots of `slots`, by id."""
    found: dict[str, Snapshot] = {}
    for part in _parts(slots, VALUES - 1):
        found |= _snapshots(ec2, {f"tag:{tags.HOME}": [home], f"tag:{tags.SLOT}": part})
    return found


def snapshots_of_home(ec2: EC2Client, home: str, instances: Iterable[str] | None = None) -> dict[str, Snapshot]:
    """Our snapshots (of `instances`, when they are given), by id."""
    found: dict[str, Snapshot] = {}
    for narrowed in _narrowed(instances):
        found |= _snapshots(ec2, {f"tag:{tags.HOME}": [home]} | narrowed)
    return found


def _snapshots(ec2: EC2Client, filters: Mapping[str, list[str]]) -> dict[str, Snapshot]:
    wanted: Any = [{"Name": name, "Values": values} for name, values in filters.items()]
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=wanted, PaginationConfig={"PageSize": 1000})
    return {raw["SnapshotId"]: _snapshot(raw) for page in pages for raw in page["Snapshots"]}


def _snapshot(raw: Any) -> Snapshot:
    return Snapshot(
        raw["SnapshotId"],
        raw["State"],
        bool(raw.get("Encrypted")),
        raw.get("KmsKeyId"),
        raw.get("CompletionTime"),
        raw["StartTime"],
        {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())},
    )
