"""`nightkeep hold` and `nightkeep release`: what keeps images whatever retention says, and lets them go again."""

from collections.abc import Iterable

from cli.output import notes
from functions.aws import clients, images
from functions.core import tags
from functions.core.config import Config
from functions.core.errors import NightkeepError
from functions.core.values import Image


def find(config: Config, ids: Iterable[str]) -> list[Image]:
    """The images of ours with these ids, wherever they are. Raises NightkeepError naming those that are not there."""
    wanted = sorted(set(ids))
    found: list[Image] = []
    with notes.status("asking EC2 for the images"):
        for region in (config.home_region, *config.recovery_regions):
            held, _ = images.by_id(clients.ec2(region), wanted)
            found += [image for image in held.values() if image.ours(config.home_region)]
    missing = [key for key in wanted if key not in {image.image_id for image in found}]
    if missing:
        where = ", ".join((config.home_region, *config.recovery_regions))
        raise NightkeepError(f"no image of Nightkeep's in {where}: {', '.join(missing)}; nothing was changed")
    return found


def hold(config: Config, ids: Iterable[str], why: str) -> list[Image]:
    """Tag images and their snapshots so that nothing retires them (EC2 CreateTags). Raises NightkeepError."""
    found = find(config, ids)
    for image in found:
        clients.ec2(image.region).create_tags(Resources=_all(image), Tags=[{"Key": tags.HOLD, "Value": why}])
    return found


def release(config: Config, ids: Iterable[str]) -> list[Image]:
    """Take that tag off again (EC2 DeleteTags): retention decides from now on. Raises NightkeepError."""
    found = find(config, ids)
    for image in found:
        clients.ec2(image.region).delete_tags(Resources=_all(image), Tags=[{"Key": tags.HOLD}])
    return found


def _all(image: Image) -> list[str]:
    return [image.image_id, *(device.snapshot_id for device in image.devices)]
