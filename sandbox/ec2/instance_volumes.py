"""The volumes that an instance starts with: the image's devices, changed and added to by what the launch asks for."""

from typing import Any

from sandbox.ec2.encryption import check_encryption, key_of_volume
from sandbox.ec2.lookups import snapshot
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_SNAPSHOTS
from sandbox.ec2.records import GIB, Attachment, Image, Instance, Mapping, Snapshot, Volume
from sandbox.ec2.snapshot_tiers import check_usable
from sandbox.ec2.store import RegionStore
from sandbox.ec2.volume_rules import check_volume, usual_iops, usual_throughput
from sandbox.gateway import ApiError, Request

WRITTEN_SHARE = 0.4
USUAL_SIZE = 8


def attach_volumes(ec2: Ec2, request: Request, instance: Instance, asked: list[dict[str, Any]]) -> None:
    """Make an instance's volumes, of their snapshots' sizes, keys and written blocks; of one that starts empty, 40% are written soon.

    Raises:
        ApiError: InvalidBlockDeviceMapping for a volume smaller than its snapshot, what is wrong with its snapshot, its type, size or
            encryption.
    """
    made = [(mapping, ebs, _volume(ec2, request, instance, mapping, ebs)) for mapping, ebs in _devices(instance.image, asked)]
    for mapping, ebs, volume in made:
        goes = ebs.get("DeleteOnTermination", mapping.delete_on_termination)
        volume.attachment = Attachment(instance.id, mapping.device, goes, ec2.now())
        ec2.region(request).volumes[volume.id] = volume
        instance.volumes[mapping.device] = volume.id


def has_key_trouble(ec2: Ec2, request: Request, instance: Instance) -> bool:
    """Whether a key of an instance's volumes cannot be used, or not by the caller. Unverified: which actions it takes; those of images."""
    keys = {ec2.region(request).volumes[volume].key for volume in instance.volumes.values()}
    return any(ec2.keys.state(request.region, key) or ec2.keys.imaged(request.region, key, request.caller)[1] for key in keys if key)


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
    source = _source(region, asked["SnapshotId"]) if "SnapshotId" in asked else region.snapshots.get(mapping.snapshot_id or "")
    least = source.size if source else mapping.size if mapping.snapshot_id else 1
    size = asked.get("VolumeSize") or mapping.size or (source.size if source else USUAL_SIZE)
    if least and size < least:
        raise ApiError("InvalidBlockDeviceMapping", f"Volume of size {size}GB is smaller than its snapshot, expect size >= {least}GB")
    kind = asked.get("VolumeType") or mapping.type
    usual = mapping if kind == mapping.type else Mapping(mapping.device)
    iops, throughput = asked.get("Iops") or usual.iops, asked.get("Throughput") or usual.throughput
    check_volume(kind, size, iops, throughput)
    check_encryption(asked, source.key if source else None)
    return Volume(
        id=ec2.store.new_id("vol"),
        zone=instance.zone,
        size=size,
        type=kind,
        iops=iops or usual_iops(kind, size),
        throughput=throughput or usual_throughput(kind),
        key=key_of_volume(ec2, request, asked, source.key if source else None),
        snapshot_id=source.id if source else mapping.snapshot_id or "",
        created=ec2.now(),
        written_bytes=source.full_bytes if source else int(size * GIB * WRITTEN_SHARE),
    )


def _source(region: RegionStore, key: str) -> Snapshot:
    found = PUBLIC_SNAPSHOTS.get(key) or snapshot(region, key)
    check_usable(found)
    return found
