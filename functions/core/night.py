"""Nights: one occurrence of a policy's schedule, its deadlines and its ages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from functions.core.config import Config, Policy
from functions.core.cron import latest, occurrences
from functions.core.slot import is_on_demand, slot_label, slot_start

COPY_WINDOW = timedelta(hours=24)
"""How long after a night's take deadline a copy may still start: creating an image "can take up to 24 hours" (EC2 User Guide)."""

RETIRE_WINDOW = timedelta(hours=12)
"""How long an order to retire an image stands: the next day's run orders anew what was not done."""

REPAIR_AGES = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=6), timedelta(hours=12))
"""Ages, counted from the end of the flexible start, at which a sweep repairs a night: few and fixed, so that a draining queue is not flooded."""

LAST_REPAIR = timedelta(minutes=90)
"""So long before the take deadline a sweep repairs a night for the last time: in time to have a lost chain taken up again."""

LATE_REPAIRS = (timedelta(hours=6), timedelta(hours=18))
"""Ages, counted from the take deadline, at which a sweep still repairs copies: of images that took most of a day to become available."""

SWEEP_INTERVAL = timedelta(hours=1)
JUDGE_WINDOW = timedelta(hours=12)
"""How long after its copy deadline a night is still judged: sweeps may have failed meanwhile."""


@dataclass(frozen=True)
class Night:
    """All that one slot of a policy sets in motion. `start` is the slot, in UTC."""

    home: str
    policy: Policy
    start: datetime
    label: str = ""
    """The slot's label, where it does not say `start`."""

    @classmethod
    def of_image(cls, home: str, policy: Policy, slot: str, made: datetime) -> "Night":
        """The night that an image of `slot`, made at `made`, belongs to. What was made on demand, or after its slot's window, has one of its own: from then on."""
        if is_on_demand(slot):
            return cls(home, policy, made, slot)
        night = cls(home, policy, slot_start(slot))
        return night if made <= night.take_until else cls(home, policy, made, slot)

    @cached_property
    def slot(self) -> str:
        """The slot's label."""
        return self.label or slot_label(self.start)

    @property
    def night_id(self) -> str:
        """Ties the night's records together across functions and regions."""
        return f"{self.home}/{self.policy.name}/{self.slot}"

    @property
    def begun(self) -> datetime:
        """When EventBridge Scheduler has started the night at the latest."""
        return self.start + self.policy.flexible_start

    @property
    def take_until(self) -> datetime:
        """When taking ends."""
        return self.begun + self.policy.window

    @property
    def copy_until(self) -> datetime:
        """When starting a copy ends."""
        return self.take_until + COPY_WINDOW

    @property
    def judged_until(self) -> datetime:
        """When nobody judges it any more."""
        return self.copy_until + JUDGE_WINDOW

    @property
    def first_repair(self) -> datetime:
        """After this moment a sweep repairs it for the first time: with a short window sooner, so that a lost chain can still be taken up."""
        return min(self.begun + REPAIR_AGES[0], self.last_repair)

    @property
    def last_repair(self) -> datetime:
        """After this moment a sweep repairs its takes for the last time: what is made later is not looked for."""
        return self.take_until - LAST_REPAIR

    def is_first_repair(self, at: datetime) -> bool:
        """True for the sweep planned for `at` when it is the first that repairs this night."""
        return self.falls_due(self.first_repair, at)

    def repair_due(self, at: datetime) -> bool:
        """True when the sweep planned for `at` is the one that repairs this night, for one of its ages."""
        later = (self.begun + age for age in REPAIR_AGES[1:])
        moments = [self.first_repair, *later, self.last_repair, *(self.take_until + age for age in LATE_REPAIRS)]
        return any(self.falls_due(moment, at) for moment in moments)

    @staticmethod
    def falls_due(moment: datetime, at: datetime) -> bool:
        """True when the sweep planned for `at` is the first after `moment`."""
        return at - SWEEP_INTERVAL < moment <= at


def scheduled_nights(config: Config, at: datetime) -> Iterator[Night]:
    """The nights of today's schedules whose slot has come and that may still be judged at `at`; oldest first within each policy."""
    for policy in config.policies.values():
        horizon = policy.flexible_start + policy.window + COPY_WINDOW + JUDGE_WINDOW
        for start in occurrences(policy.schedule, policy.timezone, at - horizon, at):
            yield Night(config.home_region, policy, start)


def newest(config: Config, at: datetime) -> Iterator[Night]:
    """The newest night of each policy's schedule that has come at `at`, whether or not its window is over."""
    for policy in config.policies.values():
        start = latest(policy.schedule, policy.timezone, at)
        if start is not None:
            yield Night(config.home_region, policy, start)


def latest_due(home: str, policy: Policy, at: datetime) -> Night | None:
    """The newest night of `policy` that should have been planned, by the first sweep that repairs it at the latest; None when there has been none."""
    start = latest(policy.schedule, policy.timezone, at - policy.flexible_start - REPAIR_AGES[0] - SWEEP_INTERVAL)
    return None if start is None else Night(home, policy, start)
