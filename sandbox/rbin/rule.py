"""A retention rule, and how the API shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

LockState = Literal["locked", "pending_unlock", "unlocked"]
Pair = tuple[str, str]


@dataclass
class Rule:
    """A rule: tag-level if it has resource tags, else Region-level.

    `number` counts a region's rules. `first` is when the first of the rules of its type that were there without a gap was created.
    `lock_changes` counts up whenever it is locked or unlocked.
    """

    id: str
    arn: str
    number: int
    resource_type: str
    created: datetime
    first: datetime
    days: int
    description: str = ""
    resource_tags: list[Pair] = field(default_factory=list)
    exclusions: list[Pair] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    unlock_delay: int | None = None
    lock_state: LockState | None = None
    lock_end: datetime | None = None
    lock_changes: int = 0

    @property
    def lockable(self) -> bool:
        """Whether it is one of those that can be locked: Region-level, without exclusions."""
        return not self.resource_tags and not self.exclusions

    @property
    def guarded(self) -> bool:
        """Whether it can be neither changed nor deleted now."""
        return self.lock_state in {"locked", "pending_unlock"}

    def covers(self, tags: Mapping[str, str]) -> bool:
        """Whether it keeps a resource of its type with these tags."""
        if self.resource_tags:
            return not tags.items().isdisjoint(self.resource_tags)
        return tags.items().isdisjoint(self.exclusions)


def pairs(given: Iterable[Mapping[str, str]]) -> list[Pair]:
    """Resource tags of a request. One without a value stands for the empty value alone: what AWS makes of it is not documented."""
    return list(dict.fromkeys((each["ResourceTagKey"], each.get("ResourceTagValue", "")) for each in given))


def shown(rule: Rule, status: str) -> dict[str, Any]:
    """All that the API may show of a rule; each operation shows the members that its model has."""
    whole = {
        "Identifier": rule.id,
        "RuleArn": rule.arn,
        "Description": rule.description,
        "ResourceType": rule.resource_type,
        "RetentionPeriod": {"RetentionPeriodValue": rule.days, "RetentionPeriodUnit": "DAYS"},
        "ResourceTags": _shown_pairs(rule.resource_tags),
        "ExcludeResourceTags": _shown_pairs(rule.exclusions),
        "Tags": [{"Key": key, "Value": value} for key, value in rule.tags.items()],
        "Status": status,
        "LockConfiguration": {"UnlockDelay": {"UnlockDelayValue": rule.unlock_delay, "UnlockDelayUnit": "DAYS"}}
        if rule.unlock_delay
        else None,
        "LockState": rule.lock_state,
        "LockEndTime": rule.lock_end,
    }
    return {name: value for name, value in whole.items() if value is not None}


def _shown_pairs(kept: list[Pair]) -> list[dict[str, str]]:
    return [{"ResourceTagKey": key, "ResourceTagValue": value} for key, value in kept]
