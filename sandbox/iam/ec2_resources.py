"""The values of condition keys that EC2's resources have."""

from collections.abc import Mapping
from typing import Any

from sandbox.ec2.records import Image, Instance, Snapshot, Volume
from sandbox.ec2.store import RegionStore, Store, stamp
from sandbox.gateway import Request


def describe(store: Store, region: str, account: str, kind: str, identifier: str) -> dict[str, Any]:
    """What is known of a resource that a request names; its tags alone if it is none of instances, volumes, snapshots and images."""
    tags = store.tags_of(region, identifier)
    held = {f"{prefix}:ResourceTag/{key}": value for key, value in tags.items() for prefix in ("aws", "ec2")}
    found = _find(store.region(region), kind, identifier)
    match found:
        case Image():
            return held | _image(found)
        case Snapshot():
            return held | _snapshot(found, region, account)
        case Volume():
            return held | _volume(found, region)
        case Instance():
            return held | _instance(found)
    return held


def made(request: Request, kind: str) -> dict[str, Any]:
    """What is known of a resource that a request is about to make."""
    given = request.parameters
    source = given.get("SourceSnapshotId") or given.get("SnapshotId")
    volume = f"arn:aws:ec2:{request.region}:{request.account}:volume/{given['VolumeId']}" if given.get("VolumeId") else None
    return {
        "ec2:Owner": request.account if kind == "image" else None,
        "ec2:ParentVolume": volume,
        "ec2:ParentSnapshot": _snapshot_arn(given.get("SourceRegion", request.region), source) if source else None,
        "ec2:AvailabilityZone": given.get("AvailabilityZone"),
        "ec2:VolumeSize": given.get("Size"),
        "ec2:VolumeType": given.get("VolumeType"),
        "ec2:Encrypted": given.get("Encrypted"),
        "ec2:InstanceType": given.get("InstanceType"),
    }


def _find(region: RegionStore, kind: str, identifier: str) -> object:
    bins: dict[str, Mapping[str, Any]] = {
        "image": region.images_in_bin,
        "snapshot": region.snapshots_in_bin,
        "volume": region.volumes_in_bin,
    }
    binned = bins.get(kind, {})
    kept: dict[str, Mapping[str, Any]] = {
        "image": region.images,
        "snapshot": region.snapshots,
        "volume": region.volumes,
        "instance": region.instances,
    }
    found = kept.get(kind, {}).get(identifier)
    return found or (binned[identifier].resource if identifier in binned else None)


def _image(image: Image) -> dict[str, Any]:
    return {
        "ec2:ImageID": image.id,
        "ec2:ImageType": "machine",
        "ec2:Owner": image.alias or image.owner,
        "ec2:Public": image.public(),
        "ec2:RootDeviceType": image.root_type,
    }


def _snapshot(snapshot: Snapshot, region: str, account: str) -> dict[str, Any]:
    return {
        "ec2:Encrypted": snapshot.key is not None,
        "ec2:Owner": snapshot.owner,
        "ec2:ParentVolume": f"arn:aws:ec2:{region}:{account}:volume/{snapshot.volume_id}",
        "ec2:SnapshotID": snapshot.id,
        "ec2:SnapshotTime": stamp(snapshot.started),
        "ec2:VolumeSize": snapshot.size,
    }


def _volume(volume: Volume, region: str) -> dict[str, Any]:
    return {
        "ec2:AvailabilityZone": volume.zone,
        "ec2:Encrypted": volume.key is not None,
        "ec2:ParentSnapshot": _snapshot_arn(region, volume.snapshot_id) if volume.snapshot_id else None,
        "ec2:VolumeID": volume.id,
        "ec2:VolumeIops": volume.iops,
        "ec2:VolumeSize": volume.size,
        "ec2:VolumeThroughput": volume.throughput,
        "ec2:VolumeType": volume.type,
    }


def _instance(instance: Instance) -> dict[str, Any]:
    return {
        "ec2:AvailabilityZone": instance.zone,
        "ec2:InstanceID": instance.id,
        "ec2:InstanceType": instance.type,
        "ec2:RootDeviceType": instance.root_type,
        "ec2:Tenancy": instance.given.get("Placement", {}).get("Tenancy", "default"),
    }


def _snapshot_arn(region: str, snapshot: str) -> str:
    return f"arn:aws:ec2:{region}::snapshot/{snapshot}"
