"""Tags in the form of EC2's creating calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef


def specifications(tags: Mapping[str, str]) -> list[TagSpecificationTypeDef]:
    """The same tags for an image and for its snapshots."""
    listed: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": "image", "Tags": listed}, {"ResourceType": "snapshot", "Tags": listed}]
