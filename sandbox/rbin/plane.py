"""The Recycle Bin's rules in all regions, and what they keep."""

import string
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count
from random import Random

from sandbox.ec2.plane import Ec2
from sandbox.rbin.errors import not_found
from sandbox.rbin.rule import Rule

LETTERS = string.ascii_letters + string.digits


class Rbin:
    """The rules by region and identifier. Clock, account, timing and the way of events are those of `ec2`."""

    def __init__(self, ec2: Ec2) -> None:
        """Have no rules."""
        self.ec2 = ec2
        self.rules: dict[str, dict[str, Rule]] = defaultdict(dict)
        self.numbers = count(1)
        self._random = Random(41)  # noqa: S311 - identifiers, the same in every run

    def new_id(self) -> str:
        """A new identifier: eleven letters and digits."""
        return "".join(self._random.choices(LETTERS, k=11))

    def rule(self, region: str, identifier: str) -> Rule:
        """A rule by its identifier, or ResourceNotFoundException."""
        if identifier not in self.rules[region]:
            raise not_found(identifier)
        return self.rules[region][identifier]

    def described(self, region: str, identifier: str) -> tuple[str, Mapping[str, str]] | None:
        """A rule's resource type and its own tags, for policies to be judged by; None if there is no such rule."""
        rule = self.rules[region].get(identifier)
        return (rule.resource_type, rule.tags) if rule else None

    def of_type(self, region: str, resource_type: str) -> Iterator[Rule]:
        """The rules for one type of resource, oldest first."""
        return (rule for rule in self.rules[region].values() if rule.resource_type == resource_type)

    def status(self, rule: Rule) -> str:
        """`pending`, and `available` soon after its creation."""
        return "available" if self.ec2.now() >= rule.created + self.ec2.timing.bin_rule else "pending"

    def retention(self, region: str, resource_type: str, tags: Mapping[str, str]) -> timedelta | None:
        """How long a resource that is deleted now stays in the bin: as long as the longest rule says; None if no rule keeps it."""
        days = [rule.days for rule in self.of_type(region, resource_type) if self._is_live(rule) and rule.covers(tags)]
        return timedelta(days=max(days)) if days else None

    def _is_live(self, rule: Rule) -> bool:
        """Whether it keeps anything yet: a region's first rules for a type do so a good while after they call themselves available.

        AWS says up to 30 minutes, and here it is twice that. Unverified: that after all rules of a type are gone, the next one is the first again.
        """
        return self.status(rule) == "available" and self.ec2.now() >= rule.first + self.ec2.timing.first_bin_rule
