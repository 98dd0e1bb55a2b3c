"""AttachVolume and DetachVolume."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.ec2 import lookups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Attachment, Instance, Volume
from sandbox.ec2.store import RegionStore
from sandbox.ec2.views import attachment_shown
from sandbox.gateway import ApiError, Request


def attach_volume(ec2: Ec2, request: Request) -> dict[str, Any]:
    """AttachVolume to a running or stopped instance of its zone: attaching, then attached, unless its key is out of use. It stays when the instance is terminated.

    AWS shows the event of a volume that was not attached. It sends one of a volume that was, and does not show it: none is sent here.

    Raises:
        ApiError: VolumeInUse, IncorrectState, IncorrectInstanceState, InvalidVolume.ZoneMismatch, or InvalidParameterValue for a device
            that is taken.
    """
    parameters, region = request.parameters, ec2.region(request)
    volume = lookups.volume(region, parameters["VolumeId"])
    instance = lookups.instance(region, parameters["InstanceId"])
    _check(volume, instance, parameters["Device"])
    attachment = Attachment(instance.id, parameters["Device"], delete_on_termination=False, since=ec2.now(), state="attaching")
    volume.attachment = attachment
    instance.volumes[attachment.device] = volume.id

    def attached() -> None:
        state = ec2.keys.state(request.region, volume.key) if volume.key else None
        if state is None:
            volume.attachment = replace(attachment, state="attached")
            return
        _detached(region, volume, attachment)
        ec2.notices.volume(request.region, volume, "attachVolume", "", f"{volume.key} is {state}.")

    _later(ec2, volume, attached)
    return attachment_shown(volume, attachment)


def detach_volume(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DetachVolume: detaching, then available. A root volume is detached only while its instance is stopped.

    AWS's event of it is the call by CloudTrail, which is not told here.

    Raises:
        ApiError: IncorrectState for a volume that is not attached, InvalidAttachment.NotFound if it is not so, OperationNotPermitted.
    """
    parameters, region = request.parameters, ec2.region(request)
    volume = lookups.volume(region, parameters["VolumeId"])
    attachment = volume.attachment
    if attachment is None or attachment.state != "attached":
        raise ApiError("IncorrectState", f"Volume '{volume.id}' is in the '{volume.status()}' state.")
    said = (parameters.get("InstanceId", attachment.instance_id), parameters.get("Device", attachment.device))
    if said != (attachment.instance_id, attachment.device):
        raise ApiError("InvalidAttachment.NotFound", f"The volume '{volume.id}' is not attached to {said[0]} as {said[1]}.")
    instance = region.instances[attachment.instance_id]
    if attachment.device == instance.root_device and instance.state != "stopped":
        raise ApiError("OperationNotPermitted", f"Unable to detach root volume '{volume.id}' from instance '{instance.id}'")
    leaving = volume.attachment = replace(attachment, state="detaching")
    _later(ec2, volume, lambda: _detached(region, volume, leaving))
    return attachment_shown(volume, leaving)


def _check(volume: Volume, instance: Instance, device: str) -> None:
    if volume.attachment:
        raise ApiError("VolumeInUse", f"{volume.id} is already attached to an instance")
    if volume.state != "available":
        raise ApiError("IncorrectState", f"The volume '{volume.id}' is {volume.state}.")
    if instance.state not in {"running", "stopped"}:
        raise ApiError("IncorrectInstanceState", f"The instance '{instance.id}' is {instance.state}.")
    if volume.zone != instance.zone:
        raise ApiError("InvalidVolume.ZoneMismatch", f"The volume '{volume.id}' is not in the same availability zone as '{instance.id}'")
    if device in instance.volumes:
        raise ApiError("InvalidParameterValue", f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use")


def _later(ec2: Ec2, volume: Volume, action: Callable[[], None]) -> None:
    """Run `action` unless the attachment is another one by then."""
    begun = volume.attachment

    def act() -> None:
        if volume.attachment is begun:
            action()

    ec2.clock.after(ec2.timing.attachment, act)


def _detached(region: RegionStore, volume: Volume, attachment: Attachment) -> None:
    volume.attachment = None
    instance = region.instances.get(attachment.instance_id)
    if instance:
        instance.volumes.pop(attachment.device, None)
