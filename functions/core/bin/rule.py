"""Retention rules as the Recycle Bin showed them, and what a rule holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from functions.core import tags

Pair = tuple[str, str]
"""Key and value of a tag; an entry of a rule without a value has an empty one."""


class ResourceType(StrEnum):
    """What a rule is for."""

    SNAPSHOT = "EBS_SNAPSHOT"
    IMAGE = "EC2_IMAGE"


class Kind(StrEnum):
    """How a rule picks resources. Whether UpdateRule can make one kind of another is not documented: here it cannot."""

    TAGS = "tags"
    EXCLUSIONS = "exclusions"
    REGION = "region"


@dataclass(frozen=True)
class Terms:
    """What a rule holds, and for how many days."""

    resource_type: ResourceType
    days: int
    resource_tags: frozenset[Pair] = frozenset()
    exclusions: frozenset[Pair] = frozenset()

    @property
    def kind(self) -> Kind:
        """By tags, the whole region, or that with exclusions."""
        return Kind.TAGS if self.resource_tags else Kind.EXCLUSIONS if self.exclusions else Kind.REGION

    def hold(self, carried: Mapping[str, str]) -> bool:
        """Whether they hold a resource with these tags.

        What an entry without a value means is not documented: as a tag it stands for the empty value alone, as an exclusion for any.
        """
        if self.resource_tags:
            return any(carried.get(key) == value for key, value in self.resource_tags)
        return not any(key in carried and value in {"", carried[key]} for key, value in self.exclusions)

    def shown(self) -> dict[str, Any]:
        """As a record shows them."""
        return {
            "resource_type": str(self.resource_type),
            "days": self.days,
            "resource_tags": sorted(map("=".join, self.resource_tags)),
            "exclusions": sorted(map("=".join, self.exclusions)),
        }


@dataclass(frozen=True)
class Rule:
    """A rule as GetRule and ListTagsForResource showed it. Times are aware."""

    rule_id: str
    terms: Terms
    available: bool
    """Until then it holds nothing."""
    lock_state: str | None = None
    """`locked`, `pending_unlock` or `unlocked`; None if it was never locked."""
    unlock_delay: int | None = None
    """Days from unlocking to the first change."""
    lock_end: datetime | None = None
    """When a delay that is running ends."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def created(self) -> datetime | None:
        """When Nightkeep made it, by the tag that it wrote; None for everybody else's."""
        try:
            written = datetime.fromisoformat(self.tags.get(tags.CREATED, ""))
        except ValueError:
            return None
        return written if written.tzinfo else None

    def ours(self, home: str) -> bool:
        """Whether the deployment of `home` made it."""
        return self.tags.get(tags.HOME) == home and self.created is not None

    @property
    def guarded(self) -> bool:
        """Whether its lock forbids to change or delete it."""
        return self.lock_state in {"locked", "pending_unlock"}

    def changeable_from(self, now: datetime) -> datetime:
        """When it could be changed: at the end of the delay, if one is running, else if it were unlocked now."""
        if self.lock_state == "pending_unlock" and self.lock_end is not None:
            return self.lock_end
        return now + timedelta(days=self.unlock_delay or 0) if self.guarded else now
