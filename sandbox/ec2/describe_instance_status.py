"""DescribeInstanceStatus: whether an instance's system has booted."""

from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.instance_states import shown
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.gateway import Request

FIELDS: Fields[Instance] = Fields({"instance-state-name": lambda each: [each.state], "availability-zone": lambda each: [each.zone]})


def describe_instance_status(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstanceStatus: running instances only, unless IncludeAllInstances."""
    region, parameters = ec2.region(request), request.parameters

    def select_shown() -> list[str]:
        found = select(region, region.instances, FIELDS, parameters.get("Filters"))
        everyone = parameters.get("IncludeAllInstances", False)
        return [key for key in found if everyone or region.instances[key].state == "running"]

    page, token = listed(ec2, request, region.instances, "i", select_shown)
    return {"InstanceStatuses": [_status(ec2, region.instances[key]) for key in page], "NextToken": token}


def _status(ec2: Ec2, instance: Instance) -> dict[str, Any]:
    summary = _summary(ec2, instance)
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": instance.zone,
        "InstanceState": shown(instance),
        "InstanceStatus": summary,
        "SystemStatus": summary,
        "Events": [],
    }


def _summary(ec2: Ec2, instance: Instance) -> dict[str, Any]:
    if instance.state != "running":
        return {"Status": "not-applicable", "Details": []}
    booted = ec2.now() >= instance.booted + ec2.timing.boot
    detail = {"Name": "reachability", "Status": "passed" if booted else "initializing"}
    return {"Status": "ok" if booted else "initializing", "Details": [detail]}
