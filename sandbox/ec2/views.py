"""Instances and volumes as the API shows them."""

from typing import Any

from sandbox.ec2.instance_states import shown, state_reason
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Attachment, Instance, Volume
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import as_list

METADATA_OPTIONS = {
    "State": "applied",
    "HttpTokens": "required",
    "HttpPutResponseHopLimit": 2,
    "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled",
    "InstanceMetadataTags": "disabled",
}
ALWAYS: dict[str, Any] = {"VirtualizationType": "hvm", "Hypervisor": "xen", "EnaSupport": True}


def reservation(ec2: Ec2, region: RegionStore, instances: list[Instance]) -> dict[str, Any]:
    """A reservation with these of its instances."""
    return {
        "ReservationId": instances[0].reservation,
        "OwnerId": ec2.account,
        "Groups": [],
        "Instances": [instance_shown(region, instance) for instance in instances],
    }


SHOWN = (
    "CpuOptions",
    "EnclaveOptions",
    "HibernationOptions",
    "MaintenanceOptions",
    "NetworkPerformanceOptions",
    "PrivateDnsNameOptions",
)
"""What is shown as it was given, where it was."""


def instance_shown(region: RegionStore, instance: Instance) -> dict[str, Any]:
    """An instance: without user data, credits, and what only its volumes know."""
    given = instance.given
    result = (
        ALWAYS
        | {
            "InstanceId": instance.id,
            "ImageId": instance.image.id,
            "InstanceType": instance.type,
            "State": shown(instance),
            "StateTransitionReason": instance.transition,
            "StateReason": state_reason(instance),
            "LaunchTime": instance.launched,
            "AmiLaunchIndex": instance.index,
            "ClientToken": given.get("ClientToken", ""),
            "InstanceLifecycle": instance.lifecycle(),
            "SpotInstanceRequestId": instance.spot_request,
            "Placement": placement(instance),
            "Architecture": instance.architecture,
            "Platform": instance.platform,
            "PlatformDetails": "Windows" if instance.platform else "Linux/UNIX",
            "UsageOperation": "RunInstances:0002" if instance.platform else "RunInstances",
            "RootDeviceName": instance.root_device,
            "RootDeviceType": instance.root_type,
            "EbsOptimized": given.get("EbsOptimized", False),
            "Monitoring": {"State": "enabled" if given.get("Monitoring", {}).get("Enabled") else "disabled"},
            "MetadataOptions": METADATA_OPTIONS | given.get("MetadataOptions", {}),
            "KeyName": given.get("KeyName"),
            "IamInstanceProfile": {"Arn": profile} if (profile := profile_of(instance)) else None,
            "BlockDeviceMappings": [device_shown(region.volumes[key]) for key in instance.volumes.values()],
            "Tags": as_list(region.tags.of(instance.id)),
        }
        | {name: given[name] for name in SHOWN if name in given}
    )
    if instance.state != "terminated":
        result |= _network(instance)
    return {name: value for name, value in result.items() if value is not None}


def _network(instance: Instance) -> dict[str, Any]:
    return {
        "SubnetId": instance.subnet_id,
        "VpcId": instance.vpc_id,
        "PrivateIpAddress": instance.address,
        "PrivateDnsName": private_name(instance),
        "SecurityGroups": groups_shown(instance),
        "SourceDestCheck": instance.given.get("SourceDestCheck", True),
    }


def placement(instance: Instance) -> dict[str, Any]:
    """Where an instance is."""
    asked: dict[str, Any] = instance.given.get("Placement", {})
    return {"Tenancy": "default", "GroupName": ""} | asked | {"AvailabilityZone": instance.zone}


def profile_of(instance: Instance) -> str | None:
    """An instance's profile, as it was named."""
    asked: dict[str, str] = instance.given.get("IamInstanceProfile", {})
    return asked.get("Arn") or asked.get("Name")


def private_name(instance: Instance) -> str:
    """An instance's private DNS name."""
    return f"ip-{instance.address.replace('.', '-')}.{instance.zone[:-1]}.compute.internal"


def groups_shown(instance: Instance) -> list[dict[str, str]]:
    """An instance's security groups."""
    return [{"GroupId": key, "GroupName": name} for key, name in instance.groups.items()]


def device_shown(volume: Volume) -> dict[str, Any]:
    """A volume as a device of its instance."""
    attachment = volume.attachment
    if attachment is None:
        raise LookupError(volume.id)
    ebs = {
        "VolumeId": volume.id,
        "Status": attachment.state,
        "AttachTime": attachment.since,
        "DeleteOnTermination": attachment.delete_on_termination,
    }
    return {"DeviceName": attachment.device, "Ebs": ebs}


def volume_shown(region: RegionStore, volume: Volume) -> dict[str, Any]:
    """A volume."""
    attachment = volume.attachment
    result = {
        "VolumeId": volume.id,
        "Size": volume.size,
        "VolumeType": volume.type,
        "Iops": volume.iops,
        "Throughput": volume.throughput,
        "Encrypted": volume.key is not None,
        "KmsKeyId": volume.key,
        "SnapshotId": volume.snapshot_id,
        "AvailabilityZone": volume.zone,
        "CreateTime": volume.created,
        "State": volume.status(),
        "MultiAttachEnabled": False,
        "Attachments": [attachment_shown(volume, attachment)] if attachment else [],
        "Tags": as_list(region.tags.of(volume.id)),
    }
    return {name: value for name, value in result.items() if value is not None}


def attachment_shown(volume: Volume, attachment: Attachment) -> dict[str, Any]:
    """An attachment as its volume shows it."""
    return {
        "VolumeId": volume.id,
        "InstanceId": attachment.instance_id,
        "Device": attachment.device,
        "State": attachment.state,
        "AttachTime": attachment.since,
        "DeleteOnTermination": attachment.delete_on_termination,
    }
