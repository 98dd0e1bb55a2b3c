"""What instances can be filtered by, as DescribeInstances documents it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sandbox.ec2.filters import Fields
from sandbox.ec2.instance_filters_without_values import NAMES
from sandbox.ec2.instance_states import CODES, state_reason
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance, Volume
from sandbox.ec2.store import RegionStore, stamp
from sandbox.ec2.views import METADATA_OPTIONS, placement, private_name, profile_of

Value = Callable[[Instance], str | None]


def said(value: bool) -> str:
    """A boolean as filters have it."""
    return "true" if value else "false"


def _given(name: str, usual: str | None = None) -> Value:
    return lambda each: each.given.get(name, usual)


def _inside(name: str, member: str) -> Value:
    """A boolean inside what was given: false if nothing was."""
    return lambda each: said(each.given.get(name, {}).get(member, False))


def _metadata(member: str) -> Value:
    return lambda each: str((METADATA_OPTIONS | each.given.get("MetadataOptions", {})).get(member, "")) or None


def _networked(read: Value) -> Value:
    """What a terminated instance has no longer."""
    return lambda each: None if each.state == "terminated" else read(each)


def _always(value: str) -> Value:
    return lambda _: value


def _reason(member: str) -> Value:
    return lambda each: (state_reason(each) or {}).get(member)


ONE: dict[str, Value] = {
    "architecture": lambda each: each.architecture,
    "availability-zone": lambda each: each.zone,
    "availability-zone-id": lambda each: each.zone_id,
    "client-token": _given("ClientToken"),
    "ebs-optimized": lambda each: said(each.given.get("EbsOptimized", False)),
    "ena-support": _always("true"),
    "enclave-options.enabled": _inside("EnclaveOptions", "Enabled"),
    "hibernation-options.configured": _inside("HibernationOptions", "Configured"),
    "hypervisor": _always("xen"),
    "iam-instance-profile.arn": profile_of,
    "image-id": lambda each: each.image.id,
    "instance-id": lambda each: each.id,
    "instance-lifecycle": Instance.lifecycle,
    "instance-state-code": lambda each: str(CODES[each.state]),
    "instance-state-name": lambda each: each.state,
    "instance-type": lambda each: each.type,
    "key-name": _given("KeyName"),
    "launch-index": lambda each: str(each.index),
    "launch-time": lambda each: stamp(each.launched),
    "maintenance-options.auto-recovery": lambda each: each.given.get("MaintenanceOptions", {}).get("AutoRecovery", "default"),
    "metadata-options.http-endpoint": _metadata("HttpEndpoint"),
    "metadata-options.http-protocol-ipv6": _metadata("HttpProtocolIpv6"),
    "metadata-options.http-put-response-hop-limit": _metadata("HttpPutResponseHopLimit"),
    "metadata-options.http-tokens": _metadata("HttpTokens"),
    "metadata-options.instance-metadata-tags": _metadata("InstanceMetadataTags"),
    "metadata-options.state": _metadata("State"),
    "monitoring-state": lambda each: "enabled" if each.given.get("Monitoring", {}).get("Enabled") else "disabled",
    "operator.managed": _always("false"),
    "placement-group-name": lambda each: placement(each)["GroupName"] or None,
    "platform": lambda each: each.platform,
    "platform-details": lambda each: "Windows" if each.platform else "Linux/UNIX",
    "private-dns-name": _networked(private_name),
    "private-dns-name-options.enable-resource-name-dns-a-record": _always("false"),
    "private-dns-name-options.enable-resource-name-dns-aaaa-record": _always("false"),
    "private-dns-name-options.hostname-type": _always("ip-name"),
    "private-ip-address": _networked(lambda each: each.address),
    "reason": lambda each: each.transition or None,
    "reservation-id": lambda each: each.reservation,
    "root-device-name": lambda each: each.root_device,
    "root-device-type": lambda each: each.root_type,
    "source-dest-check": _networked(lambda each: said(each.given.get("SourceDestCheck", True))),
    "spot-instance-request-id": lambda each: each.spot_request,
    "state-reason-code": _reason("Code"),
    "state-reason-message": _reason("Message"),
    "subnet-id": _networked(lambda each: each.subnet_id),
    "tenancy": lambda each: placement(each)["Tenancy"],
    "usage-operation": lambda each: "RunInstances:0002" if each.platform else "RunInstances",
    "usage-operation-update-time": lambda each: stamp(each.launched),
    "virtualization-type": _always("hvm"),
    "vpc-id": _networked(lambda each: each.vpc_id),
}
"""Those with one value."""

INTERFACE: dict[str, Value] = {
    "addresses.primary": _always("true"),
    "addresses.private-dns-name": private_name,
    "addresses.private-ip-address": ONE["private-ip-address"],
    "attachment.delete-on-termination": _always("true"),
    "attachment.device-index": _always("0"),
    "attachment.instance-id": ONE["instance-id"],
    "attachment.status": _always("attached"),
    "availability-zone": ONE["availability-zone"],
    "private-dns-name": private_name,
    "private-ip-address": ONE["private-ip-address"],
    "source-dest-check": ONE["source-dest-check"],
    "status": _always("in-use"),
    "subnet-id": ONE["subnet-id"],
    "vpc-id": ONE["vpc-id"],
}
"""Those of an instance's one network interface."""


def _listed(value: Value) -> Callable[[Instance], Iterable[str | None]]:
    return lambda each: (value(each),)


def _group_ids(each: Instance) -> Iterable[str]:
    return () if each.state == "terminated" else each.groups


def _group_names(each: Instance) -> Iterable[str]:
    return () if each.state == "terminated" else each.groups.values()


FIELDS: Fields[Instance] = Fields(
    {name: _listed(value) for name, value in ONE.items()}
    | {f"network-interface.{name}": _listed(_networked(value)) for name, value in INTERFACE.items()}
    | dict.fromkeys(NAMES, lambda _: ())
    | dict.fromkeys(("instance.group-id", "network-interface.group-id"), _group_ids)
    | dict.fromkeys(("instance.group-name", "network-interface.group-name"), _group_names),
    {"instance-id": lambda _, value: [value]},
)


def fields(ec2: Ec2, region: RegionStore) -> Fields[Instance]:
    """All of them: those that only the account or the region knows too."""

    def of_volumes(read: Callable[[Volume, Any], str]) -> Callable[[Instance], Iterable[str]]:
        return lambda each: [read(volume, volume.attachment) for volume in (region.volumes[key] for key in each.volumes.values())]

    more: dict[str, Callable[[Instance], Iterable[str | None]]] = {
        "block-device-mapping.attach-time": of_volumes(lambda _, attachment: stamp(attachment.since)),
        "block-device-mapping.delete-on-termination": of_volumes(lambda _, attachment: said(attachment.delete_on_termination)),
        "block-device-mapping.device-name": lambda each: each.volumes,
        "block-device-mapping.status": of_volumes(lambda *_: "attached"),
        "block-device-mapping.volume-id": lambda each: each.volumes.values(),
        "owner-id": lambda _: (ec2.account,),
    }
    return replace(FIELDS, values=FIELDS.values | more)
