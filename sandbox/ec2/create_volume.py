"""CreateVolume and DeleteVolume."""

import hashlib
import json
from typing import Any

from moto.backends import get_backend

from sandbox.ec2 import lookups
from sandbox.ec2.encryption import check_encryption, key_of_volume, key_trouble
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_SNAPSHOTS
from sandbox.ec2.records import Snapshot, Volume
from sandbox.ec2.recycle_bin import discard_volume
from sandbox.ec2.snapshot_tiers import check_usable
from sandbox.ec2.tag_rules import specified
from sandbox.ec2.views import volume_shown
from sandbox.ec2.volume_rules import check_volume, usual_iops, usual_throughput
from sandbox.gateway import ApiError, Request


def create_volume(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateVolume, empty or from a snapshot: creating, then available, or in error if its key is out of use. The same token gives the same volume.

    Unverified: that volumes which come and go with their instance send no events.

    Raises:
        ApiError: what is wrong with the zone, the size, the type, the snapshot or the key.
    """
    parameters, region = request.parameters, ec2.region(request)
    earlier = _earlier(ec2, request)
    if earlier:
        return volume_shown(region, earlier)
    tags = specified(parameters, "volume")["volume"]
    volume = _volume(ec2, request, _zone(request))
    region.volumes[volume.id] = volume
    region.tags.put(volume.id, tags)
    if "ClientToken" in parameters:
        region.volume_tokens[parameters["ClientToken"]] = (volume.id, _fingerprint(request))

    def finish() -> None:
        cause = key_trouble(ec2, request, volume.key) if volume.key else ""
        volume.state = "error" if cause else "available"
        ec2.notices.volume(request.region, volume, "createVolume", request.request_id, cause)
        if volume.snapshot_id and not cause:
            ec2.clock.after(ec2.timing.of_initialization(volume.written_bytes), initialized)

    def initialized() -> None:
        if volume.id in region.volumes:
            ec2.notices.initialized(request.region, volume, request.request_id)

    ec2.clock.after(ec2.timing.volume, finish)
    return volume_shown(region, volume)


def delete_volume(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteVolume, at once: into the Recycle Bin, or for good.

    Raises:
        ApiError: VolumeInUse while it is attached, IncorrectState while it is created.
    """
    region = ec2.region(request)
    volume = lookups.volume(region, request.parameters["VolumeId"])
    if volume.attachment:
        raise ApiError("VolumeInUse", f"Volume {volume.id} is currently attached to {volume.attachment.instance_id}")
    if volume.state not in {"available", "error"}:
        raise ApiError("IncorrectState", f"Volume {volume.id} is {volume.state}.")
    discard_volume(ec2, region, volume)
    ec2.notices.volume(request.region, volume, "deleteVolume", request.request_id)
    return {}


def _earlier(ec2: Ec2, request: Request) -> Volume | None:
    region = ec2.region(request)
    key, fingerprint = region.volume_tokens.get(request.parameters.get("ClientToken", ""), ("", ""))
    if key and fingerprint != _fingerprint(request):
        raise ApiError("IdempotentParameterMismatch", "The client token was used with different parameters before.")
    return region.volumes.get(key)


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(json.dumps(request.parameters, sort_keys=True).encode()).hexdigest()


def _zone(request: Request) -> str:
    zone = request.parameters.get("AvailabilityZone")
    if zone is None:
        raise ApiError("MissingParameter", "The request must contain the parameter AvailabilityZone")
    if zone not in get_backend("ec2")[request.account][request.region].get_default_subnets():
        raise ApiError("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")
    return str(zone)


def _volume(ec2: Ec2, request: Request, zone: str) -> Volume:
    parameters = request.parameters
    source = _source(ec2, request)
    kind, size = parameters.get("VolumeType", "gp2"), parameters.get("Size") or (source.size if source else None)
    if size is None:
        raise ApiError("MissingParameter", "The request must contain the parameter size or snapshotId")
    if source and size < source.size:
        raise ApiError("InvalidParameterValue", f"A volume of {size} GiB is smaller than its snapshot, of {source.size} GiB.")
    check_volume(kind, size, parameters.get("Iops"), parameters.get("Throughput"))
    return Volume(
        id=ec2.store.new_id("vol"),
        zone=zone,
        size=size,
        type=kind,
        iops=parameters.get("Iops") or usual_iops(kind, size),
        throughput=parameters.get("Throughput") or usual_throughput(kind),
        key=key_of_volume(ec2, request, parameters, source.key if source else None),
        snapshot_id=source.id if source else "",
        created=ec2.now(),
        written_bytes=source.full_bytes if source else 0,
        state="creating",
    )


def _source(ec2: Ec2, request: Request) -> Snapshot | None:
    key = request.parameters.get("SnapshotId")
    if not key:
        return None
    source = PUBLIC_SNAPSHOTS.get(key) or lookups.snapshot(ec2.region(request), key)
    check_usable(source)
    check_encryption(request.parameters, source.key)
    return source
