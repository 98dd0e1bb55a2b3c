"""DescribeInstanceStatus: whether an instance's system has booted."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.instance_filters import FIELDS as OF_INSTANCES
from sandbox.ec2.instance_states import shown
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.gateway import ApiError, Request

MOST_IDS = 100
SHARED = (
    "availability-zone",
    "availability-zone-id",
    "instance-state-code",
    "instance-state-name",
    "operator.managed",
    "operator.principal",
)
NOTHING = (
    "application-status.status",
    "event.code",
    "event.description",
    "event.instance-event-id",
    "event.not-after",
    "event.not-before",
    "event.not-before-deadline",
)
FIELDS: Fields[Instance] = Fields({name: OF_INSTANCES.values[name] for name in SHARED} | dict.fromkeys(NOTHING, lambda _: ()))


def describe_instance_status(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstanceStatus: running instances only, unless IncludeAllInstances; of 100 ids at most.

    Raises:
        ApiError: InvalidParameterValue for too many ids.
    """
    region, parameters = ec2.region(request), request.parameters
    if len(parameters.get("InstanceIds") or []) > MOST_IDS:
        raise ApiError("InvalidParameterValue", f"{MOST_IDS} instance IDs can be specified at most.")

    def select_shown(among: Iterable[str] | None) -> list[str]:
        found = select(region, region.instances, _fields(ec2), parameters.get("Filters"), among)
        everyone = parameters.get("IncludeAllInstances", False)
        return [key for key in found if everyone or region.instances[key].state == "running"]

    page, token = listed(ec2, request, region.instances, "i", select_shown)
    return {"InstanceStatuses": [_status(ec2, region.instances[key]) for key in page], "NextToken": token}


def _fields(ec2: Ec2) -> Fields[Instance]:
    checks = {
        f"{kind}-status.{name}": read
        for kind in ("instance", "system", "attached-ebs")
        for name, read in {
            "status": lambda each, kind=kind: [_summary(ec2, each, kind)["Status"]],
            "reachability": lambda each, kind=kind: [detail["Status"] for detail in _summary(ec2, each, kind)["Details"]],
        }.items()
    }
    return replace(FIELDS, values=FIELDS.values | checks)


def _status(ec2: Ec2, instance: Instance) -> dict[str, Any]:
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": instance.zone,
        "AvailabilityZoneId": instance.zone_id,
        "InstanceState": shown(instance),
        "InstanceStatus": _summary(ec2, instance, "instance"),
        "SystemStatus": _summary(ec2, instance, "system"),
        "AttachedEbsStatus": _summary(ec2, instance, "attached-ebs"),
        "Events": [],
    }


def _summary(ec2: Ec2, instance: Instance, kind: str) -> dict[str, Any]:
    """A status check. An operating system that does not come up fails the instance's own, since EC2 reaches it no more."""
    if instance.state != "running":
        return {"Status": "not-applicable", "Details": []}
    booted = ec2.now() >= instance.booted + ec2.timing.boot
    if booted and instance.impaired and kind == "instance":
        return {"Status": "impaired", "Details": [{"Name": "reachability", "Status": "failed"}]}
    detail = {"Name": "reachability", "Status": "passed" if booted else "initializing"}
    return {"Status": "ok" if booted else "initializing", "Details": [detail]}
