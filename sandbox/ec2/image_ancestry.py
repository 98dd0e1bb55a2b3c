"""GetImageAncestry."""

from typing import Any

from sandbox.ec2.lookups import any_image
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.records import Image
from sandbox.gateway import Request


def get_image_ancestry(ec2: Ec2, request: Request) -> dict[str, Any]:
    """GetImageAncestry: from an image to the one that all came from. Unverified: that it ends at a parent that is gone."""
    entries = []
    image: Image | None = any_image(ec2.region(request), request.parameters["ImageId"])
    while image:
        entries.append(_entry(image))
        image = _parent(ec2, image)
    return {"ImageAncestryEntries": entries}


def _parent(ec2: Ec2, image: Image) -> Image | None:
    source = image.source_image or ""
    return PUBLIC_IMAGES.get(source) or ec2.store.region(image.source_region or "").images.get(source)


def _entry(image: Image) -> dict[str, Any]:
    result = {
        "ImageId": image.id,
        "CreationDate": image.created,
        "ImageOwnerAlias": image.alias,
        "SourceImageId": image.source_image,
        "SourceImageRegion": image.source_region,
    }
    return {name: value for name, value in result.items() if value is not None}
