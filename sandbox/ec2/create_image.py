"""CreateImage: an image of an instance, a snapshot for each of its volumes."""

from typing import Any

from sandbox.ec2 import image_life, lookups
from sandbox.ec2.image_names import check_description, check_name
from sandbox.ec2.instance_states import reboot
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image, Instance, Mapping, Snapshot, Volume
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request

TOO_SOON = (
    "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests."
)


def create_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateImage of a running or stopped instance with an EBS root; reboots it if it runs and NoReboot is not true.

    A second one within 15 seconds is accepted and fails later: a volume gives one snapshot in that time.
    """
    parameters, region = request.parameters, ec2.region(request)
    instance = lookups.instance(region, parameters["InstanceId"])
    _check_instance(instance)
    check_name(region, parameters["Name"])
    check_description(parameters.get("Description", ""))
    tags = specified(parameters, "image", "snapshot")
    changes = _changes(instance, parameters.get("BlockDeviceMappings") or [])
    kept = [key for device, key in instance.volumes.items() if "NoDevice" not in changes.get(device, {})]
    ec2.quotas.check_image(region)
    ec2.quotas.check_snapshots(region, [region.volumes[key] for key in kept])
    image = _image(ec2, request, instance)
    for device in {**instance.volumes, **changes}:
        volume = region.volumes.get(instance.volumes.get(device, ""))
        image.mappings += _mappings(ec2, request, image, volume, changes.get(device, {"DeviceName": device}))
    region.add_image(image)
    region.tags.put(image.id, tags["image"])
    for snapshot in image.snapshot_ids():
        region.tags.put(snapshot, tags["snapshot"])
    if instance.state == "running" and not parameters.get("NoReboot", False):
        reboot(ec2, instance, cause=f"{request.operation} {image.id}")
    written = sum(region.snapshots[key].full_bytes for key in image.snapshot_ids())
    image_life.begin(ec2, request, image, ec2.timing.of_image(written), lambda snapshot: _tell(ec2, request, snapshot))
    return {"ImageId": image.id}


def _check_instance(instance: Instance) -> None:
    if instance.root_type != "ebs":
        raise ApiError("UnsupportedOperation", f"The instance '{instance.id}' does not have an 'ebs' root device type.")
    if instance.state not in {"running", "stopped"}:
        raise ApiError(
            "IncorrectState", f"The instance '{instance.id}' is not in a state from which an image can be created: {instance.state}."
        )


def _changes(instance: Instance, asked: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The block devices asked for, by device name; an existing one may only be left out, or kept at termination or not."""
    for each in asked:
        ebs = each.get("Ebs", {})
        if each["DeviceName"] in instance.volumes and set(ebs) - {"DeleteOnTermination", "Encrypted"}:
            raise ApiError("InvalidBlockDeviceMapping", f"Only DeleteOnTermination can be changed for the device {each['DeviceName']}.")
        if "KmsKeyId" in ebs:
            raise ApiError("InvalidParameterCombination", "KmsKeyId cannot be specified in a block device mapping of CreateImage.")
    return {each["DeviceName"]: each for each in asked}


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
    )


def _mappings(ec2: Ec2, request: Request, image: Image, volume: Volume | None, change: dict[str, Any]) -> list[Mapping]:
    """A device of the new image, with its snapshot; nothing if the device is left out."""
    device, ebs = change["DeviceName"], change.get("Ebs", {})
    if "NoDevice" in change:
        return []
    if "VirtualName" in change:
        return [Mapping(device, virtual_name=change["VirtualName"])]
    if volume is None:
        return [Mapping(device, None, ebs.get("VolumeSize", 8), ebs.get("VolumeType", "gp3"), encrypted=ebs.get("Encrypted", False))]
    snapshot = _snapshot(ec2, request, image, volume)
    stays = volume.attachment is not None and volume.attachment.delete_on_termination
    mapping = Mapping(
        device,
        snapshot.id,
        volume.size,
        volume.type,
        volume.iops,
        volume.throughput,
        ebs.get("DeleteOnTermination", stays),
        volume.key is not None,
    )
    return [mapping]


def _snapshot(ec2: Ec2, request: Request, image: Image, volume: Volume) -> Snapshot:
    if volume.snapshot_taken and ec2.now() - volume.snapshot_taken < ec2.timing.snapshot_rate:
        image.problem = TOO_SOON
    volume.snapshot_taken = ec2.now()
    snapshot = Snapshot(
        id=ec2.store.new_id("snap"),
        owner=ec2.account,
        volume_id=volume.id,
        origin=volume.id,
        size=volume.size,
        description=f"Created by CreateImage({image.source_instance}) for {image.id}",
        started=ec2.now(),
        full_bytes=volume.written_bytes,
        key=volume.key,
    )
    ec2.region(request).add_snapshot(snapshot)
    return snapshot


def _tell(ec2: Ec2, request: Request, snapshot: Snapshot) -> None:
    source = f"arn:aws:ec2::{request.region}:volume/{snapshot.volume_id}"
    ec2.notices.snapshot(request.region, snapshot, "createSnapshot", source, {})
