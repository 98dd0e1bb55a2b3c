"""Resources by their ids, or EC2's errors for ids that are wrong."""

import re
from collections.abc import Mapping
from typing import TypeVar

from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.records import Image, Instance, Snapshot
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError

Record = TypeVar("Record")
WORD = {"i": "InvalidInstanceID", "vol": "InvalidVolume", "snap": "InvalidSnapshot", "ami": "InvalidAMIID", "lt": "InvalidLaunchTemplateId"}
TITLE = {"i": "instance ID", "vol": "volume", "snap": "snapshot", "ami": "image id", "lt": "launch template id"}


def check_ids(kept: Mapping[str, object], ids: list[str], prefix: str) -> None:
    """Let pass ids that exist.

    Raises:
        ApiError: Malformed, or NotFound naming all that are missing.
    """
    wrong = [key for key in ids if not re.fullmatch(rf"{prefix}-[0-9a-z]+", key)]
    if wrong:
        raise ApiError(f"{WORD[prefix]}.Malformed", f'Invalid id: "{wrong[0]}" (expecting "{prefix}-...")')
    missing = [key for key in ids if key not in kept]
    if missing:
        listed = f"'[{', '.join(missing)}]' do" if len(missing) > 1 else f"'{missing[0]}' does"
        raise ApiError(f"{WORD[prefix]}.NotFound", f"The {TITLE[prefix]}{'s' * (len(missing) > 1)} {listed} not exist")


def instance(region: RegionStore, key: str) -> Instance:
    """An instance by id, or InvalidInstanceID.NotFound."""
    check_ids(region.instances, [key], "i")
    return region.instances[key]


def snapshot(region: RegionStore, key: str) -> Snapshot:
    """A snapshot by id, or InvalidSnapshot.NotFound."""
    check_ids(region.snapshots, [key], "snap")
    return region.snapshots[key]


def image(region: RegionStore, key: str) -> Image:
    """An image of the account's by id, or InvalidAMIID.NotFound."""
    check_ids(region.images, [key], "ami")
    return region.images[key]


def any_image(region: RegionStore, key: str) -> Image:
    """An image of the account's or a public one, or InvalidAMIID.NotFound."""
    return PUBLIC_IMAGES[key] if key in PUBLIC_IMAGES else image(region, key)
