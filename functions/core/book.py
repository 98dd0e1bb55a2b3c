"""The book: what the home vault says of recent nights, and so which nights are open."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from functions.core import duration
from functions.core.config import Config, Policy
from functions.core.errors import EventError
from functions.core.ledger import Ledger
from functions.core.night import Night, latest_due, scheduled_nights
from functions.core.slot import slot_start

Judged = Literal["takes", "copies"]
JUDGED: Final[tuple[Judged, ...]] = ("takes", "copies")


class Manifest(BaseModel):
    """What a night's manifest says of it: the policy as it was when the night was planned. Other keys are counts, for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    policy: dict[str, Any]


def described(policy: Policy) -> dict[str, Any]:
    """A policy as a manifest holds it: what its night's deadlines and copies hang on."""
    return {
        "name": policy.name,
        "schedule": policy.schedule,
        "timezone": policy.timezone,
        "flexible_start": duration.text(policy.flexible_start),
        "window": duration.text(policy.window),
        "copy_to": list(policy.copy_to),
    }


def recalled(config: Config, manifest: bytes, slot: str) -> Night:
    """The night that a manifest is about. Its deadlines are those it was planned with, whatever has been deployed since.

    It is copied where its policy copies to now or, when the policy is gone, where it did then. Raises EventError for what is no manifest.
    """
    try:
        then = Policy.model_validate(Manifest.model_validate_json(manifest).policy)
    except ValidationError as fault:
        raise EventError(f"not a night's manifest: {fault.errors()[0]['msg']}") from fault
    now = config.policies.get(then.name)
    copy_to = tuple(region for region in then.copy_to if region in config.recovery_regions) if now is None else now.copy_to
    base = then if now is None else now
    planned = {"schedule": then.schedule, "timezone": then.timezone, "flexible_start": then.flexible_start, "window": then.window}
    return Night(config.home_region, base.model_copy(update={**planned, "copy_to": copy_to}), slot_start(slot))


@dataclass(frozen=True)
class OpenNight:
    """A night whose copies may still start, or whose verdict is still to come."""

    night: Night
    is_planned: bool
    """Whether its manifest is there, so that all its takes were sent."""
    is_sure: bool
    """Whether it is known that its slot is owed: what is only assumed reboots nothing."""


@dataclass(frozen=True)
class Book:
    """Nights by policy and slot, but those that are over; `verdicts` are those that were told. Without a `ledger` nobody knows what is owed, and everything is."""

    nights: Mapping[tuple[str, str], Night] = field(default_factory=dict)
    verdicts: frozenset[tuple[str, str, str]] = frozenset()
    ledger: Ledger | None = None
    is_readable: bool = True

    def open(self, config: Config, at: datetime) -> Iterator[OpenNight]:
        """The open nights at `at`: those that were planned, and those of today's schedules that are owed."""
        for night in self.nights.values():
            if night.start <= at <= night.judged_until:
                yield OpenNight(night, is_planned=True, is_sure=True)
        for night in scheduled_nights(config, at):
            if not self._is_planned(night) and self.owes(night):
                yield OpenNight(night, is_planned=not self.is_readable, is_sure=self.ledger is not None)

    def owes(self, night: Night) -> bool:
        """Whether the night's slot is owed. Nobody knowing, it is: rather an image too many than a night lost."""
        return self.ledger is None or self.ledger.owes(night)

    def is_overdue(self, home: str, policy: Policy, at: datetime) -> bool:
        """Whether the policy's latest night that is owed should be planned by now, and is not as far as one can see."""
        night = latest_due(home, policy, at)
        return night is not None and self.owes(night) and not self._is_planned(night)

    def _is_planned(self, night: Night) -> bool:
        key = (night.policy.name, night.slot)
        return key in self.nights or is_over(self.verdicts, *key)

    def verdict_due(self, config: Config, night: Night, judged: Judged, at: datetime) -> bool:
        """Whether the night is to be judged by the sweep planned for `at`: its deadline is over, and no verdict was told.

        Where the verdicts cannot be read, the first sweep after the deadline tells it. Whom a policy that is gone would take, nobody knows.
        """
        if judged == "takes" and night.policy.name not in config.policies:
            return False
        deadline = night.take_until if judged == "takes" else night.copy_until
        if not self.is_readable:
            return night.falls_due(deadline, at)
        return deadline <= at and (night.policy.name, night.slot, judged) not in self.verdicts


def is_over(verdicts: Collection[tuple[str, str, str]], policy: str, slot: str) -> bool:
    """Whether all verdicts of a night were told: nothing of it is looked at, repaired or judged any more."""
    return all((policy, slot, judged) in verdicts for judged in JUDGED)
