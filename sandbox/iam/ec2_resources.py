"""The values of condition keys that EC2's resources have."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sandbox.ec2.records import Image, Instance, Snapshot, Volume
from sandbox.ec2.store import RegionStore, stamp
from sandbox.gateway import Request
from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import context


def describe(store: RegionStore, region: str, account: str, kind: str, identifier: str) -> Context:
    """What is known of a resource that a request names, beside its tags; nothing if it is none of instances, volumes, snapshots and images."""
    found = _find(store, kind, identifier)
    match found:
        case Image():
            return _image(found.id, found.alias or found.owner, public=found.public(), root_type=found.root_type)
        case Snapshot():
            return context(_snapshot(found, region, account))
        case Volume():
            return context(_volume(found, region))
        case Instance():
            return context(_instance(found))
    return {}


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
    kept: Mapping[str, Any] = {}
    binned: Mapping[str, Any] = {}
    match kind:
        case "image":
            kept, binned = region.images, region.images_in_bin
        case "snapshot":
            kept, binned = region.snapshots, region.snapshots_in_bin
        case "volume":
            kept, binned = region.volumes, region.volumes_in_bin
        case "instance":
            kept = region.instances
    return kept.get(identifier) or (binned[identifier].resource if identifier in binned else None)


@lru_cache(maxsize=4096)  # the same images are asked about again and again
def _image(identifier: str, owner: str, *, public: bool, root_type: str) -> Context:
    return context(
        {
            "ec2:ImageID": identifier,
            "ec2:ImageType": "machine",
            "ec2:Owner": owner,
            "ec2:Public": public,
            "ec2:RootDeviceType": root_type,
        }
    )


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
