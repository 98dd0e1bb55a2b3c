"""The ledger: since when each policy has been on its schedule, as far as sweeps saw. It says which slots Nightkeep owes."""

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.core.config import Config
from functions.core.night import Night


class Entry(BaseModel):
    """A policy's schedule, and when a sweep first saw the policy on it. UTC."""

    model_config = ConfigDict(frozen=True)

    schedule: str
    timezone: str
    since: AwareDatetime


class Ledger(BaseModel):
    """The schedules of one deployment, which `stack` (its stack's id) tells from one before and after it."""

    model_config = ConfigDict(frozen=True)

    stack: str
    policies: dict[str, Entry]
    asked: dict[str, str] = {}
    """By instance, the slot of the image on demand that it was seen to have. Its tag may outlast the image, which is not made again then."""

    def owes(self, night: Night) -> bool:
        """Whether the night's slot came after its policy was first seen on its schedule. What a new or changed schedule names before is owed by nobody."""
        entry = self.policies.get(night.policy.name)
        return entry is not None and night.start > entry.since

    def renewed(self, config: Config, stack: str, at: AwareDatetime) -> Self:
        """The ledger of `config` at `at`: entries that still hold stand, all others begin now, those of removed policies are gone."""
        found = {}
        for policy in config.policies.values():
            before = self.policies.get(policy.name) if stack == self.stack else None
            now = Entry(schedule=policy.schedule, timezone=policy.timezone, since=at)
            holds = before is not None and (before.schedule, before.timezone) == (now.schedule, now.timezone)
            found[policy.name] = before if before is not None and holds else now
        return self.model_copy(update={"stack": stack, "policies": found})


NOTHING = Ledger(stack="", policies={})
"""What there is before the first sweep."""
