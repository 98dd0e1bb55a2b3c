"""Instances as EC2 describes them, and what their configuration was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.aws.clients import answered_at
from functions.core.selection import all_keys, tag_keys
from functions.core.values import Attached, Instance, Volume

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

VALUES = PAGE = 200
"""Instances per page, so that one page's volumes fit one filter (EC2 takes 200 values)."""

LIVE = ["pending", "running", "stopping", "stopped"]


@dataclass(frozen=True)
class Page:
    """One page of DescribeInstances: values for planning, `raw` for the vault. `at` is AWS's clock."""

    instances: tuple[Instance, ...]
    raw: tuple[dict[str, Any], ...]
    at: datetime


def tagged(ec2: EC2Client, tag_key: str, size: int = PAGE) -> Iterator[Page]:
    """Every live instance that carries the tag key in some case, in pages of `size` (DescribeInstances; 1000 at most)."""
    yield from _carrying(ec2, tag_keys(tag_key), size)


def meant(ec2: EC2Client, tag_key: str, size: int) -> Iterator[Page]:
    """Every live instance that carries any of the keys that say something to Nightkeep, in some case."""
    yield from _carrying(ec2, all_keys(tag_key), size)


def _carrying(ec2: EC2Client, keys: list[str], size: int) -> Iterator[Page]:
    filters: Any = [{"Name": "tag-key", "Values": keys}, {"Name": "instance-state-name", "Values": LIVE}]
    for response in ec2.get_paginator("describe_instances").paginate(Filters=filters, PaginationConfig={"PageSize": size}):
        yield _page(response)


def existing(ec2: EC2Client) -> tuple[dict[str, Instance], datetime]:
    """Every instance that is not terminated, by id, tagged or not, all pages; and AWS's clock."""
    filters: Any = [{"Name": "instance-state-name", "Values": [*LIVE, "shutting-down"]}]
    return _all(ec2, filters)


def by_id(ec2: EC2Client, ids: Iterable[str]) -> tuple[dict[str, Instance], datetime]:
    """The instances of `ids` that exist, by id, and AWS's clock; 200 ids a call. By filter, since one missing id fails a call by InstanceIds."""
    ordered = sorted(set(ids))
    found: dict[str, Instance] = {}
    at = datetime.min.replace(tzinfo=UTC)
    for start in range(0, max(len(ordered), 1), VALUES):
        part, at = _all(ec2, [{"Name": "instance-id", "Values": ordered[start : start + VALUES]}])
        found |= part
    return found, at


def pages_by_id(ec2: EC2Client, ids: Iterable[str]) -> Iterator[Page]:
    """Those of `ids` that exist, in pages, with what EC2 says of them."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), VALUES):
        filters: Any = [{"Name": "instance-id", "Values": ordered[start : start + VALUES]}]
        for response in ec2.get_paginator("describe_instances").paginate(Filters=filters, PaginationConfig={"PageSize": 1000}):
            yield _page(response)


STATUSES = 100
"""DescribeInstanceStatus takes so many ids."""


def with_checks_ok(ec2: EC2Client, ids: Iterable[str]) -> tuple[frozenset[str], datetime]:
    """Those of `ids`, which exist, that run and whose system and instance status checks are both ok; and AWS's clock (DescribeInstanceStatus)."""
    ordered = sorted(set(ids))
    ok: set[str] = set()
    at = datetime.min.replace(tzinfo=UTC)
    for start in range(0, len(ordered), STATUSES):
        answer = ec2.describe_instance_status(InstanceIds=ordered[start : start + STATUSES])
        at = answered_at(answer)
        ok |= {one["InstanceId"] for one in answer["InstanceStatuses"] if _is_ok(one)}
    return frozenset(ok), at


def _is_ok(status: Any) -> bool:
    return bool(status["SystemStatus"]["Status"] == status["InstanceStatus"]["Status"] == "ok")


def volumes_of(ec2: EC2Client, ids: Iterable[str]) -> dict[str, Volume]:
    """The volumes attached to up to 200 instances, by their own ids (DescribeVolumes)."""
    return {raw["VolumeId"]: volume(raw) for attached in _volumes(ec2, sorted(set(ids))).values() for raw in attached}


def volume(raw: Any) -> Volume:
    """A volume of DescribeVolumes as a value."""
    carried = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
    return Volume(raw["VolumeId"], raw["Size"], bool(raw.get("Encrypted")), raw.get("KmsKeyId"), carried)


def _all(ec2: EC2Client, filters: Any) -> tuple[dict[str, Instance], datetime]:
    found: dict[str, Instance] = {}
    at = datetime.min.replace(tzinfo=UTC)
    for response in ec2.get_paginator("describe_instances").paginate(Filters=filters, PaginationConfig={"PageSize": 1000}):
        page = _page(response)
        found |= {instance.instance_id: instance for instance in page.instances}
        at = page.at
    return found, at


def _page(response: Any) -> Page:
    raw = tuple(instance for reservation in response["Reservations"] for instance in reservation["Instances"])
    return Page(tuple(_instance(entry) for entry in raw), raw, answered_at(response))


def _instance(raw: dict[str, Any]) -> Instance:
    return Instance(
        instance_id=raw["InstanceId"],
        state=raw["State"]["Name"],
        root_device_type=raw.get("RootDeviceType", ""),
        tags={tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())},
        attached=tuple(
            Attached(one["DeviceName"], one["Ebs"]["VolumeId"], one["Ebs"].get("AttachTime"))
            for one in raw.get("BlockDeviceMappings", ())
            if "Ebs" in one
        ),
        root_device=raw.get("RootDeviceName", ""),
        launched=raw.get("LaunchTime"),
        spot=raw.get("InstanceLifecycle") == "spot",
        marketplace=any(code.get("ProductCodeType") == "marketplace" for code in raw.get("ProductCodes", ())),
    )


def configuration(ec2: EC2Client, page: Page) -> Iterator[dict[str, Any]]:
    """What a restore wants to know of each of the page's instances and DescribeInstances does not say: volumes and CPU credits."""
    for start in range(0, len(page.raw), VALUES):
        part = page.raw[start : start + VALUES]
        ids = [raw["InstanceId"] for raw in part]
        volumes = _volumes(ec2, ids)
        credits_of = _credits(ec2, ids)
        for raw in part:
            instance_id = raw["InstanceId"]
            yield {"instance": raw, "volumes": volumes.get(instance_id, []), "cpu_credits": credits_of.get(instance_id)}


def _volumes(ec2: EC2Client, ids: list[str]) -> dict[str, list[Any]]:
    """By instance; a volume attached to several stands with each."""
    volumes: dict[str, list[Any]] = {}
    filters: Any = [{"Name": "attachment.instance-id", "Values": ids}]
    for response in ec2.get_paginator("describe_volumes").paginate(Filters=filters, PaginationConfig={"PageSize": 1000}):
        for volume in response["Volumes"]:
            for attachment in volume.get("Attachments", ()):
                volumes.setdefault(attachment.get("InstanceId", ""), []).append(volume)
    return volumes


def _credits(ec2: EC2Client, ids: list[str]) -> dict[str, str]:
    pages = ec2.get_paginator("describe_instance_credit_specifications").paginate(Filters=[{"Name": "instance-id", "Values": ids}])
    return {entry["InstanceId"]: entry["CpuCredits"] for page in pages for entry in page["InstanceCreditSpecifications"]}
