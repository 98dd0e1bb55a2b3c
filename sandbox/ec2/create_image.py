"""CreateImage: an image of an instance, a snapshot for each of its volumes."""

from datetime import timedelta
from typing import Any

from sandbox.ec2 import image_life, lookups
from sandbox.ec2.create_image_devices import Device, devices
from sandbox.ec2.image_names import check_description, check_name
from sandbox.ec2.instance_states import reboot
from sandbox.ec2.new_snapshot import is_too_soon, taken, tell
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image, Instance, Mapping
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request

TOO_SOON = (
    "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests."
)
APART = timedelta(seconds=1)
"""From one snapshot of an image to the next. Unverified: that they are not of one moment, as CreateSnapshots' are."""


def create_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateImage of a running or stopped instance with an EBS root; reboots it if it runs and NoReboot is not true.

    A second one within 15 seconds is accepted and fails later: a volume gives one snapshot in that time. So does one of a volume whose key is
    out of use, or not the caller's to use.

    Raises:
        ApiError: what is wrong with the instance, the name, the devices or the tags; the quota that is full.
    """
    parameters, region = request.parameters, ec2.region(request)
    instance = lookups.instance(region, parameters["InstanceId"])
    _check_instance(instance)
    check_name(region, parameters["Name"])
    check_description(parameters.get("Description", ""))
    tags = specified(parameters, "image", "snapshot")
    _check_place_and_boot(instance, parameters)
    planned = devices(ec2, request, instance)
    ec2.quotas.check_image(region)
    if parameters.get("NoReboot"):
        ec2.quotas.check_without_reboot(region, instance)
    volumes = [device.volume for device in planned if device.volume]
    ec2.quotas.check_snapshots(region, volumes)
    image = _image(ec2, request, instance)
    image.mappings = [_mapping(ec2, request, image, device, number * APART) for number, device in enumerate(planned)]
    region.add_image(image)
    region.tags.put(image.id, tags["image"])
    for mapping, device in zip(image.mappings, planned, strict=True):
        if device.volume and mapping.snapshot_id:
            region.tags.put(mapping.snapshot_id, tags["snapshot"])
    if instance.state == "running" and not parameters.get("NoReboot", False):
        reboot(ec2, instance, cause=f"{request.operation} {image.id}")
    duration = ec2.timing.of_image(sum(volume.written_bytes for volume in volumes))
    keys = {volume.key: None for volume in volumes if volume.key}
    image.problem = image.problem or next(filter(None, (ec2.keys.imaged(request.region, key, request.caller)[1] for key in keys)), None)
    image_life.begin(
        ec2,
        request,
        image,
        duration,
        lambda snapshot: tell(ec2, region, snapshot),
        lambda: next(filter(None, (ec2.keys.out_of_use(request.region, key) for key in keys)), None),
    )
    return {"ImageId": image.id}


def _check_instance(instance: Instance) -> None:
    """Unverified: the code for an instance-store root."""
    if instance.root_type != "ebs":
        raise ApiError("UnsupportedOperation", f"The instance '{instance.id}' does not have an 'ebs' root device type.")
    if instance.state not in {"running", "stopped"}:
        raise ApiError(
            "IncorrectState", f"The instance '{instance.id}' is not in a state from which an image can be created: {instance.state}."
        )
    if instance.root_device not in instance.volumes:
        raise ApiError("IncorrectState", f"The instance '{instance.id}' does not have a volume attached at root ({instance.root_device})")


def _check_place_and_boot(instance: Instance, parameters: dict[str, Any]) -> None:
    """No instance here is in a Local Zone or on an Outpost. Unverified: the codes."""
    if "SnapshotLocation" in parameters:
        raise ApiError("InvalidParameterValue", "SnapshotLocation is only supported for instances in Local Zones and on Outposts.")
    if "BootModeOverride" in parameters and instance.image.hardware.get("BootMode") != "uefi":
        raise ApiError("InvalidParameterCombination", f"The boot mode of the instance '{instance.id}' is not uefi.")


def _image(ec2: Ec2, request: Request, instance: Instance) -> Image:
    return Image(
        id=ec2.store.new_id("ami"),
        name=request.parameters["Name"],
        owner=ec2.account,
        created=ec2.now(),
        visible=ec2.now() + ec2.timing.visibility_lag,
        description=request.parameters.get("Description", ""),
        architecture=instance.architecture,
        platform=instance.platform,
        root_device=instance.root_device,
        root_type=instance.root_type,
        mappings=[],
        source_instance=instance.id,
        source_image=instance.image.id,
        source_region=request.region,
        hardware=instance.image.hardware,
    )


def _mapping(ec2: Ec2, request: Request, image: Image, device: Device, later: timedelta) -> Mapping:
    """A device of the new image, with a snapshot of the volume it is made of, begun so much later than the call."""
    volume = device.volume
    if volume is None:
        return device.mapping
    if is_too_soon(ec2, volume):
        image.problem = TOO_SOON
    snapshot = taken(ec2, ec2.region(request), volume, f"Created by CreateImage({image.source_instance}) for {image.id}")
    snapshot.started += later
    return device.with_snapshot(snapshot.id)
