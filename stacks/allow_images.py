"""Permissions to make images and copies: each resource type has a statement of its own, since their condition keys differ."""

from collections.abc import Iterable

from functions.core import tags
from stacks.arns import arn, images, snapshots
from stacks.role import Permission


def create_images(home: str, tag_key: str) -> tuple[Permission, ...]:
    """CreateImage of instances that carry `tag_key` or its `:now`, if image and snapshots are tagged as this home's."""
    return (
        _create_of_tagged(home, tag_key, sid="CreateImageOfTagged"),
        _create_of_tagged(home, tags.now_key(tag_key), sid="CreateImageOfTaggedNow"),
        Permission(
            sid="CreateImageAsOurs",
            actions=("ec2:CreateImage",),
            resources=(images(home), snapshots(home)),
            conditions={"StringEquals": {f"aws:RequestTag/{tags.HOME}": home}},
            because="What is yet to be made has no id; it must be tagged as this home's in the same call.",
        ),
        _tag_when("CreateImage", regions=[home]),
    )


def copy_images(home: str, regions: Iterable[str]) -> tuple[Permission, ...]:
    """CopyImage into `regions` from `home`, if image and snapshots are tagged as this home's."""
    regions = list(regions)
    return (
        Permission(
            sid="CopyImageFromHome",
            actions=("ec2:CopyImage",),
            resources=(images(home),),
            conditions={"StringEquals": {"aws:RequestedRegion": regions}},
            because="The source's tags cannot be a condition of CopyImage; the function copies only what is tagged as this home's.",
        ),
        Permission(
            sid="CopyImageAsOurs",
            actions=("ec2:CopyImage",),
            resources=tuple(resource for region in regions for resource in (images(region), snapshots(region))),
            conditions={"StringEquals": {f"aws:RequestTag/{tags.HOME}": home}},
            because="What is yet to be made has no id; it must be tagged as this home's in the same call.",
        ),
        _tag_when("CopyImage", regions=regions),
    )


def _create_of_tagged(home: str, key: str, *, sid: str) -> Permission:
    return Permission(
        sid=sid,
        actions=("ec2:CreateImage",),
        resources=(arn("ec2", home, "instance/*"),),
        conditions={"Null": {f"aws:ResourceTag/{key}": "false"}},
        because="Instances come and go; only those that carry the tag are meant.",
    )


def _tag_when(action: str, *, regions: list[str]) -> Permission:
    return Permission(
        sid="TagWhatIsMade",
        actions=("ec2:CreateTags",),
        resources=tuple(resource for region in regions for resource in (images(region), snapshots(region))),
        conditions={"StringEquals": {"ec2:CreateAction": action}},
        because="Tags are written in the call that makes image and snapshots, and in no other.",
    )
