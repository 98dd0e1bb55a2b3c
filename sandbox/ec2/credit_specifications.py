"""DescribeInstanceCreditSpecifications."""

from collections.abc import Iterable
from typing import Any

from sandbox.ec2.filters import Fields, select
from sandbox.ec2.listing import listed
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.gateway import ApiError, Request

FIELDS: Fields[Instance] = Fields({"instance-id": lambda each: [each.id]}, {"instance-id": lambda _, value: [value]})


def describe_instance_credit_specifications(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeInstanceCreditSpecifications: with no ids or filters, only the instances whose credits are unlimited.

    Raises:
        ApiError: InvalidParameterCombination for an id of an instance type without credits.
    """
    region, parameters = ec2.region(request), request.parameters
    ids, filters = parameters.get("InstanceIds"), parameters.get("Filters")

    def select_credited(among: Iterable[str] | None) -> list[str]:
        found = select(region, region.instances, FIELDS, filters, among)
        wanted = {"standard", "unlimited"} if ids or filters else {"unlimited"}
        return [key for key in found if region.instances[key].credits in wanted]

    page, token = listed(ec2, request, region.instances, "i", select_credited)
    for key in ids or []:
        if region.instances[key].credits is None:
            raise ApiError("InvalidParameterCombination", f"The instance '{key}' is not a burstable performance instance.")
    shown = [{"InstanceId": key, "CpuCredits": region.instances[key].credits} for key in page]
    return {"InstanceCreditSpecifications": shown, "NextToken": token}
