"""Permissions to see whether images can go, and to let them go: only those that carry this home's tag."""

from collections.abc import Iterable, Iterator

from functions.core import tags
from stacks.arns import images, snapshots, vault_of
from stacks.role import Conditions, Permission

OF_MANY = "Images and snapshots come and go; only those that are tagged as this home's are meant."
THROUGH_EC2 = "EC2 asks these on the caller's behalf, and only when it looks for what refers to an image; most know no resources."
REFERRING = (
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeLaunchTemplateVersions",
    "ssm:DescribeParameters",
    "ssm:GetParameters",
    "imagebuilder:ListImageRecipes",
    "imagebuilder:ListContainerRecipes",
    "imagebuilder:GetContainerRecipe",
)
"""What EC2 reads to find what refers to an image (EC2 User Guide, "AmazonEC2ImageReferencesAccessPolicy")."""


def ask_what_refers(regions: Iterable[str]) -> Iterator[Permission]:
    """DescribeImageReferences, and what EC2 reads for it."""
    wanted: Conditions = {"StringEquals": {"aws:RequestedRegion": list(regions)}}
    yield Permission(
        sid="AskWhatRefers",
        actions=("ec2:DescribeImageReferences",),
        resources=("*",),
        conditions=wanted,
        because="EC2 describes know no resources; they are held to their regions by condition.",
    )
    through: Conditions = {"ForAnyValue:StringEquals": {"aws:CalledVia": "ec2-images.amazonaws.com"}}
    yield Permission(sid="LetEc2Look", actions=REFERRING, resources=("*",), conditions=through, because=THROUGH_EC2)


def ask_who_launches(home: str, regions: Iterable[str]) -> Permission:
    """Reading who may launch this home's images."""
    return Permission(
        sid="AskWhoLaunches",
        actions=("ec2:DescribeImageAttribute",),
        resources=tuple(images(region) for region in regions),
        conditions={"StringEquals": {f"aws:ResourceTag/{tags.HOME}": home}},
        because=OF_MANY,
    )


def step_down(home: str, regions: Iterable[str]) -> Iterator[Permission]:
    """The ladder's verbs on this home's images and snapshots, and writing on them since when they are disabled."""
    wanted = list(regions)
    ours: Conditions = {"StringEquals": {f"aws:ResourceTag/{tags.HOME}": home}}
    yield Permission(
        sid="RetireImages",
        actions=("ec2:EnableImageDeprecation", "ec2:DescribeImageAttribute", "ec2:DisableImage", "ec2:DeregisterImage"),
        resources=tuple(images(region) for region in wanted),
        conditions=ours,
        because=OF_MANY,
    )
    yield Permission(
        sid="DeleteSnapshots",
        actions=("ec2:DeleteSnapshot",),
        resources=tuple(snapshots(region) for region in wanted),
        conditions=ours,
        because=OF_MANY,
    )
    yield Permission(
        sid="MarkAsDisabled",
        actions=("ec2:CreateTags",),
        resources=tuple(images(region) for region in wanted),
        conditions={**ours, "ForAllValues:StringEquals": {"aws:TagKeys": [tags.DISABLED_AT]}},
        because=OF_MANY,
    )


def hold(home: str, regions: Iterable[str]) -> Permission:
    """Holding this home's images and snapshots."""
    wanted = list(regions)
    return Permission(
        sid="Hold",
        actions=("ec2:CreateTags",),
        resources=(*(images(region) for region in wanted), *(snapshots(region) for region in wanted)),
        conditions={
            "StringEquals": {f"aws:ResourceTag/{tags.HOME}": home},
            "ForAllValues:StringEquals": {"aws:TagKeys": [tags.HOLD]},
        },
        because=OF_MANY,
    )


def keep_permissions(home: str, regions: Iterable[str]) -> Permission:
    """Writing the launch permissions that a disable takes away to the vaults of `regions`."""
    return Permission(
        sid="KeepPermissions",
        actions=("s3:PutObject",),
        resources=tuple(f"{vault_of(home, region)}/permissions/*" for region in regions),
        because="They are named by image, of which there are many.",
    )
