"""Resources by their ids, or EC2's errors for ids that are wrong."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.records import Image, Instance, Snapshot, Volume
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError

Record = TypeVar("Record")
WORD = {"i": "InvalidInstanceID", "vol": "InvalidVolume", "snap": "InvalidSnapshot", "ami": "InvalidAMIID", "lt": "InvalidLaunchTemplateId"}
TITLE = {"i": "instance ID", "vol": "volume", "snap": "snapshot", "ami": "image id", "lt": "launch template id"}


def is_id(key: str, prefix: str) -> bool:
    """Whether it is formed like the id of one; public images have readable ones here."""
    return re.fullmatch(rf"{prefix}-[0-9a-z]+", key) is not None


def check_ids(kept: Mapping[str, object], ids: list[str], prefix: str) -> None:
    """Let pass ids that exist.

    Raises:
        ApiError: Malformed, or NotFound naming all that are missing.
    """
    wrong = [key for key in ids if not is_id(key, prefix)]
    if wrong:
        raise ApiError(f"{WORD[prefix]}.Malformed", f'Invalid id: "{wrong[0]}" (expecting "{prefix}-...")')
    missing = [key for key in ids if key not in kept]
    if missing:
        listed = f"'[{', '.join(missing)}]' do" if len(missing) > 1 else f"'{missing[0]}' does"
        raise ApiError(f"{WORD[prefix]}.NotFound", f"The {TITLE[prefix]}{'s' * (len(missing) > 1)} {listed} not exist")


def check_seen(seen: Callable[[str], bool], ids: list[str], prefix: str) -> None:
    """Let pass ids that describes show by now. Raises ApiError, NotFound, for those that are too new."""
    if not all(seen(key) for key in ids):
        check_ids({key: None for key in ids if seen(key)}, ids, prefix)


def instance(region: RegionStore, key: str) -> Instance:
    """An instance by id, or InvalidInstanceID.NotFound."""
    check_ids(region.instances, [key], "i")
    return region.instances[key]


def snapshot(region: RegionStore, key: str) -> Snapshot:
    """A snapshot by id, or InvalidSnapshot.NotFound."""
    check_ids(region.snapshots, [key], "snap")
    return region.snapshots[key]


def image(region: RegionStore, key: str) -> Image:
    """An image of the account's by id; AuthFailure for one of Amazon's, else InvalidAMIID.NotFound."""
    if key in PUBLIC_IMAGES:
        raise ApiError("AuthFailure", f"Not authorized for image:{key}", HTTPStatus.FORBIDDEN)
    check_ids(region.images, [key], "ami")
    return region.images[key]


def any_image(region: RegionStore, key: str) -> Image:
    """An image of the account's or a public one, or InvalidAMIID.NotFound."""
    return PUBLIC_IMAGES[key] if key in PUBLIC_IMAGES else image(region, key)


def volume(region: RegionStore, key: str) -> Volume:
    """A volume by id, or InvalidVolume.NotFound."""
    check_ids(region.volumes, [key], "vol")
    return region.volumes[key]


def made_image(region: RegionStore, key: str) -> Image:
    """An image of the account's that is available or disabled. Unverified: that nothing else can be set for one that is pending or failed.

    Raises:
        ApiError: InvalidAMIID.NotFound, or InvalidAMIID.Unavailable.
    """
    found = image(region, key)
    if found.state not in {"available", "disabled"}:
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{key}' is not available; it is {found.state}.")
    return found
