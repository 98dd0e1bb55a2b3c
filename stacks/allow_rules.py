"""Permissions on the Recycle Bin's retention rules: reading everybody's, changing only those that carry this home's tag."""

from collections.abc import Iterable, Iterator

from functions.core import tags
from stacks.arns import arn
from stacks.role import Conditions, Permission

TYPES = ["EBS_SNAPSHOT", "EC2_IMAGE"]
_FOREIGN = "Everybody's rules count for what the bin keeps, and their names are random."
_OURS = "Rules have random names; only those that are tagged as this home's are meant."
_MADE = "What is yet to be made has no name; it must be tagged as this home's in the same call."


def read_rules(regions: Iterable[str]) -> Iterator[Permission]:
    """Reading the rules for images and snapshots of `regions`, whoever made them."""
    wanted = list(regions)
    yield Permission(
        sid="ListRules",
        actions=("rbin:ListRules",),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": wanted, "rbin:Request/ResourceType": TYPES}},
        because="Listing knows no resources; it is held to its regions and resource types by condition.",
    )
    yield Permission(
        sid="ReadRules",
        actions=("rbin:GetRule", "rbin:ListTagsForResource"),
        resources=_rules(wanted),
        conditions={"StringEquals": {"rbin:Attribute/ResourceType": TYPES}},
        because=_FOREIGN,
    )


def guard_rules(home: str, regions: Iterable[str], *, lock: bool) -> Iterator[Permission]:
    """Making, changing and deleting the rules of `home` in `regions`; locking them only with `lock`, unlocking never."""
    rules = _rules(regions)
    ours = {f"aws:RequestTag/{tags.HOME}": home}
    yield Permission(
        sid="CreateRulesAsOurs",
        actions=("rbin:CreateRule",),
        resources=rules,
        conditions={"StringEquals": {**ours, "rbin:Request/ResourceType": TYPES}},
        because=_MADE,
    )
    marks: Conditions = {"StringEquals": ours, "ForAllValues:StringEquals": {"aws:TagKeys": [tags.HOME, tags.CREATED]}}
    yield Permission(sid="TagWhatIsMade", actions=("rbin:TagResource",), resources=rules, conditions=marks, because=_MADE)
    yield Permission(
        sid="ChangeRulesOfOurs",
        actions=("rbin:UpdateRule", "rbin:DeleteRule", *(["rbin:LockRule"] if lock else [])),
        resources=rules,
        conditions={"StringEquals": {f"aws:ResourceTag/{tags.HOME}": home, "rbin:Attribute/ResourceType": TYPES}},
        because=_OURS,
    )


def _rules(regions: Iterable[str]) -> tuple[str, ...]:
    return tuple(arn("rbin", region, "rule/*") for region in regions)
