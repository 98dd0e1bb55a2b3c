"""The volumes that an instance starts with: the image's devices, changed and added to by what the launch asks for."""

from typing import Any

from sandbox.ec2.lookups import snapshot
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import GIB, Attachment, Image, Instance, Mapping, Volume
from sandbox.gateway import ApiError, Request

WRITTEN_SHARE = 0.4
USUAL_SIZE = 8


def attach_volumes(ec2: Ec2, request: Request, instance: Instance, asked: list[dict[str, Any]]) -> None:
    """Make an instance's volumes, of their snapshots' sizes, keys and written blocks; of one that starts empty, 40% are written soon.

    Raises:
        ApiError: InvalidBlockDeviceMapping for a volume smaller than its snapshot, InvalidSnapshot.NotFound, errors about keys.
    """
    made = [(mapping, ebs, _volume(ec2, request, instance, mapping, ebs)) for mapping, ebs in _devices(instance.image, asked)]
    for mapping, ebs, volume in made:
        goes = ebs.get("DeleteOnTermination", mapping.delete_on_termination)
        volume.attachment = Attachment(instance.id, mapping.device, goes, ec2.now())
        ec2.region(request).volumes[volume.id] = volume
        instance.volumes[mapping.device] = volume.id


def _devices(image: Image, asked: list[dict[str, Any]]) -> list[tuple[Mapping, dict[str, Any]]]:
    """The EBS devices, each with what is asked for it."""
    wanted = {each["DeviceName"]: each for each in asked}
    result = []
    for mapping in image.mappings:
        override = wanted.pop(mapping.device, {})
        if mapping.size is not None and "NoDevice" not in override:
            result.append((mapping, override.get("Ebs", {})))
    return result + [(Mapping(device), each["Ebs"]) for device, each in wanted.items() if "Ebs" in each]


def _volume(ec2: Ec2, request: Request, instance: Instance, mapping: Mapping, asked: dict[str, Any]) -> Volume:
    region = ec2.region(request)
    source = snapshot(region, asked["SnapshotId"]) if "SnapshotId" in asked else region.snapshots.get(mapping.snapshot_id or "")
    least = source.size if source else mapping.size if mapping.snapshot_id else 1
    size = asked.get("VolumeSize") or mapping.size or (source.size if source else USUAL_SIZE)
    if least and size < least:
        raise ApiError("InvalidBlockDeviceMapping", f"Volume of size {size}GB is smaller than its snapshot, expect size >= {least}GB")
    kind = asked.get("VolumeType") or mapping.type
    return Volume(
        id=ec2.store.new_id("vol"),
        zone=instance.zone,
        size=size,
        type=kind,
        iops=asked.get("Iops") or mapping.iops or (3000 if kind == "gp3" else None),
        throughput=asked.get("Throughput") or mapping.throughput or (125 if kind == "gp3" else None),
        key=_key(ec2, request, asked, source.key if source else None),
        snapshot_id=source.id if source else mapping.snapshot_id or "",
        created=ec2.now(),
        written_bytes=source.full_bytes if source else int(size * GIB * WRITTEN_SHARE),
    )


def _key(ec2: Ec2, request: Request, asked: dict[str, Any], inherited: str | None) -> str | None:
    wanted = asked.get("KmsKeyId")
    if wanted:
        if not asked.get("Encrypted"):
            raise ApiError("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
        found, problem = ec2.keys.usable(request.region, wanted, request.caller)
        return found if found and not problem else wanted
    return inherited or (ec2.keys.default(request.region) if asked.get("Encrypted") else None)
