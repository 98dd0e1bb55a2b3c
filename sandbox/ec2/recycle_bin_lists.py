"""ListImagesInRecycleBin, ListSnapshotsInRecycleBin and ListVolumesInRecycleBin."""

from collections.abc import Mapping
from typing import Any

from sandbox.ec2.listing import IDS_IN
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Binned, Volume
from sandbox.gateway import ApiError, Request

MOST_IMAGE_IDS = 20


def list_images_in_recycle_bin(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ListImagesInRecycleBin, in pages of 1 to 1000: neither tags nor snapshots are shown, and those whose time is over for a minute more.

    Raises:
        ApiError: an id that is not in the bin (its code is not documented), or more than 20 ids.
    """
    if len(request.parameters.get("ImageIds") or []) > MOST_IMAGE_IDS:
        raise ApiError("InvalidParameterValue", f"At most {MOST_IMAGE_IDS} image ids can be specified.")
    kept = ec2.region(request).images_in_bin
    page, token = _listed(ec2, request, kept, "ami", (1, 1000))
    return {
        "Images": [
            {
                "ImageId": key,
                "Name": kept[key].resource.name,
                "Description": kept[key].resource.description,
                "RecycleBinEnterTime": kept[key].entered,
                "RecycleBinExitTime": kept[key].leaves,
            }
            for key in page
        ],
        "NextToken": token,
    }


def list_snapshots_in_recycle_bin(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ListSnapshotsInRecycleBin, in pages of 5 to 1000.

    Raises:
        ApiError: an id that is not in the bin; its code is not documented.
    """
    kept = ec2.region(request).snapshots_in_bin
    page, token = _listed(ec2, request, kept, "snap", (5, 1000))
    return {
        "Snapshots": [
            {
                "SnapshotId": key,
                "Description": kept[key].resource.description,
                "VolumeId": kept[key].resource.volume_id,
                "RecycleBinEnterTime": kept[key].entered,
                "RecycleBinExitTime": kept[key].leaves,
            }
            for key in page
        ],
        "NextToken": token,
    }


def list_volumes_in_recycle_bin(ec2: Ec2, request: Request) -> dict[str, Any]:
    """ListVolumesInRecycleBin, in pages of 5 to 500.

    Raises:
        ApiError: an id that is not in the bin; its code is not documented.
    """
    kept = ec2.region(request).volumes_in_bin
    page, token = _listed(ec2, request, kept, "vol", (5, 500))
    return {"Volumes": [_volume(kept[key]) for key in page], "NextToken": token}


def _volume(binned: Binned[Volume]) -> dict[str, Any]:
    volume = binned.resource
    shown = {
        "VolumeId": volume.id,
        "VolumeType": volume.type,
        "State": volume.state,
        "Size": volume.size,
        "Iops": volume.iops,
        "Throughput": volume.throughput,
        "AvailabilityZone": volume.zone,
        "SnapshotId": volume.snapshot_id or None,
        "CreateTime": volume.created,
        "RecycleBinEnterTime": binned.entered,
        "RecycleBinExitTime": binned.leaves,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _listed(ec2: Ec2, request: Request, kept: Mapping[str, object], prefix: str, sizes: tuple[int, int]) -> tuple[list[str], str | None]:
    def find() -> list[str]:
        ids = request.parameters.get(IDS_IN[prefix]) or []
        check_ids(kept, ids, prefix)
        return list(dict.fromkeys(ids or kept))

    return ec2.pages.page(request, find, kept, *sizes)
