"""Tags in the form of EC2's creating calls."""

from collections.abc import Mapping

from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef


def specifications(tags: Mapping[str, str]) -> list[TagSpecificationTypeDef]:
    """The same tags for an image and for its snapshots."""
    listed: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": "image", "Tags": listed}, {"ResourceType": "snapshot", "Tags": listed}]
