"""DescribeImages."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.ec2.filters import select
from sandbox.ec2.image_filters import FIELDS
from sandbox.ec2.image_view import image_shown
from sandbox.ec2.launch_permissions import EVERYBODY
from sandbox.ec2.listing import listed
from sandbox.ec2.lookups import check_seen
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.records import Image
from sandbox.ec2.store import RegionStore
from sandbox.gateway import Request

AMAZONS = {"amazon", *(image.owner for image in PUBLIC_IMAGES.values())}


def describe_images(ec2: Ec2, request: Request) -> dict[str, Any]:
    """DescribeImages: without disabled ones unless IncludeDisabled, without others' deprecated ones unless IncludeDeprecated.

    It lags: an image is shown some seconds after its creation only, until then it is an error among the ids; a deregistered one is shown as
    such for some seconds, and is no error among the ids after that as long as an instance runs from it.

    Raises:
        ApiError: InvalidAMIID.NotFound for an id that is not there or not seen yet, and what is wrong with filters and pages.
    """
    region, parameters = ec2.region(request), request.parameters
    kept, ids = _kept(ec2, request, region), parameters.get("ImageIds") or []
    check_seen(lambda key: key not in kept or ec2.now() >= kept[key].visible, ids, "ami")
    remembered = _remembered(region, [key for key in ids if key not in kept])

    is_shown = _shown(ec2, request)

    def select_shown(among: Iterable[str] | None) -> list[str]:
        found = select(region, kept, FIELDS, parameters.get("Filters"), among)
        return [key for key in found if is_shown(kept[key])]

    known: Mapping[str, object] = dict.fromkeys(key for key in ids if key in kept or key in remembered) if remembered else kept
    page, token = listed(ec2, request, known, "ami", select_shown)
    return {"Images": [image_shown(region, kept[key]) for key in page], "NextToken": token}


def _kept(ec2: Ec2, request: Request, region: RegionStore) -> Mapping[str, Image]:
    """All images there may be: the account's, and Amazon's if nobody else's were asked for."""
    owners = set(request.parameters.get("Owners") or [])
    mine = not owners or owners & {"self", ec2.account}
    maps = [PUBLIC_IMAGES] if not owners or owners & AMAZONS else []
    maps += [each for each in (region.departing, region.images) if mine and each]
    return maps[0] if len(maps) == 1 else ChainMap(*maps)


def _remembered(region: RegionStore, missing: list[str]) -> set[str]:
    """Of images that are gone, those that instances still refer to."""
    gone = {key for key in missing if key in region.departed}
    return gone & {each.image.id for each in region.instances.values() if each.state != "terminated"} if gone else gone


def _shown(ec2: Ec2, request: Request) -> Callable[[Image], bool]:
    """Whether this request is shown an image that its filters pick."""
    parameters, now = request.parameters, ec2.now()
    disabled, deprecated = parameters.get("IncludeDisabled", False), parameters.get("IncludeDeprecated", False)
    users = parameters.get("ExecutableUsers")

    def is_shown(image: Image) -> bool:
        if image.state == "disabled" and not disabled:
            return False
        if image.deprecated and image.owner != ec2.account and now >= image.deprecated and not deprecated:
            return False
        return now >= image.visible and (not users or any(_may_launch(ec2, image, user) for user in users))

    return is_shown


def _may_launch(ec2: Ec2, image: Image, user: str) -> bool:
    """Whether an image is shared with a user by name, or with all."""
    return (EVERYBODY if user == "all" else {"UserId": ec2.account if user == "self" else user}) in image.permissions
