"""Service Quotas: the quotas of EBS that the sandbox keeps, beside what moto knows."""

from collections.abc import Callable
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import servicequotas_backends

from sandbox.ec2.plane import Ec2
from sandbox.ec2.quotas import MIB, Quotas
from sandbox.gateway import ApiError, Gateway, Request

SERVICE = "service-quotas"
OF_EBS: dict[str, tuple[str, bool, Callable[[Quotas], float]]] = {
    "L-94D7AB7D": ("Pending snapshots per account", False, lambda quotas: quotas.pending_snapshots),
    "L-E137849C": ("Cumulative throughput of time-based snapshot copies", True, lambda quotas: quotas.copy_throughput / MIB),
}
"""By code: name, whether AWS raises it, and its value. Unverified: the second one's name."""


def install(gateway: Gateway, ec2: Ec2) -> None:
    """Let the gateway answer GetServiceQuota."""
    gateway.operations[SERVICE, "GetServiceQuota"] = lambda request: get_service_quota(ec2.quotas, request)


def get_service_quota(quotas: Quotas, request: Request) -> dict[str, Any]:
    """GetServiceQuota: the account's value, which is what the sandbox holds it to.

    Raises:
        ApiError: NoSuchResourceException.
    """
    service, code = request.parameters["ServiceCode"], request.parameters["QuotaCode"]
    if service != "ebs":
        try:
            return {"Quota": servicequotas_backends[request.account][request.region].get_service_quota(service, code)}
        except NoSuchResource as error:
            raise ApiError("NoSuchResourceException", f"The sandbox has no quota {code} of {service}.") from error
    if code not in OF_EBS:
        raise ApiError("NoSuchResourceException", f"The sandbox has no quota {code} of {service}.")
    name, adjustable, value = OF_EBS[code]
    return {
        "Quota": {
            "ServiceCode": service,
            "ServiceName": "Amazon Elastic Block Store (Amazon EBS)",
            "QuotaArn": f"arn:aws:servicequotas:{request.region}:{request.account}:ebs/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(value(quotas)),
            "Unit": "None",
            "Adjustable": adjustable,
            "GlobalQuota": False,
        }
    }
